"""Who gets which answer at which address: the whole portal as one table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, get_resolver

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PEOPLE = ("owner", "colleague", "viewer", "stranger", "staff", "anonymous")

# Answers in the order of METHODS.
READ = "200 200 405 405 405 405 405"
GET_ONLY = "200 405 405 405 405 405 405"
PRESS = "405 405 302 405 405 405 405"
TAKE = "405 405 200 405 405 405 405"
NOTHING = "404 404 404 404 404 404 404"
ELSEWHERE = "302 302 302 302 302 302 302"
REFUSED = "403 403 403 403 403 403 403"
MAIL = "200 200 200 405 405 405 405"
LEAVE = "405 405 302 405 405 405 200"
ENTER = "200 200 200 200 405 405 200"
OCSP = "200 405 200 405 405 405 405"
# Django's admin answers every method alike; what it refuses it refuses by permission.
DESK = "200 200 200 200 200 200 200"
DESK_ROW = "200 200 403 200 200 200 200"


def row(
    owner: str,
    *,
    colleague: str = "",
    viewer: str = "",
    stranger: str = "",
    staff: str = "",
    anonymous: str = "",
) -> dict[str, str]:
    """Who is not named answers as the owner does."""
    named = {"owner": owner, "colleague": colleague, "viewer": viewer}
    named |= {"stranger": stranger, "staff": staff, "anonymous": anonymous}
    return {person: answers or owner for person, answers in named.items()}


def of_a_certificate(owner: str, others: str = "") -> dict[str, str]:
    return row(
        owner,
        colleague=others,
        viewer=others,
        stranger=NOTHING,
        staff=others,
        anonymous=ELSEWHERE,
    )


def desk(staff: str) -> dict[str, str]:
    return row(ELSEWHERE, staff=staff)


def everybody(answers: str) -> dict[str, str]:
    return row(answers)


CERTIFICATE = "certificates/<certificate:certificate_id>/"
ROWS: dict[str, dict[str, str]] = {
    "": everybody(ELSEWHERE),
    "sign-in/": row(ELSEWHERE, anonymous=ENTER),
    "sign-out/": everybody(LEAVE),
    "certificates/": row(READ, anonymous=ELSEWHERE),
    CERTIFICATE: of_a_certificate(READ),
    CERTIFICATE + "check/": of_a_certificate(PRESS),
    CERTIFICATE + "<int:number>/chain.pem": of_a_certificate(READ),
    CERTIFICATE + "<int:number>/key/": of_a_certificate(TAKE, PRESS),
    "ca/confirm/<str:token>/": everybody(MAIL),
    "ca/prove/<str:token>/": everybody(MAIL),
    "pki/<slug:slug>.crt": everybody(READ),
    "pki/<slug:slug>.crl": everybody(READ),
    "pki/<slug:slug>/ocsp": everybody(OCSP),
    "pki/<slug:slug>/ocsp/": everybody(OCSP),
    "pki/<slug:slug>/ocsp/<path:asked>": everybody(OCSP),
    "demo/dns/": row(MAIL, anonymous=ELSEWHERE),
    "demo/dns/<int:pk>/remove/": row(PRESS, anonymous=ELSEWHERE),
    "demo/inbox/": row(GET_ONLY, anonymous=ELSEWHERE),
    "demo/inbox/<str:name>": row(GET_ONLY, anonymous=ELSEWHERE),
    "admin/": desk(DESK),
    "admin/login/": row(NOTHING, staff=ELSEWHERE, anonymous=ELSEWHERE),
    "admin/logout/": desk(LEAVE),
    "admin/password_change/": desk("200 200 200 200 405 405 200"),
    "admin/password_change/done/": desk("200 200 405 405 405 405 200"),
    "admin/autocomplete/": desk("403 403 405 405 405 405 200"),
    "admin/jsi18n/": desk("200 200 405 405 405 405 200"),
    "admin/r/<path:content_type_id>/<path:object_id>/": desk(NOTHING),
    "admin/(?P<app_label>…)/": desk(DESK),
    "admin/(?P<url>.*)$": desk(NOTHING),
}
ADMIN_MODELS = {
    "accounts": ("auditentry", "membership", "project", "user"),
    "authorities": ("bulletin", "caorder", "holiday", "issuedcertificate"),
    "certificates": ("application", "certificate", "event", "product", "terms", "version"),
    "verification": ("attempt", "challenge", "outgoingmail"),
}
for app, models in ADMIN_MODELS.items():
    for model in models:
        at = f"admin/{app}/{model}/"
        ROWS |= {
            at: desk(DESK),
            at + "add/": desk(REFUSED),
            at + "<path:object_id>/history/": desk(DESK),
            at + "<path:object_id>/delete/": desk(REFUSED),
            at + "<path:object_id>/change/": desk(DESK_ROW),
            at + "<path:object_id>/": desk(ELSEWHERE),
        }

# The only requests of the matrix that change anything.
WRITES = {
    (CERTIFICATE + "<int:number>/key/", "POST"): {"owner"},
    ("sign-out/", "POST"): set(PEOPLE) - {"anonymous"},
    ("admin/logout/", "POST"): {"staff"},
    ("demo/dns/<int:pk>/remove/", "POST"): set(PEOPLE) - {"anonymous"},
}


def routes(patterns: Any = None, start: str = "") -> Iterator[str]:
    """Every address, as the URLconf spells it."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        route = start + str(each.pattern).removeprefix("^")
        route = re.sub(r"\(\?P<app_label>[^)]*\)/\$", "(?P<app_label>…)/", route)
        if isinstance(each, URLPattern):
            yield route
        else:
            yield from routes(each.url_patterns, route)

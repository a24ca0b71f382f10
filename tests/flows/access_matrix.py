"""Who gets which answer at which address: the whole portal as one table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, get_resolver

from tests.flows import access_account, access_desk
from tests.flows.access_rows import (
    ELSEWHERE,
    ENTER,
    FORM,
    GET_ONLY,
    LEAVE,
    MAIL,
    OCSP,
    PEOPLE,
    PRESS,
    READ,
    TAKE,
    everybody,
    of_a_certificate,
    row,
)

CERTIFICATE = "certificates/<certificate:certificate_id>/"


def of_wizard(owner: str, others: str) -> dict[str, str]:
    """Who may reissue goes through the steps; the others are told why not."""
    rows = of_a_certificate(owner, others)
    return rows | {"colleague": owner}


ROWS: dict[str, dict[str, str]] = {
    "": everybody(ELSEWHERE),
    "sign-in/": row(ELSEWHERE, anonymous=ENTER),
    "sign-out/": everybody(LEAVE),
    "certificates/": row(READ, anonymous=ELSEWHERE),
    CERTIFICATE: of_a_certificate(READ),
    CERTIFICATE + "check/": of_a_certificate(PRESS),
    CERTIFICATE + "resume/": of_a_certificate(PRESS),
    CERTIFICATE + "reply/": of_a_certificate(PRESS),
    # An address for htmx alone: a person who opens it comes to the page.
    CERTIFICATE + "watch/": of_a_certificate("302 302 405 405 405 405 405"),
    CERTIFICATE + "compare/": of_a_certificate(READ),
    CERTIFICATE + "reissue/": of_wizard("302 302 405 405 405 405 405", READ),
    CERTIFICATE + "reissue/<slug:step>/": of_wizard(FORM, "200 200 302 405 405 405 405"),
    CERTIFICATE + "reissue/csr/check/": of_wizard(TAKE, PRESS),
    CERTIFICATE + "reissue/discard/": of_wizard(PRESS, PRESS),
    # Nobody applies for what is issued: the pages say so, and what is sent in leads back.
    CERTIFICATE + "apply/": of_a_certificate(READ),
    CERTIFICATE + "apply/<slug:step>/": of_a_certificate("200 200 302 405 405 405 405"),
    CERTIFICATE + "apply/csr/check/": of_a_certificate(PRESS),
    CERTIFICATE + "apply/discard/": of_a_certificate(PRESS),
    CERTIFICATE + "papers/<int:number>/": of_a_certificate(READ),
    CERTIFICATE + "<int:number>/chain.pem": of_a_certificate(READ),
    CERTIFICATE + "<int:number>/key/": of_a_certificate(TAKE, PRESS),
    CERTIFICATE + "withdraw/": of_a_certificate("200 200 302 405 405 405 405"),
    CERTIFICATE + "proofs/<int:challenge>/method/": of_a_certificate("200 200 302 405 405 405 405"),
    CERTIFICATE + "unsubscribe/": of_a_certificate("200 200 302 405 405 405 405"),
    "products/": row(READ, anonymous=ELSEWHERE),
    "products/<int:pk>/": row(FORM, anonymous=ELSEWHERE),
    "orders/": row(READ, anonymous=ELSEWHERE),
    "orders/<order:number>/": of_a_certificate(READ),
    "orders/<order:number>/pay/": of_a_certificate(PRESS),
    "orders/<order:number>/cancel/": of_a_certificate(PRESS),
    "invoices/<int:number>/": of_a_certificate(READ),
    "bulletins/": row(READ, anonymous=ELSEWHERE),
    "bulletins/<int:pk>/": row(READ, anonymous=ELSEWHERE),
    "statements/<slug:slug>/": row(READ, anonymous=ELSEWHERE),
    "help/": everybody(READ),
    "help/<slug:slug>/": everybody(READ),
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
    # The mail of the scene has a text and no HTML.
    "demo/inbox/<str:name>/html/": row("404 405 405 405 405 405 405", anonymous=ELSEWHERE),
}
ROWS |= access_account.ROWS | access_desk.ROWS

# The only requests of the matrix that write anything.
WRITES: dict[tuple[str, str], set[str]] = {
    ("sign-out/", "POST"): set(PEOPLE) - {"anonymous"},
    ("demo/dns/<int:pk>/remove/", "POST"): set(PEOPLE) - {"anonymous"},
    # One's own draft goes; who has none loses none.
    ("orders/<order:number>/pay/", "POST"): {"owner", "colleague"},
    ("orders/<order:number>/cancel/", "POST"): {"owner", "colleague"},
    **{
        (CERTIFICATE + door + "/discard/", "POST"): {"owner", "colleague", "viewer", "staff"}
        for door in ("apply", "reissue")
    },
    # A draft that was begun against an earlier version is of no use and goes.
    **{
        (CERTIFICATE + "reissue/<slug:step>/", method): {"owner", "colleague"}
        for method in ("GET", "HEAD", "POST")
    },
    **access_account.WRITES,
    **access_desk.WRITES,
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

"""The page of one certificate, and what makes it move by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.access import Action, may
from accounts.models import Consent, User
from accounts.sign_in import is_fresh
from authorities.brands import Brand
from authorities.calendar import calendar_from
from certificates import steps, timeline
from certificates.applications import Application
from certificates.asked_proofs import asked_proofs, looks_at
from certificates.badges import Badge, badge
from certificates.broken import broken
from certificates.guard import SAFE, on_certificate, signed_in, tell_refusal
from certificates.obstacles import Refused, reissue_obstacles, window_closes_at
from certificates.outlook import of_application
from certificates.proving import allowance, challenges_of, check_now, check_obstacles
from certificates.story import Certificate
from certificates.turn_panel import turn_panel
from certificates.version_rows import custody_rows, next_number, version_rows
from verification.challenges import Attempt, Challenge, Status
from work.loop import clock
from work.run import network

# Seconds between two looks of an open page: longer while nothing changes.
SHORTEST_WAIT, LONGEST_WAIT = 2, 30


@on_certificate(*SAFE)
def certificate_page(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    now, person = clock(), signed_in(request)
    context = shown(certificate, person, now) | {
        "reissue_obstacles": reissue_obstacles(certificate, person, now),
        "reissue_until": window_closes_at(certificate, now),
        "password_is_fresh": is_fresh(request, now),
        "wait": SHORTEST_WAIT,
        "here": "certificates",
    }
    return render(request, "certificates/certificate.html", context)


@on_certificate(*SAFE)
def watch(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    """What an open page asks again and again: a new question, and the page where it changed."""
    now, person = clock(), signed_in(request)
    context = shown(certificate, person, now)
    has_changed = request.GET.get("seen", "") != context["seen"]
    context |= {
        "password_is_fresh": is_fresh(request, now),
        "has_changed": has_changed,
        "wait": SHORTEST_WAIT if has_changed else longer(request.GET.get("wait", "")),
    }
    return render(request, "certificates/certificate/watched.html", context)


def longer(wait: str) -> int:
    """The wait after one in which nothing changed."""
    before = int(wait) if wait.isascii() and wait.isdigit() and len(wait) < 4 else SHORTEST_WAIT
    return min(max(before * 3 // 2, before + 1), LONGEST_WAIT)


def shown(certificate: Certificate, person: User, now: datetime) -> dict[str, Any]:
    """Everything on the page that may change by itself."""
    application, calendar = certificate.open_application, calendar_from(certificate.created_at)
    asked = challenges_of(certificate.last_application)
    attempts = looks_at(asked)
    may_check = not check_obstacles(certificate, person, now)
    panel = turn_panel(
        certificate, asked, allowance(asked, now), now, calendar, may_check=may_check
    )
    events = list(certificate.events.order_by("pk"))
    brand = str(Brand(certificate.product.brand).label)
    current_badge = badge(certificate, application)
    rows = version_rows(
        certificate,
        now,
        turn=Badge(panel.turn.tone, panel.turn.title),
        may_take_keys=may(person, Action.DOWNLOAD_KEY, certificate),
    )
    context: dict[str, Any] = {
        "certificate": certificate,
        "name": certificate.name or certificate.domain or certificate.pk,
        "badge": current_badge,
        "panel": panel,
        "broken": broken(certificate),
        "proofs": asked_proofs(asked, attempts),
        "proved": sum(each.status == Status.PROVED for each in asked),
        "versions": rows,
        "custody": custody_rows(rows),
        "happened": timeline.happened(events, attempts),
        "shown": timeline.SHOWN,
        "asked": application or certificate.last_application,
        "consents": consents_of(application or certificate.last_application),
        "seen": token(certificate, asked, attempts, len(events)),
        "is_moving": application is not None,
        "now": now,
    }
    if application is not None:
        number = next_number(certificate)
        outlook = of_application(application, certificate.product, now, calendar)
        context |= {
            "heading": steps.heading(application, number),
            "steps": steps.steps(
                certificate, application, events, outlook, tone=panel.turn.tone, number=number
            ),
            "to_come": timeline.to_come(outlook, brand, number),
        }
    return context


def consents_of(application: Application | None) -> list[Consent]:
    if application is None:
        return []
    return list(
        Consent.objects.filter(application=str(application.pk))
        .select_related("user")
        .order_by("pk")
    )


def token(
    certificate: Certificate, asked: list[Challenge], attempts: list[Attempt], events: int
) -> str:
    """What differs as soon as anything on the page does."""
    states = "".join(each.status[0] for each in asked)
    application = certificate.open_application
    waiting = application.waiting_code if application is not None else ""
    looked = attempts[0].pk if attempts else 0
    return f"{certificate.status}-{events}-{looked}-{states}-{waiting}"


@on_certificate("POST")
def check(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    try:
        looked = check_now(
            certificate=certificate, actor=signed_in(request), now=clock(), network=network()
        )
    except Refused as refused:
        return tell_refusal(request, certificate, refused)
    for challenge in looked:
        if challenge.status == Status.PROVED:
            messages.success(request, _("%(domain)s is proved.") % {"domain": challenge.domain})
        elif challenge.problem_message:
            messages.warning(request, challenge.problem_message)
    return redirect("certificate", certificate_id=certificate.pk)

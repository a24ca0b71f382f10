"""All that the page of one certificate shows, read in a constant number of queries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects

from accounts.access import Action, may
from accounts.models import Consent, User
from authorities.brands import Brand
from authorities.calendar import Calendar, calendar_from
from certificates import steps
from certificates.applications import Application
from certificates.asked_proofs import asked_proofs, looks_at
from certificates.badges import Badge, badge
from certificates.broken import broken
from certificates.caa_stands import caa_stand
from certificates.conversation import thread
from certificates.delays import LOOKS_BACK
from certificates.obstacles import reissue_obstacles, submit_obstacles, window_closes_at
from certificates.outlook import of_application
from certificates.proving import allowance, challenges_of
from certificates.rested_on import rested_on
from certificates.story import Certificate, Event
from certificates.subscriptions import course
from certificates.taking_back import method_obstacles, withdraw_obstacles
from certificates.telling import Turn
from certificates.timeline import SHOWN, happened, to_come
from certificates.turn_panel import TurnPanel, turn_panel
from certificates.unsubscribing import refundable_until, unsubscribe_obstacles
from certificates.version_rows import custody_rows, next_number, version_rows, why
from certificates.watching import token
from verification.challenges import Attempt, Challenge, Status


def overview(certificate: Certificate, person: User, now: datetime) -> dict[str, Any]:
    prefetch_related_objects(
        [certificate],
        "versions__key",
        "applications__key",
        "applications__ca_request",
        "applications__submitted_by",
    )
    calendar = calendar_from(now - LOOKS_BACK)
    asked = challenges_of(certificate.last_application)
    rested = rested_on(certificate.last_application)
    attempts, events = looks_at(asked), list(certificate.events.all())
    cannot_apply = submit_obstacles(certificate, person, now)
    may_choose = not method_obstacles(certificate, person, now)
    panel = turn_panel(
        certificate,
        asked,
        allowance(asked, now),
        now,
        calendar,
        may_check=may(person, Action.CHECK, certificate),
        may_apply=not cannot_apply,
        may_choose=may_choose,
    )
    opened, caa = certificate.open_application, caa_stand(certificate)
    return {
        "here": "certificates",
        "certificate": certificate,
        "name": certificate.name or certificate.domain or certificate.pk,
        "now": now,
        "badge": badge(certificate, opened),
        "panel": panel,
        "turn": panel.turn,
        "open": opened,
        "broken": broken(certificate, caa),
        "caa": caa,
        "apply_obstacles": cannot_apply,
        "reissue_obstacles": reissue_obstacles(certificate, person, now),
        "withdraw_obstacles": withdraw_obstacles(certificate, person, now),
        "may_choose_method": may_choose,
        "reissue_until": window_closes_at(certificate, now),
        "unsubscribe_obstacles": unsubscribe_obstacles(certificate, person, now),
        "refundable_until": refundable_until(certificate),
        "called": certificate.product.called(now),
        "course": course(certificate, now),
        "token": token(certificate, asked, attempts, events),
        **_what_comes(certificate, opened, events, asked, panel.turn, now, calendar),
        **_what_happened(events, attempts),
        **_what_is_asked(certificate.last_application, asked, attempts),
        "rested": rested,
        "may_give_up": may(person, Action.APPLY, certificate),
        **_versions(certificate, person, panel, now),
    }


def _what_comes(
    certificate: Certificate,
    opened: Application | None,
    events: list[Event],
    asked: list[Challenge],
    turn: Turn,
    now: datetime,
    calendar: Calendar,
) -> dict[str, Any]:
    """The steps of the application that is open, and what is to come above Now."""
    if opened is None:
        return {"steps": [], "to_come": []}
    number = next_number(certificate)
    outlook = of_application(opened, certificate.product, now, calendar)
    brand = str(Brand(certificate.product.brand).label)
    return {
        "heading": steps.heading(opened, number),
        "why": why(opened),
        "steps": steps.steps(
            certificate, opened, events, outlook, turn=turn, number=number, asked=asked
        ),
        "to_come": to_come(outlook, brand, number, is_dated=not turn.is_undated),
    }


def _what_happened(events: list[Event], attempts: list[Attempt]) -> dict[str, Any]:
    entries = happened(events, attempts)
    return {"story": entries[:SHOWN], "earlier": entries[SHOWN:], "event_count": len(entries)}


def _what_is_asked(
    application: Application | None, asked: list[Challenge], attempts: list[Attempt]
) -> dict[str, Any]:
    """What is to be proved, and the application that it is asked for."""
    number = application.pk if application is not None else ""
    return {
        "application": application,
        "thread": thread(application),
        "consents": list(Consent.objects.filter(application=str(number)).order_by("pk")),
        "challenges": asked_proofs(asked, attempts),
        "proved": sum(each.status == Status.PROVED for each in asked),
        "is_proving": any(each.status == Status.OPEN for each in asked),
    }


def _versions(
    certificate: Certificate, person: User, panel: TurnPanel, now: datetime
) -> dict[str, Any]:
    rows = version_rows(
        certificate,
        now,
        # Whose turn it is, as the badge of the version to come.
        turn=Badge(panel.turn.tone, panel.turn.title),
        may_take_keys=may(person, Action.DOWNLOAD_KEY, certificate),
    )
    return {
        "versions": rows,
        "version_count": sum(row.version is not None for row in rows),
        "custody": custody_rows(rows),
    }

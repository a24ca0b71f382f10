"""All that the page of one certificate shows, read in a constant number of queries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects

from accounts.access import Action, may
from accounts.models import Consent, User
from authorities.brands import Brand
from authorities.calendar import calendar_from
from certificates import steps
from certificates.applications import Application
from certificates.asked_proofs import asked_proofs, looks_at
from certificates.badges import Badge, badge
from certificates.broken import broken
from certificates.delays import LOOKS_BACK
from certificates.obstacles import reissue_obstacles, window_closes_at
from certificates.outlook import Outlook, of_application
from certificates.proving import allowance, challenges_of
from certificates.story import Certificate
from certificates.timeline import SHOWN, happened, to_come
from certificates.turn_panel import TurnPanel, turn_panel
from certificates.version_rows import custody_rows, next_number, version_rows, why
from certificates.watching import token
from verification.challenges import Status


def overview(certificate: Certificate, person: User, now: datetime) -> dict[str, Any]:
    prefetch_related_objects(
        [certificate],
        "versions__key",
        "applications__key",
        "applications__ca_request",
        "applications__submitted_by",
    )
    calendar = calendar_from(now - LOOKS_BACK)
    application = certificate.open_application
    outlook = None
    if application is not None:
        outlook = of_application(application, certificate.product, now, calendar)
    asked = challenges_of(certificate.last_application)
    attempts, events = looks_at(asked), list(certificate.events.all())
    left = allowance(asked, now)
    panel = turn_panel(
        certificate,
        asked,
        left,
        now,
        calendar,
        may_check=may(person, Action.CHECK, certificate),
    )
    state = badge(certificate, application)
    rows = version_rows(
        certificate,
        now,
        turn=_turn_badge(panel),
        may_take_keys=may(person, Action.DOWNLOAD_KEY, certificate),
    )
    entries = happened(events, attempts)
    proofs = asked_proofs(asked, attempts)
    last = certificate.last_application
    return {
        "here": "certificates",
        "certificate": certificate,
        "name": certificate.name or certificate.domain or certificate.pk,
        "now": now,
        "badge": state,
        "panel": panel,
        "turn": panel.turn,
        "application": last,
        "open": application,
        "steps": _steps(certificate, application, events, outlook, panel.turn.tone),
        "heading": application and steps.heading(application, next_number(certificate)),
        "why": application and why(application),
        "broken": broken(certificate),
        "challenges": proofs,
        "proved": sum(each.challenge.status == Status.PROVED for each in proofs),
        "is_proving": any(each.is_open for each in proofs),
        "versions": rows,
        "version_count": sum(row.version is not None for row in rows),
        "custody": custody_rows(rows),
        "to_come": _to_come(certificate, outlook),
        "story": entries[:SHOWN],
        "earlier": entries[SHOWN:],
        "event_count": len(entries),
        "consents": _consents(last),
        "reissue_obstacles": reissue_obstacles(certificate, person, now),
        "reissue_until": window_closes_at(certificate, now),
        "token": token(certificate, asked, attempts, events),
    }


def _turn_badge(panel: TurnPanel) -> Badge:
    """Whose turn it is, as the badge of the version to come."""
    return Badge(panel.turn.tone, panel.turn.title)


def _steps(
    certificate: Certificate,
    application: Application | None,
    events: list[Any],
    outlook: Outlook | None,
    tone: str,
) -> list[steps.Step]:
    if application is None or outlook is None:
        return []
    number = next_number(certificate)
    return steps.steps(certificate, application, events, outlook, tone=tone, number=number)


def _to_come(certificate: Certificate, outlook: Outlook | None) -> list[Any]:
    if outlook is None:
        return []
    brand = str(Brand(certificate.product.brand).label)
    return to_come(outlook, brand, next_number(certificate))


def _consents(application: Application | None) -> list[Consent]:
    if application is None:
        return []
    return list(Consent.objects.filter(application=str(application.pk)).order_by("pk"))

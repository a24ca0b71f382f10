"""Giving a certificate back for its price, and every reason why that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.access import Action, may
from accounts.actors import Actor
from accounts.dates import day
from accounts.models import User
from accounts.refusals import Obstacle, Refused
from certificates.invoicing import credit
from certificates.lifecycle import UNDER_REVIEW, Status
from certificates.purchases import Cause, Purchase, State, on_order
from certificates.refunding import owe
from certificates.story import Certificate, turning

WITHIN = timedelta(days=7)  # 7 × 24 hours from the payment


def refundable_until(certificate: Certificate) -> datetime | None:
    purchase = certificate.purchase
    return purchase.paid_at + WITHIN if purchase is not None and purchase.paid_at else None


def _given_back(certificate: Certificate, now: datetime) -> str | None:
    if certificate.unsubscribed_at is None:
        return None
    return _("It was given back on %(day)s already.") % {"day": day(certificate.unsubscribed_at)}


def _nothing_paid(certificate: Certificate, now: datetime) -> str | None:
    if certificate.purchase_id is not None:
        return None
    return _("It was not ordered here, so nothing was paid for it here.")


def _free(certificate: Certificate, now: datetime) -> str | None:
    purchase = certificate.purchase
    cost_nothing = purchase is not None and not purchase.unit_price
    if not (certificate.product.is_free or cost_nothing):
        return None
    return _("A free test certificate cost nothing; it counts for ever.")


def _too_late(certificate: Certificate, now: datetime) -> str | None:
    until = refundable_until(certificate)
    if until is None or now < until:
        return None
    return _("It could be given back within 7 days of the payment, until %(day)s.") % {
        "day": day(until)
    }


def _in_use(certificate: Certificate, now: datetime) -> str | None:
    status = certificate.status
    never_issued = status == Status.UNPASSED and certificate.current is None
    if status in (Status.PAID, Status.REVOKED) or never_issued:
        return None
    told = {"label": certificate.get_status_display()}
    if status in UNDER_REVIEW:
        return _("Its status is %(label)s. Withdraw its application, then give it back.") % told
    return _("Its status is %(label)s: what was issued is not given back.") % told


def _revoked_late(certificate: Certificate, now: datetime) -> str | None:
    current, until = certificate.current, refundable_until(certificate)
    if certificate.status != Status.REVOKED or current is None or until is None:
        return None
    if current.revoked_at is not None and current.revoked_at < until:
        return None
    return _("Its revocation was not complete by %(day)s.") % {"day": day(until)}


def _term_begun(certificate: Certificate, now: datetime) -> str | None:
    term, purchase = certificate.subscription, certificate.purchase
    if term is None or purchase is None or term.starts_at is None or purchase.years < 2:
        return None
    return _(
        "Its term of %(years)d years began with its first certificate on %(day)s; from then on"
        " nothing of it is refunded."
    ) % {"years": purchase.years, "day": day(term.starts_at)}


# In the order in which they are told.
REASONS: dict[str, Callable[[Certificate, datetime], str | None]] = {
    "certificate.unsubscribed": _given_back,
    "unsubscribe.no_order": _nothing_paid,
    "unsubscribe.free": _free,
    "unsubscribe.too_late": _too_late,
    "unsubscribe.in_use": _in_use,
    "unsubscribe.revoked_late": _revoked_late,
    "unsubscribe.term_begun": _term_begun,
}


def unsubscribe_obstacles(certificate: Certificate, actor: Actor, now: datetime) -> list[Obstacle]:
    """All reasons why `actor` cannot give this certificate back at `now`; empty when none holds."""
    found = [
        Obstacle(code, sentence)
        for code, reason in REASONS.items()
        if (sentence := reason(certificate, now)) is not None
    ]
    if not may(actor, Action.BUY, certificate):
        message = _("Your role does not give certificates back; ask an administrator.")
        found.append(Obstacle("unsubscribe.forbidden", message))
    return found


def unsubscribe(*, certificate: Certificate, actor: User, now: datetime) -> None:
    """Give it back: it is closed, its price is credited and owed. The row and its story stay."""
    _refuse(unsubscribe_obstacles(certificate, actor, now))
    assert certificate.purchase_id is not None
    with (
        on_order(certificate.purchase_id) as purchase,
        turning(certificate.pk, "unsubscribe", actor=actor, now=now) as row,
    ):
        _refuse(unsubscribe_obstacles(row, actor, now))
        row.unsubscribed_at, row.due_at = now, None
        credit(purchase, row, now)
        owe(purchase, Cause.UNSUBSCRIBED, purchase.unit_price, now, row)
        if _all_given_back(purchase, row):
            purchase.state, purchase.ended_at = State.REFUNDED, now


def _all_given_back(purchase: Purchase, row: Certificate) -> bool:
    others = purchase.certificates.exclude(pk=row.pk)
    return not others.filter(unsubscribed_at__isnull=True).exists()


def _refuse(obstacles: list[Obstacle]) -> None:
    if obstacles:
        raise Refused(obstacles)

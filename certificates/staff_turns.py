"""Whose turn a certificate is for the staff who read it, and which of them need staff.

The reader's side is turned around: what waits for the customer is nobody's work here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from authorities.simulated import worklist
from authorities.simulated.orders import CaOrder
from certificates.applications import Application
from certificates.lifecycle import UNDER_REVIEW, Status
from certificates.story import Certificate

OPEN = Application.objects.filter(certificate=OuterRef("pk"), ended_at__isnull=True)
LAST = Application.objects.filter(certificate=OuterRef("pk")).order_by("-number")
ORDER = CaOrder.objects.filter(request_id=OuterRef("request_id"))
IN_HAND = UNDER_REVIEW | {
    Status.CANCELCHECKING,
    Status.SUPPLEMENTCHECKING,
    Status.CANCELSUPPLEMENTING,
    Status.REVOKING,
}


@dataclass(frozen=True)
class StaffTurn:
    tone: str
    label: str | Promise


# By name, in the order in which they are asked; the first that holds is it.
TURNS = {
    "stuck": StaffTurn("problem", _("Ours, stuck")),
    "alarm": StaffTurn("problem", _("Ours, alarm")),
    "stopped": StaffTurn("problem", _("Ours, stopped")),
    "late": StaffTurn("problem", _("Ours, late")),
    "broken": StaffTurn("problem", _("Ours, failed")),
    "ours": StaffTurn("you", _("Ours")),
    "customer": StaffTurn("ca", _("Customer")),
    "clock": StaffTurn("ca", _("Clock")),
    "nobody": StaffTurn("ended", _("Nobody")),
}
NEEDS_STAFF = ("stuck", "alarm", "stopped", "late", "broken", "ours")


def described(rows: QuerySet[Certificate], now: datetime) -> QuerySet[Any]:
    """The rows with `turn`, a name of TURNS, and `order_pk`, their request at the desk."""
    asked = rows.annotate(
        request_id=Subquery(LAST.values("ca_request_id")[:1]),
        order_pk=Subquery(ORDER.values("pk")[:1]),
    )
    return asked.annotate(turn=Case(*_cases(now), default=Value("nobody")))


def _cases(now: datetime) -> list[When]:
    is_stuck = Exists(OPEN.filter(set_aside_at__isnull=False))
    is_asked = Exists(OPEN.filter(asked_at__isnull=False))
    waits_for_customer = Q(status__in=[Status.PAID, Status.CHECKING_DOMAIN, Status.UNPASSED])
    held = {
        "stuck": Q(set_aside_at__isnull=False) | Q(is_stuck),
        "alarm": Q(Exists(ORDER.filter(worklist.ALARMED))),
        "stopped": Q(Exists(ORDER.filter(worklist.STOPPED))),
        "late": Q(order_pk__in=worklist.late(now)),
        # What ended because our own machines could not go on (`application.stuck`, `ca.stuck`).
        "broken": Q(failure_code__endswith=".stuck"),
        "ours": Q(Exists(ORDER.filter(worklist.HELD)))
        | Q(status=Status.CHECKING_ORG) & ~Q(Exists(ORDER.filter(worklist.QUESTIONED))),
        "customer": waits_for_customer
        | Q(status=Status.CHECKING_ORG)
        | (Q(status=Status.REISSUING) & Q(is_asked)),
        "clock": Q(status__in=IN_HAND),
    }
    return [When(held[name], then=Value(name)) for name in TURNS if name in held]


def staff_turn(row: Certificate) -> StaffTurn:
    """Of a row that was `described`."""
    return TURNS[vars(row)["turn"]]

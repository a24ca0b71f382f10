"""Whose turn a certificate is for the staff who read it, and which of them need staff.

The reader's side is turned around: what waits for the customer is nobody's work here.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from authorities.simulated.orders import CaOrder
from certificates.applications import Application
from certificates.lifecycle import Status
from certificates.story import Certificate

OPEN = Application.objects.filter(certificate=OuterRef("pk"), ended_at__isnull=True)
LAST = Application.objects.filter(certificate=OuterRef("pk")).order_by("-number")
ALARMED = CaOrder.objects.filter(request_id=OuterRef("request_id")).exclude(alarm="")
LINTED = CaOrder.objects.filter(request_id=OuterRef("request_id"), findings_seen_at__isnull=True)
WAITS_FOR_STAFF = (
    Q(set_aside_at__isnull=False)
    | Q(is_stuck=True)
    | Q(is_alarmed=True)
    | Q(is_linted=True)
    | Q(status=Status.CHECKING_ORG)
)


@dataclass(frozen=True)
class StaffTurn:
    tone: str
    label: str | Promise


STUCK = StaffTurn("problem", _("Ours, stuck"))
ALARM = StaffTurn("problem", _("Ours, alarm"))
STOPPED = StaffTurn("problem", _("Ours, stopped"))
OURS = StaffTurn("you", _("Ours"))
CUSTOMER = StaffTurn("ca", _("Customer"))
CLOCK = StaffTurn("ca", _("Clock"))
NOBODY = StaffTurn("ended", _("Nobody"))


def described(rows: QuerySet[Certificate]) -> QuerySet[Certificate]:
    """The rows with what `staff_turn` asks: one query for a page of any length."""
    return rows.annotate(
        request_id=Subquery(LAST.values("ca_request_id")[:1]),
        is_asked=Exists(OPEN.filter(asked_at__isnull=False)),
        is_stuck=Exists(OPEN.filter(set_aside_at__isnull=False)),
        is_alarmed=Exists(ALARMED),
        is_linted=Exists(LINTED.exclude(findings=[])),
        order_pk=Subquery(
            CaOrder.objects.filter(request_id=OuterRef("request_id")).values("pk")[:1]
        ),
    )


def staff_turn(row: Certificate) -> StaffTurn:
    """Of a row that was `described`."""
    facts = vars(row)
    if facts["is_stuck"] or row.set_aside_at is not None:
        return STUCK
    if facts["is_alarmed"]:
        return ALARM
    if facts["is_linted"]:
        return STOPPED
    if row.status == Status.CHECKING_ORG:
        return OURS
    waits_for_answer = row.status == Status.REISSUING and facts["is_asked"]
    if row.tone in {"you", "problem"} or waits_for_answer:
        return CUSTOMER
    return CLOCK if row.tone == "ca" else NOBODY

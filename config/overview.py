"""What needs work first: a line for each kind of work, how much there is and where it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from authorities.calendar import Bulletin
from authorities.hierarchy import Authority
from authorities.simulated import worklist
from authorities.simulated.orders import CaOrder
from certificates.purchases import Purchase, Refund, State
from certificates.staff_turns import NEEDS_STAFF, described
from certificates.story import Certificate
from config import stuck_work
from verification.mail import UNDELIVERED, OutgoingMail


@dataclass(frozen=True)
class Line:
    """`turn` is what the badge says while there is any; of nothing it says so."""

    name: str
    detail: str
    count: int
    address: str
    tone: str
    turn: str

    @property
    def badge(self) -> dict[str, str]:
        if self.count:
            return {"tone": self.tone, "label": self.turn}
        return {"tone": "done", "label": _("Nothing")}


def lines(now: datetime) -> list[Line]:
    """In the order in which staff look at them; a constant number of queries."""
    kinds = stuck_work.counts(now)
    stuck = sum(kind.numbers["stuck"] for kind in kinds)
    late = sum(kind.numbers["late"] for kind in kinds)
    failed = OutgoingMail.objects.filter(UNDELIVERED).count()
    return [
        *_desk(now),
        Line(
            _("Certificates"),
            _("In review, stopped, with an alarm, or stuck in our own machines"),
            described(Certificate.objects.all(), now).filter(turn__in=NEEDS_STAFF).count(),
            reverse("admin:certificates_certificate_changelist"),
            "you",
            _("Ours"),
        ),
        Line(
            _("Stuck work"),
            _("Set aside after too many tries, or failing and tried again"),
            stuck,
            reverse("admin:stuck-work"),
            "problem",
            _("Ours, stuck"),
        ),
        Line(
            _("Late work"),
            _("Due for ten minutes or longer, and no worker has begun it"),
            late,
            reverse("admin:stuck-work") + "?show=late",
            "problem",
            _("Ours, late"),
        ),
        Line(
            _("Failed mail"),
            _("Refused by the mail server, or tried too often"),
            failed,
            reverse("admin:verification_outgoingmail_changelist") + "?state=failed",
            "problem",
            _("Ours, failed"),
        ),
        *_money(),
        *_authorities(now),
    ]


def _money() -> list[Line]:
    return [
        Line(
            _("Refunds"),
            _("Money to send back to customers"),
            Refund.objects.filter(done_at__isnull=True).count(),
            reverse("admin:certificates_refund_changelist"),
            "you",
            _("Ours"),
        ),
        Line(
            _("Unpaid orders"),
            _("Waiting for a transfer, or for it to be recorded"),
            Purchase.objects.filter(state=State.UNPAID).count(),
            reverse("admin:certificates_purchase_changelist") + "?work=unpaid",
            "ca",
            _("Customer"),
        ),
    ]


def _desk(now: datetime) -> list[Line]:
    orders = CaOrder.objects.aggregate(
        ours=Count("pk", filter=worklist.NEEDS_WORK),
        in_review=Count("pk", filter=worklist.TO_REVIEW),
        alarmed=Count("pk", filter=worklist.ALARMED),
        stopped=Count("pk", filter=worklist.STOPPED),
    )
    desk = reverse("admin:authorities_caorder_changelist")
    late = len(worklist.late(now))
    kinds = _("%(in_review)d in review, %(alarmed)d alarms, %(stopped)d stopped by the linter")
    return [
        Line(
            _("CA desk, late"),
            _("Requests whose time is used up"),
            late,
            f"{desk}?work=late",
            "problem",
            _("Ours, late"),
        ),
        Line(_("CA desk"), kinds % orders, orders["ours"], desk, "you", _("Ours")),
    ]


def _authorities(now: datetime) -> list[Line]:
    closed = Bulletin.objects.filter(suspends=True, starts_at__lte=now, ends_at__gt=now)
    return [
        Line(
            _("Revocation lists"),
            _("Issuing CAs whose newest list has run out"),
            _overdue(now).count(),
            reverse("admin:authorities_authority_changelist"),
            "problem",
            _("Ours, late"),
        ),
        Line(
            _("Suspensions"),
            _("Brands whose people do not work now"),
            closed.values("brand").distinct().count(),
            reverse("admin:authorities_bulletin_changelist"),
            "ca",
            _("Clock"),
        ),
    ]


def _overdue(now: datetime) -> QuerySet[Authority]:
    newest = Authority.objects.annotate(list_until=Max("crls__next_update"))
    return newest.filter(list_until__lte=now)

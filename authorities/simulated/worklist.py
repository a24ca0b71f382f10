"""What the desk sees of each order: what is asked, whose turn it is, how much time was used.

The reader is the authority's staff: "Ours" is their turn, the customer's is somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.dates import day_of_year, moment_of_year
from authorities.calendar import Calendar, calendar_from
from authorities.port import Kind, Stage
from authorities.simulated import checklists, held_names
from authorities.simulated.checklists import Known
from authorities.simulated.conversation import paused_days
from authorities.simulated.orders import Alarm, CaOrder, State
from authorities.simulated.review import in_short, review_of
from authorities.simulated.steps import ANSWER_TO_COMPROMISE, mail_time
from verification.turns import OF_STAFF, all_stand

HELD = Q(state=State.HELD)
IN_REVIEW = Q(state=State.REVIEWING)
ALARMED = Q(state=State.ASKING) & ~Q(alarm="")
STOPPED = ~Q(findings=[]) & Q(findings_seen_at__isnull=True)
QUESTIONED = IN_REVIEW & Q(asked_customer_at__isnull=False)
REPLIED = IN_REVIEW & Q(asked_customer_at__isnull=True, customer_said_at__isnull=False)
TO_REVIEW = IN_REVIEW & ~QUESTIONED
NEEDS_WORK = HELD | TO_REVIEW | ALARMED | STOPPED
WITH_CUSTOMER = Q(state=State.PROVING) | Q(state=State.ASKING, alarm="") | QUESTIONED
BY_ITSELF = Q(state__in=[State.RECEIVED, State.SCHEDULED, State.ISSUING])
ENDED = [State.ISSUED, State.DECLINED, State.REFUSED, State.WITHDRAWN]
ANSWERED = Q(state__in=ENDED) & ~STOPPED
LOOK_DAYS = 1  # working days in which somebody looks at what the linter stopped
MAIL_DAYS = 2  # a confirmation mail leaves within two working days


@dataclass(frozen=True)
class Used:
    """How much of the allowed time is used, whole units only: 4 of 3 working days."""

    count: int
    limit: int
    unit: str = "days"  # or "hours"

    @property
    def is_late(self) -> bool:
        return self.count >= self.limit

    @property
    def shown(self) -> int:
        """What the bar shows: full when it is over."""
        return min(self.count, self.limit)

    @property
    def words(self) -> str:
        told = {"count": self.count, "limit": self.limit}
        if self.unit == "hours":
            return _("%(count)d of %(limit)d h") % told
        return _("%(count)d of %(limit)d") % told

    @property
    def said(self) -> str:
        unit = _("hours") if self.unit == "hours" else _("working days")
        return _("%(count)d of %(limit)d %(unit)s") % {
            "count": self.count,
            "limit": self.limit,
            "unit": unit,
        }


@dataclass(frozen=True)
class Line:
    """One order as the desk's list shows it; `stands`: the clock waits for the customer."""

    asked: str
    detail: str
    tone: str
    turn: str
    used: Used | None = None
    is_code: bool = False  # the detail is a code that people copy
    stands: bool = False
    is_ready: bool = False  # all that its checklist wants is found good


def read(orders: Iterable[CaOrder], now: datetime) -> dict[int, Line]:
    """A line an order, by its key. Reads calendar and checklists once.

    Give the orders with `answer`, `mail` and with `review_notes` and `proof__challenges` at hand.
    """
    orders = list(orders)
    calendar = calendar_from(min((order.received_at for order in orders), default=now))
    known = checklists.read()
    return {order.pk: line(order, now, calendar, known) for order in orders}


def at_hand(orders: QuerySet[CaOrder]) -> QuerySet[CaOrder]:
    """With everything that a line needs, in a constant number of queries."""
    rows = orders.select_related("answer", "mail", "proof")
    return rows.prefetch_related("review_notes", "proof__challenges__publication")


def late(now: datetime) -> list[int]:
    """The keys of the orders whose time is used up while it is our turn."""
    waiting = CaOrder.objects.filter(NEEDS_WORK).prefetch_related("review_notes")
    lines = read(waiting, now)
    return [pk for pk, each in lines.items() if each.used is not None and each.used.is_late]


def for_second() -> list[int]:
    """The keys of the orders that are found good and wait for somebody else to approve them."""
    known = checklists.read()
    waiting = CaOrder.objects.filter(IN_REVIEW).prefetch_related("review_notes")
    return [order.pk for order in waiting if review_of(order, known).waits_for_second]


def line(order: CaOrder, now: datetime, calendar: Calendar, known: Known) -> Line:
    if order.findings and order.findings_seen_at is None:
        return _stopped(order, now, calendar)
    state = State(order.state)
    if state == State.HELD:
        return _held(order, now, calendar)
    if state == State.REVIEWING:
        return _in_review(order, now, calendar, known)
    if state == State.ASKING:
        return _alarmed(order, now) if order.alarm else _asking(order)
    if state == State.PROVING:
        return _proving(order)
    if state in ENDED:
        tone = "done" if state == State.ISSUED else "ended"
        return Line(_kind(order), _last_words(order), tone, str(state.label), None, True)
    return _by_itself(order, state, now, calendar)


def _in_review(order: CaOrder, now: datetime, calendar: Calendar, known: Known) -> Line:
    limit = order.request().review_days
    kind = {"kind": _kind(order)}
    if order.asked_customer_at is not None:
        since = moment_of_year(order.asked_customer_at)
        detail = _("Asked %(at)s, not answered yet") % {"at": since}
        return Line(_("%(kind)s: question") % kind, detail, "ca", _("Customer"), stands=True)
    used = _days(order, Stage.REVIEWING, limit, now, calendar)
    review = review_of(order, known)
    if review.waits_for_second:
        who = ", ".join(review.checked_by)
        detail = _("Checked by %(who)s, waits for a second person") % {"who": who}
        shown = _ours(_("%(kind)s: second pair of eyes") % kind, detail, used)
    elif order.customer_said_at is not None:
        shown = _ours(_("%(kind)s: the customer answered") % kind, in_short(review), used)
    else:
        shown = _ours(_("%(kind)s: organization") % kind, in_short(review), used)
    return replace(shown, is_ready=not review.open_points)


def _held(order: CaOrder, now: datetime, calendar: Calendar) -> Line:
    used = _days(order, Stage.HELD, held_names.LOOK_DAYS, now, calendar)
    asked = _("%(kind)s: look at the names") % {"kind": _kind(order)}
    return replace(_ours(asked, order.problem_code, used), is_code=True)


def _alarmed(order: CaOrder, now: datetime) -> Line:
    allowed = int(ANSWER_TO_COMPROMISE / timedelta(hours=1))
    used = Used(max(0, (now - order.received_at) // timedelta(hours=1)), allowed, "hours")
    asked = _("%(kind)s: leaked key") % {"kind": _kind(order)}
    return _ours(asked, str(Alarm(order.alarm).label), used)


def _ours(asked: str, detail: str, used: Used) -> Line:
    if used.is_late:
        return Line(asked, detail, "problem", _("Ours, late"), used)
    return Line(asked, detail, "you", _("Ours"), used)


def _stopped(order: CaOrder, now: datetime, calendar: Calendar) -> Line:
    used = _days(order, Stage.REFUSED, LOOK_DAYS, now, calendar)
    codes = ", ".join(sorted({found["code"] for found in order.findings}))
    asked = _("%(kind)s: stopped by the linter") % {"kind": _kind(order)}
    return Line(asked, codes, "problem", _("Ours, stopped"), used, is_code=True)


def _asking(order: CaOrder) -> Line:
    asked = _("%(kind)s: confirmation") % {"kind": _kind(order)}
    mail, answer = order.mail, order.answer
    assert mail is not None
    assert answer is not None
    if mail.is_refused():
        detail = _("The mail was refused")
    elif mail.failed_at is not None:
        return Line(asked, _("Our server did not take the mail"), "problem", _("Ours, stopped"))
    elif mail.bounced_at is not None:
        detail = _("The mail came back")
    elif mail.sent_at is None:
        detail = _("The mail is on its way")
    else:
        detail = _("Mail delivered; until %(day)s") % {"day": day_of_year(answer.expires_at)}
    return Line(asked, detail, "ca", _("Customer"), stands=True)


def _proving(order: CaOrder) -> Line:
    asked = _("%(kind)s: domain") % {"kind": _kind(order)}
    stand = all_stand(list(order.proof.challenges.all()) if order.proof else [])
    found = stand.code if stand is not None else ""
    turn = str(OF_STAFF[stand.turn]) if stand is not None else _("Customer")
    detail = found or _("Nobody looked yet")
    return Line(asked, detail, "ca", turn, is_code=bool(found), stands=True)


def _by_itself(order: CaOrder, state: State, now: datetime, calendar: Calendar) -> Line:
    kind, code = {"kind": _kind(order)}, order.problem_code
    if state == State.SCHEDULED:
        planned = mail_time(order, calendar)
        detail = _("Goes by itself %(at)s") % {"at": moment_of_year(planned)}
        used = _days(order, Stage.RECEIVED, MAIL_DAYS, now, calendar)
        return Line(_("%(kind)s: write to the contact") % kind, detail, "ca", _("Clock"), used)
    if state == State.ISSUING:
        asked, detail = _("%(kind)s: issue") % kind, _("Goes by itself")
        held = calendar.suspension(order.request().brand, now, order.request().type)
        if held is not None:
            detail = _("Suspended until %(day)s") % {"day": day_of_year(held.ends_at)}
    else:
        asked, detail = _("%(kind)s: judge") % kind, _("Goes by itself")
    return Line(asked, code or detail, "ca", _("Clock"), None, bool(code))


def _kind(order: CaOrder) -> str:
    return _("Reissue") if order.request().kind == Kind.REISSUE else _("First issue")


def _last_words(order: CaOrder) -> str:
    return str(order.history[-1]["code"]) if order.history else ""


def _days(order: CaOrder, since: Stage, limit: int, now: datetime, calendar: Calendar) -> Used:
    """Working days since that milestone, without those in which the customer was asked."""
    told = next((each for each in order.history if each["stage"] == since), None)
    start = datetime.fromisoformat(told["at"]) if told else order.received_at
    request = order.request()
    used = calendar.working_days_between(start, now, request.brand, request.type)
    return Used(int(used - paused_days(order, now, calendar)), limit)

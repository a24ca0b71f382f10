"""The desk of the authority: what its people decide.

A verb changes the order and writes the decision into the customer's security log, nothing else.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.access import Action, may
from accounts.actors import Actor, label, person
from accounts.dates import day
from accounts.kept_sentences import in_the_portals_language
from accounts.staff import StaffRefused
from authorities.pictures import Picture
from authorities.port import LONGEST_MESSAGE, Stage
from authorities.simulated import conversation, evidence, organizations
from authorities.simulated.evidence import Call
from authorities.simulated.orders import (
    CaOrder,
    ReviewItem,
    ReviewNote,
    State,
    locked,
    refuse,
)
from authorities.simulated.review import checklist, review_of
from authorities.simulated.steps import write_question
from verification import answers
from verification.answers import Decision, Purpose
from work.nudge import wake


class DeskRefused(StaffRefused):
    """The desk cannot do that now."""


class _Customer:
    """The customer's account behind an order, as access rules see it."""

    def __init__(self, order: CaOrder) -> None:
        self.project_id = order.request().customer


def _judged(order: CaOrder, actor: Actor, action: Action) -> None:
    if not may(actor, action, _Customer(order)):
        raise DeskRefused("desk.forbidden", _("You may not decide this."))


def _log(order: CaOrder, actor: Actor, action: str, now: datetime, **detail: Any) -> None:
    request = order.request()
    audit.record(
        project_id=request.customer,
        actor=actor,
        action=f"desk.{action}",
        subject=request.certificate,
        now=now,
        detail={"order": order.reference, **detail},
    )


def approve_organization(order_id: int, *, actor: Actor, now: datetime) -> None:
    """Staff found the organization to be what the order says; the order goes on."""
    _decide_review(order_id, actor, now, message=None)


def refuse_organization(order_id: int, *, message: str, actor: Actor, now: datetime) -> None:
    """Staff did not; the order ends, with their sentence for the customer."""
    _decide_review(order_id, actor, now, message=message)


def _decide_review(order_id: int, actor: Actor, now: datetime, message: str | None) -> None:
    with locked(order_id, now) as order:
        _judged(order, actor, Action.DECIDE)
        _demand_review(order)
        if message is None:
            _demand_approvable(order, actor)
        order.reviewed_by = label(actor)
        verb = "approve_organization" if message is None else "refuse_organization"
        _log(order, actor, verb, now)
        if message is not None:
            refuse(order, now, "organization.refused", message)
            return
        organizations.keep(order, by=label(actor), now=now)
        order.reviewed_at = now
        order.state = State.ISSUING
        order.note(Stage.ISSUING, now)
        wake(CaOrder, order.pk, now)


def _demand_review(order: CaOrder) -> None:
    if order.state != State.REVIEWING:
        raise DeskRefused(
            "desk.not_in_review", _("This order does not wait for an organization review.")
        )


def _demand_approvable(order: CaOrder, actor: Actor) -> None:
    """Every point found good, and for EV by somebody else than who approves (EVG 14.1.3)."""
    review = review_of(order)
    if review.open_points:
        message = _("Not found good yet: %(points)s. Note what you found, or refuse.")
        points = "; ".join(review.open_points)
        raise DeskRefused("desk.points_open", message % {"points": points})
    who = person(actor)
    if who is not None and review.is_barred(who):
        message = _("You checked this order, so a second person of the team approves it.")
        raise DeskRefused("desk.four_eyes", message)


def release_names(order_id: int, *, actor: Actor, now: datetime) -> None:
    """Staff looked at held names and found nothing wrong; the order goes on where it was held."""
    with locked(order_id, now) as order:
        _look_at_names(order, actor, now)
        order.state = State.ISSUING if order.reached(Stage.ISSUING) else State.RECEIVED
        _log(order, actor, "release_names", now, names=list(order.request().names)[:20])
        wake(CaOrder, order.pk, now)


def refuse_names(order_id: int, *, message: str, actor: Actor, now: datetime) -> None:
    """Staff do not let held names through; the order ends, with their sentence for the customer."""
    with locked(order_id, now) as order:
        _look_at_names(order, actor, now)
        if not message.strip():
            raise DeskRefused("desk.no_evidence", _("Write down what you looked at and found."))
        _log(order, actor, "refuse_names", now, names=list(order.request().names)[:20])
        refuse(order, now, "name.refused", message.strip())
        wake(CaOrder, order.pk, now)


def _look_at_names(order: CaOrder, actor: Actor, now: datetime) -> None:
    _judged(order, actor, Action.DECIDE)
    if order.state != State.HELD:
        message = _("The names of this order do not wait for a look.")
        raise DeskRefused("desk.not_held", message)
    order.names_seen_at, order.names_seen_by = now, label(actor)
    order.problem_code, order.problem_message = "", ""


def note_review(
    order_id: int,
    item: ReviewItem,
    *,
    is_good: bool,
    text: str,
    actor: Actor,
    now: datetime,
    picture: Picture | None = None,
    call: Call | None = None,
) -> ReviewNote:
    """Keep what was found out about one point of a review; the latest note of a point counts.

    A call is told with its note, and only with that of a call.
    """
    with locked(order_id, now) as order:
        _judged(order, actor, Action.DECIDE)
        _demand_review(order)
        if item not in {point.item for point in checklist(order)}:
            message = _("%(item)s is not on the checklist of this order.")
            raise DeskRefused("desk.point_unknown", message % {"item": item.label})
        if not text.strip():
            raise DeskRefused("desk.no_evidence", _("Write down what you looked at and found."))
        told = call if item == ReviewItem.PHONE else None
        if item == ReviewItem.PHONE:
            problem = evidence.call_problem(told, is_good=is_good, now=now)
            if problem is not None:
                raise DeskRefused(problem.code, problem.message)
        who = person(actor)
        assert who is not None  # machines decide nothing
        _log(order, actor, "note_review", now, item=item.value, is_good=is_good)
        note = ReviewNote.objects.create(
            order=order,
            item=item,
            is_good=is_good,
            text=text,
            author=label(actor),
            person=who,
            at=now,
        )
        evidence.keep(note, picture, told)
        return note


def ask_customer(order_id: int, *, text: str, actor: Actor, now: datetime) -> None:
    """Ask the customer something before the organization is decided; the clock stands still."""
    with locked(order_id, now) as order:
        _judged(order, actor, Action.DECIDE)
        _demand_review(order)
        if not text.strip():
            raise DeskRefused("desk.no_question", _("Write what the customer shall answer."))
        if len(text) > LONGEST_MESSAGE:
            message = _("A message has at most %(most)d letters. Write it shorter.")
            raise DeskRefused("desk.question_too_long", message % {"most": LONGEST_MESSAGE})
        conversation.ask(order, text.strip(), label(actor), now)
        _log(order, actor, "ask_customer", now)


def mark_findings_seen(order_id: int, *, actor: Actor, now: datetime) -> None:
    """Somebody looked at what the linter refused; the order leaves the desk."""
    with locked(order_id, now) as order:
        _judged(order, actor, Action.DECIDE)
        if not order.findings or order.findings_seen_at is not None:
            raise DeskRefused("desk.no_findings", _("No findings wait for a look on this order."))
        order.findings_seen_at, order.findings_seen_by = now, label(actor)
        _log(order, actor, "mark_findings_seen", now)


def write_now(order_id: int, *, actor: Actor, now: datetime) -> None:
    """Write the planned confirmation mail today, ahead of its time."""
    with locked(order_id, now) as order:
        _judged(order, actor, Action.DECIDE)
        if order.state != State.SCHEDULED:
            raise DeskRefused("desk.not_planned", _("No confirmation mail is planned any more."))
        write_question(order, now)
        _log(order, actor, "write_now", now)
        wake(CaOrder, order.pk, now)


def answer_question(order_id: int, decision: Decision, *, actor: Actor, now: datetime) -> None:
    """The signed-in contact answers the confirmation mail without its link."""
    order = CaOrder.objects.select_related("answer", "mail").get(pk=order_id)
    _judged(order, actor, Action.ANSWER)
    answer = order.answer
    # A copy that is on its way again takes nothing back: the first one arrived.
    is_asked = order.reached(Stage.ASKED) or (order.mail is not None and order.mail.sent_at)
    if answer is None or not is_asked:
        raise DeskRefused(
            "confirmation.not_sent",
            _("The authority's mail has not left yet, so there is nothing to answer."),
        )
    if not answers.decide(answer.pk, decision, by=label(actor), now=now):
        raise DeskRefused("confirmation.decided", _already(answer.pk, now))


def _already(answer_id: int, now: datetime) -> str:
    answer = answers.MailAnswer.objects.get(pk=answer_id, purpose=Purpose.CONFIRM)
    if answer.decided_at is None:
        return _("This question counts as declined since %(day)s.") % {
            "day": day(answer.expires_at)
        }
    return _("This question was answered on %(day)s by %(who)s.") % {
        "day": day(answer.decided_at),
        "who": answer.decided_by,
    }


def decide_compromise(order_id: int, *, cancel: bool, actor: Actor, now: datetime) -> None:
    """Staff decide about a key reported as compromised whose owner declined or stayed silent."""
    with transaction.atomic():
        # The question is settled by this: its link must not promise anything else. It is locked
        # before the order, as when it is answered.
        asked = CaOrder.objects.get(pk=order_id)
        if asked.answer_id is not None:
            decision = Decision.CONFIRM if cancel else Decision.DECLINE
            answers.decide(asked.answer_id, decision, by=label(actor), now=now)
            is_confirmed = answers.MailAnswer.objects.get(pk=asked.answer_id).decision == "CONFIRM"
            if is_confirmed and not cancel:
                raise DeskRefused(
                    "desk.confirmed", _("The contact has confirmed; the original is cancelled.")
                )
        _decide_alarm(order_id, cancel, actor, now)


def _decide_alarm(order_id: int, cancel: bool, actor: Actor, now: datetime) -> None:
    with locked(order_id, now) as order:
        _judged(order, actor, Action.DECIDE)
        if order.state != State.ASKING or not order.alarm:
            raise DeskRefused("desk.no_alarm", _("No alarm waits for a decision on this order."))
        order.reviewed_by = label(actor)
        order.alarm, order.alarm_at = "", None
        _log(order, actor, "decide_compromise", now, cancel=cancel)
        if cancel:
            order.is_cancelled_by_desk = True
        else:
            order.state = State.DECLINED
            with in_the_portals_language():  # it is kept for the customer
                told = _("The authority's people looked at the report and left the original valid.")
            order.note(Stage.DECLINED, now, "compromise.dismissed", told)
        wake(CaOrder, order.pk, now)

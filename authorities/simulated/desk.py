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
from accounts.actors import Actor, label
from accounts.dates import day
from accounts.staff import StaffRefused
from authorities.port import Stage
from authorities.simulated.orders import (
    CaOrder,
    ReviewItem,
    ReviewNote,
    State,
    locked,
    refuse,
)
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
        if order.state != State.REVIEWING:
            raise DeskRefused(
                "desk.not_in_review", _("This order does not wait for an organization review.")
            )
        order.reviewed_by = label(actor)
        verb = "approve_organization" if message is None else "refuse_organization"
        _log(order, actor, verb, now)
        if message is not None:
            refuse(order, now, "organization.refused", message)
            return
        order.reviewed_at = now
        order.state = State.ISSUING
        order.note(Stage.ISSUING, now)
        wake(CaOrder, order.pk, now)


def note_review(
    order_id: int, item: ReviewItem, *, is_good: bool, text: str, actor: Actor, now: datetime
) -> ReviewNote:
    """Keep what was found out about one point of a review; the latest note of a point counts."""
    with locked(order_id, now) as order:
        _judged(order, actor, Action.DECIDE)
        if order.state != State.REVIEWING:
            raise DeskRefused(
                "desk.not_in_review", _("This order does not wait for an organization review.")
            )
        if not text.strip():
            raise DeskRefused("desk.no_evidence", _("Write down what you looked at and found."))
        _log(order, actor, "note_review", now, item=item.value, is_good=is_good)
        return ReviewNote.objects.create(
            order=order, item=item, is_good=is_good, text=text, author=label(actor), at=now
        )


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
            order.note(
                Stage.DECLINED,
                now,
                "compromise.dismissed",
                _("The authority's people looked at the report and left the original valid."),
            )
        wake(CaOrder, order.pk, now)

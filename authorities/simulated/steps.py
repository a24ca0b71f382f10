"""What a simulated brand does with an order in each state, one function a state.

Nothing here runs inside a transaction except between `with locked(...)` and its end, and nothing
between those goes over the network. Every function may be repeated after a kill at any line.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authorities import engine
from authorities.brands import Brand
from authorities.calendar import Calendar, calendar_from, suspension
from authorities.hierarchy import IssuedCertificate
from authorities.port import Kind, Reason, Request, Stage
from authorities.simulated import caa_asking, caa_looks, held_names, judge, organizations
from authorities.simulated.orders import Alarm, CaOrder, State, locked, refuse
from authorities.simulated.originals import original_of, original_problem
from authorities.simulated.proofs import (
    ProofsChangedError,
    proof_problem,
    relied_on,
    rely_on,
    used_again,
)
from authorities.simulated.question import Question, declined
from authorities.simulated.subjects import leaf_request
from verification import asking
from verification.answers import Decision, Purpose, ask
from verification.answers import close as close_question
from verification.mail import post
from verification.mail_text import typed
from verification.outcome import Problem
from verification.writing import Letter
from work.steps import Step, back_off

ANSWER_TO_COMPROMISE = timedelta(hours=24)  # BR 4.9.1.1: a compromised key within 24 hours
REVOKED_FOR = {
    Reason.KEY_COMPROMISE: "keyCompromise",
    Reason.DOMAIN_CHANGE: "superseded",
    Reason.WRONG_INFORMATION: "superseded",
}


def desk_address(brand: str) -> str:
    return f"{Brand(brand).label} desk <desk@{Brand(brand).slug}.example>"


def take_step(order: CaOrder, now: datetime) -> Step:
    """Carry the order as far as it goes at `now`."""
    moved = False
    if not order.is_open():
        let_go(order, now)
        _revoke_unwanted(order, now)
    while (act := STEPS.get(State(order.state))) is not None:
        state = order.state
        step = act(order, now)
        order.refresh_from_db()
        moved = moved or step.changed
        if order.state == state:
            return Step(step.due_at, moved)
    return Step(None, moved)


def _revoke_unwanted(order: CaOrder, now: datetime) -> None:
    """What was signed while the order ended otherwise: nobody gets it (a death came between)."""
    with locked(order.pk, now) as row:
        if row.state == State.ISSUED:
            return
        for signed in IssuedCertificate.objects.select_for_update().filter(
            order=row.request_id, signed_at__isnull=False, revoked_at__isnull=True
        ):
            engine.revoke(signed, "cessationOfOperation", now)


def let_go(order: CaOrder, now: datetime) -> None:
    """An order that ended asks for nothing any more: neither proof nor an answer.

    Not inside `locked`: challenges and answers lock their own rows first and the order's last.
    """
    if order.proof_id is not None:
        asking.close(order.proof_id, now)
    if order.answer_id is not None:
        close_question(order.answer_id, now)


def receive(order: CaOrder, now: datetime) -> Step:
    """Judge the order before the original is at risk; then plan the mail, or ask for proof."""
    request = order.request()
    problem = judge.data_problem(request, now) or original_problem(request)
    if problem is not None:
        return _refused(order, now, problem)
    try:  # by the rules and linters, before the original is at risk
        engine.rehearse(leaf_request(request, now), now)
    except engine.LintRefused as error:
        return _stopped_by_linter(order, now, error)
    blocked = _held_by_caa(order, now)
    if blocked is not None:
        return blocked
    with locked(order.pk, now) as row:
        if row.state == State.RECEIVED:
            _clear(row)
            if (reason := held_names.open_reason(row)) is not None:
                held_names.hold(row, reason, now)
            elif request.kind == Kind.REISSUE:
                row.state = State.SCHEDULED
            else:
                _ask_for_proof(row, now)
    return Step(now, changed=True)


def mail_time(order: CaOrder, calendar: Calendar | None = None) -> datetime:
    """When the confirmation mail leaves: within one to two working days, at once for a leaked key.

    The part of a day is fixed by the order's id, so that a repeat plans the same time.
    """
    if order.is_compromise():
        return order.received_at
    share = (zlib.crc32(order.request_id.encode()) % 35) / 100
    known = calendar or calendar_from(order.received_at)
    request = order.request()
    return known.add_working_days(order.received_at, 1 + share, request.brand, request.type)


def send_question(order: CaOrder, now: datetime) -> Step:
    """On its day, write the mail that asks to confirm that the original is cancelled."""
    planned = mail_time(order)
    if now < planned:
        return Step(planned, changed=False)
    with locked(order.pk, now) as row:
        if row.state == State.SCHEDULED:
            write_question(row, now)
    return Step(now, changed=True)


def write_question(row: CaOrder, now: datetime) -> None:
    """Write the mail and wait for its answer (inside `locked`, while the mail is planned)."""
    request = row.request()
    original = original_of(request)
    assert original is not None
    row.answer = ask(Purpose.CONFIRM, now)
    row.mail = post(
        "confirm_cancellation",
        about=request.certificate,
        recipient=request.contact_email,
        sender=desk_address(request.brand),
        now=now,
        context={"question": Question.about(row, original, now)}
        | {"who": typed(request.requested_by) or gettext_lazy("Somebody in your project")},
        answer=row.answer,
        asked_by=request.requested_by,
    )
    row.state = State.ASKING


def await_answer(order: CaOrder, now: datetime) -> Step:
    """Act on the customer's answer, on its absence, or on the desk's decision in its place."""
    answer, mail = order.answer, order.mail
    assert answer is not None
    assert mail is not None
    if answer.decision == Decision.CONFIRM or order.is_cancelled_by_desk:
        return cancel_original(order, now)
    moved = False
    with locked(order.pk, now) as row:
        if row.state != State.ASKING or row.is_cancelled_by_desk:  # decided while we looked
            return Step(now, changed=True)
        if mail.sent_at is not None and not row.reached(Stage.ASKED):
            row.note(Stage.ASKED, now)
            moved = True
        silent = not answer.decision
        # A copy that was sent again and refused changes nothing: the first one arrived.
        refused = mail.is_refused() and not row.reached(Stage.ASKED)
        bounced = mail.bounced_at is not None
        if silent and now < answer.expires_at and not refused and not bounced:
            if row.is_compromise() and not row.alarm and now >= _patience_ends(row):
                row.alarm, row.alarm_at = Alarm.UNANSWERED, now
                moved = True
        elif row.is_compromise():
            moved = moved or row.alarm != Alarm.DECLINED
            row.alarm = Alarm.DECLINED if not silent else Alarm.UNANSWERED
            row.alarm_at = row.alarm_at or now
        else:
            row.state = State.DECLINED
            row.note(Stage.DECLINED, now, *declined(silent, refused, bounced, mail.recipient))
            moved = True
        alarmed = bool(row.alarm)
    times = [answer.expires_at] + ([] if alarmed else [_patience_ends(order)])
    later = [at for at in times if at > now]
    return Step(min(later) if later else None, moved)


def _patience_ends(order: CaOrder) -> datetime:
    assert order.answer is not None
    if not order.is_compromise():
        return order.answer.expires_at
    return order.answer.created_at + ANSWER_TO_COMPROMISE


def cancel_original(order: CaOrder, now: datetime) -> Step:
    """Revoke the original (its CRL is due in that transaction), then ask for what is missing."""
    request = order.request()
    with locked(order.pk, now) as row:
        if row.state == State.ASKING:
            original = original_of(request)
            assert original is not None
            engine.revoke(original, REVOKED_FOR[Reason(request.reason)], now)
            row.alarm, row.alarm_at = "", None
            row.note(Stage.ASKED, now)
            row.note(Stage.CANCELLED, now)
            _ask_for_proof(row, now)
    return Step(now, changed=True)


def _ask_for_proof(row: CaOrder, now: datetime) -> None:
    """Ask for what is not proved already, or prove anew what must be; then straight on."""
    request = row.request()
    held = caa_looks.permitted_again(row, now)
    missing = [name for name in request.names if name not in held]
    row.proof = asking.demand(
        project_id=request.customer,
        domains=missing,
        method=request.method,
        mailbox=request.mailbox,
        is_automatic=request.is_automatic,
        letter=letter(request),
        now=now,
        held=held,
    )
    if held:
        row.note(Stage.REUSED, now, "proof.reused", used_again(held))
    if not missing:
        _after_proof(row, now)
        return
    row.state = State.PROVING
    row.note(Stage.PROVING, now)


def letter(request: Request) -> Letter:
    """Who writes to the mailboxes of the domains, and about what."""
    return Letter(
        sender=desk_address(request.brand),
        brand=str(Brand(request.brand).label),
        about=request.certificate,
        asked_by=request.requested_by,
    )


def _after_proof(row: CaOrder, now: datetime) -> None:
    request = row.request()
    if row.reviewed_at is None and judge.needs_review(request, now):
        row.state = State.REVIEWING
        row.note(Stage.REVIEWING, now)
        return
    row.state = State.ISSUING
    known = organizations.known(request, now)
    if known is not None:
        row.note(Stage.ISSUING, now, "organization.known", known.told)
    else:
        row.note(Stage.ISSUING, now)


def await_proof(order: CaOrder, now: datetime) -> Step:
    proof = order.proof
    assert proof is not None
    if proof.is_proved():
        problem = proof_problem(order, now)  # not only after a review that may last for days
        if problem is not None:
            return _refused(order, now, problem)
        with locked(order.pk, now) as row:
            if row.state == State.PROVING:
                _after_proof(row, now)
        return Step(now, changed=True)
    if proof.has_lapsed():
        message = _("The domain was not proved within 30 days. Apply again to get a new value.")
        return _refused(order, now, Problem("proof.lapsed", message))
    caa_asking.watch(order, now)
    return Step(None, changed=False)


def await_review(order: CaOrder, now: datetime) -> Step:
    """Only the desk moves an order on from here."""
    caa_asking.watch(order, now)
    return Step(None, changed=False)


def issue(order: CaOrder, now: datetime) -> Step:
    """Judge everything again, commit serial and bytes, sign, record: repeatable at every line."""
    request = order.request()
    hold: Callable[[], None] | None = None
    earlier = IssuedCertificate.objects.filter(order=order.request_id, signed_at__isnull=False)
    if not earlier.exists():
        held = suspension(request.brand, now, request.type)
        if held is not None:
            return Step(held.ends_at, changed=False)
        problem = judge.data_problem(request, now) or proof_problem(order, now)
        if problem is not None:
            return _refused(order, now, problem)
        if (reason := held_names.open_reason(order)) is not None:
            return held_names.hold_at_issue(order, reason, now)
        hold = partial(rely_on, order, relied_on(order, now), now)
        blocked = _held_by_caa(order, now)
        if blocked is not None:
            return blocked
    try:
        prepared = engine.prepare(order.request_id, leaf_request(request, now), now, hold)
    except engine.LintRefused as error:
        return _stopped_by_linter(order, now, error)
    except ProofsChangedError:  # while CAA was asked: all is judged again
        return Step(now, changed=False)
    signed = engine.sign(prepared.pk, now)
    with locked(order.pk, now) as row:
        if row.state == State.ISSUING:
            _clear(row)
            row.issued = signed
            row.state = State.ISSUED
            row.note(Stage.ISSUED, now)
        elif row.state != State.ISSUED:  # withdrawn while we signed: nobody gets it
            engine.revoke(signed, "cessationOfOperation", now)
    return Step(None, changed=True)


def _stopped_by_linter(order: CaOrder, now: datetime, error: engine.LintRefused) -> Step:
    """Refused, with every finding kept: the desk must see what our own product would have made."""
    codes = ", ".join(sorted({finding.code for finding in error.findings}))
    sentence = _("The certificate would break the rules (%(found)s) and was not signed.")
    with locked(order.pk, now) as row:
        if row.is_open():
            row.findings = [
                {"code": found.code, "severity": found.severity, "text": found.message}
                for found in error.findings
            ]
            refuse(row, now, "ca.lint", sentence % {"found": codes})
    let_go(order, now)
    return Step(None, changed=True)


def _refused(order: CaOrder, now: datetime, problem: Problem) -> Step:
    with locked(order.pk, now) as row:
        if row.is_open():
            refuse(row, now, problem.code, problem.message)
    let_go(order, now)
    return Step(None, changed=True)


def _held_by_caa(order: CaOrder, now: datetime) -> Step | None:
    """A record that forbids is a refusal; an unreadable one is looked at again with back-off. While
    names are asked for the order waits: their answer wakes it."""
    stand = caa_asking.stand(order, now)
    if stand.problem is None:
        return Step(None, changed=False) if stand.is_awaited else None
    if not stand.is_retryable:
        return _refused(order, now, stand.problem)
    with locked(order.pk, now) as row:
        moved = row.problem_code != stand.problem.code
        row.problem_code, row.problem_message = stand.problem.code, stand.problem.message
        row.looks += 1
        wait = back_off(row.looks)
    return Step(now + wait, changed=moved)


def _clear(row: CaOrder) -> None:
    row.looks, row.problem_code, row.problem_message = 0, "", ""


STEPS: dict[State, Callable[[CaOrder, datetime], Step]] = {
    State.RECEIVED: receive,
    State.HELD: await_review,
    State.SCHEDULED: send_question,
    State.ASKING: await_answer,
    State.PROVING: await_proof,
    State.REVIEWING: await_review,
    State.ISSUING: issue,
}

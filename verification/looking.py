"""One look at a challenge, kept with what it saw; the last name that is proved closes the proof."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.dates import day
from pki import schedule
from verification import causes
from verification.answers import Decision, MailAnswer
from verification.challenges import Attempt, Challenge, Method, Proof, Status
from verification.earlier_values import earlier_values
from verification.giving_up import take_over
from verification.methods import CHECKERS
from verification.network import Network
from verification.outcome import Outcome, Problem, Question
from verification.signals import changed


def look(challenge: Challenge, now: datetime, network: Network, asked_by: str = "") -> bool:
    """Look once and keep what was seen. True when it was proved, lapsed, or the problem changed.

    Runs outside any transaction: a look goes over the network. An answer that came in time counts
    even when nobody looked before the end. `asked_by` is the person who asked for this look.
    """
    if challenge.method == Method.EMAIL:
        outcome = _look_at_the_answer(challenge, now)
        if outcome.proved:
            return record(challenge, now, outcome, asked_by=asked_by)
    if now >= challenge.expires_at:
        problem = Problem(
            "proof.lapsed",
            _("The value for %(domain)s was asked for 30 days ago and counts no more.")
            % {"domain": challenge.domain},
        )
        return record(challenge, now, Outcome(False, problem, {}), asked_by=asked_by)
    if (check := CHECKERS.get(challenge.method)) is not None:
        question = Question(challenge.domain, challenge.value, earlier_values(challenge))
        outcome = check(question, network, now)
    return record(challenge, now, outcome, asked_by=asked_by)


def _look_at_the_answer(challenge: Challenge, now: datetime) -> Outcome:
    answer = MailAnswer.objects.get(challenge=challenge)
    evidence = {"mailbox": challenge.mailbox, "answered_at": str(answer.decided_at or "")}
    if not schedule.mail_method_allowed(now):
        seen = {"day": day(schedule.MAIL_METHOD_ENDS), "domain": challenge.domain}
        return Outcome(False, causes.problem("method.ended", seen), evidence)
    if answer.decision == Decision.CONFIRM:
        return Outcome(True, None, evidence)
    refused = answer.mails.filter(failed_at__isnull=False).exists()
    if refused:
        message = _("The mail server refused the mail to %(mailbox)s. Choose another mailbox.")
        told = message % {"mailbox": challenge.mailbox}
        return Outcome(False, Problem("mail.refused", told), evidence)
    problem = Problem(
        "mail.unanswered",
        _("Nobody has answered the mail to %(mailbox)s. Open its link and press the button.")
        % {"mailbox": challenge.mailbox},
    )
    return Outcome(False, problem, evidence)


def record(
    challenge: Challenge,
    now: datetime,
    outcome: Outcome,
    expires_at: datetime | None = None,
    *,
    asked_by: str = "",
) -> bool:
    code = outcome.problem.code if outcome.problem else "ok"
    with transaction.atomic():
        row = Challenge.objects.select_for_update().get(pk=challenge.pk)
        if row.status != Status.OPEN:
            return False
        moved = outcome.proved or now >= row.expires_at or row.problem_code != code
        Attempt.objects.create(
            challenge=row,
            at=now,
            proved=outcome.proved,
            code=code,
            message=outcome.problem.message if outcome.problem else "",
            evidence=outcome.evidence,
            asked_by=asked_by,
        )
        row.last_checked_at = now
        row.looks += 1
        row.problem_code = "" if outcome.proved else code
        row.problem_message = outcome.problem.message if outcome.problem else ""
        if outcome.proved:
            row.status, row.proved_at, row.due_at = Status.PROVED, now, None
            take_over(row, now)
        elif now >= (expires_at or row.expires_at):
            row.status, row.due_at = Status.LAPSED, None
        elif row.wakes == challenge.wakes:  # else something happened since: look again at once
            row.due_at = row.next_look(now)
        row.save(
            update_fields=[
                "last_checked_at",
                "looks",
                "problem_code",
                "problem_message",
                "status",
                "proved_at",
                "due_at",
            ]
        )
        _tell(row, now)
    return moved


def _tell(row: Challenge, now: datetime) -> None:
    """Close the proof when its last name is proved, and tell the rooms above of what ended."""
    if row.status == Status.OPEN:
        return
    proof = Proof.objects.select_for_update().get(pk=row.proof_id)
    asked = proof.challenges.exclude(status=Status.REPLACED)
    if not asked.exclude(status=Status.PROVED).exists():
        proof.proved_at = now
        proof.save(update_fields=["proved_at"])
    changed.send(Proof, row=proof, now=now)

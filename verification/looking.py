"""One look at a challenge, kept with what it saw; the last name that is proved closes the proof.

A look is cut in three: what is to be asked is read from the database, then asked without it, then
what was seen is kept. The places that it is aimed at are held meanwhile (verification/slots.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.dates import day
from pki import schedule
from verification import causes, contacts, pace
from verification.answers import Decision, MailAnswer
from verification.challenges import Attempt, Challenge, Method, Proof, Status
from verification.giving_up import take_over
from verification.known import Known, known_of
from verification.methods import CHECKERS
from verification.network import Network
from verification.outcome import Outcome, Problem, Question
from verification.patience import (
    LONGEST_LOOK,
    Patience,
    for_a_look,
    resolvers_of,
    silences,
    told_brief,
)
from verification.publishing import missed
from verification.signals import changed
from verification.slots import BusyError, Within, held, slots_from_settings
from verification.undelivered import undelivered_problem
from verification.writing import write_to_the_contact
from work.nudge import wake
from work.steps import Step

Seen = Outcome | contacts.Contact


@dataclass(frozen=True)
class Look:
    """A look that is to be made: all that it needs to know."""

    method: str
    question: Question
    places: Mapping[str, int] = field(default_factory=dict)
    patience: Patience = Patience.FULL
    contact: str = ""
    is_first: bool = True
    was_silent: bool = False


def begin(
    challenge: Challenge, now: datetime, known: Known | None = None, waits: float = 0
) -> Step | Callable[[Network], Seen | None]:
    """What a look asks of the network; a Step when it asks nothing.

    A look that somebody asked for gets all its time. `waits`: the seconds that it waits for places.
    """
    if challenge.status != Status.OPEN:
        return Step(None, changed=False)
    patience = Patience.QUICK
    is_asked = challenge.asked_at is not None
    if is_asked or pace.is_patient(is_silent=challenge.is_silent, looks=challenge.looks):
        patience = Patience.FULL
    elif not challenge.is_silent and silences.are_many():
        patience = Patience.HASTY
    prepared = prepare(challenge, now, known, patience)
    if isinstance(prepared, Outcome):
        return end(challenge, now, prepared)
    return partial(_see_if_free, prepared, now, waits=waits)


def end(challenge: Challenge, now: datetime, seen: Seen | None) -> Step:
    """Keep what a look saw; None: its places were taken, so it was none."""
    if seen is None:
        return Step(pace.busy_until(challenge.pk, now), changed=False)
    moved = record(challenge, now, _outcome(challenge, now, seen))
    challenge.refresh_from_db()
    return Step(challenge.due_at, changed=moved)


def prepare(
    challenge: Challenge,
    now: datetime,
    known: Known | None = None,
    patience: Patience = Patience.FULL,
) -> Look | Outcome:
    """The look to be made, or what is known without one.

    An answer that came in time counts even when nobody looked before the end.
    """
    if challenge.method == Method.EMAIL:
        if _is_to_be_written(challenge, now):
            return _look_at(challenge, known, patience)
        outcome = _look_at_the_answer(challenge, now)
        if outcome.proved:
            return outcome
    if now >= challenge.expires_at:
        return Outcome(False, lapsed(challenge), {})
    if challenge.method not in CHECKERS:
        return outcome
    return _look_at(challenge, known, patience)


def lapsed(challenge: Challenge) -> Problem:
    text = _("The value for %(domain)s was asked for 30 days ago and counts no more.")
    return Problem("proof.lapsed", text % {"domain": challenge.domain})


def _is_to_be_written(challenge: Challenge, now: datetime) -> bool:
    """Whether a published contact is still to be looked up and written to."""
    if not challenge.contact or challenge.answer_id is not None or now >= challenge.expires_at:
        return False
    return schedule.mail_method_allowed(now)


def _look_at(challenge: Challenge, known: Known | None, patience: Patience) -> Look:
    known = known or known_of([challenge])[challenge]
    return Look(
        challenge.method,
        Question(challenge.domain, challenge.value, known.earlier_values),
        pace.aimed_at(challenge.domain, known.last_seen),
        patience,
        challenge.contact,
        is_first=challenge.looks == 0 or challenge.asked_at is not None,
        was_silent=challenge.is_silent,
    )


def see(look: Look, now: datetime, network: Network, patience: float = 0) -> Seen:
    """Ask, without the database. Raises BusyError when a place stays taken for `patience` seconds.

    The domain's own servers are asked in this look's hold of them, one question after the other.
    """
    slots, places = slots_from_settings(), dict(look.places)
    for resolver in resolvers_of(network):
        places |= pace.at_resolver(resolver, is_first=look.is_first)
    with held(slots, places, seconds=LONGEST_LOOK, patience=patience):
        way_out = for_a_look(network, Within(slots, places), look.patience)
        if look.contact:
            seen = contacts.look_up(look.question.domain, look.contact, way_out)
        else:
            seen = CHECKERS[look.method](look.question, way_out, now)
        if not isinstance(seen, Outcome):
            return seen
        is_brief = look.patience is not Patience.FULL and pace.is_silent(seen)
        return told_brief(seen) if is_brief else seen


def _see_if_free(look: Look, now: datetime, network: Network, *, waits: float) -> Seen | None:
    try:
        seen = see(look, now, network, waits)
    except BusyError:
        return None
    if isinstance(seen, Outcome) and not look.was_silent:
        silences.note(is_silent=pace.is_silent(seen))
    return seen


def _outcome(challenge: Challenge, now: datetime, seen: Seen) -> Outcome:
    """A contact that is published is written to, and then waited for."""
    if isinstance(seen, Outcome):
        return seen
    write_to_the_contact(challenge, seen, now)
    outcome = _look_at_the_answer(challenge, now)
    return replace(outcome, evidence=outcome.evidence | seen.views)


def _look_at_the_answer(challenge: Challenge, now: datetime) -> Outcome:
    answer = MailAnswer.objects.filter(challenge=challenge).first()
    answered_at = None if answer is None else answer.decided_at
    evidence = {"mailbox": challenge.addressee, "answered_at": str(answered_at or "")}
    if not schedule.mail_method_allowed(now):
        seen = {"day": day(schedule.MAIL_METHOD_ENDS), "domain": challenge.domain}
        return Outcome(False, causes.problem("method.ended", seen), evidence)
    if answer is None and now < challenge.expires_at:  # its contact was written to too often
        told = _(
            "The contact of %(domain)s got many mails today. We write to it within a day; nothing"
            " is for you to do until then."
        )
        return Outcome(False, Problem("mail.unsent", told % {"domain": challenge.domain}), evidence)
    if answer is None:  # of a contact that never was published: its time is over
        return Outcome(False, None, {})
    if answer.decision == Decision.CONFIRM:
        return Outcome(True, None, evidence)
    mail = answer.mails.order_by("-pk").first()
    if mail is not None and (undelivered := undelivered_problem(mail)) is not None:
        if mail.problem and not mail.is_ours_to_mend:
            evidence["returned" if mail.bounced_at else "said"] = mail.problem
        return Outcome(False, undelivered, evidence)
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
) -> bool:
    """Keep what a look at `challenge` saw, as it was when the look began. True when that is news.

    Who asked before it began has this look; who asked since is still to have one.
    """
    with transaction.atomic():
        row = Challenge.objects.select_for_update().get(pk=challenge.pk)
        if row.status != Status.OPEN:
            return False
        before, asked_by = row.problem_code, ""
        if row.asked_at == challenge.asked_at:
            asked_by, row.asked_by, row.asked_at = row.asked_by, "", None
        noted(row, now, outcome, asked_by).save()
        was_paused = row.paused_at is not None
        if outcome.proved:
            row.status, row.proved_at, row.due_at = Status.PROVED, now, None
            take_over(row, now)
        elif now >= (expires_at or row.expires_at):
            row.status, row.due_at = Status.LAPSED, None
        else:
            _pause_if_in_vain(row, now)
            if row.wakes == challenge.wakes:  # else something happened since: look again at once
                row.due_at = row.next_look(now, pace.kept_until(outcome.evidence))
            missed(row, now)
        moved = row.status != Status.OPEN or row.problem_code != before
        row.save(
            update_fields=[
                "last_checked_at",
                "looks",
                "is_silent",
                "asked_by",
                "asked_at",
                "problem_code",
                "problem_message",
                "status",
                "proved_at",
                "paused_at",
                "due_at",
            ]
        )
        _tell(row, now, is_news=row.paused_at is not None and not was_paused)
    return moved


def noted(challenge: Challenge, now: datetime, outcome: Outcome, asked_by: str = "") -> Attempt:
    """Note on the challenge what a look saw; answers the entry of its history. Saves neither."""
    problem = outcome.problem
    if challenge.problem_code and challenge.paused_at is None and pace.says_nothing(outcome):
        problem = Problem(challenge.problem_code, challenge.problem_message)
    code = problem.code if problem else "ok"
    message = problem.message if problem else ""
    challenge.is_silent = pace.is_silent(outcome)
    challenge.last_checked_at = now
    challenge.looks += 1
    challenge.problem_code = "" if outcome.proved else code
    challenge.problem_message = message
    return Attempt(
        challenge=challenge,
        at=now,
        proved=outcome.proved,
        code=code,
        message=message,
        evidence=outcome.evidence,
        asked_by=asked_by,
    )


def is_to_be_paused(challenge: Challenge, now: datetime) -> bool:
    """Whether it is paused, or was looked at for so long in vain that it is to be."""
    if challenge.answer_id is not None:  # a mail waits for its reader, who is not looked for
        return False
    return challenge.paused_at is not None or now >= challenge.looking_since + pace.pause_after()


def _pause_if_in_vain(row: Challenge, now: datetime) -> None:
    """Look no more by itself at what was looked at for days in vain; the value goes on to live."""
    if not is_to_be_paused(row, now):
        return
    row.paused_at = row.paused_at or now
    told = {
        "domain": row.domain,
        "day": day(row.paused_at),
        "days": (row.paused_at - row.looking_since).days,
        "seen": row.problem_message,
        "until": day(row.expires_at),
    }
    paused = causes.problem("name.paused", told)
    row.problem_code, row.problem_message = paused.code, paused.message


def resume(proof_id: int, now: datetime) -> int:
    """Go on looking at the names of a proof that were paused, promptly at first; how many."""
    paused = Challenge.objects.select_for_update().filter(
        proof_id=proof_id, status=Status.OPEN, paused_at__isnull=False
    )
    with transaction.atomic():
        rows = list(paused.order_by("pk"))
        for row in rows:
            last = row.history.order_by("at", "pk").last()
            row.paused_at, row.looking_since, row.looks = None, now, 0
            row.problem_code = last.code if last else ""
            row.problem_message = last.message if last else ""
            row.save(
                update_fields=[
                    "paused_at",
                    "looking_since",
                    "looks",
                    "problem_code",
                    "problem_message",
                ]
            )
            wake(Challenge, row.pk, now)
    return len(rows)


def _tell(row: Challenge, now: datetime, *, is_news: bool) -> None:
    """Close the proof when its last name is proved; tell the rooms above of an end or a pause."""
    if row.status == Status.OPEN and not is_news:
        return
    proof = Proof.objects.select_for_update().get(pk=row.proof_id)
    asked = proof.challenges.exclude(status=Status.REPLACED)
    if not asked.exclude(status=Status.PROVED).exists():
        proof.proved_at = now
        proof.save(update_fields=["proved_at"])
    changed.send(Proof, row=proof, now=now)

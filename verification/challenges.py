"""A proof and its challenges, one a name.

The random value has well over 112 bits and lives 30 days (BR 3.2.2.4.7, .18, .4). Every look at a
challenge is kept with what it saw. What was proved may be reused for a time that the schedule sets.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pki import names, schedule
from verification.answers import Decision, MailAnswer, Purpose, ask
from verification.answers import close as close_answer
from verification.earlier_values import earlier_values
from verification.mail import post
from verification.mail_text import typed
from verification.methods import CHECKERS, dns, mail
from verification.outcome import Outcome, Problem, Question
from verification.signals import changed
from work.models import DueRow
from work.nudge import wake
from work.steps import Step, back_off

if TYPE_CHECKING:
    from verification.network import Network

VALUE_LIVES = timedelta(days=30)
_ALPHABET = string.ascii_lowercase + string.digits


class Method(models.TextChoices):
    DNS = "DNS", gettext_lazy("DNS record")
    CNAME = "CNAME", gettext_lazy("DNS alias (CNAME)")
    FILE = "FILE", gettext_lazy("File on the web server")
    EMAIL = "EMAIL", gettext_lazy("E-mail to the domain")


# Which clause of which rules a proof was made under (trust.md decision 3 in words of the BR).
RULES = {
    Method.DNS: "BR 2.2.6 3.2.2.4.7",
    Method.CNAME: "BR 2.2.6 3.2.2.4.7",
    Method.FILE: "BR 2.2.6 3.2.2.4.18",
    Method.EMAIL: "BR 2.2.6 3.2.2.4.4",
}


class Status(models.TextChoices):
    OPEN = "OPEN", gettext_lazy("Waiting for proof")
    PROVED = "PROVED", gettext_lazy("Proved")
    LAPSED = "LAPSED", gettext_lazy("Its value is too old")
    CLOSED = "CLOSED", gettext_lazy("No longer asked for")
    REPLACED = "REPLACED", gettext_lazy("Proved in another way instead")


def new_value(now: datetime) -> str:
    """A value for one challenge: the day, then 56 random characters (more than 250 bits)."""
    return f"{now:%Y%m%d}" + "".join(secrets.choice(_ALPHABET) for _i in range(56))


class Proof(models.Model):
    """The names that one order must prove for one customer; `method` is the one it began with."""

    project = models.ForeignKey("accounts.Project", on_delete=models.PROTECT, related_name="proofs")
    method = models.CharField(max_length=8, choices=Method.choices)
    created_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.pk}"

    def is_proved(self) -> bool:
        return self.proved_at is not None

    def has_lapsed(self) -> bool:
        return self.challenges.filter(status=Status.LAPSED).exists()


class Challenge(DueRow):
    """One name to prove. `due_at` is the next look."""

    proof = models.ForeignKey(Proof, on_delete=models.PROTECT, related_name="challenges")
    domain = models.CharField(max_length=253)
    method = models.CharField(max_length=8, choices=Method.choices)
    value = models.CharField(max_length=64, unique=True)
    mailbox = models.CharField(max_length=254, blank=True, default="")
    answer = models.OneToOneField(
        MailAnswer, null=True, on_delete=models.PROTECT, related_name="challenge"
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True, blank=True)
    rule = models.CharField(max_length=40)
    looks = models.PositiveIntegerField(default=0)
    last_checked_at = models.DateTimeField(null=True, blank=True)
    problem_code = models.CharField(max_length=40, blank=True, default="")
    problem_message = models.TextField(blank=True, default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["proof", "domain"],
                condition=~models.Q(status=Status.REPLACED),
                name="one_challenge_a_name",
            ),
        )

    def __str__(self) -> str:
        return f"{self.domain} · {self.method} · {self.status}"

    def step(self, now: datetime, network: Network) -> Step:
        if self.status != Status.OPEN:
            return Step(None, changed=False)
        moved = look(self, now, network)
        self.refresh_from_db()
        return Step(self.next_look(now), changed=moved)

    def next_look(self, now: datetime) -> datetime | None:
        if self.status != Status.OPEN:
            return None
        if self.method == Method.EMAIL:
            return self.expires_at
        return min(now + back_off(self.looks), self.expires_at)

    def gave_up(self, now: datetime) -> None:
        message = _("Our own system could not look for the proof of %(domain)s. Ask our support.")
        problem = Problem("proof.stuck", message % {"domain": self.domain})
        _record(self, now, Outcome(False, problem, {}), expires_at=now)

    def proves(self, name: str, now: datetime) -> bool:
        """Whether this proof may still be used for `name` at `now` (BR 4.2.1)."""
        if self.status != Status.PROVED or self.proved_at is None:
            return False
        if now - self.proved_at > schedule.domain_reuse(now):
            return False
        if self.method == Method.FILE:
            return self.domain == name  # BR 3.2.2.4.18: the exact name, never a wildcard
        return _proved_at(self.domain, self.method) == _proved_at(name, self.method)


class Attempt(models.Model):
    """One look at one challenge, and what it saw."""

    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="history")
    at = models.DateTimeField()
    proved = models.BooleanField(
        choices=((True, gettext_lazy("Proved")), (False, gettext_lazy("Not proved")))
    )
    code = models.CharField(max_length=40)
    message = models.TextField(blank=True, default="")
    evidence = models.JSONField(default=dict)
    # Who pressed "Check now"; empty for a look that came by itself.
    asked_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.code}"


def _proved_at(name: str, method: str) -> str:
    """The domain at which a DNS record or a mailbox is looked for when `name` is proved."""
    if method in (Method.DNS, Method.CNAME):
        return dns.record_name(name).removeprefix("_dnsauth.")
    return names.strip_wildcard(name)


@dataclass(frozen=True)
class Letter:
    """Who writes to a domain's mailbox, about which certificate, and who asked for that."""

    sender: str
    brand: str
    about: str
    asked_by: str


def demand(
    *,
    project_id: int,
    domains: Sequence[str],
    method: str,
    mailbox: str,
    letter: Letter,
    now: datetime,
) -> Proof:
    """Ask for proof of every name. Call it inside the transaction of the order that needs it."""
    proof = Proof.objects.create(project_id=project_id, method=method, created_at=now)
    for domain in domains:
        _challenge(proof, domain, method, mailbox, letter, now)
    return proof


def _challenge(
    proof: Proof, domain: str, method: str, mailbox: str, letter: Letter, now: datetime
) -> None:
    challenge = Challenge(
        proof=proof,
        domain=domain,
        method=method,
        value=new_value(now),
        created_at=now,
        expires_at=now + VALUE_LIVES,
        rule=RULES[Method(method)],
    )
    if method == Method.EMAIL:
        _write_to_the_domain(challenge, mailbox, letter, now)
    challenge.save()
    wake(Challenge, challenge.pk, now)


def change_method(
    proof_id: int, domain: str, *, method: str, mailbox: str, letter: Letter, now: datetime
) -> bool:
    """Ask for the proof of one name in another way, with a value of its own.

    False when the name waits for no proof any more: then nothing is changed. A repeat that finds
    the name already asked for in that way changes nothing either, and answers True.
    """
    with transaction.atomic():
        waiting = Challenge.objects.filter(proof_id=proof_id, domain=domain, status=Status.OPEN)
        mailed = waiting.values_list("answer_id", flat=True).first()
        if mailed is not None:  # its lock comes first, as when it is answered
            answer = MailAnswer.objects.select_for_update().get(pk=mailed)
            if answer.decision == Decision.CONFIRM:
                return False
        challenge = waiting.select_for_update().first()
        if challenge is None:
            return False
        if _is_asked(challenge, method, mailbox):
            return True
        if challenge.answer_id is not None:  # the link of the earlier mail proves nothing any more
            close_answer(challenge.answer_id, now)
        challenge.status, challenge.due_at = Status.REPLACED, None
        challenge.save(update_fields=["status", "due_at"])
        _challenge(challenge.proof, domain, method, mailbox, letter, now)
    return True


def _is_asked(challenge: Challenge, method: str, mailbox: str) -> bool:
    if challenge.method != method:
        return False
    box = challenge.mailbox.partition("@")[0]
    return method != Method.EMAIL or box == (mailbox or mail.FIRST)


def _write_to_the_domain(challenge: Challenge, mailbox: str, letter: Letter, now: datetime) -> None:
    """Mail the one of the five mailboxes that was picked; the list is ours, never the client's."""
    choices = {box.partition("@")[0]: box for box in mail.mailboxes(challenge.domain)}
    challenge.mailbox = choices[mailbox or mail.FIRST]
    challenge.answer = ask(Purpose.PROVE, now, VALUE_LIVES)
    post(
        "prove_domain",
        about=letter.about,
        recipient=challenge.mailbox,
        sender=letter.sender,
        now=now,
        context={"domain": challenge.domain, "mailbox": challenge.mailbox, "letter": letter}
        | {"who": typed(letter.asked_by) or gettext_lazy("Somebody")},
        answer=challenge.answer,
        asked_by=letter.asked_by,
    )


def values_count_until(asked: Sequence[Challenge]) -> datetime | None:
    """The first end of a value that is still to be published; None when none is."""
    return min((each.expires_at for each in asked if each.status == Status.OPEN), default=None)


def close(proof_id: int, now: datetime) -> None:
    """Stop looking: the order that asked for this proof ended. Call it in that transaction."""
    Challenge.objects.filter(proof_id=proof_id, status=Status.OPEN).update(
        status=Status.CLOSED, due_at=None
    )


def look(challenge: Challenge, now: datetime, network: Network, asked_by: str = "") -> bool:
    """Look once and keep what was seen. True when it was proved, lapsed, or the problem changed.

    Runs outside any transaction: a look goes over the network. An answer that came in time counts
    even when nobody looked before the end. `asked_by` is the person who asked for this look.
    """
    if challenge.method == Method.EMAIL:
        outcome = _look_at_the_answer(challenge)
        if outcome.proved:
            return _record(challenge, now, outcome, asked_by=asked_by)
    if now >= challenge.expires_at:
        problem = Problem(
            "proof.lapsed",
            _("The value for %(domain)s was asked for 30 days ago and counts no more.")
            % {"domain": challenge.domain},
        )
        return _record(challenge, now, Outcome(False, problem, {}), asked_by=asked_by)
    if (check := CHECKERS.get(challenge.method)) is not None:
        question = Question(challenge.domain, challenge.value, earlier_values(challenge))
        outcome = check(question, network, now)
    return _record(challenge, now, outcome, asked_by=asked_by)


def _look_at_the_answer(challenge: Challenge) -> Outcome:
    answer = MailAnswer.objects.get(challenge=challenge)
    evidence = {"mailbox": challenge.mailbox, "answered_at": str(answer.decided_at or "")}
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


def _record(
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


def newest_proof(project_id: int, name: str, now: datetime) -> Challenge | None:
    """The newest proof by this customer that may still be used for `name`, None when too old."""
    proved = Challenge.objects.filter(
        proof__project_id=project_id,
        status=Status.PROVED,
        proved_at__gt=now - schedule.domain_reuse(now),
        domain__in={name, names.strip_wildcard(name), "*." + names.strip_wildcard(name)}
        | {dns.record_name(name).removeprefix("_dnsauth.")},
    ).order_by("-proved_at")
    return next((challenge for challenge in proved if challenge.proves(name, now)), None)

"""A proof and its challenges, one a name.

The random value has well over 112 bits and lives 30 days (BR 3.2.2.4.7, .18, .4). Every look at a
challenge is kept with what it saw. What was proved may be reused for a time that the schedule sets.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pki import names, schedule
from pki.authorization import covers
from verification import contacts, pace
from verification.answers import MailAnswer
from verification.methods import dns
from verification.outcome import Outcome, Problem
from work.models import Lane, WaitingRow
from work.steps import Step

if TYPE_CHECKING:
    from verification.known import Known

VALUE_LIVES = timedelta(days=30)
_ALPHABET = string.ascii_lowercase + string.digits


class Method(models.TextChoices):
    DNS = "DNS", gettext_lazy("DNS record")
    CNAME = "CNAME", gettext_lazy("DNS alias (CNAME)")
    FILE = "FILE", gettext_lazy("File on the web server")
    EMAIL = "EMAIL", gettext_lazy("E-mail to the domain")


# What proves a name for everything below it too (BR 3.2.2.4.4, .7). Any other way proves the exact
# name, as a file does (BR 3.2.2.4.18): whoever runs one host does not run them all.
FOR_ALL_BELOW = frozenset({Method.DNS, Method.CNAME, Method.EMAIL})
# What stops to prove anything on schedule.MAIL_METHOD_ENDS, earlier proofs too (BR 3.2.2.4.4).
BY_MAIL = frozenset({Method.EMAIL})

# Which clause of which rules a proof was made under (trust.md decision 3 in words of the BR).
RULES = {
    Method.DNS: "BR 2.2.6 3.2.2.4.7",
    Method.CNAME: "BR 2.2.6 3.2.2.4.7",
    Method.FILE: "BR 2.2.6 3.2.2.4.18",
    Method.EMAIL: "BR 2.2.6 3.2.2.4.4",
}


RULE_FOR_ADDRESSES = "BR 2.2.6 3.2.2.5.1"  # agreed-upon change to the website at the address


class Status(models.TextChoices):
    OPEN = "OPEN", gettext_lazy("Waiting for proof")
    PROVED = "PROVED", gettext_lazy("Proved")
    LAPSED = "LAPSED", gettext_lazy("Its value is too old")
    CLOSED = "CLOSED", gettext_lazy("No longer asked for")
    REPLACED = "REPLACED", gettext_lazy("Another way was chosen instead")


class Void(models.TextChoices):
    """Why a proof counts no more before its time is over."""

    REVOKED = "REVOKED", gettext_lazy("Revoked by support staff")
    GIVEN_UP = "GIVEN_UP", gettext_lazy("The name was given up")
    TAKEN = "TAKEN", gettext_lazy("Somebody else has proved the name since")


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


class Challenge(WaitingRow):
    """One name to prove. `due_at` is the next look.

    `looks` counts those since `looking_since`: since it was asked for, or since somebody wanted us
    to go on. With `paused_at` no look comes by itself any more. With `asked_at` somebody wants a
    look now, which was not made yet (verification/asked_looks.py).
    """

    proof = models.ForeignKey(Proof, on_delete=models.PROTECT, related_name="challenges")
    domain = models.CharField(max_length=253)
    method = models.CharField(max_length=8, choices=Method.choices)
    value = models.CharField(max_length=64, unique=True)
    mailbox = models.CharField(max_length=254, blank=True, default="")
    # The id of the published contact that was picked instead of one of the five, and what the mail
    # to it will say: it is written when the contact has been looked up.
    contact = models.CharField(max_length=16, blank=True, default="")
    letter = models.JSONField(default=dict, blank=True)
    # The portal publishes its record and takes it away again (verification/publishing.py).
    is_automatic = models.BooleanField(default=False)
    answer = models.OneToOneField(
        MailAnswer, null=True, on_delete=models.PROTECT, related_name="challenge"
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True, blank=True)
    rule = models.CharField(max_length=40)
    looks = models.PositiveIntegerField(default=0)
    looking_since = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True)
    last_checked_at = models.DateTimeField(null=True, blank=True)
    is_silent = models.BooleanField(default=False)  # the last look heard nothing in its time
    asked_by = models.CharField(max_length=254, blank=True, default="")
    asked_at = models.DateTimeField(null=True, blank=True)
    problem_code = models.CharField(max_length=40, blank=True, default="")
    problem_message = models.TextField(blank=True, default="")
    # Since when and why it proves nothing any more; who said so, and what they wrote.
    voided_at = models.DateTimeField(null=True, blank=True)
    void_code = models.CharField(max_length=8, choices=Void.choices, blank=True, default="")
    voided_by = models.CharField(max_length=254, blank=True, default="")
    void_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["proof", "domain"],
                condition=~models.Q(status=Status.REPLACED),
                name="one_challenge_a_name",
            ),
        )
        indexes = (
            models.Index(fields=["domain"], name="challenges_by_domain"),
            models.Index(
                fields=["looks", "due_at"],
                condition=models.Q(due_at__isnull=False),
                name="fresh_challenges_first",
            ),
            models.Index(
                fields=["asked_at"],
                condition=models.Q(asked_at__isnull=False),
                name="looks_asked_for",
            ),
        )

    def __str__(self) -> str:
        return f"{self.domain} · {self.method} · {self.status}"

    @property
    def is_looked_at(self) -> bool:
        """Whether we look by ourselves."""
        return self.status == Status.OPEN and self.paused_at is None

    @property
    def is_looked_for(self) -> bool:
        """Whether something published proves it, or tells whom to write to: a mail that was written
        waits for its reader."""
        return self.method not in BY_MAIL or bool(self.contact and self.answer_id is None)

    @property
    def addressee(self) -> str:
        """Whom the mail goes to, in words until a published contact has been looked up."""
        if self.mailbox or not self.contact:
            return self.mailbox
        return f"{self.domain} ({contacts.MARKS[contacts.source_of(self.contact)]})"

    @classmethod
    def lanes(cls) -> tuple[Lane, ...]:
        """The newest never waits behind thousands, the oldest never for ever; nobody for a silent
        one, and who asked for a look for nobody who did not."""
        silent = models.Q(is_silent=True)
        return (
            Lane(models.Q(asked_at__isnull=False), "asked_at", part=4, is_prompt=True),
            Lane(models.Q(looks=0), "-due_at", part=2, is_prompt=True),
            Lane(~silent, "due_at"),
            Lane(silent, "due_at", part=2, is_slow=True),
        )

    @classmethod
    def read_ahead(cls, rows: Sequence[Challenge]) -> Mapping[Challenge, Known]:
        from verification.known import known_of

        return known_of(rows)

    def begin(self, now: datetime, *, known: Known | None = None) -> Step | Callable[[Any], Any]:
        from verification.looking import begin

        return begin(self, now, known)

    def end(self, now: datetime, seen: Any) -> Step:
        from verification.looking import end

        return end(self, now, seen)

    @classmethod
    def end_many(cls, now: datetime, seen: Mapping[Challenge, Any]) -> Collection[Challenge]:
        from verification.vain_looks import keep

        return keep(seen, now)

    def next_look(self, now: datetime, kept_until: datetime | None = None) -> datetime | None:
        if self.status != Status.OPEN:
            return None
        if self.method == Method.EMAIL and self.answer_id is not None:
            ends = schedule.MAIL_METHOD_ENDS
            return min(self.expires_at, ends) if now < ends else self.expires_at
        if self.paused_at is not None:
            return self.expires_at
        due = pace.next_look(self.looks, self.pk, now, kept_until)
        return min(due, self.expires_at)

    def gave_up(self, now: datetime) -> None:
        from verification.looking import record

        message = _("Our own system could not look for the proof of %(domain)s. Ask our support.")
        problem = Problem("proof.stuck", message % {"domain": self.domain})
        record(self, now, Outcome(False, problem, {}), expires_at=now)

    @property
    def proved_at_name(self) -> str:
        """The name at which it is proved: where the record stands, or the mailbox, or the file."""
        if self.method in (Method.DNS, Method.CNAME):
            return dns.record_name(self.domain).removeprefix(f"{dns.LABEL}.")
        return names.strip_wildcard(self.domain)

    @property
    def counts_until(self) -> datetime | None:
        """The first moment at which it must be proved anew; None when it never was, or is void."""
        if self.status != Status.PROVED or self.proved_at is None or self.voided_at is not None:
            return None
        ends = schedule.proof_ends(self.proved_at)
        return min(ends, schedule.MAIL_METHOD_ENDS) if self.method in BY_MAIL else ends

    def proves(self, name: str, now: datetime) -> bool:
        """Whether this proof may still be used for `name` at `now` (BR 4.2.1).

        Names that its customer gave up are not known here: ask verification.reuse.
        """
        until = self.counts_until
        if until is None or now >= until:
            return False
        if self.method in FOR_ALL_BELOW:
            return covers(self.proved_at_name, name)
        return self.domain == name


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


def values_count_until(asked: Sequence[Challenge]) -> datetime | None:
    """The first end of a value that is still to be published; None when none is."""
    return min((each.expires_at for each in asked if each.status == Status.OPEN), default=None)

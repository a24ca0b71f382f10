"""What is to be proved, as its reader publishes it; and what each look at it saw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.first_sentence import first_sentence
from accounts.kept_sentences import as_read
from certificates.rested_on import how_long
from certificates.sightings import Saw, Sought, what_was_seen
from verification.causes import Turn, whose_turn
from verification.challenges import Attempt, Challenge, Method, Status
from verification.demo_records import in_zone
from verification.diagnosis import fix
from verification.methods import dns, file
from verification.published import PublishedRecord, published
from verification.publishing import Publication, is_to_come, publication_of
from verification.turns import is_nothing_yet

MOST_LOOKS = 200  # of all challenges together: a page, not an archive
IN_SHORT = 4


@dataclass(frozen=True)
class Line:
    """One line of the record to publish; what it is called when it is copied."""

    label: str
    value: str
    copied: str = ""


@dataclass(frozen=True)
class Look:
    attempt: Attempt
    saw: tuple[Saw, ...]
    method: str = ""

    @property
    def tone(self) -> str:
        return "done" if self.attempt.proved else _tone(self.attempt.code, self.method)


@dataclass(frozen=True)
class AskedProof:
    challenge: Challenge
    how: str
    record: tuple[Line, ...] = ()
    paste: str = ""
    publication: Publication | None = None  # what we publish for it ourselves
    publish_at: str = ""  # the demo's DNS host, its form filled in
    serve_at: str = ""  # the demo's web server, its form filled in
    problem: str = ""
    turn: str = ""
    to_do: str = ""
    looks: tuple[Look, ...] = field(default=())  # the newest first
    counts: str = ""  # of a name that is proved: for how long, or why no more

    @property
    def is_ours(self) -> bool:
        """We publish it, and nobody has to lend a hand."""
        return self.publication is not None and not self.publication.problem_code

    @property
    def is_to_come(self) -> bool:
        """That it is not there yet, or what is, is not told as a problem."""
        return is_to_come(self.challenge)

    @property
    def is_open(self) -> bool:
        return self.challenge.status == Status.OPEN

    @property
    def last(self) -> Look | None:
        return self.looks[0] if self.looks else None

    @property
    def tone(self) -> str:
        """As of its last look; what we are about to publish ourselves is waited for."""
        if self.is_to_come:
            return "ca"
        return _tone(self.challenge.problem_code, self.challenge.method)

    @property
    def telling(self) -> Look | None:
        """The newest look that saw what the problem says; the last where none is known."""
        code = self.challenge.problem_code
        saw_it = (
            look
            for look in self.looks
            if look.attempt.code == code and not look.attempt.evidence.get("brief")
        )
        return next(saw_it, self.last)

    @property
    def in_short(self) -> tuple[Look, ...]:
        return self.looks[:IN_SHORT]


def looks_at(asked: Sequence[Challenge]) -> list[Attempt]:
    """The newest looks at all of these, in one query."""
    return list(Attempt.objects.filter(challenge__in=asked).order_by("-at", "-pk")[:MOST_LOOKS])


def asked_proofs(asked: Sequence[Challenge], attempts: Iterable[Attempt]) -> list[AskedProof]:
    looks: dict[int, list[Look]] = {}
    of = {each.pk: each for each in asked}
    for attempt in attempts:
        challenge = of[attempt.challenge_id]
        saw = what_was_seen(attempt.evidence, _sought(challenge, attempt.code))
        look = Look(attempt, tuple(saw), challenge.method)
        looks.setdefault(attempt.challenge_id, []).append(look)
    return [_asked(each, tuple(looks.get(each.pk, ()))) for each in asked]


def _tone(code: str, method: str) -> str:
    """Wrong is what the reader is to mend; what is only not there yet is theirs to do, and what
    others mend is waited for."""
    if is_nothing_yet(code, method):
        return "you"
    return "problem" if whose_turn(code) in (None, Turn.YOU) else "ca"


def _sought(challenge: Challenge, code: str) -> Sought:
    record = published(challenge)
    if record is None:
        return Sought(code, challenge.domain, challenge.value)
    return Sought(code, record.name, record.value)


def _asked(challenge: Challenge, looks: tuple[Look, ...]) -> AskedProof:
    problem, to_do = first_sentence(as_read(challenge.problem_message))
    record = published(challenge)
    paste = _paste(challenge, record)
    turn = whose_turn(challenge.problem_code)
    in_demo = settings.ENVIRONMENT == "demo"
    return AskedProof(
        challenge,
        how=_how(challenge),
        record=_record(challenge),
        paste=paste,
        publication=publication_of(challenge),
        publish_at=_demo_host(record) if record and paste and in_demo else "",
        serve_at=_demo_server(challenge) if challenge.method == Method.FILE and in_demo else "",
        problem=problem,
        turn="" if turn is None else str(turn.label),
        to_do=to_do,
        looks=looks,
        counts=how_long(challenge),
    )


def _paste(challenge: Challenge, record: PublishedRecord | None) -> str:
    """The line of a zone file, until it stands there and only waits to be seen."""
    if record is None:
        return ""
    if challenge.problem_code:
        return fix(challenge.problem_code, challenge.domain, challenge.method, challenge.value)
    return record.line


def _how(challenge: Challenge) -> str:
    if challenge.is_automatic:
        return _("by DNS record, automatically")
    if challenge.method in (Method.DNS, Method.CNAME):
        base = dns.record_name(challenge.domain).partition(".")[2]
        if challenge.method == Method.CNAME:
            return _("by DNS alias at %(domain)s") % {"domain": base}
        if base != challenge.domain:
            return _("by DNS record at %(domain)s") % {"domain": base}
        return _("by DNS record")
    if challenge.method == Method.FILE:
        return _("by a file on its web server")
    return _("by e-mail")


def _record(challenge: Challenge) -> tuple[Line, ...]:
    if record := published(challenge):
        return (
            Line(_("Host"), record.name, _("the host")),
            Line(_("Type"), record.rtype),
            Line(_("Value"), record.value, _("the value")),
        )
    if challenge.method == Method.FILE:
        address = file.file_url(challenge.domain)
        return (
            Line(_("Address"), address, _("the address")),
            Line(_("Content"), challenge.value, _("the content")),
        )
    return (Line(_("Mailbox"), challenge.addressee, _("the mailbox")),)


def _demo_host(record: PublishedRecord) -> str:
    """Its form, for a name of the demo's zone; it holds no other."""
    if not in_zone(record.name):
        return ""
    asked = urlencode({"name": record.name, "type": record.rtype, "value": record.value})
    return f"{reverse('demo:dns')}?{asked}"


def _demo_server(challenge: Challenge) -> str:
    asked = urlencode({"host": challenge.domain, "content": challenge.value})
    return f"{reverse('demo:web')}?{asked}"

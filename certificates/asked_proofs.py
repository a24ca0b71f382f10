"""What is to be proved, as its reader publishes it; and what each look at it saw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.dates import moment
from accounts.kept_sentences import as_read
from certificates.rested_on import how_long
from verification.causes import whose_turn
from verification.challenges import Attempt, Challenge, Method, Status
from verification.diagnosis import fix, rows
from verification.methods import dns, file
from verification.published import PublishedRecord, published
from verification.publishing import Publication, publication_of

# Where a fetch ended before a server answered (verification/http_fetch.py).
STOPPED: dict[str, Promise] = {
    "redirect_loop": gettext_lazy("It redirects in a circle, or too often."),
    "redirect_refused": gettext_lazy("It redirects to an address that we do not follow."),
    "port": gettext_lazy("It redirects to a port that we do not follow."),
    "address_refused": gettext_lazy("It leads to an address that is not public."),
    "too_large": gettext_lazy("The answer is larger than a proof may be."),
    "encoded": gettext_lazy("The answer came in an encoding that we did not ask for."),
    "timeout": gettext_lazy("No whole answer came in time."),
    "tls": gettext_lazy("It could not be read over TLS."),
    "unreachable": gettext_lazy("It could not be reached."),
    "dns_servfail": gettext_lazy("Its name servers gave no usable answer (SERVFAIL)."),
    "dns_refused": gettext_lazy("The resolver refused to answer for its name (REFUSED)."),
    "dns_timeout": gettext_lazy("No answer for its name came in time."),
    "dns_unreached": gettext_lazy("Our own resolver could not be reached."),
    "dns_nxdomain": gettext_lazy("Its name does not exist in the DNS (NXDOMAIN)."),
    "dns_nodata": gettext_lazy("Its name has no address in the DNS (NODATA)."),
    "bogus": gettext_lazy("The DNSSEC signatures of its name do not hold."),
}
MOST_LOOKS = 200  # of all challenges together: a page, not an archive
IN_SHORT = 4


@dataclass(frozen=True)
class Line:
    """One line of the record to publish; what it is called when it is copied."""

    label: str
    value: str
    copied: str = ""


@dataclass(frozen=True)
class Saw:
    """One line of what a look asked and saw."""

    label: str
    asked: str
    seen: str = ""


@dataclass(frozen=True)
class Look:
    attempt: Attempt
    saw: tuple[Saw, ...]


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
    def is_open(self) -> bool:
        return self.challenge.status == Status.OPEN

    @property
    def last(self) -> Look | None:
        return self.looks[0] if self.looks else None

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
    for attempt in attempts:
        looks.setdefault(attempt.challenge_id, []).append(
            Look(attempt, tuple(what_was_seen(attempt.evidence)))
        )
    return [_asked(each, tuple(looks.get(each.pk, ()))) for each in asked]


def _asked(challenge: Challenge, looks: tuple[Look, ...]) -> AskedProof:
    problem, dot, to_do = as_read(challenge.problem_message).partition(". ")
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
        problem=problem + dot.strip(),
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
    asked = urlencode({"name": record.name, "type": record.rtype, "value": record.value})
    return f"{reverse('demo:dns')}?{asked}"


def _demo_server(challenge: Challenge) -> str:
    asked = urlencode({"host": challenge.domain, "content": challenge.value})
    return f"{reverse('demo:web')}?{asked}"


def what_was_seen(evidence: dict[str, Any]) -> list[Saw]:
    """The evidence of one look in words. Evidence is kept for years: what it lacks is left out."""
    saw = _seen(evidence)
    if evidence.get("brief"):
        told = _("A moment only. What a look with more time found before stands.")
        saw.append(Saw(_("We waited"), "", told))
    return saw


def _seen(evidence: dict[str, Any]) -> list[Saw]:
    if evidence.get("method") in (Method.DNS, Method.CNAME):
        return [*_seen_in_dns(evidence), *_seen_elsewhere(evidence)]
    if evidence.get("method") == "FILE":
        fetches = [_seen_at(each) for each in evidence.get("fetches", [])]
        return [*fetches, *_seen_elsewhere(evidence)]
    if "contacts" in evidence:
        seen = ", ".join(evidence["contacts"]) or _("It publishes no contact.")
        return [Saw(_("We asked"), "CAA, TXT", seen), *_seen_elsewhere(evidence)]
    if mailbox := evidence.get("mailbox"):
        wrote = Saw(_("We wrote to"), str(mailbox), _answered(evidence.get("answered_at")))
        if returned := evidence.get("returned"):
            return [wrote, Saw(_("It came back"), str(returned))]
        return [wrote, *_seen_elsewhere(evidence)]
    return []


def _answered(at: str | None) -> str:
    if not at:
        return _("Nobody has answered.")
    return _("Answered on %(moment)s.") % {"moment": moment(datetime.fromisoformat(at))}


def _seen_in_dns(evidence: dict[str, Any]) -> list[Saw]:
    name, kind = evidence.get("name", ""), evidence.get("type", "")
    found = [Saw(_("We asked"), f"{name} {kind}", str(evidence.get("status", "")))]
    chain = evidence.get("chain") or []
    if chain:
        found.append(Saw(_("It led to"), " → ".join(chain)))
    for value in evidence.get("values") or []:
        ttl = evidence.get("ttl")
        found.append(Saw(_("We found"), value, "" if ttl is None else f"TTL {ttl}"))
    if resolver := evidence.get("resolver"):
        found.append(Saw(_("Asked at"), str(resolver)))
    if state := evidence.get("dnssec"):
        found.append(Saw("DNSSEC", str(state), str(evidence.get("dnssec_reason", ""))))
    # Then what was asked to find out why, each question a line.
    for row in list(rows(evidence))[1:]:
        if "agrees" in row:  # the perspectives have lines of their own
            continue
        asked = row["asked"] if row["of"] == resolver else f"{row['asked']} @ {row['of']}"
        seen = ", ".join([str(row["status"]), *(f"“{value}”" for value in row["seen"])])
        found.append(Saw(_("We asked"), asked, seen))
    return found


def _seen_elsewhere(evidence: dict[str, Any]) -> list[Saw]:
    """What each perspective saw, and whether they were enough."""
    found = []
    for row in (row for row in rows(evidence) if "agrees" in row):
        seen = ", ".join([str(row["status"]), *(f"“{value}”" for value in row["seen"])])
        label = _("Seen from") if row["agrees"] else _("Not seen from")
        found.append(Saw(label, str(row["of"]), seen))
    if quorum := evidence.get("quorum"):
        agree = f"{quorum['places'] - quorum['missing']}/{quorum['places']}"
        told = _("At most %(allowed)s may miss it.") % {"allowed": quorum["allowed"]}
        found.append(Saw(_("Together"), agree, told))
    return found


def _seen_at(fetched: dict[str, Any]) -> Saw:
    hops = [str(hop.get("url", "")) for hop in fetched.get("hops") or []]
    if problem := fetched.get("problem"):
        seen = str(STOPPED.get(problem, problem))
    elif body := fetched.get("body"):
        seen = _("It answered with status %(status)s and “%(body)s”.")
        seen %= {"status": fetched.get("status"), "body": body}
    else:
        seen = _("It answered with status %(status)s.") % {"status": fetched.get("status")}
    return Saw(_("We asked"), " → ".join(hops), seen)

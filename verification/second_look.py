"""Why a record was not found: a second, bounded set of questions after a look that failed.

First what the answer itself shows (a damaged or an earlier value, an alias), then the places where
records land by mistake, at last the domain's own name servers. Nothing is asked of a resolver that
just failed but for the servers, and no question is begun after eight seconds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pki.names import public_suffix, registered_domain
from verification.dns_lookup import UNANSWERED
from verification.evidence import printable, several
from verification.network import Delegation, DnsAnswer, DnsStatus, Network, ServerAnswer

LONGEST = 8.0  # seconds in which further questions are begun
LEAST_PART = 8  # characters that a part of a split value has, so that no chance word counts
MOST_PARTS = 8
MOST_SHOWN = 3
# What forms, word processors and zone files add: quotes, white space, backslashes, and every byte
# outside ASCII (curly quotes, hard spaces), which an answer spells as \xNN.
ADDED = re.compile(r"\\x[0-9a-f]{2}|[\"'`\s\\]")


# What one answer alone says.
PLAIN = {
    DnsStatus.OK: "dns.wrong_value",
    DnsStatus.NODATA: "dns.absent",
    DnsStatus.NXDOMAIN: "dns.nxdomain",
    DnsStatus.SERVFAIL: "dns.servfail",
    DnsStatus.REFUSED: "dns.refused",
    DnsStatus.TIMEOUT: "dns.timeout",
    DnsStatus.BOGUS: "dns.bogus",
    DnsStatus.UNREACHED: "dns.resolver",
}


@dataclass(frozen=True)
class Finding:
    """A better cause than the plain one: its code, what fills its sentence, when to look again."""

    code: str
    params: dict[str, str] = field(default_factory=dict)
    variant: str = ""
    until: datetime | None = None


def quoted(values: Sequence[str], longest: int = 80) -> str:
    """The first few values as a sentence names them."""
    return ", ".join(f"“{printable(one, longest)}”" for one in values[:MOST_SHOWN])


def is_damaged(values: tuple[str, ...], value: str) -> bool:
    """Whether `values` hold `value` but for quotes, white space, case, or a cut into records."""
    wanted = value.casefold()
    bare = [ADDED.sub("", one).casefold() for one in values]
    if wanted in bare:
        return True
    parts = [one for one in bare if len(one) >= LEAST_PART and one in wanted][:MOST_PARTS]
    return "".join(sorted(parts, key=wanted.index)) == wanted


def misplaced(domain: str, name: str) -> Iterator[tuple[str, str]]:
    """The names where a record for `name` lands by mistake, each with its cause; six at most.

    A DNS host adds its zone, which mostly begins at the registered domain.
    """
    label, _dot, base = name.partition(".")
    registered = registered_domain(base) or base
    for zone in dict.fromkeys((registered, base)):
        yield "dns.doubled_suffix", f"{name}.{zone}"
    yield "dns.underscore_lost", f"{label.removeprefix('_')}.{base}"
    yield "dns.wrong_level", base
    parent = base.partition(".")[2]
    is_bare = domain.startswith("www.") or public_suffix(parent) == parent
    beside = f"www.{base}" if is_bare else parent
    yield "dns.wrong_level", f"{label}.{beside}"
    if registered not in (base, beside):
        yield "dns.wrong_level", f"{label}.{registered}"


@dataclass(frozen=True)
class Sought:
    """The record of one method: its type, its value as published, and how it is looked up.

    `plain` makes one value comparable, `is_meant` knows values that were to be this one, and
    `told` finds the cause that the first answer shows by itself. `beside` looks up what must not
    stand at the same name, if anything.
    """

    rtype: str
    value: str
    ask: Callable[[str], DnsAnswer]
    plain: Callable[[str], str]
    told: Callable[[DnsAnswer], Finding | None]
    is_meant: Callable[[tuple[str, ...]], bool] = lambda _values: False
    beside: Callable[[str], DnsAnswer] | None = None

    def is_among(self, values: Sequence[str]) -> bool:
        return self.plain(self.value) in {self.plain(each) for each in values}


class SecondLook:
    """The questions about one record, and in `evidence` what was asked and seen."""

    def __init__(
        self, domain: str, sought: Sought, first: DnsAnswer, network: Network, now: datetime
    ) -> None:
        self.domain, self.sought, self.first = domain, sought, first
        self.network, self.now = network, now
        self.evidence: dict[str, Any] = {}
        self._until = time.monotonic() + LONGEST

    def find(self) -> Finding | None:
        """The cause behind the first answer; None when that says all there is."""
        if self.first.status is DnsStatus.BOGUS:
            return None
        if self.first.status is DnsStatus.UNREACHED:
            return Finding("dns.resolver", variant="unreached")
        if self.first.status in UNANSWERED:
            return self._at_the_servers()
        told = self.sought.told(self.first) or self._beside()
        return told or self._elsewhere() or self._at_the_servers()

    def _beside(self) -> Finding | None:
        if self.sought.beside is None or self.first.status is not DnsStatus.NODATA:
            return None
        answer = self._note(self.sought.beside(self.first.name))
        if answer.status is not DnsStatus.OK:
            return None
        return Finding("dns.cname_conflict", {"found": quoted(answer.values)})

    def _elsewhere(self) -> Finding | None:
        for code, name in misplaced(self.domain, self.first.name):
            if time.monotonic() >= self._until:
                return None
            answer = self._note(self.sought.ask(name))
            if answer.status in UNANSWERED:
                return None
            if self.sought.is_among(answer.values) or self.sought.is_meant(answer.values):
                zone = name.removeprefix(f"{self.first.name}.")
                host = self.first.name.removesuffix(f".{zone}")
                return Finding(code, {"seen_at": name, "zone": zone, "host": host})
        return None

    def _note(self, answer: DnsAnswer) -> DnsAnswer:
        self.evidence.setdefault("elsewhere", []).append(_seen(answer))
        return answer

    def _at_the_servers(self) -> Finding | None:
        if time.monotonic() >= self._until:
            return None
        found = self.network.name_servers(self.first.name, self.sought.rtype)
        self.evidence |= seen_at(found, self.evidence.get("elsewhere", []))
        if self.first.status in UNANSWERED:
            return self._past_our_resolver(found)
        return self._not_seen_yet(found)

    def _past_our_resolver(self, found: Delegation) -> Finding | None:
        """Who fails when our resolver does: it, or the servers; what they lack is lacking first."""
        finding = who_fails(found, self.first.status)
        if finding is None or finding.code != "dns.resolver" or not found.servers:
            return finding
        if any(self._holds(each) for each in found.servers):
            return finding
        seen = found.servers[0]
        answer = DnsAnswer(self.first.name, self.sought.rtype, seen.status, seen.values)
        told = self.sought.told(answer) or Finding(PLAIN[seen.status])
        return replace(told, params=told.params | {"found": quoted(seen.values, 160)})

    def _not_seen_yet(self, found: Delegation) -> Finding | None:
        having = [each for each in found.servers if self._holds(each)]
        lacking = [each for each in found.servers if each not in having and not _is_silent(each)]
        if not having:
            return None
        if lacking:
            params = {"zone": found.zone, "having": _named(having), "lacking": _named(lacking)}
            return Finding("dns.partial", params)
        is_older = self.first.status is DnsStatus.OK
        kept_for = self.first.ttl if is_older else found.kept_for
        until = self.now + timedelta(seconds=kept_for or 0)
        params = {"zone": found.zone, "until": f"{until:%H:%M}"}
        return Finding("dns.cached_negative", params, "older" if is_older else "", until)

    def _holds(self, answer: ServerAnswer) -> bool:
        return self.sought.is_among(answer.values)


def seen_at(found: Delegation, elsewhere: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """What the name servers of a zone said, as evidence; with what was asked `elsewhere`."""
    evidence: dict[str, Any] = {}
    if found.above is not None:
        elsewhere = [*elsewhere, _seen(found.above)]
    if elsewhere:
        evidence["elsewhere"] = list(elsewhere)
    if found.zone:
        evidence |= {"zone": found.zone, "kept_for": found.kept_for}
    evidence["servers"] = [
        {
            "server": each.server,
            "address": each.address,
            "status": "LAME" if each.lame else str(each.status),
            "values": several(each.values),
        }
        for each in found.servers
    ]
    return evidence


def _seen(answer: DnsAnswer) -> dict[str, Any]:
    return {
        "name": answer.name,
        "type": answer.rtype,
        "status": str(answer.status),
        "values": several(answer.values),
    }


def who_fails(found: Delegation, status: DnsStatus) -> Finding | None:
    """Whether a look-up that failed with `status` is the fault of some server, or our resolver's.

    None when that cannot be told: a server is silent, or an alias leads on to where nobody looked.
    """
    lame = [each for each in found.servers if each.lame]
    if lame:
        return Finding("dns.lame", {"zone": found.zone, "lame": _named(lame)})
    if found.above is not None and found.above.status in UNANSWERED:
        return Finding("dns.resolver")
    if not found.servers or any(_is_silent(each) or each.alias for each in found.servers):
        return None
    return Finding("dns.resolver", {"zone": found.zone, "status": str(status)}, "servers")


def _is_silent(answer: ServerAnswer) -> bool:
    return answer.status in UNANSWERED


def _named(servers: list[ServerAnswer]) -> str:
    return ", ".join(each.server for each in servers)

"""Why a record was not found: a second, bounded set of questions after a look that failed.

First what the answer itself shows (a damaged or an earlier value, an alias), then the places where
records land by mistake, at last the domain's own name servers. What would be told to stand at the
name is compared with a name that we make up: a wildcard record may have answered for both. Nothing
is asked of a resolver that just failed but for the servers, and no question is begun after eight
seconds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from accounts.dates import moment
from pki.names import public_suffix, registered_domain
from verification.dns_lookup import UNANSWERED
from verification.evidence import quoted, several
from verification.network import Delegation, DnsAnswer, DnsStatus, Network, ServerAnswer
from verification.wildcards import found_in, made_up_beside
from verification.wildcards import told as told_of_a_wildcard

LONGEST = 8.0  # seconds in which further questions are begun
LEAST_PART = 8  # characters that a part of a split value has, so that no chance word counts
MOST_PARTS = 8
# What forms, word processors and zone files add: quotes, white space, backslashes, and every byte
# outside ASCII (curly quotes, hard spaces), which an answer spells as \xNN.
ADDED = re.compile(r"\\x[0-9a-f]{2}|[\"'`\s\\]")
# What says that something stands at the name itself.
AT_THE_NAME = frozenset({"dns.cname_conflict", "dns.stale_value"})

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
        self._answers: list[DnsAnswer] = []
        self._until = time.monotonic() + LONGEST

    def find(self) -> Finding | None:
        """The cause behind the first answer; None when that says all there is."""
        if self.first.status is DnsStatus.BOGUS:
            return None
        if self.first.status is DnsStatus.UNREACHED:
            return Finding("dns.resolver", variant="unreached")
        if self.first.status in UNANSWERED:
            return self._at_the_servers()
        beside = self._beside()
        seen = beside or self.first
        told = self.sought.told(self.first) if beside is None else in_the_way(beside)
        if told is not None and not (told.code in AT_THE_NAME and self._is_by_wildcard(seen)):
            return told
        found = self._elsewhere() or self._at_the_servers()
        if found is not None:
            return found
        if told is None and not self._is_by_wildcard(seen):
            return self._unregistered()
        return self._absent(seen)

    def _unregistered(self) -> Finding | None:
        """Nothing of the domain is there, and the zone that says so lies above it: nobody runs one
        for it, so that no record can be published."""
        base = self.first.name.partition(".")[2]
        registered, zone = registered_domain(base), self.evidence.get("zone", "")
        missing = {each.name for each in self._answers if each.status is DnsStatus.NXDOMAIN}
        if not registered.endswith(f".{zone}") or base not in missing:
            return None
        params = {"domain": registered, "at": self.first.name}
        return Finding("dns.nxdomain", params, "unregistered")

    def _beside(self) -> DnsAnswer | None:
        """What stands at the name and leaves no room for the record; None without such a thing."""
        if self.sought.beside is None or self.first.status is not DnsStatus.NODATA:
            return None
        answer = self._note(self.sought.beside(self.first.name))
        return answer if answer.status is DnsStatus.OK else None

    def _is_by_wildcard(self, seen: DnsAnswer) -> bool:
        """Whether a name that nobody published is answered like ours; asked once, in time."""
        if not found_in(seen) or time.monotonic() >= self._until:
            return False
        ask = self.sought.ask if seen.rtype == self.sought.rtype else self.sought.beside
        assert ask is not None
        other = ask(made_up_beside(self.first.name))
        self._keep(_seen(other) | {"made_up": True})
        return found_in(other) == found_in(seen)

    def _absent(self, seen: DnsAnswer) -> Finding:
        """Nothing stands at the name, and a wildcard answers for it; which one, where that is sure.

        It is the one below the name above ours, if that exists itself: it is where the zone begins,
        or is answered otherwise than the wildcard would (RFC 4592 3.3.1).
        """
        above = self.first.name.partition(".")[2]
        exists = self.evidence.get("zone") == above or any(
            found_in(each) != found_in(seen)
            for each in self._answers
            if (each.name, each.rtype) == (above, seen.rtype)
            and each.status in (DnsStatus.OK, DnsStatus.NODATA)
        )
        params = {"wildcard": f"*.{above}", "found": told_of_a_wildcard(seen)}
        variant = "wildcard" if exists else "some_wildcard"
        is_alias = self.sought.rtype == "CNAME"
        return Finding("dns.absent", params, f"cname_{variant}" if is_alias else variant)

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
        self._answers.append(answer)
        self._keep(_seen(answer))
        return answer

    def _keep(self, seen: dict[str, Any]) -> None:
        self.evidence.setdefault("elsewhere", []).append(seen)

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
        params = {"zone": found.zone, "until": moment(until)}
        return Finding("dns.cached_negative", params, "older" if is_older else "", until)

    def _holds(self, answer: ServerAnswer) -> bool:
        return self.sought.is_among(answer.values)


def in_the_way(answer: DnsAnswer) -> Finding:
    """A record beside which ours cannot stand."""
    return Finding("dns.cname_conflict", {"found": quoted(answer.values)})


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
        **({"chain": several(answer.chain)} if answer.chain else {}),
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

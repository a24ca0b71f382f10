"""Why a TXT record was not found: a second, bounded set of questions after a look that failed.

First what the answer itself shows (a damaged or an earlier value, an alias), then the places where
records land by mistake, at last the domain's own name servers. Nothing is asked of a resolver that
just failed but for the servers, and no question is begun after eight seconds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pki.names import public_suffix
from verification.evidence import several
from verification.network import Delegation, DnsAnswer, DnsStatus, Network, ServerAnswer
from verification.outcome import Question

LONGEST = 8.0  # seconds in which further questions are begun
LEAST_PART = 8  # characters that a part of a split value has, so that no chance word counts
MOST_PARTS = 8
UNANSWERED = frozenset({DnsStatus.SERVFAIL, DnsStatus.REFUSED, DnsStatus.TIMEOUT})
# What forms, word processors and zone files add: quotes, white space, backslashes, and every byte
# outside ASCII (curly quotes, hard spaces), which an answer spells as \xNN.
ADDED = re.compile(r"\\x[0-9a-f]{2}|[\"'`\s\\]")


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
    """The names where a record for `name` lands by mistake, each with its cause; four at most."""
    label, _dot, base = name.partition(".")
    yield "dns.doubled_suffix", f"{name}.{base}"
    yield "dns.underscore_lost", f"{label.removeprefix('_')}.{base}"
    yield "dns.wrong_level", base
    parent = base.partition(".")[2]
    if domain.startswith("www.") or public_suffix(parent) == parent:
        yield "dns.wrong_level", f"{label}.www.{base}"
    else:
        yield "dns.wrong_level", f"{label}.{parent}"


class SecondLook:
    """The questions about one record, and in `evidence` what was asked and seen."""

    def __init__(
        self, question: Question, first: DnsAnswer, network: Network, now: datetime
    ) -> None:
        self.question, self.first, self.network, self.now = question, first, network, now
        self.evidence: dict[str, Any] = {}
        self._until = time.monotonic() + LONGEST

    def find(self) -> Finding | None:
        """The cause behind the first answer; None when that says all there is."""
        first = self.first
        if first.status is DnsStatus.BOGUS:
            return None
        if first.status in UNANSWERED:
            return self._at_the_servers()
        if is_damaged(first.values, self.question.value):
            return Finding("dns.quoted_value")
        if any(value.strip() in self.question.earlier_values for value in first.values):
            return Finding("dns.stale_value")
        if first.chain:
            return Finding("dns.cname_conflict", {"target": first.chain[0]})
        return self._elsewhere() or self._at_the_servers()

    def _elsewhere(self) -> Finding | None:
        asked: list[dict[str, Any]] = []
        self.evidence["elsewhere"] = asked
        for code, name in misplaced(self.question.domain, self.first.name):
            if time.monotonic() >= self._until:
                return None
            answer = self.network.txt(name)
            asked.append(
                {
                    "name": name,
                    "type": answer.rtype,
                    "status": str(answer.status),
                    "values": several(answer.values),
                }
            )
            if answer.status in UNANSWERED:
                return None
            held = {value.strip() for value in answer.values}
            if self.question.value in held or is_damaged(answer.values, self.question.value):
                return Finding(code, {"seen_at": name})
        return None

    def _at_the_servers(self) -> Finding | None:
        if time.monotonic() >= self._until:
            return None
        found = self.network.name_servers(self.first.name)
        if found.zone:
            self.evidence |= {"zone": found.zone, "kept_for": found.kept_for}
        self.evidence["servers"] = [
            {
                "server": each.server,
                "address": each.address,
                "status": "LAME" if each.lame else str(each.status),
                "values": several(each.values),
            }
            for each in found.servers
        ]
        if self.first.status in UNANSWERED:
            return _lame(found)
        return self._not_seen_yet(found)

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
        return self.question.value in {value.strip() for value in answer.values}


def _lame(found: Delegation) -> Finding | None:
    lame = [each for each in found.servers if each.lame]
    return Finding("dns.lame", {"zone": found.zone, "lame": _named(lame)}) if lame else None


def _is_silent(answer: ServerAnswer) -> bool:
    return answer.status in UNANSWERED


def _named(servers: list[ServerAnswer]) -> str:
    return ", ".join(each.server for each in servers)

"""May this CA sign for this name? Certification Authority Authorization (RFC 8659).

The CAA record set of the name itself counts, else that of its parent, and so on up to the
top-level domain. A CNAME is followed for the name asked, but the climb goes on from the name, not
from where the CNAME led (RFC 8659 3; the older RFC 6844 said otherwise).

A failed look-up permits nothing: it refuses this attempt and is worth another one (BR 3.2.2.8).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from pki.names import is_wildcard, strip_wildcard
from verification.evidence import MOST, printable, several
from verification.network import CaaAnswer, CaaRecord, DnsStatus, Network
from verification.outcome import Problem

CRITICAL = 0x80
# Tags whose meaning we know. Those for mail and mark certificates and for contacts say nothing
# about TLS certificates (RFC 9495, BR A.1), so that they may be critical without stopping us.
KNOWN_TAGS = frozenset(
    {"issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"}
)
# Restrictions of RFC 8657 that name accounts and methods of an ACME server, which this CA is not:
# a record that carries one does not mean us.
RESTRICTIONS = frozenset({"accounturi", "validationmethods"})

# RFC 8659 4.2, piece by piece: issuer-domain-name, and one parameter.
ISSUER = re.compile(r"[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*", re.IGNORECASE)
PARAMETER = re.compile(
    r"([a-z0-9]+(?:-+[a-z0-9]+)*)[ \t]*=[ \t]*[\x21-\x3a\x3c-\x7e]*", re.IGNORECASE
)
BLANK = " \t"
# Seconds for a whole climb: a name of many labels on slow servers holds no worker longer.
LONGEST_CLIMB = 20.0


@dataclass(frozen=True)
class CaaVerdict:
    """`retryable` says that nobody forbade it: the look-up failed and may be tried again."""

    allowed: bool
    problem: Problem | None
    retryable: bool
    evidence: dict[str, Any] = field(default_factory=dict)


def judge(domain: str, identities: Sequence[str], network: Network) -> CaaVerdict:
    """Judge `domain` (a wildcard may stand) for a CA known by `identities`, its domain names."""
    asked: list[dict[str, object]] = []
    evidence: dict[str, Any] = {"domain": domain, "identities": list(identities), "asked": asked}
    if network.marked:
        evidence["marked"] = network.marked
    until = time.monotonic() + LONGEST_CLIMB
    for name in _climb(strip_wildcard(domain)):
        late = time.monotonic() >= until
        answer = CaaAnswer(name, DnsStatus.TIMEOUT) if late else network.caa(name)
        asked.append(_seen(answer))
        if answer.status in (DnsStatus.NODATA, DnsStatus.NXDOMAIN):
            continue
        if answer.status is not DnsStatus.OK:
            return CaaVerdict(False, _unreachable(answer, domain), True, evidence)
        evidence["found_at"] = name
        problem = _weigh(answer, domain, identities)
        return CaaVerdict(problem is None, problem, False, evidence)
    return CaaVerdict(True, None, False, evidence)


def issuer(value: str) -> tuple[str, tuple[str, ...]] | None:
    """Issuer domain name (folded, "" for nobody) and parameter tags; None when malformed."""
    first, *rest = value.split(";")
    name = first.strip(BLANK)
    if name and not ISSUER.fullmatch(name):
        return None
    if not rest or [part.strip(BLANK) for part in rest] == [""]:
        return name.lower(), ()
    found = [PARAMETER.fullmatch(part.strip(BLANK)) for part in rest]
    tags = tuple(match.group(1).lower() for match in found if match is not None)
    return (name.lower(), tags) if len(tags) == len(rest) else None


def _climb(name: str) -> Iterator[str]:
    """The name, then its parents up to and with the top-level domain (RFC 8659 3)."""
    while name:
        yield name
        name = name.partition(".")[2]


def _weigh(answer: CaaAnswer, domain: str, identities: Sequence[str]) -> Problem | None:
    """The relevant record set against us; None when it lets us issue."""
    for record in answer.records:
        if record.flags & CRITICAL and record.tag.lower() not in KNOWN_TAGS:
            return _unknown_critical(answer, record, domain)
    relevant = _tagged(answer, "issuewild") if is_wildcard(domain) else []
    wild = bool(relevant)
    relevant = relevant or _tagged(answer, "issue")
    if not relevant or any(_names_us(record, identities) for record in relevant):
        return None
    return _forbidden(answer, relevant, domain, identities, wild)


def _tagged(answer: CaaAnswer, tag: str) -> list[CaaRecord]:
    return [record for record in answer.records if record.tag.lower() == tag]


def _names_us(record: CaaRecord, identities: Sequence[str]) -> bool:
    read = issuer(record.value)
    if read is None:
        return False
    name, tags = read
    known = {identity.lower() for identity in identities}
    return name in known and not RESTRICTIONS.intersection(tags)


def _seen(answer: CaaAnswer) -> dict[str, object]:
    return {
        "name": answer.name,
        "status": str(answer.status),
        "chain": several(answer.chain),
        "resolver": answer.resolver,
        "records": [
            {"flags": record.flags, "tag": printable(record.tag), "value": printable(record.value)}
            for record in answer.records[:MOST]
        ],
    }


def _unreachable(answer: CaaAnswer, domain: str) -> Problem:
    text = _(
        "The CAA records of %(name)s could not be read (%(status)s), so no certificate for "
        "%(domain)s may be signed now. Check the name servers and the DNSSEC of that name; we ask "
        "again by ourselves."
    )
    params = {"name": answer.name, "status": answer.status, "domain": domain}
    return Problem("caa.unreachable", text % params)


def _unknown_critical(answer: CaaAnswer, record: CaaRecord, domain: str) -> Problem:
    text = _(
        "The CAA record “%(tag)s” at %(name)s is marked critical and means nothing to this CA, so "
        "that no certificate for %(domain)s may be signed. Remove that record or its critical flag."
    )
    params = {"tag": printable(record.tag, 40), "name": answer.name, "domain": domain}
    return Problem("caa.unknown_critical", text % params)


def _forbidden(
    answer: CaaAnswer,
    relevant: Sequence[CaaRecord],
    domain: str,
    identities: Sequence[str],
    wild: bool,
) -> Problem:
    text = _(
        "The CAA records at %(name)s let only others sign for %(domain)s (%(found)s). Publish "
        'there: %(name)s. CAA 0 %(tag)s "%(identity)s"'
    )
    params = {
        "name": answer.name,
        "domain": domain,
        "found": ", ".join(
            f"{one.tag.lower()} “{printable(one.value, 60)}”" for one in relevant[:3]
        ),
        "tag": "issuewild" if wild else "issue",
        "identity": identities[0] if identities else "",
    }
    return Problem("caa.forbids_wildcard" if wild else "caa.forbids", text % params)

"""May this CA sign for this name? Certification Authority Authorization (RFC 8659, RFC 8657).

The CAA record set of the name itself counts, else that of its parent, and so on up to the
top-level domain. A CNAME is followed for the name asked, but the climb goes on from the name, not
from where the CNAME led (RFC 8659 3; the older RFC 6844 said otherwise).

A record that names us may bind us to accounts and to methods of proof (RFC 8657): then it permits
only what fits all that it says. Of several records one that permits is enough.

A failed look-up permits nothing: it refuses this attempt and is worth another one (BR 3.2.2.8).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from pki.names import is_wildcard, strip_wildcard
from verification import caa_problems
from verification.caa_records import (
    ACCOUNT,
    CRITICAL,
    METHODS,
    Applicant,
    issuer,
    labels,
)
from verification.evidence import MOST, dnssec, printable, several
from verification.network import CaaAnswer, CaaRecord, DnsStatus, Network
from verification.outcome import Problem
from verification.own_resolver import is_deaf
from verification.perspectives import DEAF, Glance, Quorum, Round

# Tags whose meaning we know. Those for mail and mark certificates and for contacts say nothing
# about TLS certificates (RFC 9495, BR A.1), so that they may be critical without stopping us.
KNOWN_TAGS = frozenset(
    {"issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"}
)
# Seconds for a whole climb: a name of many labels on slow servers holds no worker longer.
LONGEST_CLIMB = 20.0


@dataclass(frozen=True)
class CaaVerdict:
    """`retryable` says that nobody forbade it: the look-up failed and may be tried again."""

    allowed: bool
    problem: Problem | None
    retryable: bool
    evidence: dict[str, Any] = field(default_factory=dict)


def judge(
    domain: str,
    identities: Sequence[str],
    network: Network,
    *,
    account: str = "",
    method: str = "",
    is_any: bool = False,
) -> CaaVerdict:
    """Judge `domain` (a wildcard may stand) for a CA known by `identities`, its domain names.

    `account` is the URI of the customer's account at that CA, `method` how the name is proved
    (a key of METHOD_LABELS). The evidence names the record that decided, where one did.
    """
    us = Applicant(identities, account, method, is_any=is_any)
    if not network.perspectives:
        return _judge(domain, us, network)
    with Round(network.perspectives, partial(_glance, domain, us)) as others:
        verdict = _judge(domain, us, network)
        return _weighed(verdict, domain, others.quorum())


def _glance(domain: str, us: Applicant, network: Network) -> Glance:
    """What another place may do: a record that forbids, or none to be read, is no permission."""
    verdict = _judge(domain, us, network)
    decided = verdict.evidence.get("decided_by")
    seen = [f"{decided['tag']} {decided['value']}"] if decided else []
    asked = verdict.evidence["asked"][-1]
    status = verdict.problem.code if verdict.problem else "ok"
    if status == "caa.resolver":
        status = DEAF
    return Glance(verdict.allowed, status, seen, str(asked["resolver"]))


def _weighed(verdict: CaaVerdict, domain: str, quorum: Quorum) -> CaaVerdict:
    """A permission stands only with its quorum; without, nobody forbade it: it is asked again."""
    evidence = verdict.evidence | quorum.as_evidence()
    if not verdict.allowed or quorum.is_met:
        return replace(verdict, evidence=evidence)
    return CaaVerdict(False, caa_problems.from_elsewhere(domain, quorum), True, evidence)


def _judge(domain: str, us: Applicant, network: Network) -> CaaVerdict:
    """The verdict of one network."""
    asked: list[dict[str, object]] = []
    evidence: dict[str, Any] = {"domain": domain, "identities": list(us.identities)}
    evidence["asked"] = asked
    evidence |= {"account": us.account, "method": us.label}
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
            ours = not late and is_deaf(name, answer.status, network)
            why = caa_problems.deaf if ours else caa_problems.unreachable
            return CaaVerdict(False, why(answer, domain), True, evidence)
        evidence["found_at"] = caa_problems.owner(answer)
        record, problem = _weigh(answer, domain, us)
        if record is not None:
            evidence["decided_by"] = _as_evidence(record)
        if problem is not None and problem.fix:
            evidence["fix"] = problem.fix
        if len(us.identities) > 1:
            evidence["permits"] = _permitted(answer, domain, us)
        return CaaVerdict(problem is None, problem, False, evidence)
    return CaaVerdict(True, None, False, evidence)


def _climb(name: str) -> Iterator[str]:
    """The name, then its parents up to and with the top-level domain (RFC 8659 3)."""
    while name:
        yield name
        name = name.partition(".")[2]


def _weigh(
    answer: CaaAnswer, domain: str, us: Applicant
) -> tuple[CaaRecord | None, Problem | None]:
    """The record that decides for us or against us, and what it says against us if anything."""
    for record in answer.records:
        if record.flags & CRITICAL and record.tag.lower() not in KNOWN_TAGS:
            return record, caa_problems.unknown_critical(answer, record, domain)
    relevant = _tagged(answer, "issuewild") if is_wildcard(domain) else []
    wild = bool(relevant)
    relevant = relevant or _tagged(answer, "issue")
    if not relevant:
        return None, None
    lacking = [(record, _lacks(record, us)) for record in relevant]
    for record, lack in lacking:
        if not lack:
            return record, None
    for record, lack in lacking:  # one that names us says more than those for others
        if lack == ACCOUNT:
            return record, caa_problems.other_account(answer, record, domain, us)
        if lack == METHODS:
            return record, caa_problems.other_method(answer, record, domain, us)
    return relevant[0], caa_problems.forbidden(answer, relevant, domain, us, wild)


def _permitted(answer: CaaAnswer, domain: str, us: Applicant) -> list[str]:
    """Those of several identities that may sign, each judged as if it stood alone."""
    alone = {each: replace(us, identities=(each,)) for each in us.identities}
    return [each for each, asker in alone.items() if _weigh(answer, domain, asker)[1] is None]


def _tagged(answer: CaaAnswer, tag: str) -> list[CaaRecord]:
    return [record for record in answer.records if record.tag.lower() == tag]


def _lacks(record: CaaRecord, us: Applicant) -> str:
    """What of `record` does not fit us: "issuer", a parameter of RFC 8657, or "" when all fits.

    Other parameters are the CA's own business, and this one has none (RFC 8659 4.2).
    """
    read = issuer(record.value)
    if read is None or not us.is_named(read[0]):
        return "issuer"
    for tag, fits in ((ACCOUNT, us.account), (METHODS, us.label)):
        said = [value for key, value in read[1] if key == tag]
        if not said:
            continue
        # Said twice or malformed it can be met by nobody (RFC 8657 3, 4).
        if len(said) > 1 or not fits:
            return tag
        if tag == ACCOUNT and said[0] != fits:  # simple comparison (RFC 3986 6.2.1)
            return tag
        if tag == METHODS and fits not in labels(said[0]):
            return tag
    return ""


def _as_evidence(record: CaaRecord) -> dict[str, object]:
    return {
        "flags": record.flags,
        "tag": printable(record.tag),
        "value": printable(record.value),
    }


def _seen(answer: CaaAnswer) -> dict[str, object]:
    return {
        "name": answer.name,
        "status": str(answer.status),
        "chain": several(answer.chain),
        "resolver": answer.resolver,
        "records": [_as_evidence(record) for record in answer.records[:MOST]],
        **dnssec(answer.dnssec),
    }

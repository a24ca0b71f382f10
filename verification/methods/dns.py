"""Proof by a DNS record: a TXT record at a label of its own (BR 3.2.2.4.7).

The label begins with an underscore, so that nobody who merely holds a host name below the domain
can have published it (BR 3.2.2.4.7: "a label that begins with an underscore character").
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _

from pki.names import is_wildcard, public_suffix, strip_wildcard
from verification import causes
from verification.evidence import dnssec, printable, quoted, several
from verification.network import DnsAnswer, DnsStatus, Network
from verification.outcome import Outcome, Problem, Question
from verification.own_resolver import is_deaf
from verification.perspectives import DEAF, Glance
from verification.second_look import PLAIN, Finding, SecondLook, Sought, is_damaged

LABEL = "_dnsauth"
RECORD_TYPE = "TXT"
METHODS = {"TXT": "DNS", "CNAME": "CNAME"}


def record_name(domain: str) -> str:
    """Where the record stands: at the domain; for wildcards and `www.` names at the parent.

    Not at a registry's own name: `www.co.uk` would be proved by whoever holds `co.uk`.
    """
    if is_wildcard(domain):
        return f"{LABEL}.{strip_wildcard(domain)}"
    first, _dot, parent = domain.partition(".")
    if first == "www" and parent and public_suffix(parent) != parent:
        return f"{LABEL}.{parent}"
    return f"{LABEL}.{domain}"


def check(question: Question, network: Network, now: datetime) -> Outcome:
    """Look for the value among the TXT records; the outcome says where we looked, what we saw."""
    return look(question, _sought(question, network), network, now, _problem)


def glance(question: Question, now: datetime, network: Network) -> Glance:
    """Whether another place sees the value too."""
    return glance_at(question, _sought(question, network), network)


def _sought(question: Question, network: Network) -> Sought:
    return Sought(
        RECORD_TYPE,
        question.value,
        network.txt,
        plain=str.strip,
        told=partial(_told, question),
        is_meant=lambda values: is_damaged(values, question.value),
    )


def glance_at(question: Question, sought: Sought, network: Network) -> Glance:
    answer = sought.ask(record_name(question.domain))
    agrees = answer.status is DnsStatus.OK and sought.is_among(answer.values)
    status = DEAF if is_deaf(answer.name, answer.status, network) else str(answer.status)
    return Glance(agrees, status, answer.values, answer.resolver)


def look(
    question: Question,
    sought: Sought,
    network: Network,
    now: datetime,
    problem: Callable[[DnsAnswer, str, Finding], Problem],
) -> Outcome:
    """Ask for the record, and for the cause when it is not there."""
    answer = sought.ask(record_name(question.domain))
    evidence = _evidence(answer, network, now)
    if answer.status is DnsStatus.OK and sought.is_among(answer.values):
        return Outcome(True, None, evidence)
    second = SecondLook(question.domain, sought, answer, network, now)
    finding = second.find() or Finding(PLAIN[answer.status])
    evidence |= second.evidence
    if finding.until is not None:
        evidence["kept_until"] = finding.until.isoformat()
    return Outcome(False, problem(answer, sought.value, finding), evidence)


def _told(question: Question, answer: DnsAnswer) -> Finding | None:
    """What the answer itself shows: a damaged value, an earlier one, an alias instead."""
    if is_damaged(answer.values, question.value):
        return Finding("dns.quoted_value")
    if any(value.strip() in question.earlier_values for value in answer.values):
        return Finding("dns.stale_value")
    if answer.chain:
        return Finding("dns.cname_conflict", {"target": printable(answer.chain[0], 255)})
    return None


def _evidence(answer: DnsAnswer, network: Network, now: datetime) -> dict[str, object]:
    evidence: dict[str, object] = {
        "method": METHODS[answer.rtype],
        "at": now.isoformat(),
        "name": answer.name,
        "type": answer.rtype,
        "status": str(answer.status),
        "values": several(answer.values),
        "resolver": answer.resolver,
        "ttl": answer.ttl,
    }
    if answer.rtype == RECORD_TYPE:  # an alias asked for itself leads nowhere
        evidence["chain"] = several(answer.chain)
    evidence |= dnssec(answer.dnssec)
    if network.marked:
        evidence["marked"] = network.marked
    return evidence


def told_of(answer: DnsAnswer, value: str) -> dict[str, object]:
    """What fills the sentences of causes."""
    return {
        "name": answer.name,
        "value": value,
        "found": quoted(answer.values),
        "resolver": answer.resolver or _("(none is configured)"),
        "ttl": answer.ttl,
    }


def _problem(answer: DnsAnswer, value: str, finding: Finding) -> Problem:
    params = told_of(answer, value)
    return causes.problem(finding.code, params | finding.params, finding.variant)

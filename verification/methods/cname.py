"""Proof by a DNS alias: the random value stands in the target of a CNAME (BR 3.2.2.4.7).

The alias stands where the TXT record of the DNS method would. It is read as it stands and never
followed: what its target answers proves nothing, and need not exist.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.conf import settings

from verification import causes
from verification.evidence import quoted
from verification.methods.dns import glance_at, look, told_of
from verification.network import DnsAnswer, Network
from verification.outcome import Outcome, Problem, Question
from verification.perspectives import Glance
from verification.second_look import Finding, Sought

RECORD_TYPE = "CNAME"
# A value is longer than a label may be (63 octets, RFC 1035 2.3.4), so that it is cut.
CUT = 32


def target(value: str) -> str:
    """Where the alias leads: the value in labels, two for one of ours, below a name of ours."""
    labels = [value[at : at + CUT] for at in range(0, len(value), CUT)]
    return ".".join([*labels, "dcv", settings.PKI_HOST])


def check(question: Question, network: Network, now: datetime) -> Outcome:
    """Look for the alias; names are compared without regard to case (RFC 4343)."""
    return look(question, _sought(question, network), network, now, _problem)


def glance(question: Question, now: datetime, network: Network) -> Glance:
    """Whether another place sees the alias too."""
    return glance_at(question, _sought(question, network), network)


def _sought(question: Question, network: Network) -> Sought:
    return Sought(
        RECORD_TYPE,
        target(question.value),
        network.cname,
        plain=_name,
        told=partial(_told, question),
        beside=network.txt,
    )


def _name(value: str) -> str:
    return value.rstrip(".").lower()


def _told(question: Question, answer: DnsAnswer) -> Finding | None:
    """What the answer itself shows: an earlier target, or ours with a domain added."""
    found = [_name(value) for value in answer.values]
    if any(_name(target(each)) in found for each in question.earlier_values):
        return Finding("dns.stale_value")
    if any(value.startswith(f"{_name(target(question.value))}.") for value in found):
        return Finding("dns.wrong_value", variant="cname_suffixed")
    return None


def _problem(answer: DnsAnswer, wanted: str, finding: Finding) -> Problem:
    params = told_of(answer, wanted) | {"target": wanted, "found": quoted(answer.values, 160)}
    return causes.problem(finding.code, params | finding.params, finding.variant or "cname")

"""Proof by a DNS record: a TXT record at a label of its own (BR 3.2.2.4.7).

The label begins with an underscore, so that nobody who merely holds a host name below the domain
can have published it (BR 3.2.2.4.7: "a label that begins with an underscore character").
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from pki.names import is_wildcard, public_suffix, strip_wildcard
from verification import causes
from verification.evidence import printable, several
from verification.network import DnsAnswer, DnsStatus, Network
from verification.outcome import Outcome, Problem, Question
from verification.second_look import Finding, SecondLook

LABEL = "_dnsauth"
RECORD_TYPE = "TXT"
MOST_SHOWN = 3


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
    answer = network.txt(record_name(question.domain))
    found = {value.strip() for value in answer.values}
    evidence = _evidence(answer, network, now)
    if answer.status is DnsStatus.OK and question.value in found:
        return Outcome(True, None, evidence)
    second = SecondLook(question, answer, network, now)
    finding = second.find() or Finding(_PLAIN[answer.status])
    evidence |= second.evidence
    if finding.until is not None:
        evidence["kept_until"] = finding.until.isoformat()
    return Outcome(False, _problem(answer, question.value, finding), evidence)


def _evidence(answer: DnsAnswer, network: Network, now: datetime) -> dict[str, object]:
    evidence: dict[str, object] = {
        "method": "DNS",
        "at": now.isoformat(),
        "name": answer.name,
        "type": answer.rtype,
        "status": str(answer.status),
        "values": several(answer.values),
        "chain": several(answer.chain),
        "resolver": answer.resolver,
        "ttl": answer.ttl,
    }
    if network.marked:
        evidence["marked"] = network.marked
    return evidence


def _problem(answer: DnsAnswer, value: str, finding: Finding) -> Problem:
    params = {
        "name": answer.name,
        "value": value,
        "found": ", ".join(f"“{printable(one, 80)}”" for one in answer.values[:MOST_SHOWN]),
        "resolver": answer.resolver or _("(none is configured)"),
        "ttl": answer.ttl or 0,
    }
    return causes.problem(finding.code, params | finding.params, finding.variant)


# What the first answer alone says.
_PLAIN = {
    DnsStatus.OK: "dns.wrong_value",
    DnsStatus.NODATA: "dns.absent",
    DnsStatus.NXDOMAIN: "dns.nxdomain",
    DnsStatus.SERVFAIL: "dns.servfail",
    DnsStatus.REFUSED: "dns.refused",
    DnsStatus.TIMEOUT: "dns.timeout",
    DnsStatus.BOGUS: "dns.bogus",
}

"""Proof by a DNS record: a TXT record at a label of its own (BR 3.2.2.4.7).

The label begins with an underscore, so that nobody who merely holds a host name below the domain
can have published it (BR 3.2.2.4.7: "a label that begins with an underscore character").
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from pki.names import is_wildcard, public_suffix, strip_wildcard
from verification.evidence import printable, several
from verification.network import DnsAnswer, DnsStatus, Network
from verification.outcome import Outcome, Problem, Question

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
    proved = answer.status is DnsStatus.OK and question.value in found
    return Outcome(
        proved=proved,
        problem=None if proved else _problem(answer, question.value),
        evidence=_evidence(answer, network, now),
    )


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


def _problem(answer: DnsAnswer, value: str) -> Problem:
    params = {
        "name": answer.name,
        "value": value,
        "found": ", ".join(f"“{printable(one, 80)}”" for one in answer.values[:MOST_SHOWN]),
        "resolver": answer.resolver or _("(none is configured)"),
        "ttl": answer.ttl or 0,
    }
    code, text = _explain(answer)
    return Problem(code, text % params)


def _explain(answer: DnsAnswer) -> tuple[str, str]:
    match answer.status:
        case DnsStatus.OK:
            return "dns.wrong_value", _(
                "At %(name)s we found TXT %(found)s, not the value of this order. Publish a TXT "
                "record with the value %(value)s; other records may stay. A changed record may "
                "take %(ttl)s seconds to be seen."
            )
        case DnsStatus.NODATA:
            return "dns.absent", _(
                "The name %(name)s exists but holds no TXT record. Publish a TXT record there "
                "with the value %(value)s."
            )
        case DnsStatus.NXDOMAIN:
            return "dns.nxdomain", _(
                "The name %(name)s does not exist in the DNS. Publish a TXT record with this name "
                "and the value %(value)s at the DNS host of the domain."
            )
        case DnsStatus.REFUSED:
            return "dns.refused", _(
                "The resolver %(resolver)s refused to answer for %(name)s. Check that the name "
                "servers of the domain answer for it to everybody; we ask again by ourselves."
            )
        case DnsStatus.BOGUS:
            return "dns.bogus", _(
                "The DNSSEC signatures for %(name)s do not hold. Correct the signatures or the DS "
                "record of the domain at its registry; we ask again by ourselves."
            )
        case DnsStatus.TIMEOUT:
            return "dns.timeout", _(
                "No answer for %(name)s came in time (asked: %(resolver)s). Check that the name "
                "servers of the domain can be reached; we ask again by ourselves."
            )
    return "dns.servfail", _(
        "The name servers of %(name)s gave no usable answer (SERVFAIL from %(resolver)s). Check "
        "the delegation and the DNSSEC of the domain; we ask again by ourselves."
    )

"""Proof by a DNS alias: the random value stands in the target of a CNAME (BR 3.2.2.4.7).

The alias stands where the TXT record of the DNS method would. It is read as it stands and never
followed: what its target answers proves nothing, and need not exist.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from verification.evidence import printable, several
from verification.methods.dns import record_name
from verification.network import DnsAnswer, DnsStatus, Network
from verification.outcome import Outcome, Problem, Question

RECORD_TYPE = "CNAME"
# A value is longer than a label may be (63 octets, RFC 1035 2.3.4), so that it is cut in two.
CUT = 32


def target(value: str) -> str:
    """Where the alias leads: the value in two labels, below a name of ours."""
    return f"{value[:CUT]}.{value[CUT:]}.dcv.{settings.PKI_HOST}"


def check(question: Question, network: Network, now: datetime) -> Outcome:
    """Look for the alias; names are compared without regard to case (RFC 4343)."""
    answer = network.cname(record_name(question.domain))
    found = {value.rstrip(".").lower() for value in answer.values}
    wanted = target(question.value)
    proved = answer.status is DnsStatus.OK and wanted.lower() in found
    evidence: dict[str, object] = {
        "method": "CNAME",
        "at": now.isoformat(),
        "name": answer.name,
        "type": answer.rtype,
        "status": str(answer.status),
        "values": several(answer.values),
        "resolver": answer.resolver,
        "ttl": answer.ttl,
    }
    if network.marked:
        evidence["marked"] = network.marked
    return Outcome(proved, None if proved else _problem(answer, wanted), evidence)


def _problem(answer: DnsAnswer, wanted: str) -> Problem:
    params = {
        "name": answer.name,
        "target": wanted,
        "found": ", ".join(f"“{printable(one, 160)}”" for one in answer.values),
        "resolver": answer.resolver or _("(none is configured)"),
        "status": answer.status,
        "ttl": answer.ttl or 0,
    }
    code, text = _explain(answer.status)
    return Problem(code, text % params)


def _explain(status: DnsStatus) -> tuple[str, str]:
    match status:
        case DnsStatus.OK:
            return "dns.wrong_value", _(
                "At %(name)s we found a CNAME to %(found)s, not to the target of this order. Let "
                "it lead to %(target)s. A changed record may take %(ttl)s seconds to be seen."
            )
        case DnsStatus.NODATA:
            return "dns.absent", _(
                "The name %(name)s exists but holds no CNAME. Remove its other records, and "
                "publish a CNAME there that leads to %(target)s."
            )
        case DnsStatus.NXDOMAIN:
            return "dns.nxdomain", _(
                "The name %(name)s does not exist in the DNS. Publish a CNAME with this name that "
                "leads to %(target)s at the DNS host of the domain."
            )
    return f"dns.{status.lower()}", _(
        "The CNAME of %(name)s could not be read (%(status)s from %(resolver)s). Check that the "
        "name servers of the domain answer everybody and that its DNSSEC signatures hold; we ask "
        "again by ourselves."
    )

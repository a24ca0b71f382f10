"""What the outside world says about the names of a draft: a look before anything is sent in.

It binds nobody: the verb looks again, and so does the authority.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from authorities import accounts
from authorities.brands import Brand
from certificates.catalogue import DomainType
from certificates.story import Certificate
from certificates.wishes import caa_applicant
from pki.names import strip_wildcard
from verification import caa
from verification.methods import dns
from verification.network import DnsAnswer, DnsStatus
from verification.reuse import newest_proof

if TYPE_CHECKING:
    from verification.network import Network

MOST_NAMES = 20  # of several: each is asked for twice, and a page waits for it


@dataclass(frozen=True)
class Seen:
    """One line of what was seen."""

    tone: str
    subject: str
    text: str
    code: str = ""


def look(
    names: Sequence[str], method: str, certificate: Certificate, network: Network, now: datetime
) -> dict[str, Any]:
    """Ask for every name, outside any transaction; the answer fits into a draft."""
    brand = str(Brand(certificate.product.brand).label)
    seen = []
    for name in names[:MOST_NAMES]:
        asker = caa_applicant(name, certificate, method, now)
        seen.append(of_caa(accounts.may_issue(name, asker, network), name, brand))
        if method == "DNS":
            seen.append(_record(name, network))
        if method == "CNAME":
            seen.append(_alias(name, network))
        seen.append(_public(name, certificate))
    if len(names) > MOST_NAMES:
        told = _("%(count)d more are looked at when you submit.")
        left = told % {"count": len(names) - MOST_NAMES}
        seen.append(Seen("ca", _("Names"), left))
    return {
        "names": list(names),
        "method": method,
        "at": now.isoformat(),
        "seen": [asdict(each) for each in seen],
        "account": accounts.account_uri(certificate.product.brand, certificate.project_id),
        "binding": [
            caa.binding_line(strip_wildcard(name), caa_applicant(name, certificate, method, now))
            for name in names[:1]
        ],
    }


def of_caa(verdict: caa.CaaVerdict, name: str, brand: str) -> Seen:
    if verdict.problem is None:
        told = _("%(brand)s may issue for %(name)s.") % {"brand": brand, "name": name}
        return Seen("done", "CAA", told)
    tone = "you" if verdict.retryable else "problem"
    return Seen(tone, "CAA", verdict.problem.message, verdict.problem.code)


def _record(name: str, network: Network) -> Seen:
    at = dns.record_name(name)
    answer = network.txt(at)
    if answer.status in (DnsStatus.NODATA, DnsStatus.NXDOMAIN):
        told = _("no record at %(at)s yet. You get it when the proof is asked for.")
        return Seen("you", "DNS", told % {"at": at})
    if answer.status is DnsStatus.OK:
        told = _("a record stands at %(at)s. The new one gets a value of its own beside it.")
        return Seen("you", "DNS", told % {"at": at})
    return _unreadable(answer)


def _alias(name: str, network: Network) -> Seen:
    at = dns.record_name(name)
    answer = network.cname(at)
    if answer.status in (DnsStatus.NODATA, DnsStatus.NXDOMAIN):
        told = _("no alias at %(at)s yet. You get its target when the proof is asked for.")
        return Seen("you", "DNS", told % {"at": at})
    if answer.status is DnsStatus.OK:
        told = _("an alias stands at %(at)s. The new target will have to replace it.")
        return Seen("you", "DNS", told % {"at": at})
    return _unreadable(answer)


def _unreadable(answer: DnsAnswer) -> Seen:
    told = _("%(at)s could not be read (%(status)s). Check the name servers of the domain.")
    params = {"at": answer.name, "status": answer.status}
    return Seen("you", "DNS", told % params, "dns.unreadable")


def _public(name: str, certificate: Certificate) -> Seen:
    kind = str(DomainType(certificate.product.domain_type).label)
    told = _("%(name)s is a public domain of the product’s type (%(kind)s).")
    return Seen("done", _("Name"), told % {"name": name, "kind": kind})


def unproved(names: Sequence[str], certificate: Certificate, now: datetime) -> bool:
    """Whether any name lacks a proof that may still be used."""
    project = certificate.project_id
    return any(newest_proof(project, name, now) is None for name in names)

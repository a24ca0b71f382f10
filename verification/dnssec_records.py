"""What single records of DNSSEC say, and how they are found in an answer."""

from __future__ import annotations

from collections.abc import Iterator

import dns.dnssec
import dns.dnssecalgs
import dns.exception
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.dnssectypes import Algorithm, DSDigest
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS

# A SHA-1 digest does not count beside a better one (RFC 4509 3).
DIGESTS = (DSDigest.SHA384, DSDigest.SHA256, DSDigest.SHA1)
# RSAMD5 and DSA prove nothing any more (RFC 9904): a zone that has nothing else is unsigned.
REFUSED = frozenset(
    {
        Algorithm.RSAMD5,
        Algorithm.DSA,
        Algorithm.DSANSEC3SHA1,
    }
)


def told_of(rrset: dns.rrset.RRset) -> str:
    kind = dns.rdatatype.to_text(rrset.rdtype)
    return f"{kind} {rrset.name.to_text(omit_final_dot=True)}"


def signatures_of(section: list[dns.rrset.RRset], rrset: dns.rrset.RRset) -> dns.rrset.RRset | None:
    wanted = rrset.name, dns.rdataclass.IN, dns.rdatatype.RRSIG, rrset.rdtype
    return next((each for each in section if each.match(*wanted)), None)


def labels_of(name: dns.name.Name) -> int:
    """As a signature counts them: without the root's, and without a star (RFC 4034 3.1.3)."""
    return len(name) - (2 if name.is_wild() else 1)


def dname_of(response: dns.message.Message, alias: dns.rrset.RRset) -> dns.rrset.RRset | None:
    """The DNAME record from which an unsigned alias was made (RFC 6672 3.1), if it was."""
    if alias.rdtype != dns.rdatatype.CNAME:
        return None
    for each in response.answer:
        if each.rdtype != dns.rdatatype.DNAME or alias.name == each.name:
            continue
        if not alias.name.is_subdomain(each.name):
            continue
        try:
            made = alias.name.relativize(each.name).derelativize(each[0].target)
        except dns.name.NameTooLong:  # no alias is made then (RFC 6672 2.2)
            continue
        if made == alias[0].target:
            return each
    return None


def is_known(ds: DS) -> bool:
    """Whether we can compute its digest and check signatures of its algorithm (RFC 4035 5.2)."""
    if ds.digest_type not in DIGESTS:
        return False
    try:
        dns.dnssecalgs.get_algorithm_cls(ds.algorithm)
    except dns.exception.UnsupportedAlgorithm:
        return False
    return ds.algorithm not in REFUSED


def tag_of(record: dns.rdata.Rdata) -> tuple[int, int]:
    """Tag and algorithm of the key that a DS or DNSKEY record is or names (RFC 4034 5.2)."""
    if isinstance(record, DNSKEY):
        return dns.dnssec.key_id(record), record.algorithm
    assert isinstance(record, DS)
    return record.key_tag, record.algorithm


def is_named(zone: dns.name.Name, key: DNSKEY, by: dns.rdata.Rdata) -> bool:
    """Whether a DS or DNSKEY record names this very key."""
    if not isinstance(by, DS):
        return bool(by == key)
    try:
        return bool(dns.dnssec.make_ds(zone, key, by.digest_type, validating=True) == by)
    except (dns.exception.DNSException, ValueError):
        return False


def aliases(response: dns.message.Message, names: list[dns.name.Name]) -> Iterator[dns.rrset.RRset]:
    """The alias records at those names, as the answer holds them."""
    for name in names:
        rrset = response.get_rrset(response.answer, name, dns.rdataclass.IN, dns.rdatatype.CNAME)
        if rrset is not None:
            yield rrset

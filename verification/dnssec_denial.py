"""What NSEC and NSEC3 records prove about names and types that are not there.

RFC 4035 5.4, RFC 5155 8, and the cautions of RFC 6840 4. Pure: the records given are of one zone,
and their signatures hold already.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.NSEC3 import NSEC3

RdataType = dns.rdatatype.RdataType
SHA1 = 1
OPT_OUT = 1
# More rounds of hashing than this make a look-up dear and nothing safer (RFC 9276 3.2).
MOST_ITERATIONS = 150


class Denial(Enum):
    """NOT_PROVED: the records do not say it. OPT_OUT: an unsigned delegation may be there."""

    NOT_PROVED = auto()
    OPT_OUT = auto()
    PROVED = auto()


class Cut(Enum):
    """What stands between a zone and a name below it."""

    NOT_PROVED = auto()
    NONE = auto()
    UNSIGNED = auto()  # a delegation to a zone that is not signed


@dataclass(frozen=True)
class Proofs:
    """The NSEC or NSEC3 records of `zone` in one answer."""

    zone: dns.name.Name
    nsec: tuple[dns.rrset.RRset, ...] = ()
    nsec3: tuple[dns.rrset.RRset, ...] = ()

    def denies(self, name: dns.name.Name, kind: RdataType) -> Denial:
        """Whether `name` has no record of `kind`, because it does not exist or lacks the type."""
        if self.nsec:
            proved = _lacks_type(self, name, kind) or _lacks_name(self, name, kind)
            return Denial.PROVED if proved else Denial.NOT_PROVED
        return _denied_by_hash(self, name, kind)

    def has_no_exact(self, name: dns.name.Name, labels: int) -> bool:
        """Whether a wildcard above stood in for `name`, which has nothing closer of its own.

        `labels`: of the wildcard without its star, as its signature counts them. What must not
        exist, not even as the way to names further down, is the name one label longer: a wildcard
        does not reach past a name that exists (RFC 4035 5.3.4, RFC 4592 2.2.1).
        """
        closer = name.split(labels + 2)[1]  # with the root's empty label
        for rrset in self.nsec:
            if _covers(rrset, closer, self.zone) and not rrset[0].next.is_subdomain(closer):
                return True
        return any(self._hash_covers(rrset, closer) for rrset in self.nsec3)

    def cut(self, name: dns.name.Name) -> Cut:
        """Whether a zone of its own begins at `name`, for which no DS was found."""
        for rrset in self.nsec:
            if rrset.name == name:
                return _cut_by(rrset)
            if _covers(rrset, name, self.zone):
                return Cut.NONE
        for rrset in self.nsec3:
            if self._hash_matches(rrset, name):
                return _cut_by(rrset)
        covering = self._next_closer(name)
        if covering is None:
            return Cut.NOT_PROVED
        return Cut.UNSIGNED if covering[0].flags & OPT_OUT else Cut.NONE

    def _next_closer(self, name: dns.name.Name) -> dns.rrset.RRset | None:
        """The record that covers what would lead on to `name` from its nearest existing ancestor.

        RFC 5155 8.3: the ancestor is proved by its own record, which is no delegation.
        """
        closer = name
        while closer != self.zone and len(closer) > 1:
            encloser = closer.parent()
            matching = next(
                (each for each in self.nsec3 if self._hash_matches(each, encloser)), None
            )
            if matching is not None:
                if _leads_away(matching):
                    return None
                return next((each for each in self.nsec3 if self._hash_covers(each, closer)), None)
            closer = encloser
        return None

    def _encloser(self, name: dns.name.Name) -> dns.name.Name | None:
        here = name
        while here != self.zone and len(here) > 1:
            here = here.parent()
            if any(self._hash_matches(each, here) for each in self.nsec3):
                return here
        return None

    def _hash_matches(self, rrset: dns.rrset.RRset, name: dns.name.Name) -> bool:
        return _hash(rrset[0], name) == _owner_hash(rrset)

    def _hash_covers(self, rrset: dns.rrset.RRset, name: dns.name.Name) -> bool:
        hashed, owner = _hash(rrset[0], name), _owner_hash(rrset)
        following = base64.b32hexencode(rrset[0].next).decode().rstrip("=")
        if owner < following:
            return owner < hashed < following
        return hashed > owner or hashed < following  # the last one leads back to the first


def is_usable(record: NSEC3) -> bool:
    """An NSEC3 record of the only hash there is, with a bearable number of rounds."""
    return bool(record.algorithm == SHA1 and record.iterations <= MOST_ITERATIONS)


def types(rrset: dns.rrset.RRset) -> frozenset[int]:
    """The types that exist at the owner, from the bit map (RFC 4034 4.1.2)."""
    return frozenset(
        window * 256 + byte * 8 + bit
        for record in rrset
        for window, bits in record.windows
        for byte, octet in enumerate(bits)
        for bit in range(8)
        if octet & (0x80 >> bit)
    )


def _cut_by(rrset: dns.rrset.RRset) -> Cut:
    held = types(rrset)
    if dns.rdatatype.DS in held or dns.rdatatype.SOA in held:
        return Cut.NOT_PROVED  # it has a DS, or speaks for the child (RFC 6840 4.4)
    return Cut.UNSIGNED if dns.rdatatype.NS in held else Cut.NONE


def _leads_away(rrset: dns.rrset.RRset) -> bool:
    """Whether the owner is a delegation or an alias of all below, so that it denies nothing there.

    RFC 6840 4.1.
    """
    held = types(rrset)
    is_delegation = dns.rdatatype.NS in held and dns.rdatatype.SOA not in held
    return is_delegation or dns.rdatatype.DNAME in held


def _says_no(rrset: dns.rrset.RRset, kind: RdataType) -> bool:
    """Whether the record at the very name denies `kind` there (RFC 6840 4.1, 4.3)."""
    held = types(rrset)
    if kind in held or dns.rdatatype.CNAME in held:
        return False
    return dns.rdatatype.NS not in held or dns.rdatatype.SOA in held


def _covers(rrset: dns.rrset.RRset, name: dns.name.Name, zone: dns.name.Name) -> bool:
    """Whether `name` falls into the gap of an NSEC record, in canonical order (RFC 4034 6.1)."""
    owner, following = rrset.name, rrset[0].next
    if name.is_subdomain(owner) and _leads_away(rrset):
        return False
    if following == zone:  # the last one
        return name > owner and name.is_subdomain(zone)
    return bool(owner < name < following)


def _lacks_type(proofs: Proofs, name: dns.name.Name, kind: RdataType) -> bool:
    for rrset in proofs.nsec:
        if rrset.name == name:
            return _says_no(rrset, kind)
        if _covers(rrset, name, proofs.zone) and rrset[0].next.is_subdomain(name):
            return True  # nothing but the way to names further down
    return False


def _lacks_name(proofs: Proofs, name: dns.name.Name, kind: RdataType) -> bool:
    """The name is in a gap, and so is the wildcard that might stand in, or it lacks the type."""
    gap = next((each for each in proofs.nsec if _covers(each, name, proofs.zone)), None)
    if gap is None:
        return False
    ends = (gap.name, gap[0].next)
    encloser = max((_shared(name, each) for each in ends), key=len)
    wildcard = dns.name.Name((b"*", *encloser.labels))
    return any(
        _says_no(each, kind) if each.name == wildcard else _covers(each, wildcard, proofs.zone)
        for each in proofs.nsec
    )


def _shared(first: dns.name.Name, second: dns.name.Name) -> dns.name.Name:
    _relation, _order, labels = first.fullcompare(second)
    return first.split(labels)[1]


def _denied_by_hash(proofs: Proofs, name: dns.name.Name, kind: RdataType) -> Denial:
    for rrset in proofs.nsec3:
        if proofs._hash_matches(rrset, name):
            return Denial.PROVED if _says_no(rrset, kind) else Denial.NOT_PROVED
    covering = proofs._next_closer(name)
    encloser = proofs._encloser(name)
    if covering is None or encloser is None:
        return Denial.NOT_PROVED
    if covering[0].flags & OPT_OUT:
        return Denial.OPT_OUT
    wildcard = dns.name.Name((b"*", *encloser.labels))
    for rrset in proofs.nsec3:
        if proofs._hash_matches(rrset, wildcard):
            return Denial.PROVED if _says_no(rrset, kind) else Denial.NOT_PROVED
        if proofs._hash_covers(rrset, wildcard):
            return Denial.PROVED
    return Denial.NOT_PROVED


def _hash(record: NSEC3, name: dns.name.Name) -> str:
    return dns.dnssec.nsec3_hash(name, record.salt, record.iterations, record.algorithm)


def _owner_hash(rrset: dns.rrset.RRset) -> str:
    return str(rrset.name.labels[0].decode("ascii", "replace")).upper()


def of_zone(zone: dns.name.Name, rrsets: Sequence[dns.rrset.RRset]) -> Proofs:
    """The records that may prove something about `zone`; others are left out."""
    nsec = tuple(
        each
        for each in rrsets
        if each.rdtype == dns.rdatatype.NSEC and each.name.is_subdomain(zone)
    )
    nsec3 = tuple(
        each
        for each in rrsets
        if each.rdtype == dns.rdatatype.NSEC3
        and each.name != dns.name.root
        and each.name.parent() == zone
        and is_usable(each[0])
    )
    return Proofs(zone, nsec, nsec3)

"""DNSSEC judged by ourselves, from a trust anchor down to the answer.

RFC 4033 to 4035, 5155, 6840.

The resolvers only carry records; that one of them vouches (the AD bit) is no proof. From the
nearest anchor we walk down label by label: a DS with the child's matching key leads on, a proof
that there is none ends in an unsigned zone, anything else is bogus. What is needed and cannot be
asked leaves the answer unjudged, and then it counts as no answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import dns.dnssec
import dns.dnssecalgs
import dns.exception
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rrset
from dns.dnssectypes import Algorithm, DSDigest
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS
from dns.rdtypes.ANY.RRSIG import RRSIG
from dns.rdtypes.dnskeybase import Flag

from verification.dnssec_denial import Cut, Denial, Proofs, of_zone
from verification.dnssec_keys import KeyMemory, Zone, is_named, tag_of
from verification.trust_anchors import Anchors, closest

# An answer may not make us work for ever (CVE-2023-50387): signatures and digests tried in one
# look-up, and signatures of one record set; keys, DS records and digests that fail of one zone;
# denials read of one answer; questions asked beside the one of the caller.
MOST_SIGNATURES = 64
MOST_OF_ONE_SET = 4
MOST_KEYS = 64
MOST_DS = 16
MOST_FAILED_DIGESTS = 4
MOST_DENIALS = 8
MOST_QUESTIONS = 40
DENIALS = (dns.rdatatype.NSEC, dns.rdatatype.NSEC3)
# A SHA-1 digest does not count beside a better one (RFC 4509 3).
DIGESTS = (DSDigest.SHA384, DSDigest.SHA256, DSDigest.SHA1)


class State(StrEnum):
    """RFC 4033 5. INDETERMINATE: no anchor stands above the name, or the chain is not readable."""

    SECURE = "secure"
    INSECURE = "insecure"
    BOGUS = "bogus"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True)
class Verdict:
    """`is_unread` says that a question which the chain needs was not answered."""

    state: State
    reason: str = ""
    is_unread: bool = False

    @property
    def weight(self) -> int:
        """The heavier of two verdicts about parts of one answer is that of the whole."""
        if self.is_unread:
            return 3
        order = (State.SECURE, State.INDETERMINATE, State.INSECURE)
        return 4 if self.state is State.BOGUS else order.index(self.state)


class _Ended(Exception):
    """The walk ends before it has a signed zone to judge with."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


Ask = Callable[[dns.name.Name, dns.rdatatype.RdataType], "dns.message.Message | None"]


class Chain:
    """The judge of one look-up. `ask` asks the look-up's own resolvers.

    `now` in seconds since 1970: signatures hold from one moment to another. `deadline` on the
    monotonic clock: what is not judged then stays unjudged.
    """

    def __init__(
        self, anchors: Anchors, ask: Ask, now: float, memory: KeyMemory, deadline: float
    ) -> None:
        self._anchors, self._ask, self._now, self._memory = anchors, ask, now, memory
        self._deadline = deadline
        self._tried = 0
        self._questions = 0
        self._has_recalled = False

    def of_records(self, response: dns.message.Message, rrset: dns.rrset.RRset) -> Verdict:
        """The state of one record set of the answer section, an alias included."""
        found = _signatures(response.answer, rrset)
        if found is None and (parent := _dname(response, rrset)) is not None:
            rrset, found = parent, _signatures(response.answer, parent)
        return self._verdict(rrset.name, found, lambda zone: self._holds(zone, response, rrset))

    def of_absence(
        self, response: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType
    ) -> Verdict:
        """The state of the answer that `name` has no record of that type."""
        sets = [each for each in response.authority if each.rdtype in DENIALS]
        found = _signatures(response.authority, sets[0]) if sets else None

        def judge(zone: Zone) -> Verdict:
            match self._proofs(zone, response).denies(name, kind):
                case Denial.PROVED:
                    return Verdict(State.SECURE)
                case Denial.OPT_OUT:
                    return Verdict(
                        State.INSECURE, f"{zone.told} leaves unsigned zones out (opt-out)"
                    )
            return Verdict(State.BOGUS, f"{zone.told} is signed, and does not prove the absence")

        return self._verdict(name, found, judge)

    def _verdict(
        self,
        name: dns.name.Name,
        signatures: dns.rrset.RRset | None,
        judge: Callable[[Zone], Verdict],
    ) -> Verdict:
        """Walk to the zone that signed, else as far down as the name goes, and judge there.

        What is bogus by remembered keys is judged once more by those of now: keys may have changed.
        """
        signers = {each.signer for each in signatures or () if name.is_subdomain(each.signer)}
        signer = max(signers, key=len, default=name)
        self._has_recalled = False
        found = self._judged(signer, judge)
        if found.state is State.BOGUS and self._has_recalled:
            self._memory.forget(signer)
            found = self._judged(signer, judge)
        return found

    def _judged(self, signer: dns.name.Name, judge: Callable[[Zone], Verdict]) -> Verdict:
        try:
            return judge(self._zone_of(signer))
        except _Ended as ended:
            return ended.verdict

    def _holds(self, zone: Zone, response: dns.message.Message, rrset: dns.rrset.RRset) -> Verdict:
        held = self._signed_by(zone, rrset, _signatures(response.answer, rrset))
        if held is None:
            return Verdict(State.BOGUS, f"no signature of {zone.told} holds for {_told(rrset)}")
        if held.labels < _labels(rrset.name):
            proofs = self._proofs(zone, response)
            if not proofs.has_no_exact(rrset.name, held.labels):
                return Verdict(State.BOGUS, f"nothing proves that a wildcard made {_told(rrset)}")
        return Verdict(State.SECURE)

    def _proofs(self, zone: Zone, response: dns.message.Message) -> Proofs:
        """The denials of the answer whose signatures hold; none that a wildcard made."""
        sets = [each for each in response.authority if each.rdtype in DENIALS][:MOST_DENIALS]
        held = []
        for rrset in sets:
            signed = self._signed_by(zone, rrset, _signatures(response.authority, rrset))
            if signed is not None and signed.labels == _labels(rrset.name):
                held.append(rrset)
        return of_zone(zone.name, held)

    def _zone_of(self, name: dns.name.Name) -> Zone:
        """The signed zone that `name` belongs to. Raises _Ended when none is found."""
        top = closest(self._anchors, name)
        if top is None:
            raise _Ended(Verdict(State.INDETERMINATE, "no trust anchor stands above the name"))
        zone = self._recalled(top) or self._remember(self._anchored(top))
        for count in range(len(top) + 1, len(name) + 1):
            zone = self._step(zone, name.split(count)[1])
        return zone

    def _step(self, zone: Zone, child: dns.name.Name) -> Zone:
        """From `zone` to the zone of `child`: its own when one begins there, else the same."""
        if (known := self._recalled(child)) is not None:
            return known
        if self._memory.is_inside(child, self._now):
            self._has_recalled = True
            return zone
        response = self._question(child, dns.rdatatype.DS)
        rrset = response.get_rrset(response.answer, child, dns.rdataclass.IN, dns.rdatatype.DS)
        if rrset is not None:
            _demand_few(rrset, MOST_DS)
            held = self._signed_by(zone, rrset, _signatures(response.answer, rrset))
            if held is None:
                raise _bogus(f"no signature of {zone.told} holds for {_told(rrset)}")
            until = min(self._now + int(rrset.ttl), float(held.expiration))
            return self._remember(self._delegated(child, rrset, until))
        if self._is_alias(zone, child, response):
            return zone
        match self._proofs(zone, response).cut(child):
            case Cut.UNSIGNED:
                told = child.to_text(omit_final_dot=True)
                raise _Ended(Verdict(State.INSECURE, f"{told} is delegated without a DS record"))
            case Cut.NONE:
                self._memory.note_inside(child, self._now)
                return zone
        raise _bogus(f"{zone.told} does not prove that {child} has no DS record")

    def _is_alias(self, zone: Zone, child: dns.name.Name, response: dns.message.Message) -> bool:
        """An alias stands alone at its name, so that no zone begins there (RFC 1034 3.6.2)."""
        alias = response.get_rrset(response.answer, child, dns.rdataclass.IN, dns.rdatatype.CNAME)
        if alias is None:
            return False
        return self._signed_by(zone, alias, _signatures(response.answer, alias)) is not None

    def _anchored(self, top: dns.name.Name) -> Zone:
        return self._with_keys(top, [each.record for each in self._anchors if each.zone == top])

    def _delegated(self, child: dns.name.Name, ds: dns.rrset.RRset, until: float) -> Zone:
        usable = [each for each in ds if _is_known(each)]
        if not usable:
            told = child.to_text(omit_final_dot=True)
            raise _Ended(Verdict(State.INSECURE, f"the DS records of {told} are of unknown kinds"))
        best = min(DIGESTS.index(each.digest_type) for each in usable)
        if DIGESTS[best] is not DSDigest.SHA1:
            usable = [each for each in usable if each.digest_type != DSDigest.SHA1]
        zone = self._with_keys(child, usable)
        return replace(zone, until=min(zone.until, until))

    def _with_keys(self, name: dns.name.Name, named: Sequence[dns.rdata.Rdata]) -> Zone:
        """The zone with its keys, signed by one that is named from above (RFC 4035 5.2)."""
        response = self._question(name, dns.rdatatype.DNSKEY)
        rrset = response.get_rrset(response.answer, name, dns.rdataclass.IN, dns.rdatatype.DNSKEY)
        told = name.to_text(omit_final_dot=len(name) > 1)
        if rrset is None:
            raise _bogus(f"{told} has no DNSKEY records, though its parent says that it is signed")
        _demand_few(rrset, MOST_KEYS)
        trusted = self._trusted(name, rrset, named)
        if not trusted:
            raise _bogus(f"no DNSKEY of {told} is the one that its DS record or our anchor names")
        entry = Zone(name, trusted, self._now)
        held = self._signed_by(entry, rrset, _signatures(response.answer, rrset))
        if held is None:
            raise _bogus(f"no trusted key of {told} signs its DNSKEY records now")
        keys = dns.rdataset.from_rdata_list(int(rrset.ttl), list(rrset))
        return Zone(name, keys, min(self._now + int(rrset.ttl), float(held.expiration)))

    def _trusted(
        self, name: dns.name.Name, keys: dns.rrset.RRset, named: Sequence[dns.rdata.Rdata]
    ) -> dns.rdataset.Rdataset:
        """The keys that DS or DNSKEY records name. Tags may be made to collide: who has keys that
        look like named ones and are not is bogus after a few of them."""
        by_tag: dict[tuple[int, int], list[DNSKEY]] = {}
        for key in keys:
            if key.flags & Flag.ZONE:
                by_tag.setdefault(tag_of(key), []).append(key)
        trusted = dns.rdataset.Rdataset(dns.rdataclass.IN, dns.rdatatype.DNSKEY, ttl=keys.ttl)
        failed = 0
        for record in named:
            for key in by_tag.get(tag_of(record), ()):
                if key in trusted:
                    continue
                self._spend(1)
                if is_named(name, key, record):
                    trusted.add(key)
                    break
                failed += 1
                if failed >= MOST_FAILED_DIGESTS:
                    told = name.to_text(omit_final_dot=len(name) > 1)
                    raise _bogus(f"too many DNSKEY of {told} have the tag of one that is named")
        return trusted

    def _recalled(self, name: dns.name.Name) -> Zone | None:
        zone = self._memory.zone(name, self._now)
        self._has_recalled |= zone is not None
        return zone

    def _remember(self, zone: Zone) -> Zone:
        self._memory.note(zone, self._now)
        return zone

    def _signed_by(
        self, zone: Zone, rrset: dns.rrset.RRset, signatures: dns.rrset.RRset | None
    ) -> RRSIG | None:
        """The first signature by a key of `zone` that holds now, if any."""
        ours = [each for each in signatures or () if each.signer == zone.name]
        signature: RRSIG
        for signature in ours[:MOST_OF_ONE_SET]:
            keys = zone.keys_for(signature, MOST_OF_ONE_SET)
            self._spend(max(len(keys), 1))
            try:
                dns.dnssec.validate_rrsig(rrset, signature, {zone.name: keys}, now=self._now)
            except (dns.exception.DNSException, ValueError):
                continue
            return signature
        return None

    def _spend(self, count: int) -> None:
        """Before so many signatures or digests are tried. Raises _Ended when it is too much."""
        self._tried += count
        if self._tried > MOST_SIGNATURES:
            raise _bogus("the answer has more signatures than we try")
        if time.monotonic() > self._deadline:
            reason = "the signatures could not be checked in time"
            raise _Ended(Verdict(State.INDETERMINATE, reason, is_unread=True))

    def _question(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> dns.message.Message:
        self._questions += 1
        response = self._ask(name, kind) if self._questions <= MOST_QUESTIONS else None
        if response is None:
            told = f"{name.to_text()} {dns.rdatatype.to_text(kind)}"
            reason = f"{told} could not be read, which the chain of signatures needs"
            raise _Ended(Verdict(State.INDETERMINATE, reason, is_unread=True))
        return response


def _bogus(reason: str) -> _Ended:
    return _Ended(Verdict(State.BOGUS, reason))


def _demand_few(rrset: dns.rrset.RRset, most: int) -> None:
    if len(rrset) > most:
        raise _bogus(f"{_told(rrset)} has {len(rrset)} records, of which we read {most} at most")


def _told(rrset: dns.rrset.RRset) -> str:
    kind = dns.rdatatype.to_text(rrset.rdtype)
    return f"{kind} {rrset.name.to_text(omit_final_dot=True)}"


def _signatures(section: list[dns.rrset.RRset], rrset: dns.rrset.RRset) -> dns.rrset.RRset | None:
    wanted = rrset.name, dns.rdataclass.IN, dns.rdatatype.RRSIG, rrset.rdtype
    return next((each for each in section if each.match(*wanted)), None)


def _labels(name: dns.name.Name) -> int:
    """As a signature counts them: without the root's, and without a star (RFC 4034 3.1.3)."""
    return len(name) - (2 if name.is_wild() else 1)


def _dname(response: dns.message.Message, alias: dns.rrset.RRset) -> dns.rrset.RRset | None:
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


def _is_known(ds: DS) -> bool:
    """Whether we can compute its digest and check signatures of its algorithm (RFC 4035 5.2)."""
    if ds.digest_type not in DIGESTS:
        return False
    try:
        dns.dnssecalgs.get_algorithm_cls(ds.algorithm)
    except dns.exception.UnsupportedAlgorithm:
        return False
    return ds.algorithm not in REFUSED


# RSAMD5 and DSA prove nothing any more (RFC 9904): a zone that has nothing else is unsigned.
REFUSED = frozenset(
    {
        Algorithm.RSAMD5,
        Algorithm.DSA,
        Algorithm.DSANSEC3SHA1,
    }
)


def aliases(response: dns.message.Message, names: list[dns.name.Name]) -> Iterator[dns.rrset.RRset]:
    """The alias records at those names, as the answer holds them."""
    for name in names:
        rrset = response.get_rrset(response.answer, name, dns.rdataclass.IN, dns.rdatatype.CNAME)
        if rrset is not None:
            yield rrset

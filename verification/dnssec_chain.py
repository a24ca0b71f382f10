"""DNSSEC judged by ourselves, from a trust anchor down to the answer.

RFC 4033 to 4035, 5155, 6840.

The resolvers only carry records; that one of them vouches (the AD bit) is no proof. From the
nearest anchor we walk down label by label: a DS with the child's matching key leads on, a proof
that there is none ends in an unsigned zone, anything else is bogus. What is needed and cannot be
asked leaves the answer unjudged, and then it counts as no answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
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
from dns.dnssectypes import DSDigest
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.RRSIG import RRSIG
from dns.rdtypes.dnskeybase import Flag

from verification.dnssec_denial import Cut, Denial, Proofs, of_zone
from verification.dnssec_keys import KeyMemory, Zone
from verification.dnssec_records import (
    DIGESTS,
    dname_of,
    is_known,
    is_named,
    labels_of,
    signatures_of,
    tag_of,
    told_of,
)
from verification.reasons import of_signatures
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
        found = signatures_of(response.answer, rrset)
        if found is None and (parent := dname_of(response, rrset)) is not None:
            rrset, found = parent, signatures_of(response.answer, parent)
        return self._verdict(rrset.name, found, lambda zone: self._holds(zone, response, rrset))

    def of_absence(
        self, response: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType
    ) -> Verdict:
        """The state of the answer that `name` has no record of that type."""
        sets = [each for each in response.authority if each.rdtype in DENIALS]
        found = signatures_of(response.authority, sets[0]) if sets else None

        def judge(zone: Zone) -> Verdict:
            match self._proofs(zone, response).denies(name, kind):
                case Denial.PROVED:
                    return Verdict(State.SECURE)
                case Denial.OPT_OUT:
                    return Verdict(State.INSECURE, of_signatures("opt_out", zone=zone.told))
            return Verdict(State.BOGUS, of_signatures("absence", zone=zone.told))

        return self._verdict(name, found, judge)

    def _verdict(
        self,
        name: dns.name.Name,
        signatures: dns.rrset.RRset | None,
        judge: Callable[[Zone], Verdict],
    ) -> Verdict:
        """Walk to the zone that signed, else as far down as the name goes, and judge there.

        What is bogus by remembered keys is judged once more by those of now: keys may have changed.
        Who signed is anybody's word: below an anchor nobody above it is believed.
        """
        top = closest(self._anchors, name) or dns.name.root
        lowest = (each.signer for each in signatures or () if name.is_subdomain(each.signer))
        signers = {each for each in lowest if each.is_subdomain(top)}
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
        held = self._signed_by(zone, rrset, signatures_of(response.answer, rrset))
        if held is None:
            words = {"zone": zone.told, "records": told_of(rrset)}
            return Verdict(State.BOGUS, of_signatures("unsigned", **words))
        if held.labels < labels_of(rrset.name):
            proofs = self._proofs(zone, response)
            if not proofs.has_no_exact(rrset.name, held.labels):
                why = of_signatures("wildcard", records=told_of(rrset))
                return Verdict(State.BOGUS, why)
        return Verdict(State.SECURE)

    def _proofs(self, zone: Zone, response: dns.message.Message) -> Proofs:
        """The denials of the answer whose signatures hold; none that a wildcard made."""
        sets = [each for each in response.authority if each.rdtype in DENIALS][:MOST_DENIALS]
        held = []
        for rrset in sets:
            signed = self._signed_by(zone, rrset, signatures_of(response.authority, rrset))
            if signed is not None and signed.labels == labels_of(rrset.name):
                held.append(rrset)
        return of_zone(zone.name, held)

    def _zone_of(self, name: dns.name.Name) -> Zone:
        """The signed zone that `name` belongs to. Raises _Ended when none is found."""
        top = closest(self._anchors, name)
        if top is None:
            raise _Ended(Verdict(State.INDETERMINATE, of_signatures("no_anchor")))
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
            held = self._signed_by(zone, rrset, signatures_of(response.answer, rrset))
            if held is None:
                words = {"zone": zone.told, "records": told_of(rrset)}
                raise _bogus(of_signatures("unsigned", **words))
            until = min(self._now + int(rrset.ttl), float(held.expiration))
            return self._remember(self._delegated(child, rrset, until))
        if self._is_alias(zone, child, response):
            return zone
        match self._proofs(zone, response).cut(child):
            case Cut.UNSIGNED:
                told = child.to_text(omit_final_dot=True)
                raise _Ended(Verdict(State.INSECURE, of_signatures("no_ds", zone=told)))
            case Cut.NONE:
                self._memory.note_inside(child, self._now)
                return zone
        raise _bogus(of_signatures("ds_absence", zone=zone.told, name=child))

    def _is_alias(self, zone: Zone, child: dns.name.Name, response: dns.message.Message) -> bool:
        """An alias stands alone at its name, so that no zone begins there (RFC 1034 3.6.2)."""
        alias = response.get_rrset(response.answer, child, dns.rdataclass.IN, dns.rdatatype.CNAME)
        if alias is None:
            return False
        return self._signed_by(zone, alias, signatures_of(response.answer, alias)) is not None

    def _anchored(self, top: dns.name.Name) -> Zone:
        return self._with_keys(top, [each.record for each in self._anchors if each.zone == top])

    def _delegated(self, child: dns.name.Name, ds: dns.rrset.RRset, until: float) -> Zone:
        usable = [each for each in ds if is_known(each)]
        if not usable:
            told = child.to_text(omit_final_dot=True)
            raise _Ended(Verdict(State.INSECURE, of_signatures("unknown_ds", zone=told)))
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
            raise _bogus(of_signatures("no_keys", zone=told))
        _demand_few(rrset, MOST_KEYS)
        trusted = self._trusted(name, rrset, named)
        if not trusted:
            raise _bogus(of_signatures("other_keys", zone=told))
        entry = Zone(name, trusted, self._now)
        held = self._signed_by(entry, rrset, signatures_of(response.answer, rrset))
        if held is None:
            raise _bogus(of_signatures("keys_unsigned", zone=told))
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
                    raise _bogus(of_signatures("same_tags", zone=told))
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
            except (dns.exception.DNSException, ValueError, IndexError):  # of an empty private key
                continue
            return signature
        return None

    def _spend(self, count: int) -> None:
        """Before so many signatures or digests are tried. Raises _Ended when it is too much."""
        self._tried += count
        if self._tried > MOST_SIGNATURES:
            raise _bogus(of_signatures("too_many"))
        if time.monotonic() > self._deadline:
            reason = of_signatures("late")
            raise _Ended(Verdict(State.INDETERMINATE, reason, is_unread=True))

    def _question(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> dns.message.Message:
        self._questions += 1
        response = self._ask(name, kind) if self._questions <= MOST_QUESTIONS else None
        if response is None:
            told = f"{name.to_text()} {dns.rdatatype.to_text(kind)}"
            reason = of_signatures("unanswered", records=told)
            raise _Ended(Verdict(State.INDETERMINATE, reason, is_unread=True))
        return response


def _bogus(reason: str) -> _Ended:
    return _Ended(Verdict(State.BOGUS, reason))


def _demand_few(rrset: dns.rrset.RRset, most: int) -> None:
    if len(rrset) > most:
        words = {"records": told_of(rrset), "count": len(rrset), "most": most}
        raise _bogus(of_signatures("many_records", **words))

"""The judge of DNSSEC alone, on records that a hostile zone or a hostile way sends."""

from __future__ import annotations

import struct
import time
from collections.abc import Mapping

import dns.dnssec
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.zone
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dns.dnssectypes import Algorithm
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from verification.dnssec_chain import Chain, State, Verdict
from verification.dnssec_keys import KeyMemory
from verification.trust_anchors import TrustAnchor

NOW = int(time.time())
PRIVATE = Ed25519PrivateKey.generate()
KEY = dns.dnssec.make_dnskey(PRIVATE.public_key(), Algorithm.ED25519, flags=257)
ORIGIN = dns.name.from_text("example.com")
RRset = dns.rrset.RRset
# Answers by name and type: the record sets of the answer section, and of the authority section.
Told = Mapping[tuple[dns.name.Name, str], tuple[list[RRset], list[RRset]]]


def below(label: str) -> dns.name.Name:
    return dns.name.from_text(label, ORIGIN)


def signed(text: str) -> dns.zone.Zone:
    """The zone of these records, signed with NSEC as an honest signer does it."""
    start = "$TTL 60\n@ SOA ns hostmaster 1 1 1 1 60\n@ NS ns\nns A 192.0.2.1\n"
    zone = dns.zone.from_text(start + text, origin=ORIGIN, relativize=False)
    with zone.writer() as writer:
        dns.dnssec.sign_zone(
            zone,
            txn=writer,
            keys=[(PRIVATE, KEY)],
            dnskey_ttl=60,
            inception=NOW - 1000,
            expiration=NOW + 100_000,
        )
    return zone


def held(zone: dns.zone.Zone, name: dns.name.Name, kind: str) -> list[RRset]:
    """The record set and its signatures."""
    rdtype = dns.rdatatype.from_text(kind)
    found = zone.find_rdataset(name, rdtype), zone.find_rdataset(name, "RRSIG", rdtype)
    return [dns.rrset.from_rdata_list(name, 60, list(each)) for each in found]


def renamed(rrsets: list[RRset], name: dns.name.Name) -> list[RRset]:
    for each in rrsets:
        each.name = name
    return rrsets


def response(
    name: dns.name.Name, kind: str, answer: list[RRset], authority: list[RRset]
) -> dns.message.Message:
    made = dns.message.make_response(dns.message.make_query(name, kind))
    made.answer, made.authority = answer, authority
    return dns.message.from_wire(made.to_wire(max_size=65535))


def judge(heard: dns.message.Message, told: Told, seconds: float = 60) -> Verdict:
    """What is said of the first record set of that answer."""

    def ask(name: dns.name.Name, kind: dns.rdatatype.RdataType) -> dns.message.Message:
        text = dns.rdatatype.to_text(kind)
        return response(name, text, *told[name, text])

    deadline = time.monotonic() + seconds
    chain = Chain((TrustAnchor(ORIGIN, KEY),), ask, float(NOW), KeyMemory(), deadline)
    return chain.of_records(heard, heard.answer[0])


def replayed(zone: dns.zone.Zone, name: str, gap: str) -> Verdict:
    """The wildcard's alias at a name, with the denial that stands at `gap`."""
    at = below(name)
    alias, denial = renamed(held(zone, below("*"), "CNAME"), at), held(zone, below(gap), "NSEC")
    keys = held(zone, ORIGIN, "DNSKEY")
    return judge(response(at, "TXT", alias, denial), {(ORIGIN, "DNSKEY"): (keys, [])})


def test_a_wildcard_stands_in_only_for_what_no_closer_name_exists() -> None:
    zone = signed("* CNAME tenant.host.example.\nb A 192.0.2.2\nx.way A 192.0.2.3\n")
    assert replayed(zone, "a", "*").state is State.SECURE
    assert replayed(zone, "_dnsauth.a", "*").state is State.SECURE
    # b exists, and so does way, which has no records of its own: neither lets a wildcard past.
    for name, gap in (("_dnsauth.b", "b"), ("_dnsauth.way", "ns"), ("way", "ns")):
        verdict = replayed(zone, name, gap)
        assert (verdict.state, verdict.reason) == (
            State.BOGUS,
            f"nothing proves that a wildcard made CNAME {name}.example.com",
        )


def forged(name: dns.name.Name, signer: str, algorithm: int, tag: int) -> list[RRset]:
    """A text, and the word that somebody signed it."""
    text = dns.rrset.from_text(name, 60, "IN", "TXT", "of an attacker")
    signature = f"TXT {algorithm} {len(name) - 1} 60 {NOW + 1000} {NOW - 1000} {tag} {signer} AAAA"
    return [text, dns.rrset.from_text(name, 60, "IN", "RRSIG", signature)]


@pytest.mark.parametrize("signer", [".", "com.", "example.com.", "_dnsauth.example.com."])
def test_who_claims_to_have_signed_does_not_lead_past_the_anchor(signer: str) -> None:
    """Nobody above an anchor is asked, so that a word of theirs would count without any proof."""
    zone, name = signed(""), below("_dnsauth")
    keys, denial = held(zone, ORIGIN, "DNSKEY"), held(zone, ORIGIN, "NSEC")
    told: Told = {(ORIGIN, "DNSKEY"): (keys, []), (name, "DS"): ([], denial)}
    heard = response(name, "TXT", forged(name, signer, 15, 1), [])
    assert judge(heard, told).state is State.BOGUS


def test_a_key_that_cannot_be_taken_apart_ends_no_look_up() -> None:
    """The zone's own, of a private algorithm and empty: who runs a zone signs what he likes."""
    wire = struct.pack("!HBB", 256, 3, 254)
    odd = dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.DNSKEY, wire, 0, len(wire))
    zone, name = signed(""), below("_dnsauth")
    zone.find_rdataset(ORIGIN, "DNSKEY", create=True).add(odd)
    ours = dns.rrset.from_rdata_list(ORIGIN, 60, [KEY, odd])
    signature = dns.dnssec.sign(
        ours, PRIVATE, ORIGIN, KEY, inception=NOW - 1000, expiration=NOW + 1000
    )
    keys = [ours, dns.rrset.from_rdata_list(ORIGIN, 60, [signature])]
    assert isinstance(odd, DNSKEY)
    heard = response(name, "TXT", forged(name, "example.com.", 254, dns.dnssec.key_id(odd)), [])
    assert judge(heard, {(ORIGIN, "DNSKEY"): (keys, [])}).state is State.BOGUS


def trap(keys: int, digests: int, seconds: float = 60) -> Verdict:
    """A delegation to a zone with so many keys and DS records, all of the same tag."""
    child = below("child")
    made = [
        dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.DNSKEY, wire, 0, len(wire))
        for wire in (struct.pack("!HBBHH", 256, 3, 15, each, 60_000 - each) for each in range(keys))
    ]
    (tag,) = {dns.dnssec.key_id(key) for key in made if isinstance(key, DNSKEY)}
    text = "".join(f"child DS {tag} 15 2 {each:064x}\n" for each in range(digests))
    zone = signed(f"child NS ns.child\nns.child A 192.0.2.9\n{text}")
    txt = dns.rrset.from_text(below("_dnsauth.child"), 60, "IN", "TXT", "x")
    told: Told = {
        (ORIGIN, "DNSKEY"): (held(zone, ORIGIN, "DNSKEY"), []),
        (child, "DS"): (held(zone, child, "DS"), []),
        (child, "DNSKEY"): ([dns.rrset.from_rdata_list(child, 60, made)], []),
    }
    return judge(response(txt.name, "TXT", [txt], []), told, seconds)


@pytest.mark.parametrize(
    ("keys", "digests", "most", "reason"),
    [
        (64, 16, 4, "too many DNSKEY of child.example.com have the tag of one that is named"),
        (65, 16, 0, "DNSKEY child.example.com has 65 records, of which we read 64 at most"),
        (3000, 1, 0, "DNSKEY child.example.com has 3000 records, of which we read 64 at most"),
        (1, 17, 0, "DS child.example.com has 17 records, of which we read 16 at most"),
        (
            2,
            1,
            2,
            "no DNSKEY of child.example.com is the one that its DS record or our anchor names",
        ),
    ],
)
def test_keys_made_to_look_like_named_ones_cost_a_few_digests(
    monkeypatch: pytest.MonkeyPatch, keys: int, digests: int, most: int, reason: str
) -> None:
    computed = []
    make = dns.dnssec.make_ds

    def counted(*args: object, **words: object) -> object:
        computed.append(args)
        return make(*args, **words)  # type: ignore[arg-type]  # passed on as they come

    monkeypatch.setattr(dns.dnssec, "make_ds", counted)
    verdict = trap(keys, digests)
    assert (verdict.state, verdict.reason) == (State.BOGUS, reason)
    assert len(computed) == most


def test_what_cannot_be_checked_in_time_stays_unjudged() -> None:
    assert trap(1, 1, seconds=0) == Verdict(
        State.INDETERMINATE, "the signatures could not be checked in time", is_unread=True
    )


def test_a_move_to_a_name_that_is_too_long_made_no_alias() -> None:
    """RFC 6672 2.2: what would have more than 255 octets is never made."""
    at = below("_dnsauth." + ".".join(["b" * 50] * 3))
    alias = dns.rrset.from_text(at, 60, "IN", "CNAME", "x.example.com.")
    far = ".".join(["a" * 60] * 4) + ".com."
    move = dns.rrset.from_text(ORIGIN, 60, "IN", "DNAME", far)
    keys = held(signed(""), ORIGIN, "DNSKEY")
    nothing: tuple[list[RRset], list[RRset]] = ([], [])
    told: Told = {(ORIGIN, "DNSKEY"): (keys, []), (at.split(4)[1], "DS"): nothing}
    assert judge(response(at, "TXT", [alias, move], []), told).state is State.BOGUS

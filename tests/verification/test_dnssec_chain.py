"""The judge of DNSSEC alone, on records that a hostile zone or a hostile way sends."""

from __future__ import annotations

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
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from verification.dnssec_chain import Chain, State, Verdict
from verification.dnssec_keys import KeyMemory
from verification.trust_anchors import TrustAnchor

NOW = int(time.time())
PRIVATE = Ed25519PrivateKey.generate()
KEY = dns.dnssec.make_dnskey(PRIVATE.public_key(), dns.dnssec.Algorithm.ED25519, flags=257)
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
    records = RRset(name, dns.rdataclass.IN, rdtype)
    records.update(zone.find_rdataset(name, rdtype))
    signatures = RRset(name, dns.rdataclass.IN, dns.rdatatype.RRSIG, rdtype)
    signatures.update(zone.find_rdataset(name, dns.rdatatype.RRSIG, rdtype))
    return [records, signatures]


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


def judge(heard: dns.message.Message, told: Told) -> Verdict:
    """What is said of the first record set of that answer."""

    def ask(name: dns.name.Name, kind: dns.rdatatype.RdataType) -> dns.message.Message:
        text = dns.rdatatype.to_text(kind)
        return response(name, text, *told[name, text])

    chain = Chain((TrustAnchor(ORIGIN, KEY),), ask, float(NOW), KeyMemory())
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

"""DNSSEC judged by ourselves, on zones that bind9's tools signed; unbound's word to compare with.

The resolver of `anchored` validates nothing: whatever is secure or bogus here, we found.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdataset
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certificates.sightings import what_was_seen
from tests.servers.conftest import Servers
from tests.servers.telling import of_the_proof, told
from tests.servers.zones import TARGET, VALUE
from verification import caa
from verification.dnssec_chain import State
from verification.dnssec_keys import Zone, memory_of
from verification.methods import CHECKERS
from verification.network import DnsAnswer, DnsStatus, GuardedNetwork
from verification.outcome import Question
from verification.trust_anchors import parse_anchors

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

OK, NODATA, NXDOMAIN = DnsStatus.OK, DnsStatus.NODATA, DnsStatus.NXDOMAIN
SECURE, INSECURE = State.SECURE, State.INSECURE


def state(answer: DnsAnswer) -> State | None:
    return None if answer.dnssec is None else answer.dnssec.state


@pytest.mark.parametrize(
    ("name", "status", "expected"),
    [
        ("_dnsauth.signed", OK, SECURE),
        ("_dnsauth.three", OK, SECURE),
        ("_dnsauth.fine", OK, INSECURE),
        ("nothing.signed", NXDOMAIN, SECURE),
        ("nothing.three", NXDOMAIN, SECURE),
        ("signed", NODATA, SECURE),
        ("three", NODATA, SECURE),
        ("er.signed", NODATA, SECURE),  # exists only because of a name below it
        ("_dnsauth.deep.er.three", NODATA, SECURE),
        ("er.three", NODATA, SECURE),
        ("a.w.wild", OK, SECURE),
        ("a.b.w.wild", OK, SECURE),
        ("a.b.w.wild-three", OK, SECURE),
        ("_dnsauth.optout", OK, SECURE),
        ("_dnsauth.plain.optout", OK, INSECURE),
        ("nothing.optout", NXDOMAIN, INSECURE),
        ("_dnsauth.led", OK, SECURE),
        ("_dnsauth.led-out", OK, INSECURE),
        ("_dnsauth.below.moved", OK, SECURE),
        ("nothing", NXDOMAIN, SECURE),
        ("nxdomain", NODATA, INSECURE),
    ],
)
def test_each_answer_has_its_state(
    network: GuardedNetwork, anchored: GuardedNetwork, name: str, status: DnsStatus, expected: State
) -> None:
    answer = anchored.txt(f"{name}.example.com")
    assert (answer.status, state(answer)) == (status, expected), answer
    # unbound says the same of the answer itself; without anchors there is no state.
    believed = network.txt(f"{name}.example.com")
    assert (believed.status, believed.values, believed.dnssec) == (status, answer.values, None)


def test_each_zone_denies_what_is_missing_in_it(anchored: GuardedNetwork) -> None:
    """A wildcard leads to a missing name of a zone below, and one answer says both: the signed
    denial beside the wildcard's record is no word on the other zone's name."""
    answer = anchored.txt("_dnsauth.led-down.example.com")
    assert (answer.status, state(answer)) == (NXDOMAIN, INSECURE), answer


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("tampered", "no signature of tampered.example.com holds for TXT _dnsauth"),
        ("expired", "no trusted key of expired.example.com signs its DNSKEY records now"),
        ("stripped", "has no DNSKEY records, though its parent says that it is signed"),
        ("wrongkey", "no DNSKEY of wrongkey.example.com is the one that its DS record"),
    ],
)
def test_what_does_not_hold_is_bogus_and_says_why(
    network: GuardedNetwork, anchored: GuardedNetwork, label: str, reason: str
) -> None:
    assert told(network, f"{label}.example.com", "DNS", 3)["cause"] == "dns.bogus"
    answer = told(anchored, f"{label}.example.com", "DNS", 3)
    assert (answer["cause"], answer["turn"]) == ("dns.bogus", "DNS_HOST")
    (row,) = of_the_proof(answer)
    assert (row["status"], row["dnssec"], row["seen"]) == ("BOGUS", "bogus", [])
    assert reason in row["dnssec_reason"]


def test_the_state_is_kept_and_shown(anchored: GuardedNetwork) -> None:
    asked = Question("signed.example.com", VALUE)
    evidence = CHECKERS["DNS"](asked, anchored, datetime.now(UTC)).evidence
    assert evidence["dnssec"] == "secure"
    assert ("DNSSEC", "secure") in [(line.label, line.asked) for line in what_was_seen(evidence)]
    answer = told(anchored, "fine.example.com", "DNS", 0)
    assert answer["evidence"][0]["dnssec"] == "insecure"
    assert "delegated without a DS record" in answer["evidence"][0]["dnssec_reason"]
    answer = told(anchored, "alias-signed.example.com", "CNAME", 0)
    assert (answer["evidence"][0]["seen"], answer["evidence"][0]["dnssec"]) == ([TARGET], "secure")


def test_bogus_caa_refuses_this_attempt_only(anchored: GuardedNetwork) -> None:
    for name in ("caa-tampered.example.com", "www.caa-tampered.example.com"):
        verdict = caa.judge(name, ["ca1.example.net", "ca9.example.net"], anchored)
        assert (verdict.allowed, verdict.retryable) == (False, True)
        assert verdict.problem is not None
        assert verdict.problem.code == "caa.unreachable"
        assert verdict.evidence["asked"][-1]["dnssec"] == "bogus"
    verdict = caa.judge("signed.example.com", ["ca1.example.net"], anchored)
    assert verdict.allowed
    assert [row["dnssec"] for row in verdict.evidence["asked"]] == ["secure"] * 3


@pytest.mark.parametrize("zone", ["signed.example.com", "example.com", "com", "."])
def test_keys_that_changed_since_they_were_remembered_are_read_again(
    anchored: GuardedNetwork, zone: str
) -> None:
    policy = anchored.policy
    memory = memory_of((policy.resolvers, policy.anchors))
    assert state(anchored.txt("_dnsauth.signed.example.com")) is SECURE
    name, now = dns.name.from_text(zone), policy.clock()
    for label in ("signed.example.com", "example.com", "com"):  # else nobody asks above
        if dns.name.from_text(label) > name:
            memory.forget(dns.name.from_text(label))
    other = "257 3 13 " + base64.b64encode(bytes(64)).decode()
    keys = dns.rdataset.from_text("IN", "DNSKEY", 300, other)
    memory.note(Zone(name, keys, now + 300), now)
    assert state(anchored.txt("_dnsauth.signed.example.com")) is SECURE


def test_without_an_anchor_above_it_a_name_is_indeterminate_and_believed(
    servers: Servers, anchored: GuardedNetwork
) -> None:
    elsewhere = ". IN DS 1 13 2 " + "00" * 32
    policy = replace(anchored.policy, anchors=parse_anchors(elsewhere.replace(". IN", "net. IN")))
    answer = GuardedNetwork(policy).txt("_dnsauth.tampered.example.com")
    assert (answer.status, state(answer)) == (OK, State.INDETERMINATE)
    wrong = replace(anchored.policy, anchors=parse_anchors(elsewhere))
    assert GuardedNetwork(wrong).txt("_dnsauth.fine.example.com").status is DnsStatus.BOGUS


def test_an_anchor_may_be_a_digest_or_a_key_further_down(
    servers: Servers, anchored: GuardedNetwork
) -> None:
    zones = servers.bind.zones
    digest = (zones.folder / "dsset-.").read_text()
    for text in (digest, zones.key("signed.example.com"), f"{digest},{zones.key('com')} ; com"):
        policy = replace(anchored.policy, anchors=parse_anchors(text))
        answer = GuardedNetwork(policy).txt("_dnsauth.signed.example.com")
        assert (answer.status, state(answer)) == (OK, SECURE), text


LABELS = st.text("abcw*_-2z", min_size=1, max_size=4).map(lambda text: text.strip("-") or "x")
ZONES = st.sampled_from(["signed", "three", "wild", "wild-three", "optout", "plain.optout", "fine"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LABELS, max_size=3), ZONES)
def test_of_any_name_we_say_what_unbound_says(
    network: GuardedNetwork, anchored: GuardedNetwork, labels: list[str], zone: str
) -> None:
    name = ".".join([*labels, zone, "example.com"])
    ours, theirs = anchored.txt(name), network.txt(name)
    assert (ours.status, ours.values) == (theirs.status, theirs.values), name
    assert state(ours) in (SECURE, INSECURE)
    if zone in ("signed", "three", "wild", "wild-three"):
        assert state(ours) is SECURE

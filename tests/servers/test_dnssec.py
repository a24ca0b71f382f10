"""DNSSEC judged by ourselves, on zones that bind9's tools signed; unbound's word to compare with.

The resolver of `anchored` validates nothing: whatever is secure or bogus here, we found.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
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
from tests.servers.conftest import Servers, impatient
from tests.servers.meddler import Change, meddler
from tests.servers.telling import of_the_proof, told
from tests.servers.zones import EARLIER, TARGET, VALUE
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


# Somebody between the resolver and us.


def seen(servers: Servers, change: Change, name: str, *, is_mute: bool = False) -> DnsAnswer:
    policy = servers.policy(servers.trusting, anchored=True)
    policy = impatient(policy) if is_mute else policy
    with meddler(servers.trusting.port, change) as port:
        return GuardedNetwork(replace(policy, resolvers=(("127.0.0.1", port),))).txt(name)


def of(kind: str, change: Callable[[dns.message.Message], None]) -> Change:
    """Change only the answers to questions for one type."""

    def run(answer: dns.message.Message) -> dns.message.Message:
        if answer.question[0].rdtype == dns.rdatatype.from_text(kind):
            change(answer)
        return answer

    return run


def without(*kinds: str) -> Callable[[dns.message.Message], None]:
    gone = {dns.rdatatype.from_text(kind) for kind in kinds}

    def run(answer: dns.message.Message) -> None:
        for section in (answer.answer, answer.authority):
            section[:] = [each for each in section if each.rdtype not in gone]

    return run


def nothing(answer: dns.message.Message) -> None:
    answer.answer.clear()
    answer.authority.clear()


def gone(answer: dns.message.Message) -> None:
    nothing(answer)
    answer.set_rcode(dns.rcode.NXDOMAIN)


def vouched(answer: dns.message.Message) -> None:
    without("RRSIG")(answer)
    answer.flags |= dns.flags.AD


def replaced(answer: dns.message.Message) -> None:
    name = answer.question[0].name
    answer.answer[:] = [
        dns.rrset.from_text(name, 60, "IN", "TXT", EARLIER) if each.rdtype == dns.rdatatype.TXT
        else each for each in answer.answer
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("TXT", without("RRSIG")),
        ("TXT", vouched),  # the AD bit alone is never proof
        ("TXT", replaced),
        ("TXT", nothing),
        ("TXT", gone),
        ("DS", without("DS")),
        ("DS", without("RRSIG")),
        ("DS", nothing),
        ("DS", gone),
        ("DNSKEY", without("RRSIG")),
        ("DNSKEY", without("DNSKEY")),
    ],
)
@pytest.mark.parametrize("label", ["signed", "three"])
def test_nobody_on_the_way_can_change_or_take_away_what_is_signed(
    servers: Servers, label: str, kind: str, change: Callable[[dns.message.Message], None]
) -> None:
    answer = seen(servers, of(kind, change), f"_dnsauth.{label}.example.com")
    assert answer.status is DnsStatus.BOGUS, answer
    assert answer.values == ()


@pytest.mark.parametrize("kind", ["DS", "DNSKEY"])
@pytest.mark.parametrize(
    ("says", "status"),
    [(None, DnsStatus.TIMEOUT), (dns.rcode.SERVFAIL, DnsStatus.SERVFAIL),
     (dns.rcode.REFUSED, DnsStatus.REFUSED)],
)  # fmt: skip
def test_a_chain_that_cannot_be_read_is_no_answer_and_no_fault(
    servers: Servers, kind: str, says: dns.rcode.Rcode | None, status: DnsStatus
) -> None:
    """It is told as what befell the question that the chain needs: who is silent may be heard by a
    patient look."""

    def fail(answer: dns.message.Message) -> dns.message.Message | None:
        if answer.question[0].rdtype != dns.rdatatype.from_text(kind):
            return answer
        if says is None:
            return None
        failed = dns.message.make_response(dns.message.make_query(answer.question[0].name, kind))
        failed.id = answer.id
        failed.set_rcode(says)
        return failed

    answer = seen(servers, fail, "_dnsauth.signed.example.com", is_mute=True)
    assert (answer.status, state(answer)) == (status, State.INDETERMINATE)


def test_a_look_that_ends_before_the_chain_is_read_met_silence(servers: Servers) -> None:
    def slow(answer: dns.message.Message) -> dns.message.Message:
        time.sleep(0.0 if answer.question[0].rdtype == dns.rdatatype.TXT else 0.3)
        return answer

    with meddler(servers.trusting.port, slow) as port:
        policy = replace(
            servers.policy(servers.trusting, anchored=True),
            resolvers=(("127.0.0.1", port),), dns_try=2.0, dns_total=0.5,
        )  # fmt: skip
        brief = GuardedNetwork(policy)
        assert brief.txt("_dnsauth.signed.example.com").status is DnsStatus.TIMEOUT
        # What was read by then is remembered: who comes later gets to the end.
        patient = GuardedNetwork(replace(policy, dns_total=10.0))
        assert state(patient.txt("_dnsauth.signed.example.com")) is SECURE


@pytest.mark.parametrize(
    ("denied", "kind"),
    [
        ("nothing.signed", "MX"),
        ("signed", "MX"),
        ("fine", "DS"),
        ("nothing", "MX"),
        ("nothing.three", "MX"),
        ("nothing.optout", "MX"),
    ],
)
def test_what_proves_one_absence_proves_no_other(servers: Servers, denied: str, kind: str) -> None:
    """A denial by the parent, of another name or type, replayed for a record that exists."""
    question = dns.message.make_query(f"{denied}.example.com", kind, want_dnssec=True)
    question.flags |= dns.flags.CD
    proof = dns.query.tcp(question, "127.0.0.1", timeout=2, port=servers.trusting.port)
    assert proof.authority

    def replay(answer: dns.message.Message) -> None:
        answer.answer.clear()
        answer.authority[:] = proof.authority
        answer.set_rcode(proof.rcode())

    for label in ("signed", "three"):
        answer = seen(servers, of("TXT", replay), f"_dnsauth.{label}.example.com")
        assert answer.status is DnsStatus.BOGUS, answer


def test_an_alias_put_before_a_signed_answer_is_bogus(servers: Servers) -> None:
    def lead(answer: dns.message.Message) -> None:
        name = answer.question[0].name
        alias = dns.rrset.from_text(name, 60, "IN", "CNAME", "_dnsauth.three.example.com.")
        answer.answer[:] = [alias]

    answer = seen(servers, of("TXT", lead), "_dnsauth.signed.example.com")
    assert answer.status is DnsStatus.BOGUS


@pytest.mark.parametrize("zone", ["wild", "wild-three"])
def test_a_wildcard_does_not_reach_below_a_name_that_exists(servers: Servers, zone: str) -> None:
    """Its signed record, replayed with the zone's own signed word that the full name is absent."""
    question = dns.message.make_query(f"any.w.{zone}.example.com", "TXT", want_dnssec=True)
    question.flags |= dns.flags.CD
    made = dns.query.tcp(question, "127.0.0.1", timeout=2, port=servers.trusting.port)
    assert len(made.answer) == 2

    def replay(answer: dns.message.Message) -> None:
        for each in made.answer:
            each.name = answer.question[0].name
        answer.answer[:] = made.answer
        answer.set_rcode(dns.rcode.NOERROR)

    answer = seen(servers, of("TXT", replay), f"_dnsauth.taken.w.{zone}.example.com")
    assert (answer.status, answer.values) == (DnsStatus.BOGUS, ())
    assert answer.dnssec is not None
    assert "nothing proves that a wildcard made" in answer.dnssec.reason


def test_signatures_hold_only_at_their_time(servers: Servers) -> None:
    policy = servers.policy(servers.trusting, anchored=True)
    with meddler(servers.trusting.port, lambda answer: answer) as port:
        late = replace(
            policy, resolvers=(("127.0.0.1", port),), clock=lambda: time.time() + 100 * 86400
        )
        assert GuardedNetwork(late).txt("_dnsauth.signed.example.com").status is DnsStatus.BOGUS


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


CHANGED = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=4)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["TXT", "DNSKEY", "DS"]), CHANGED)
def test_bytes_changed_on_the_way_never_make_another_value(
    servers: Servers, kind: str, changed: list[tuple[float, int]]
) -> None:
    """Behind the header and the question: what those say, the look-up itself checks."""

    def garble(answer: dns.message.Message) -> bytes:
        wire = bytearray(answer.to_wire(max_size=65535))
        start = 12 + len(answer.question[0].name.to_wire() or b"") + 4
        for place, byte in changed if answer.question[0].rdtype == KINDS[kind] else ():
            wire[start + int(place * (len(wire) - start - 1))] = byte
        return bytes(wire)

    answer = seen(servers, garble, "_dnsauth.signed.example.com", is_mute=True)
    if answer.status is OK:
        assert (answer.values, state(answer)) == ((VALUE,), SECURE)
    else:
        assert answer.values == ()


KINDS = {kind: dns.rdatatype.from_text(kind) for kind in ("TXT", "DNSKEY", "DS")}
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

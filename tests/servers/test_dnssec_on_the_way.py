"""DNSSEC against somebody between the resolver and us, who changes, keeps or adds what he likes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

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

from tests.servers.conftest import Servers, impatient
from tests.servers.meddler import Change, meddler
from tests.servers.test_dnssec import state
from tests.servers.zones import EARLIER, VALUE
from verification.dnssec_chain import State
from verification.network import DnsAnswer, DnsStatus, GuardedNetwork

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

OK, SECURE = DnsStatus.OK, State.SECURE


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


KINDS = {kind: dns.rdatatype.from_text(kind) for kind in ("TXT", "DNSKEY", "DS")}
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

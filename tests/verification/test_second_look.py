"""Why a record was not found: each cause against real name servers, and nothing asked in vain."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from dns import rrset
from dns.flags import Flag
from dns.message import Message
from hypothesis import given
from hypothesis import strategies as st

from tests.dns_server import LoopbackDns
from tests.servers.meddler import meddler
from tests.verification.conftest import LOOPBACK
from verification.authoritative import Delegation, ask_name_servers
from verification.causes import Turn, whose_turn
from verification.diagnosis import Diagnosis, diagnose
from verification.dictionary import DictionaryNetwork
from verification.methods import dns
from verification.network import GuardedNetwork, Policy
from verification.outcome import Question
from verification.second_look import is_damaged, misplaced

NOW = datetime(2026, 11, 24, 9, 50, 0, tzinfo=UTC)
VALUE = "20261124k3p9x0q8z7w6v5u4t3s2r1q0p9o8n7m6l5k4j3i2h1g0f9e8d7c6b5a4"
EARLIER = "20261001" + "z" * 56
DOMAIN = "shop.example.com"
RECORD = "_dnsauth.shop.example.com"
LINE = f'{RECORD}. 600 IN TXT "{VALUE}"'


@pytest.fixture
def open_network(dns_server: LoopbackDns) -> GuardedNetwork:
    """The door that may ask name servers on loopback, at the port of the test's resolver."""
    return GuardedNetwork(
        Policy(
            resolvers=((dns_server.host, dns_server.port),),
            name_server_port=dns_server.port,
            allowed_networks=LOOPBACK,
            dns_try=0.3,
            dns_total=2.0,
        )
    )


@pytest.fixture
def owners(dns_server: LoopbackDns) -> Iterator[tuple[LoopbackDns, LoopbackDns]]:
    """Two name servers of example.com, to which the resolver's answers delegate."""
    dns_server.publish("example.com", "SOA", 1200)
    dns_server.publish("example.com", "NS", "ns1.example.com", "ns2.example.com")
    dns_server.publish("ns1.example.com", "A", "127.0.0.2")
    dns_server.publish("ns2.example.com", "A", "127.0.0.3")
    with (
        LoopbackDns("127.0.0.2", dns_server.port, owns=True) as first,
        LoopbackDns("127.0.0.3", dns_server.port, owns=True) as second,
    ):
        for server in (first, second):
            server.publish("example.com", "SOA", 1200)
        yield first, second


def look(
    network: GuardedNetwork, *, domain: str = DOMAIN, earlier: tuple[str, ...] = ()
) -> Diagnosis:
    outcome = dns.check(Question(domain, VALUE, earlier), network, NOW)
    return diagnose(domain, "DNS", VALUE, outcome, NOW)


def test_what_is_proved_asks_one_question(dns_server: LoopbackDns, network: GuardedNetwork) -> None:
    dns_server.publish(RECORD, "TXT", VALUE)
    found = look(network)
    assert (found.cause, found.turn, found.sentence, found.fix) == ("ok", None, "", "")
    assert len(dns_server.asked) == 1
    (row,) = found.evidence
    assert row["asked"] == f"{RECORD} TXT"
    assert row["seen"] == [VALUE]


@pytest.mark.parametrize(
    ("domain", "published_at", "code"),
    [
        (DOMAIN, f"{RECORD}.shop.example.com", "dns.doubled_suffix"),
        (DOMAIN, "dnsauth.shop.example.com", "dns.underscore_lost"),
        (DOMAIN, DOMAIN, "dns.wrong_level"),
        (DOMAIN, "_dnsauth.example.com", "dns.wrong_level"),
        ("example.com", "_dnsauth.www.example.com", "dns.wrong_level"),
        ("www.example.com", "_dnsauth.www.example.com", "dns.wrong_level"),
        ("*.example.com", "_dnsauth.example.com.example.com", "dns.doubled_suffix"),
        (DOMAIN, f"{RECORD}.example.com", "dns.doubled_suffix"),
        ("a.b.example.com", "_dnsauth.a.b.example.com.example.com", "dns.doubled_suffix"),
        ("a.b.example.com", "_dnsauth.b.example.com", "dns.wrong_level"),
        ("a.b.example.com", "_dnsauth.example.com", "dns.wrong_level"),
        ("www.b.example.com", "_dnsauth.example.com", "dns.wrong_level"),
    ],
)
def test_a_record_in_the_wrong_place_is_found_and_the_right_line_is_told(
    dns_server: LoopbackDns, network: GuardedNetwork, domain: str, published_at: str, code: str
) -> None:
    dns_server.publish(published_at, "TXT", "v=spf1 -all", VALUE)
    found = look(network, domain=domain)
    assert (found.cause, found.turn) == (code, Turn.YOU)
    assert published_at in found.sentence
    assert found.fix == f'{dns.record_name(domain)}. 600 IN TXT "{VALUE}"'
    assert found.evidence[-1]["asked"] == f"{published_at} TXT"
    assert VALUE in found.evidence[-1]["seen"]


@pytest.mark.parametrize("domain", [DOMAIN, "a.b.c.example.com", "www.a.b.example.com"])
def test_no_more_than_eight_questions_are_asked_of_the_resolver(
    dns_server: LoopbackDns, network: GuardedNetwork, domain: str
) -> None:
    found = look(network, domain=domain)
    assert (found.cause, found.turn) == ("dns.nxdomain", Turn.YOU)
    assert found.fix == f'{dns.record_name(domain)}. 600 IN TXT "{VALUE}"'
    assert len(dns_server.asked) <= 1 + 8


def test_nothing_at_the_level_of_a_registry_is_asked() -> None:
    for domain in ("example.co.uk", "www.example.co.uk", "*.example.co.uk", "github.io"):
        names = [name for _code, name in misplaced(domain, dns.record_name(domain))]
        assert not {"_dnsauth.co.uk", "_dnsauth.io", "_dnsauth.uk", "co.uk"}.intersection(names)
        assert len(names) == 4


LABELS = st.lists(st.sampled_from(["a", "shop", "www", "_x", "xn--bcher-kva"]), max_size=4)


@given(LABELS, st.sampled_from(["example.com", "example.co.uk", "example.org"]), st.booleans())
def test_wherever_a_dns_host_puts_it_the_record_is_looked_for(
    labels: list[str], zone: str, is_wildcard: bool
) -> None:
    """The host adds its zone to the whole name that was typed, or somebody typed only the label."""
    domain = ".".join([*(["*"] if is_wildcard else []), *labels, zone])
    name = dns.record_name(domain)
    places = list(misplaced(domain, name))
    names = [at for _code, at in places]
    assert ("dns.doubled_suffix", f"{name}.{zone}") in places
    assert ("dns.doubled_suffix", f"{name}.{name.partition('.')[2]}") in places
    assert name == f"_dnsauth.{zone}" or ("dns.wrong_level", f"_dnsauth.{zone}") in places
    assert 4 <= len(names) == len(set(names)) <= 6
    assert name not in names
    assert all(each.endswith(f".{zone}") or each == zone for each in names)


@pytest.mark.parametrize(
    "published",
    [
        [f'"{VALUE}"'],
        [f"“{VALUE}”"],
        [VALUE[:30] + " " + VALUE[30:]],
        [f'\\"{VALUE}\\"'],
        [VALUE.upper()],
        [VALUE[30:], VALUE[:30]],
        [f'"{VALUE[:32]}" "{VALUE[32:]}"'],
    ],
)
def test_a_damaged_value_is_told_from_a_wrong_one(
    dns_server: LoopbackDns, network: GuardedNetwork, published: list[str]
) -> None:
    dns_server.publish(RECORD, "TXT", *published)
    found = look(network)
    assert (found.cause, found.turn, found.fix) == ("dns.quoted_value", Turn.YOU, LINE)
    assert len(dns_server.asked) == 1  # the answer itself says it


def test_a_value_left_from_an_earlier_application_is_stale(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish(RECORD, "TXT", EARLIER)
    assert look(network).cause == "dns.wrong_value"
    found = look(network, earlier=("other", EARLIER))
    assert (found.cause, found.turn, found.fix) == ("dns.stale_value", Turn.YOU, LINE)
    assert EARLIER in found.sentence


@pytest.mark.parametrize("at_the_end", [[], ["v=something else"]])
def test_an_alias_without_the_value_is_a_conflict(
    dns_server: LoopbackDns, network: GuardedNetwork, at_the_end: list[str]
) -> None:
    dns_server.publish(RECORD, "CNAME", "shop.host.example")
    dns_server.publish("shop.host.example", "A", "203.0.113.1")
    dns_server.publish("shop.host.example", "TXT", *at_the_end)
    found = look(network)
    assert (found.cause, found.turn, found.fix) == ("dns.cname_conflict", Turn.YOU, LINE)
    assert "shop.host.example" in found.sentence


Owners = tuple[LoopbackDns, LoopbackDns]


def test_a_record_that_all_name_servers_hold_is_only_not_seen_yet(
    dns_server: LoopbackDns, open_network: GuardedNetwork, owners: Owners
) -> None:
    for server in owners:
        server.publish(RECORD, "TXT", VALUE)
    found = look(open_network)
    assert (found.cause, found.turn, found.fix) == ("dns.cached_negative", Turn.US, "")
    assert "until 24 Nov 2026, 10:10 UTC that there was none" in found.sentence  # 1200 s by the SOA
    assert found.next_check_at == datetime(2026, 11, 24, 10, 10, tzinfo=UTC)
    assert [row["of"] for row in found.evidence[-2:]] == [
        "ns1.example.com (127.0.0.2)",
        "ns2.example.com (127.0.0.3)",
    ]
    assert not any(one.rtype == "TXT" and one.name != RECORD for one in owners[0].asked)


def test_an_older_record_that_resolvers_keep_is_not_the_customers_fault(
    dns_server: LoopbackDns, open_network: GuardedNetwork, owners: Owners
) -> None:
    dns_server.publish(RECORD, "TXT", "something else")
    for server in owners:
        server.publish(RECORD, "TXT", VALUE)
    found = look(open_network)
    assert (found.cause, found.turn) == ("dns.cached_negative", Turn.US)
    assert "keep an older one until 24 Nov 2026, 09:50 UTC" in found.sentence  # TTL 5


def test_servers_that_disagree_are_the_hosts_turn(
    open_network: GuardedNetwork, owners: Owners
) -> None:
    owners[1].publish(RECORD, "TXT", VALUE)
    found = look(open_network)
    assert (found.cause, found.turn, found.fix) == ("dns.partial", Turn.DNS_HOST, "")
    assert "ns2.example.com do, ns1.example.com do not" in found.sentence


@pytest.mark.parametrize("how", ["REFUSED", "SERVFAIL", "not its own", "REFERRAL"])
def test_a_server_that_does_not_answer_for_the_zone_is_lame(
    dns_server: LoopbackDns, open_network: GuardedNetwork, owners: Owners, how: str
) -> None:
    dns_server.fail(RECORD, "SERVFAIL")
    if how == "not its own":
        owners[0].owns = False
    else:
        owners[0].fail(RECORD, how)
    found = look(open_network)
    assert (found.cause, found.turn) == ("dns.lame", Turn.DNS_HOST)
    assert "delegated to ns1.example.com, where" in found.sentence
    assert found.evidence[-2]["status"] == "LAME"


def test_name_servers_inside_are_never_asked(
    dns_server: LoopbackDns, open_network: GuardedNetwork, owners: Owners
) -> None:
    """A customer's NS record does not point us at a machine of our own."""
    for server in owners:
        server.publish(RECORD, "TXT", VALUE)
    shut = GuardedNetwork(
        Policy(
            resolvers=open_network.policy.resolvers,
            name_server_port=dns_server.port,
            dns_try=0.3,
            dns_total=2.0,
        )
    )
    assert look(shut).cause == "dns.nxdomain"
    assert owners[0].asked == owners[1].asked == []


@pytest.mark.parametrize("to", ["", ".", "com", "example.com", "other.example"])
def test_a_server_that_is_silent_or_sends_us_up_lets_the_others_speak(
    open_network: GuardedNetwork, owners: Owners, to: str
) -> None:
    owners[0].refers_to = to
    owners[0].fail(RECORD, "REFERRAL" if to else "TIMEOUT")
    owners[1].publish(RECORD, "TXT", VALUE)
    assert look(open_network).cause == "dns.cached_negative"


def test_servers_that_no_resolver_tells_are_found_from_the_top_level_down(
    dns_server: LoopbackDns, open_network: GuardedNetwork
) -> None:
    """The resolver refuses the domain, so that its own servers are known to those above only."""
    for name in (RECORD, DOMAIN, "example.com"):
        dns_server.fail(name, "REFUSED")
    dns_server.publish("com", "SOA", 900)
    dns_server.publish("com", "NS", "a.top.example", "b.top.example")
    dns_server.publish("ns.example.com", "A", "127.0.0.2")
    for label in ("a", "b"):
        dns_server.publish(f"{label}.top.example", "A", "127.0.0.4")
    with (
        LoopbackDns("127.0.0.4", dns_server.port) as top,
        LoopbackDns("127.0.0.2", dns_server.port, owns=True) as own,
    ):
        top.fail(RECORD, "REFERRAL")
        own.publish(RECORD, "TXT", VALUE)
        found = look(open_network)
        assert len(top.asked) == 1, "who tells where is asked once"
    assert (found.cause, found.turn, found.fix) == ("dns.resolver", Turn.US, "")
    assert "though the name servers of example.com do" in found.sentence
    asked = [(row["asked"], row["of"], row["status"]) for row in found.evidence]
    assert asked == [
        (f"{RECORD} TXT", dns_server.address, "REFUSED"),
        ("com SOA", dns_server.address, "OK"),
        (f"{RECORD} TXT", "ns.example.com (127.0.0.2)", "OK"),
    ]


@pytest.mark.parametrize("how", ["SERVFAIL", "REFUSED", "TIMEOUT"])
def test_a_resolver_that_fails_is_not_asked_for_other_records(
    dns_server: LoopbackDns, network: GuardedNetwork, how: str
) -> None:
    for name in (RECORD, DOMAIN, "example.com"):
        dns_server.fail(name, how)
    found = look(network)
    assert (found.cause, found.turn) == (f"dns.{how.lower()}", Turn.DNS_HOST)
    assert {one.name for one in dns_server.asked if one.rtype == "TXT"} == {RECORD}


def test_a_network_that_turns_silent_ends_the_questions(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.fail(f"{RECORD}.shop.example.com", "TIMEOUT")
    assert look(network).cause == "dns.nxdomain"
    assert dns_server.questions("dnsauth.shop.example.com", "TXT") == 0


def test_signatures_that_do_not_hold_are_not_looked_behind(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.fail(RECORD, "BOGUS")
    assert look(network).cause == "dns.bogus"
    assert {one.name for one in dns_server.asked} == {RECORD}


# Damage, as a property.

PIECES = st.sampled_from(['"', "'", " ", "\t", "\\", "“", "”", "\u00a0", "\u200b", "\\"])


def as_answered(text: str) -> str:
    """How a look-up spells a text: bytes outside ASCII as \\xNN."""
    data = text.encode()
    return "".join(chr(one) if 0x20 <= one < 0x7F else f"\\x{one:02x}" for one in data)


@given(st.data())
def test_quotes_spaces_and_capitals_anywhere_are_damage(data: st.DataObject) -> None:
    text = "".join(
        data.draw(st.sampled_from(["", "", ""]) | PIECES)
        + (letter.upper() if data.draw(st.booleans()) else letter)
        for letter in VALUE[:24]
    )
    assert is_damaged((as_answered(text + VALUE[24:]),), VALUE)


@given(st.integers(8, len(VALUE) - 8), st.booleans(), st.lists(st.text("xyz=", max_size=6)))
def test_a_value_cut_into_records_is_damage_in_any_order(
    at: int, is_turned: bool, others: list[str]
) -> None:
    parts = [VALUE[:at], VALUE[at:]]
    assert is_damaged((*others, *(reversed(parts) if is_turned else parts)), VALUE)


@given(st.integers(0, len(VALUE) - 1), st.sampled_from("abcxyz0189"))
def test_another_character_is_no_damage_but_another_value(at: int, other: str) -> None:
    changed = VALUE[:at] + other + VALUE[at + 1 :]
    assert is_damaged((changed,), VALUE) == (changed == VALUE)
    assert not is_damaged((VALUE[:at],), VALUE)


def test_every_code_of_a_failed_look_has_a_turn() -> None:
    network = DictionaryNetwork()
    outcome = dns.check(Question(DOMAIN, VALUE), network, NOW)
    assert outcome.problem is not None
    assert whose_turn(outcome.problem.code) is Turn.YOU
    assert whose_turn("of.tomorrow") is None


def test_an_address_of_another_class_is_none(dns_server: LoopbackDns) -> None:
    """Its data are not what the type says in ours, and a server may send any (RFC 1035 3.2.4)."""
    dns_server.publish("example.com", "SOA", 1200)
    dns_server.publish("example.com", "NS", "ns1.example.com")
    dns_server.publish("ns1.example.com", "A", "127.0.0.1")

    def refer(answer: Message) -> Message:
        answer.answer.clear()
        answer.flags = Flag(answer.flags & ~Flag.AA)
        answer.authority[:] = [rrset.from_text(f"{DOMAIN}.", 60, "IN", "NS", "ns2.example.com.")]
        glue = rrset.from_text("ns2.example.com.", 60, "HS", "A", r"\# 4 7f000001")
        answer.additional[:] = [glue]
        return answer

    with meddler(dns_server.port, refer) as port:
        policy = Policy(
            resolvers=((dns_server.host, dns_server.port),),
            name_server_port=port,
            allowed_networks=LOOPBACK,
            dns_try=0.3,
            dns_total=2.0,
        )
        found = ask_name_servers(RECORD, "TXT", policy, time.monotonic() + 2)
    assert found == Delegation(DOMAIN, None, ())

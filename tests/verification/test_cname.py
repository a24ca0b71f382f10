"""Proof by an alias: what proves, and what each problem says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dns_server import LoopbackDns
from tests.verification.conftest import LOOPBACK
from verification.causes import Turn
from verification.challenges import new_value
from verification.demo_records import is_dns_name
from verification.diagnosis import diagnose
from verification.methods import cname
from verification.methods.dns import record_name
from verification.network import GuardedNetwork, Policy
from verification.outcome import Outcome, Question

NOW = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
VALUE = "20261124k3p9x0q8z7w6v5u4t3s2r1q0p9o8n7m6l5k4j3i2h1g0f9e8d7c6b5a4"
TARGET = "20261124k3p9x0q8z7w6v5u4t3s2r1q0.p9o8n7m6l5k4j3i2h1g0f9e8d7c6b5a4.dcv.pki.example.com"
ASKED = Question("shop.example.com", VALUE)
RECORD = "_dnsauth.shop.example.com"


def problem(outcome: Outcome) -> tuple[str, str]:
    assert not outcome.proved
    assert outcome.problem is not None
    return outcome.problem.code, outcome.problem.message


def test_the_value_stands_in_the_target_in_two_labels() -> None:
    assert cname.target(VALUE) == TARGET


@given(st.datetimes())
def test_every_target_is_a_name_that_holds_the_whole_value(now: datetime) -> None:
    value = new_value(now)
    assert is_dns_name(cname.target(value))
    assert cname.target(value).replace(".", "").startswith(value)


def test_an_alias_to_the_target_proves_though_the_target_does_not_exist(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish(RECORD, "CNAME", TARGET)
    dns_server.fail(TARGET, "SERVFAIL")
    assert cname.check(ASKED, network, NOW) == Outcome(
        True,
        None,
        {
            "method": "CNAME",
            "at": "2026-11-24T01:02:03+00:00",
            "name": RECORD,
            "type": "CNAME",
            "status": "OK",
            "values": [TARGET],
            "resolver": dns_server.address,
            "ttl": 5,
        },
    )
    assert dns_server.questions(TARGET, "CNAME") == 0


def test_names_are_compared_without_regard_to_case(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish(RECORD, "CNAME", TARGET.upper())
    assert cname.check(ASKED, network, NOW).proved


@pytest.mark.parametrize("domain", ["*.shop.example.com", "www.shop.example.com"])
def test_a_wildcard_and_www_are_proved_at_the_parent(
    dns_server: LoopbackDns, network: GuardedNetwork, domain: str
) -> None:
    dns_server.publish(RECORD, "CNAME", TARGET)
    assert cname.check(Question(domain, VALUE), network, NOW).proved


@pytest.mark.parametrize(
    "leads_to",
    [
        TARGET.replace("20261124", "20261123"),
        TARGET.partition(".")[2],
        TARGET.replace(".dcv.", ".other."),
        "www.example.com",
    ],
)
def test_nothing_but_the_whole_target_proves(
    dns_server: LoopbackDns, network: GuardedNetwork, leads_to: str
) -> None:
    dns_server.publish(RECORD, "CNAME", leads_to)
    code, message = problem(cname.check(ASKED, network, NOW))
    assert code == "dns.wrong_value"
    assert message == (
        f"At {RECORD} we found a CNAME to “{leads_to}”, not to the target of this order. Let it "
        f"lead to {TARGET}. A changed record may take 5 seconds to be seen."
    )


def test_an_alias_of_an_alias_does_not_prove(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish(RECORD, "CNAME", "between.example.com")
    dns_server.publish("between.example.com", "CNAME", TARGET)
    assert problem(cname.check(ASKED, network, NOW))[0] == "dns.wrong_value"


def test_the_value_as_text_does_not_prove(dns_server: LoopbackDns, network: GuardedNetwork) -> None:
    dns_server.publish(RECORD, "TXT", VALUE, TARGET)
    code, message = problem(cname.check(ASKED, network, NOW))
    assert code == "dns.cname_conflict"  # nothing may stand beside an alias
    assert f"leads to {TARGET}" in message


def test_a_domain_added_to_the_target_is_told_from_another_target(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish(RECORD, "CNAME", f"{TARGET}.shop.example.com")
    outcome = cname.check(ASKED, network, NOW)
    code, message = problem(outcome)
    assert code == "dns.wrong_value"
    assert "the DNS host added a domain to the target" in message
    assert f"Let it lead to {TARGET}, written with a dot at its end" in message


@pytest.mark.parametrize(
    ("domain", "published_at", "code"),
    [
        ("shop.example.com", f"{RECORD}.shop.example.com", "dns.doubled_suffix"),
        ("shop.example.com", "dnsauth.shop.example.com", "dns.underscore_lost"),
        ("shop.example.com", "_dnsauth.example.com", "dns.wrong_level"),
        ("www.example.com", "_dnsauth.www.example.com", "dns.wrong_level"),
    ],
)
def test_an_alias_in_the_wrong_place_is_found_and_the_right_line_is_told(
    dns_server: LoopbackDns, network: GuardedNetwork, domain: str, published_at: str, code: str
) -> None:
    dns_server.publish(published_at, "CNAME", TARGET)
    found = diagnose(
        domain, "CNAME", VALUE, cname.check(Question(domain, VALUE), network, NOW), NOW
    )
    assert (found.cause, found.turn) == (code, Turn.YOU)
    assert published_at in found.sentence
    assert found.fix == f"{record_name(domain)}. 600 IN CNAME {TARGET}."
    assert found.evidence[-1]["asked"] == f"{published_at} CNAME"
    assert found.evidence[-1]["seen"] == [TARGET]


def test_the_alias_of_an_earlier_application_is_stale(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    earlier = "20261001" + "z" * 56
    dns_server.publish(RECORD, "CNAME", cname.target(earlier))
    asked = Question("shop.example.com", VALUE, (earlier,))
    code, message = problem(cname.check(asked, network, NOW))
    assert code == "dns.stale_value"
    assert f"Let it lead to {TARGET}" in message


def test_a_text_record_where_the_alias_belongs_is_in_the_way(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish(RECORD, "TXT", "left over")
    outcome = cname.check(ASKED, network, NOW)
    code, message = problem(outcome)
    assert code == "dns.cname_conflict"
    assert "stands a TXT record (“left over”)" in message
    there, compared = outcome.evidence["elsewhere"]
    assert there == {"name": RECORD, "type": "TXT", "status": "OK", "values": ["left over"]}
    assert (compared["made_up"], compared["status"]) == (True, "NXDOMAIN")


def test_what_the_name_servers_hold_tells_an_alias_that_is_not_seen_yet(
    dns_server: LoopbackDns,
) -> None:
    dns_server.publish("example.com", "SOA", 1200)
    dns_server.publish("example.com", "NS", "ns1.example.com", "ns2.example.com")
    dns_server.publish("ns1.example.com", "A", "127.0.0.2")
    dns_server.publish("ns2.example.com", "A", "127.0.0.3")
    network = GuardedNetwork(
        Policy(
            resolvers=((dns_server.host, dns_server.port),),
            name_server_port=dns_server.port,
            allowed_networks=LOOPBACK,
            dns_try=0.3,
            dns_total=2.0,
        )
    )
    with (
        LoopbackDns("127.0.0.2", dns_server.port, owns=True) as first,
        LoopbackDns("127.0.0.3", dns_server.port, owns=True) as second,
    ):
        first.publish("example.com", "SOA", 1200)
        second.publish("example.com", "SOA", 1200)
        first.publish(RECORD, "CNAME", TARGET)
        assert problem(cname.check(ASKED, network, NOW))[0] == "dns.partial"
        second.publish(RECORD, "CNAME", TARGET)
        code, message = problem(cname.check(ASKED, network, NOW))
        assert (code, "until 24 Nov 2026, 01:22 UTC" in message) == ("dns.cached_negative", True)
        dns_server.fail(RECORD, "SERVFAIL")
        second.fail(RECORD, "REFUSED")
        assert problem(cname.check(ASKED, network, NOW))[0] == "dns.lame"


def test_another_value_does_not_prove(dns_server: LoopbackDns, network: GuardedNetwork) -> None:
    dns_server.publish(RECORD, "CNAME", TARGET)
    other = Question("shop.example.com", VALUE[:-1] + "5")
    assert problem(cname.check(other, network, NOW))[0] == "dns.wrong_value"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("NXDOMAIN", "dns.nxdomain"),
        ("SERVFAIL", "dns.servfail"),
        ("REFUSED", "dns.refused"),
        ("BOGUS", "dns.bogus"),
        ("TIMEOUT", "dns.timeout"),
    ],
)
def test_every_failure_of_the_dns_is_a_problem_of_its_own(
    dns_server: LoopbackDns, network: GuardedNetwork, how: str, code: str
) -> None:
    dns_server.fail(RECORD, how)
    found, message = problem(cname.check(ASKED, network, NOW))
    assert found == code
    assert RECORD in message

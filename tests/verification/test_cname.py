"""Proof by an alias: what proves, and what each problem says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dns_server import LoopbackDns
from verification.challenges import new_value
from verification.demo_records import is_dns_name
from verification.methods import cname
from verification.network import GuardedNetwork
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
        f"{TARGET}.example.com",
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
    assert code == "dns.absent"
    assert f"leads to {TARGET}" in message


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

"""Look-ups against a real DNS server on loopback."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from dnslib import RD, TXT

from tests.dns_server import LoopbackDns
from verification.network import CaaRecord, DnsStatus, GuardedNetwork, Policy

NAME = "_dnsauth.example.com"


def with_resolvers(*servers: LoopbackDns, dns_total: float = 2.0) -> GuardedNetwork:
    resolvers = tuple((server.host, server.port) for server in servers)
    return GuardedNetwork(Policy(resolvers=resolvers, dns_try=0.3, dns_total=dns_total))


def test_a_txt_record_is_found_with_its_resolver_and_ttl(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish(NAME, "TXT", "one", "two")
    answer = network.txt(NAME)
    assert (answer.status, answer.values, answer.chain, answer.resolver, answer.ttl) == (
        DnsStatus.OK,
        ("one", "two"),
        (),
        dns_server.address,
        5,
    )


def test_the_chunks_of_one_record_are_joined_without_a_separator(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish(NAME, "TXT", [b"first ", b"second"])
    assert network.txt(NAME).values == ("first second",)


def test_bytes_that_are_not_printable_ascii_are_escaped(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish(NAME, "TXT", b"a\x00\x1b[31m\xff\\b")
    assert network.txt(NAME).values == ("a\\x00\\x1b[31m\\xff\\b",)


def test_a_name_without_that_type_is_nodata_and_an_unknown_name_is_nxdomain(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish(NAME, "A", "203.0.113.1")
    assert network.txt(NAME).status is DnsStatus.NODATA
    assert network.txt("example.com").status is DnsStatus.NODATA
    assert network.txt("other.example.org").status is DnsStatus.NXDOMAIN


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ("SERVFAIL", DnsStatus.SERVFAIL),
        ("FORMERR", DnsStatus.SERVFAIL),
        ("REFUSED", DnsStatus.REFUSED),
        ("BOGUS", DnsStatus.BOGUS),
        ("TIMEOUT", DnsStatus.TIMEOUT),
        ("GARBAGE", DnsStatus.SERVFAIL),
        ("FOREIGN", DnsStatus.SERVFAIL),
        ("REFERRAL", DnsStatus.SERVFAIL),
    ],
)
def test_every_failure_has_its_status_and_no_values(
    dns_server: LoopbackDns, network: GuardedNetwork, how: str, status: DnsStatus
) -> None:
    dns_server.publish(NAME, "TXT", "value")
    dns_server.fail(NAME, how)
    answer = network.txt(NAME)
    assert (answer.status, answer.values) == (status, ())
    assert answer.resolver == dns_server.address


def test_a_truncated_answer_is_asked_for_again_over_tcp(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    many = [f"record {number} " + "x" * 200 for number in range(40)]
    dns_server.publish(NAME, "TXT", *many)
    dns_server.fail(NAME, "TRUNCATED")
    assert network.txt(NAME).values == tuple(many)
    assert [one.transport for one in dns_server.asked] == ["udp", "tcp"]


@pytest.mark.parametrize("follows", [True, False])
def test_cnames_are_followed_whether_or_not_the_resolver_did(follows: bool) -> None:
    with LoopbackDns(follows=follows) as server:
        server.publish(NAME, "CNAME", "a.validation.example.net")
        server.publish("a.validation.example.net", "CNAME", "b.validation.example.net")
        server.publish("b.validation.example.net", "TXT", "value")
        answer = with_resolvers(server).txt(NAME)
    assert (answer.status, answer.values) == (DnsStatus.OK, ("value",))
    assert answer.chain == ("a.validation.example.net", "b.validation.example.net")


@pytest.mark.parametrize("follows", [True, False])
def test_a_cname_to_nothing_says_where_it_led(follows: bool) -> None:
    with LoopbackDns(follows=follows) as server:
        server.publish(NAME, "CNAME", "gone.example.net")
        answer = with_resolvers(server).txt(NAME)
    assert (answer.status, answer.chain) == (DnsStatus.NXDOMAIN, ("gone.example.net",))


@pytest.mark.parametrize("follows", [True, False])
def test_a_circle_of_cnames_fails(follows: bool) -> None:
    with LoopbackDns(follows=follows) as server:
        server.publish(NAME, "CNAME", "other.example.net")
        server.publish("other.example.net", "CNAME", NAME)
        assert with_resolvers(server).txt(NAME).status is DnsStatus.SERVFAIL


@pytest.mark.parametrize("follows", [True, False])
@pytest.mark.parametrize(("length", "status"), [(8, DnsStatus.OK), (9, DnsStatus.SERVFAIL)])
def test_eight_cnames_are_followed_and_nine_are_not(
    follows: bool, length: int, status: DnsStatus
) -> None:
    with LoopbackDns(follows=follows) as server:
        names = [NAME, *(f"n{number}.example.net" for number in range(length))]
        for here, there in pairwise(names):
            server.publish(here, "CNAME", there)
        server.publish(names[-1], "TXT", "value")
        assert with_resolvers(server).txt(NAME).status is status


@pytest.mark.parametrize("how", ["SERVFAIL", "REFUSED", "TIMEOUT", "GARBAGE"])
def test_the_next_resolver_is_asked_when_one_fails(how: str) -> None:
    with LoopbackDns() as first, LoopbackDns() as second:
        first.fail(NAME, how)
        second.publish(NAME, "TXT", "value")
        answer = with_resolvers(first, second).txt(NAME)
    assert (answer.status, answer.resolver) == (DnsStatus.OK, second.address)


@pytest.mark.parametrize("how", ["NXDOMAIN", "BOGUS"])
def test_the_next_resolver_is_not_asked_when_one_has_decided(how: str) -> None:
    with LoopbackDns() as first, LoopbackDns() as second:
        first.fail(NAME, how)
        second.publish(NAME, "TXT", "value")
        answer = with_resolvers(first, second).txt(NAME)
        assert answer.status is DnsStatus(how)
        assert second.asked == []


def test_of_two_resolvers_that_fail_the_telling_one_is_reported() -> None:
    with LoopbackDns() as first, LoopbackDns() as second:
        first.fail(NAME, "SERVFAIL")
        second.fail(NAME, "TIMEOUT")
        answer = with_resolvers(first, second).txt(NAME)
    assert (answer.status, answer.resolver) == (DnsStatus.SERVFAIL, first.address)


def test_a_lost_datagram_is_asked_for_once_more(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.fail(NAME, "TIMEOUT")
    network.txt(NAME)
    assert dns_server.questions(NAME, "TXT") == 2


def test_all_tries_together_end_in_time() -> None:
    with LoopbackDns() as one, LoopbackDns() as two, LoopbackDns() as three:
        for server in (one, two, three):
            server.fail(NAME, "TIMEOUT")
        assert with_resolvers(one, two, three, dns_total=0.7).txt(NAME).status is DnsStatus.TIMEOUT
        # Tries of 0.3 seconds each, of which the third is cut short: else there would be six.
        assert 1 <= sum(server.questions(NAME, "TXT") for server in (one, two, three)) <= 3


def test_a_resolver_that_is_not_there_is_known_at_once() -> None:
    with LoopbackDns() as server:
        gone = (server.host, server.port)
    begun = time.monotonic()
    answer = GuardedNetwork(Policy(resolvers=(gone,), dns_try=30.0, dns_total=60.0)).txt(NAME)
    assert answer.status is DnsStatus.UNREACHED
    assert time.monotonic() - begun < 20


def test_without_any_resolver_nothing_answers() -> None:
    answer = GuardedNetwork(Policy(resolvers=())).txt(NAME)
    assert (answer.status, answer.resolver) == (DnsStatus.UNREACHED, "")


def test_a_name_that_cannot_stand_in_the_dns_does_not_exist(network: GuardedNetwork) -> None:
    assert network.txt("_dnsauth." + "a" * 64 + ".example").status is DnsStatus.NXDOMAIN
    assert network.txt("_dnsauth." + "abcdefg." * 31 + "x").status is DnsStatus.NXDOMAIN


def test_caa_records_come_as_published(dns_server: LoopbackDns, network: GuardedNetwork) -> None:
    dns_server.publish(
        "example.com", "CAA", (0, "issue", "ca.example; x=1"), (128, "IODEF", "mailto:a@b.example")
    )
    answer = network.caa("example.com")
    assert answer.records == (
        CaaRecord(0, "issue", "ca.example; x=1"),
        CaaRecord(128, "IODEF", "mailto:a@b.example"),
    )


@pytest.mark.parametrize("raw", [b"\x00", b"\x00\xffissue", b"\x00\x06is-sueca", b""])
def test_a_malformed_caa_record_is_a_failure_and_not_an_absence(
    dns_server: LoopbackDns, network: GuardedNetwork, raw: bytes
) -> None:
    dns_server.publish("example.com", "CAA", RD(raw))
    assert network.caa("example.com").status is DnsStatus.SERVFAIL


def test_a_record_of_another_type_is_no_answer(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish("example.com", "TXT", TXT(b"x"))
    assert network.caa("example.com").status is DnsStatus.NODATA

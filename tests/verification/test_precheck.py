"""What is known of a proof before it is asked for: real servers on loopback, one test a finding."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
from dnslib import MX

from tests.dns_server import LoopbackDns
from tests.http_server import LoopbackHttp, page
from tests.verification.conftest import Door
from verification.causes import Turn
from verification.dictionary import DictionaryNetwork
from verification.methods import file
from verification.network import GuardedNetwork
from verification.precheck import Sighting, in_time, precheck

AT = "_dnsauth.example.com"


@pytest.fixture
def here(dns_server: LoopbackDns) -> LoopbackDns:
    dns_server.publish("example.com", "A", "127.0.0.1")
    return dns_server


def test_the_place_of_a_record_is_free(here: LoopbackDns, network: GuardedNetwork) -> None:
    seen = precheck("example.com", "DNS", network)
    assert seen == Sighting(
        "DNS", f"no record at {AT} yet. You get it when the proof is asked for."
    )
    assert seen.is_ready
    assert here.questions(AT, "TXT") == 1


def test_a_record_of_before_stays_beside_the_new_one(
    here: LoopbackDns, network: GuardedNetwork
) -> None:
    here.publish(AT, "TXT", "other")
    assert precheck("example.com", "DNS", network).sentence.startswith("a record stands at")
    here.publish(AT, "TXT", "old")
    seen = precheck("example.com", "DNS", network, earlier=("old",))
    assert seen.is_ready
    assert "the value of an earlier application" in seen.sentence


def test_an_alias_stands_in_the_way_of_a_record(here: LoopbackDns, network: GuardedNetwork) -> None:
    here.publish(AT, "CNAME", "elsewhere.example.net")
    seen = precheck("example.com", "DNS", network)
    assert (seen.code, seen.turn) == ("dns.cname_conflict", Turn.YOU)
    assert "elsewhere.example.net" in seen.sentence
    assert precheck("example.com", "CNAME", network).is_ready


def test_a_record_stands_in_the_way_of_an_alias(here: LoopbackDns, network: GuardedNetwork) -> None:
    here.publish(AT, "TXT", "of the last order")
    seen = precheck("example.com", "CNAME", network)
    assert (seen.code, seen.turn) == ("dns.cname_conflict", Turn.YOU)
    assert f"A TXT record stands at {AT}" in seen.sentence


def test_a_domain_that_is_not_there_is_told(here: LoopbackDns, network: GuardedNetwork) -> None:
    for method in ("DNS", "CNAME"):
        seen = precheck("exarnple.com", method, network)
        assert (seen.code, seen.turn) == ("dns.nxdomain", Turn.YOU)
        assert "exarnple.com does not exist" in seen.sentence


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("SERVFAIL", "dns.servfail"),
        ("REFUSED", "dns.refused"),
        ("TIMEOUT", "dns.timeout"),
        ("BOGUS", "dns.bogus"),
    ],
)
def test_name_servers_that_do_not_answer_are_the_hosts_turn(
    here: LoopbackDns, network: GuardedNetwork, how: str, code: str
) -> None:
    here.fail(AT, how)
    for method in ("DNS", "CNAME"):
        seen = precheck("example.com", method, network)
        assert (seen.code, seen.turn) == (code, Turn.DNS_HOST)
        assert AT in seen.sentence


def test_a_web_server_that_answers_is_enough(
    here: LoopbackDns, http_server: LoopbackHttp, door: Door
) -> None:
    seen = precheck("example.com", "FILE", door())
    assert (seen.subject, seen.code) == ("Web", "")
    assert "http://example.com/.well-known/pki-validation/whois.txt" in seen.sentence


def test_a_web_server_that_asks_for_a_password_is_told(
    here: LoopbackDns, http_server: LoopbackHttp, https_server: LoopbackHttp, door: Door
) -> None:
    for server in (http_server, https_server):
        server.pages[file.PATH] = page(status=401)
    seen = precheck("example.com", "FILE", door())
    assert (seen.code, seen.turn) == ("file.status", Turn.YOU)
    assert "401" in seen.sentence


def test_a_web_server_inside_is_not_reached(here: LoopbackDns, network: GuardedNetwork) -> None:
    seen = precheck("example.com", "FILE", network)
    assert (seen.code, seen.turn) == ("file.address_refused", Turn.YOU)
    assert precheck("*.example.com", "FILE", network).code == "file.wildcard"


def test_where_mail_goes(here: LoopbackDns, network: GuardedNetwork) -> None:
    assert precheck("example.com", "EMAIL", network).sentence == (
        "example.com takes mail at example.com."
    )
    here.publish("example.com", "MX", MX("mx2.example.net", 20), MX("mx1.example.net", 10))
    assert precheck("*.example.com", "EMAIL", network).sentence == (
        "example.com takes mail at mx1.example.net, mx2.example.net."
    )


def test_where_no_mail_goes(here: LoopbackDns, network: GuardedNetwork) -> None:
    here.publish("null.example.org", "MX", MX(".", 0))
    here.publish("text.example.org", "TXT", "only")
    null = precheck("null.example.org", "EMAIL", network)
    assert (null.code, null.turn) == ("mail.refused", Turn.YOU)
    assert "null MX" in null.sentence
    for name in ("text.example.org", "nowhere.example.net"):
        seen = precheck(name, "EMAIL", network)
        assert seen.code == "mail.refused"
        assert "neither MX nor address" in seen.sentence
    here.fail("example.com", "SERVFAIL", "MX")
    assert precheck("example.com", "EMAIL", network).code == "dns.servfail"


def test_a_network_that_knows_no_mail_says_only_when_it_leaves() -> None:
    assert precheck("example.com", "EMAIL", DictionaryNetwork()).is_ready


def test_what_hangs_is_left_out_and_keeps_nobody_waiting() -> None:
    ends = threading.Event()

    def hang() -> int:
        ends.wait(60)
        return 1

    asked: dict[str, Callable[[], int]] = {"slow": hang, **{f"quick{n}": int for n in range(9)}}
    begun = time.monotonic()
    try:
        found = in_time(asked, longest=0.5)
        assert time.monotonic() - begun < 30
    finally:
        ends.set()
    assert found == {f"quick{n}": 0 for n in range(9)}


def test_names_on_one_slow_server_that_find_no_place_are_left_out(
    here: LoopbackDns, http_server: LoopbackHttp, https_server: LoopbackHttp, door: Door
) -> None:
    def late(client: socket.socket) -> None:
        time.sleep(5)
        client.sendall(page(b"late"))

    names = [f"a{n}.example.com" for n in range(4)]
    for name in names:
        here.publish(name, "A", "127.0.0.1")
    for server in (http_server, https_server):
        server.pages[file.PATH] = late
    way_out = door(fetch_total=20.0)
    asked = {name: partial(precheck, name, "FILE", way_out) for name in names}
    found = in_time(asked, longest=8)
    assert 0 < len(found) < len(names)


def test_a_mistake_of_ours_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        in_time({"wrong": lambda: 1 / 0})

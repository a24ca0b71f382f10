"""Checks from several places: each view is kept, and the quorum of the rules decides."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from certificates.sightings import what_was_seen
from tests.dns_server import LoopbackDns
from tests.http_server import LoopbackHttp, page
from tests.verification.conftest import LOOPBACK
from verification import caa, contacts
from verification.causes import Turn
from verification.diagnosis import Diagnosis, diagnose
from verification.methods import CHECKERS, cname, file
from verification.network import GuardedNetwork, network_from_settings
from verification.outcome import Outcome, Question
from verification.perspectives import Glance, Quorum, View
from verification.policy import Perspective, Policy, parse_perspectives

NOW = datetime(2026, 11, 24, 9, 50, 0, tzinfo=UTC)
VALUE = "20261124k3p9x0q8z7w6v5u4t3s2r1q0p9o8n7m6l5k4j3i2h1g0f9e8d7c6b5a4"
DOMAIN = "shop.example.com"
RECORD = f"_dnsauth.{DOMAIN}"
PLACES = ("paris", "tokyo", "quito")

Servers = dict[str, LoopbackDns]


@pytest.fixture
def servers(dns_server: LoopbackDns) -> Iterator[Servers]:
    """The primary's resolver as "here", and one for each place."""
    with ExitStack() as stack:
        others = {place: stack.enter_context(LoopbackDns()) for place in PLACES}
        yield {"here": dns_server} | others


@pytest.fixture
def sides(
    servers: Servers, http_server: LoopbackHttp, https_server: LoopbackHttp
) -> GuardedNetwork:
    here = servers["here"]
    return GuardedNetwork(
        Policy(
            resolvers=((here.host, here.port),),
            perspectives=tuple(
                Perspective(place, (servers[place].host, servers[place].port)) for place in PLACES
            ),
            http_ports=(http_server.port, https_server.port),
            allowed_networks=LOOPBACK,
            dns_try=0.3,
            dns_total=1.0,
            fetch_total=3.0,
        )
    )


def publish(
    servers: Servers, places: tuple[str, ...], name: str, rtype: str, value: object
) -> None:
    for place in places:
        servers[place].publish(name, rtype, value)


def looked(network: GuardedNetwork, method: str = "DNS") -> tuple[Outcome, Diagnosis]:
    outcome = CHECKERS[method](Question(DOMAIN, VALUE), network, NOW)
    json.dumps(outcome.evidence)
    return outcome, diagnose(DOMAIN, method, VALUE, outcome, NOW)


@pytest.mark.parametrize(
    ("places", "allowed"), [(1, 0), (2, 1), (3, 1), (4, 1), (5, 1), (6, 2), (7, 2), (12, 2)]
)
def test_the_table_of_the_rules(places: int, allowed: int) -> None:
    def quorum(missing: int) -> Quorum:
        return Quorum(tuple(View(f"p{i}", Glance(i >= missing, "NODATA")) for i in range(places)))

    assert quorum(0).allowed == allowed
    assert quorum(allowed).is_met
    assert not quorum(allowed + 1).is_met


@pytest.mark.parametrize(("method", "rtype"), [("DNS", "TXT"), ("CNAME", "CNAME")])
def test_a_record_that_all_see_but_one_is_proved_and_every_view_is_kept(
    servers: Servers, sides: GuardedNetwork, method: str, rtype: str
) -> None:
    value = VALUE if method == "DNS" else cname.target(VALUE)
    publish(servers, ("here", "paris", "quito"), RECORD, rtype, value)
    outcome, found = looked(sides, method)
    assert (outcome.proved, found.cause) == (True, "ok")
    assert outcome.evidence["quorum"] == {"places": 3, "missing": 1, "allowed": 1, "met": True}
    assert [row for row in found.evidence if "agrees" in row] == [
        {
            "asked": f"{RECORD} {rtype}",
            "of": f"{place} ({servers[place].address})",
            "status": "OK" if sees else "NXDOMAIN",
            "seen": [value] if sees else [],
            "agrees": sees,
        }
        for place, sees in (("paris", True), ("tokyo", False), ("quito", True))
    ]
    lines = what_was_seen(outcome.evidence)
    assert lines[-1].seen == "At most 1 may miss it."
    assert [(line.label, line.asked) for line in lines][-4:] == [
        ("Seen from", f"paris ({servers['paris'].address})"),
        ("Not seen from", f"tokyo ({servers['tokyo'].address})"),
        ("Seen from", f"quito ({servers['quito'].address})"),
        ("Together", "2/3"),
    ]


def test_without_a_quorum_nothing_is_proved_and_the_places_are_named(
    servers: Servers, sides: GuardedNetwork
) -> None:
    publish(servers, ("here", "paris"), RECORD, "TXT", VALUE)
    servers["quito"].publish(RECORD, "TXT", "another value")
    outcome, found = looked(sides)
    assert not outcome.proved
    assert (found.cause, found.turn, found.fix) == ("dns.partial", Turn.DNS_HOST, "")
    assert "not from tokyo (NXDOMAIN), quito: 2 of 3 places" in found.sentence


def test_what_the_primary_does_not_see_no_quorum_proves(
    servers: Servers, sides: GuardedNetwork
) -> None:
    publish(servers, PLACES, RECORD, "TXT", VALUE)
    outcome, found = looked(sides)
    assert (outcome.proved, found.cause) == (False, "dns.nxdomain")
    assert outcome.evidence["quorum"]["missing"] == 0


@pytest.mark.parametrize("how", ["SERVFAIL", "REFUSED", "TIMEOUT", "BOGUS", "GARBAGE"])
def test_a_place_that_gets_no_answer_does_not_corroborate(
    servers: Servers, sides: GuardedNetwork, how: str
) -> None:
    publish(servers, ("here", "paris"), RECORD, "TXT", VALUE)
    for place in ("tokyo", "quito"):
        servers[place].fail(RECORD, how)
    outcome, found = looked(sides)
    assert (outcome.proved, found.cause) == (False, "dns.partial")


def test_all_places_are_asked_at_once(
    servers: Servers, sides: GuardedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of them answers before all of them were asked."""
    publish(servers, ("here", *PLACES), RECORD, "TXT", VALUE)
    all_asked = threading.Barrier(len(PLACES))

    def together(
        answer: Callable[[bytes, str], bytes | None], question: bytes, transport: str
    ) -> bytes | None:
        all_asked.wait(10)
        return answer(question, transport)

    for place in PLACES:
        server = servers[place]
        monkeypatch.setattr(server, "reply", partial(together, server.reply))
    patient = GuardedNetwork(replace(sides.policy, dns_try=20.0, dns_total=20.0))
    assert looked(patient)[0].proved
    assert not all_asked.broken


def test_each_place_asks_its_own_resolver_only_one_question(
    servers: Servers, sides: GuardedNetwork
) -> None:
    looked(sides)
    assert [len(servers[place].asked) for place in PLACES] == [1, 1, 1]


def test_a_file_is_fetched_from_the_address_that_each_place_resolves(
    servers: Servers, sides: GuardedNetwork, http_server: LoopbackHttp
) -> None:
    http_server.pages[file.PATH] = page(VALUE.encode())
    publish(servers, ("here", "paris", "quito"), DOMAIN, "A", "127.0.0.1")
    outcome, found = looked(sides, "FILE")
    assert (outcome.proved, found.cause) == (True, "ok")
    views = outcome.evidence["perspectives"]
    assert [(view["place"], view["status"], view["values"]) for view in views] == [
        ("paris", "ok", ["127.0.0.1"]),
        ("tokyo", "dns.nxdomain", []),
        ("quito", "ok", ["127.0.0.1"]),
    ]
    servers["quito"].publish(DOMAIN, "A", "127.0.0.9")  # nobody listens there
    outcome, found = looked(sides, "FILE")
    assert (outcome.proved, found.cause, found.turn) == (False, "dns.partial", Turn.DNS_HOST)
    assert "tokyo (dns.nxdomain), quito (file.unreachable)" in found.sentence
    assert found.evidence[-1]["of"].startswith("quito")


def test_a_web_server_without_the_file_is_not_asked_from_everywhere(
    servers: Servers, sides: GuardedNetwork, http_server: LoopbackHttp
) -> None:
    publish(servers, ("here", *PLACES), DOMAIN, "A", "127.0.0.1")
    looked(sides, "FILE")
    assert len(http_server.requests) == 1
    assert all(servers[place].asked == [] for place in PLACES)


def test_a_place_that_hangs_is_not_waited_for_once_enough_agree(
    servers: Servers, sides: GuardedNetwork
) -> None:
    publish(servers, ("here", "paris", "quito"), RECORD, "TXT", VALUE)
    servers["tokyo"].fail(RECORD, "TIMEOUT")
    patient = GuardedNetwork(replace(sides.policy, dns_try=20.0, dns_total=20.0))
    begun = time.monotonic()
    outcome, found = looked(patient)
    assert (outcome.proved, found.cause) == (True, "ok")
    assert time.monotonic() - begun < 12
    assert [view["status"] for view in outcome.evidence["perspectives"]] == ["OK", "TIMEOUT", "OK"]


OURS, OTHERS = (0, "issue", "ca1.example.net"), (0, "issue", "ca2.example.net")


def test_a_permission_needs_its_quorum_too(servers: Servers, sides: GuardedNetwork) -> None:
    publish(servers, ("here", *PLACES), DOMAIN, "CAA", OURS)
    servers["tokyo"].publish(DOMAIN, "CAA", OTHERS)
    verdict = caa.judge(DOMAIN, ["ca1.example.net"], sides)
    assert (verdict.allowed, verdict.problem) == (True, None)
    assert [view["values"] for view in verdict.evidence["perspectives"]] == [
        ["issue ca1.example.net"],
        ["issue ca2.example.net"],
        ["issue ca1.example.net"],
    ]
    servers["quito"].fail(DOMAIN, "SERVFAIL")
    verdict = caa.judge(DOMAIN, ["ca1.example.net"], sides)
    assert (verdict.allowed, verdict.retryable) == (False, True)
    assert verdict.problem is not None
    assert verdict.problem.code == "caa.unreachable"
    assert "tokyo (caa.forbids), quito (caa.unreachable): 2 of 3" in verdict.problem.message


def test_what_the_primary_reads_as_forbidden_stays_a_refusal(
    servers: Servers, sides: GuardedNetwork
) -> None:
    publish(servers, ("here",), DOMAIN, "CAA", OTHERS)
    verdict = caa.judge(DOMAIN, ["ca1.example.net"], sides)
    assert (verdict.allowed, verdict.retryable) == (False, False)
    assert len(verdict.evidence["perspectives"]) == 3


def test_places_have_names_and_resolvers_of_their_own() -> None:
    assert parse_perspectives(["paris=192.0.2.1:53", "tokyo=[2001:db8::1]:53"]) == (
        Perspective("paris", ("192.0.2.1", 53)),
        Perspective("tokyo", ("2001:db8::1", 53)),
    )
    assert parse_perspectives([]) == ()


@pytest.mark.parametrize(
    "texts",
    [
        ["paris=192.0.2.1"],
        ["192.0.2.1", "192.0.2.2"],
        ["paris=192.0.2.1", "paris=192.0.2.2"],
        ["paris=192.0.2.1", "tokyo=192.0.2.1:53"],
        ["paris=192.0.2.1", "tokyo=dns.example"],
        ["paris=192.0.2.1", "Tokyo Bay=192.0.2.2"],
        ["paris=192.0.2.1", "tokyo=192.0.2.53"],
        ["paris=192.0.2.1:53", "tokyo=192.0.2.1:5353"],
        ["paris=192.0.2.1", "tokyo=192.0.2.53:5353"],
        [f"p{i}=192.0.2.{i}" for i in range(1, 14)],
    ],
)
def test_what_would_be_no_quorum_is_refused(texts: list[str]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_perspectives(texts, [("192.0.2.53", 53)])


def test_the_settings_name_the_places(settings: Settings) -> None:
    settings.VERIFICATION_RESOLVERS = ["127.0.0.1:5353"]
    settings.VERIFICATION_PERSPECTIVES = ["paris=127.0.0.2", "tokyo=127.0.0.3"]
    assert list(network_from_settings().perspectives) == ["paris", "tokyo"]
    assert network_from_settings().perspectives["paris"].perspectives == {}


@given(st.lists(st.booleans(), min_size=2, max_size=12))
def test_more_agreement_never_loses_a_quorum(agree: list[bool]) -> None:
    def met(views: list[bool]) -> bool:
        return Quorum(tuple(View("p", Glance(each, "")) for each in views)).is_met

    if met(agree):
        for at in range(len(agree)):
            assert met([*agree[:at], True, *agree[at + 1 :]])


def test_a_contact_is_written_to_only_where_enough_places_see_it(
    servers: Servers, sides: GuardedNetwork
) -> None:
    at, address = f"_validation-contactemail.{DOMAIN}", "tls@shop.example.com"
    publish(servers, ("here", "paris"), at, "TXT", address)
    servers["quito"].publish(at, "TXT", "other@example.org")
    picked = contacts.Contact("txt", address, at).id
    seen = contacts.look_up(DOMAIN, picked, sides)
    assert isinstance(seen, Outcome)
    assert seen.problem is not None
    assert (seen.proved, seen.problem.code) == (False, "dns.partial")
    assert "not from tokyo (NODATA), quito: 2 of 3 places" in seen.problem.message
    json.dumps(seen.evidence)
    labels = [line.label for line in what_was_seen(seen.evidence)]
    places = ["Seen from", "Not seen from", "Not seen from", "Together"]
    assert labels == ["We asked", "We found", *places]
    publish(servers, ("tokyo",), at, "TXT", address)
    found = contacts.look_up(DOMAIN, picked, sides)
    assert isinstance(found, contacts.Contact)
    assert found.views["quorum"] == {"places": 3, "missing": 1, "allowed": 1, "met": True}


def test_a_caa_contact_that_only_we_see_is_not_written_to(
    servers: Servers, sides: GuardedNetwork
) -> None:
    publish(servers, ("here",), DOMAIN, "CAA", (0, "contactemail", "a@shop.example.com"))
    picked = contacts.Contact("caa", "a@shop.example.com", DOMAIN).id
    assert isinstance(contacts.look_up(DOMAIN, picked, sides), Outcome)

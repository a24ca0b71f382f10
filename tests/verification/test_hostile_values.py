"""Whatever a stranger's DNS or web server sends: only the exact value proves, and nothing breaks.

Each time the evidence can be kept and shown: bounded, printable, JSON.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.dns_server import LoopbackDns
from tests.http_server import LoopbackHttp, page
from tests.verification.conftest import Door
from verification import caa
from verification.causes import CATALOGUE
from verification.diagnosis import diagnose
from verification.dictionary import DictionaryNetwork
from verification.evidence import printable
from verification.http_fetch import UNRESOLVED
from verification.methods import CHECKERS, cname, file
from verification.network import (
    CaaRecord,
    Delegation,
    DnsAnswer,
    DnsStatus,
    GuardedNetwork,
    HttpAnswer,
    Network,
    ServerAnswer,
)
from verification.outcome import Outcome, Question

NOW = datetime(2026, 11, 24, 9, 50, 0, tzinfo=UTC)
VALUE = "20261124k3p9x0q8z7w6v5u4t3s2r1q0p9o8n7m6l5k4j3i2h1g0f9e8d7c6b5a4"
DOMAIN = "shop.example.com"
RECORD = f"_dnsauth.{DOMAIN}"
LONGEST_EVIDENCE = 100_000  # characters as JSON
LONGEST_SENTENCE = 5_000

shared_server = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
# Text of any kind, and text that comes near to the value.
NEAR = st.sampled_from(
    [VALUE, VALUE.upper(), VALUE[:-1], VALUE + "0", f'"{VALUE}"', VALUE[::-1], cname.target(VALUE),
     f"{cname.target(VALUE)}.", VALUE[:32], VALUE[32:], "\0", "\u202e", "\ud800", "", "%s%(x)s{}"]
)  # fmt: skip
TEXT = NEAR | st.text(max_size=300) | st.text(alphabet=st.characters(), max_size=40)
STATUSES = st.sampled_from(DnsStatus)


class Stranger:
    """A network whose every answer is drawn; what the door itself writes is printable already."""

    marked = ""
    perspectives: Mapping[str, Network] = {}

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.seen: list[tuple[str, ...]] = []

    def texts(self, most: int = 6) -> tuple[str, ...]:
        return tuple(self.data.draw(st.lists(TEXT, max_size=most)))

    def _answer(self, name: str, rtype: str) -> DnsAnswer:
        values = self.texts()
        status = self.data.draw(STATUSES)
        chain = self.data.draw(st.just(()) | st.just(self.texts(3)))
        if name == RECORD:
            self.seen.append(values if status is DnsStatus.OK else ())
        ttl = self.data.draw(st.none() | st.integers(0, 2**31 - 1))
        return DnsAnswer(name, rtype, status, values, chain, "192.0.2.53:53", ttl)

    def txt(self, name: str) -> DnsAnswer:
        return self._answer(name, "TXT")

    def cname(self, name: str) -> DnsAnswer:
        return self._answer(name, "CNAME")

    def caa(self, name: str) -> Any:
        raise NotImplementedError

    def update(self, host: str, port: int, message: Any) -> Any:
        raise NotImplementedError

    def name_servers(self, name: str, rtype: str) -> Delegation:
        servers = tuple(
            ServerAnswer(
                printable(self.data.draw(TEXT)),
                "192.0.2.1",
                self.data.draw(STATUSES),
                self.texts(5),
            )
            for _each in range(self.data.draw(st.integers(0, 4)))
        )
        kept_for = self.data.draw(st.none() | st.integers(0, 2**31 - 1))
        return Delegation(printable(self.data.draw(TEXT)), kept_for, servers)

    def get(self, url: str) -> HttpAnswer:
        raise NotImplementedError


def texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from texts_in(key)
            yield from texts_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts_in(each)


def assert_fit_to_keep(evidence: dict[str, Any]) -> None:
    kept = json.dumps(evidence, ensure_ascii=False)
    assert json.loads(kept) == json.loads(json.dumps(evidence))
    assert len(kept) < LONGEST_EVIDENCE
    kept.encode()  # no surrogates, which no database takes
    for text in texts_in(evidence):
        assert not any(unicodedata.category(c)[0] in "CZ" and c not in " \ufffd" for c in text), (
            text
        )


def assert_told(outcome: Outcome, method: str) -> None:
    assert (outcome.problem is None) == outcome.proved
    told = diagnose(DOMAIN, method, VALUE, outcome, NOW)
    json.dumps(list(told.evidence))
    if outcome.problem is not None:
        assert outcome.problem.code in CATALOGUE
        assert len(outcome.problem.message) < LONGEST_SENTENCE
        outcome.problem.message.encode()


@settings(max_examples=50)
@given(st.data())
def test_no_answer_of_the_dns_proves_but_the_exact_value(data: st.DataObject) -> None:
    for method in ("DNS", "CNAME"):
        network = Stranger(data)
        outcome = CHECKERS[method](Question(DOMAIN, VALUE, ("earlier",)), network, NOW)
        values = network.seen[0]
        if method == "DNS":
            expected = VALUE in [value.strip() for value in values]
        else:
            expected = cname.target(VALUE) in [value.rstrip(".").lower() for value in values]
        assert outcome.proved is expected
        assert_fit_to_keep(outcome.evidence)
        assert_told(outcome, method)


@shared_server
@given(chunks=st.lists(st.lists(st.binary(max_size=255), min_size=1, max_size=3), max_size=4))
def test_any_bytes_in_a_record_are_read_and_prove_nothing(
    dns_server: LoopbackDns, network: GuardedNetwork, chunks: list[list[bytes]]
) -> None:
    assume(all(b"".join(each).strip() != VALUE.encode() for each in chunks))
    dns_server.publish(RECORD, "TXT", *chunks)
    outcome = CHECKERS["DNS"](Question(DOMAIN, VALUE), network, NOW)
    assert not outcome.proved
    assert_fit_to_keep(outcome.evidence)
    assert_told(outcome, "DNS")


@shared_server
@given(cuts=st.lists(st.integers(1, len(VALUE) - 1), max_size=5))
def test_the_value_in_chunks_of_one_record_is_the_value(
    dns_server: LoopbackDns, network: GuardedNetwork, cuts: list[int]
) -> None:
    ends = [0, *sorted(set(cuts)), len(VALUE)]
    pieces = [VALUE[a:b].encode() for a, b in pairwise(ends)]
    dns_server.publish(RECORD, "TXT", pieces)
    assert CHECKERS["DNS"](Question(DOMAIN, VALUE), network, NOW).proved


HOPS = st.lists(
    st.fixed_dictionaries(
        {"url": st.just("http://shop.example.com/x") | st.just(f"http://x.example/{VALUE}")},
        optional={"address": st.just("192.0.2.1"), "detail": st.just("why"), "status": st.none()},
    ),
    max_size=4,
)
PROBLEMS = st.sampled_from(
    ["", "", "", "address_refused", "timeout", "unreachable", "tls", "redirect_loop",
     "redirect_refused", "too_large", "port", "encoded", "bogus", *UNRESOLVED]
)  # fmt: skip


class Page(DictionaryNetwork):
    def __init__(self, answer: HttpAnswer) -> None:
        super().__init__()
        self.marked = ""
        self.answer = answer

    def get(self, url: str) -> HttpAnswer:
        return self.answer


@settings(max_examples=200)
@given(
    body=st.binary(max_size=400) | TEXT.map(lambda text: text.encode("utf-8", "replace")),
    around=st.sampled_from([b"", b"\n", b"\r\n", b" ", b"x", b"\xef\xbb\xbf", b"\0"]),
    holds=st.booleans(),
    status=st.none() | st.integers(100, 599),
    problem=PROBLEMS,
    hops=HOPS,
)
def test_no_page_proves_but_the_value_on_a_line_of_its_own(
    body: bytes,
    around: bytes,
    holds: bool,
    status: int | None,
    problem: str,
    hops: list[dict[str, Any]],
) -> None:
    content = around + VALUE.encode() + around + body if holds else body
    answer = HttpAnswer("http://shop.example.com/x", problem, status, content, tuple(hops))
    outcome = CHECKERS["FILE"](Question(DOMAIN, VALUE), Page(answer), NOW)
    lines = [line.strip() for line in content.decode("utf-8-sig", "replace").splitlines()]
    echoed = any(VALUE in hop["url"] for hop in hops)
    assert outcome.proved is (not problem and status == 200 and not echoed and VALUE in lines)
    assert_fit_to_keep(outcome.evidence)
    assert_told(outcome, "FILE")


@shared_server
@given(raw=st.binary(max_size=300), prefix=st.sampled_from(
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 302 So\r\nLocation: "]
))  # fmt: skip
def test_any_bytes_of_a_web_server_are_an_answer_or_a_problem(
    dns_server: LoopbackDns, http_server: LoopbackHttp, door: Door, raw: bytes, prefix: bytes
) -> None:
    dns_server.publish(DOMAIN, "A", "127.0.0.1")
    http_server.pages[file.PATH] = prefix + raw
    outcome = CHECKERS["FILE"](Question(DOMAIN, VALUE), door(), NOW)
    assert not outcome.proved
    assert_fit_to_keep(outcome.evidence)
    assert_told(outcome, "FILE")


def test_a_page_of_the_largest_size_is_kept_in_short(
    dns_server: LoopbackDns, http_server: LoopbackHttp, door: Door
) -> None:
    dns_server.publish(DOMAIN, "A", "127.0.0.1")
    http_server.pages[file.PATH] = page(b"\x1b[31m\xe2\x80\xae" * 8000)
    outcome = CHECKERS["FILE"](Question(DOMAIN, VALUE), door(), NOW)
    assert len(json.dumps(outcome.evidence)) < 3000
    assert_fit_to_keep(outcome.evidence)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 255), TEXT, TEXT), max_size=30))
def test_no_caa_record_breaks_the_judge_or_permits_by_accident(
    records: list[tuple[int, str, str]],
) -> None:
    published = [CaaRecord(*record) for record in records]
    network = DictionaryNetwork(caa={"example.com": published})
    verdict = caa.judge("example.com", ["ca1.example.net"], network)
    assert verdict.allowed is (verdict.problem is None)
    if any(record.tag.lower() == "issue" for record in published):
        assert not verdict.allowed or any("ca1.example.net" in each.value for each in published)
    assert_fit_to_keep(verdict.evidence)


@pytest.mark.parametrize("seen", ["\x1b]0;x\x07", "a\u2028b", "\u202e", "\ud800", "x" * 10_000])
def test_what_steers_terminals_and_pages_is_not_kept(seen: str) -> None:
    network = DictionaryNetwork(txt={RECORD: [seen] * 500})
    outcome = CHECKERS["DNS"](Question(DOMAIN, VALUE), network, NOW)
    assert_fit_to_keep(outcome.evidence)
    assert_told(replace(outcome), "DNS")

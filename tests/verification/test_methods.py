"""The checkers: what proves, and what each problem says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from inspect import unwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dns_server import LoopbackDns
from tests.http_server import LoopbackHttp, page
from tests.verification.conftest import Door
from verification.dictionary import DictionaryNetwork
from verification.evidence import printable
from verification.methods import CHECKERS, cname, dns, file, mail
from verification.network import GuardedNetwork, HttpAnswer
from verification.outcome import Outcome, Question

NOW = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
VALUE = "20261124k3p9x0q8z7w6v5u4t3s2r1q0p9o8n7m6l5k4j3i2h1g0f9e8d7c6b5a4"
PATH = "/.well-known/pki-validation/whois.txt"
ASKED = Question("shop.example.com", VALUE)
RECORD = "_dnsauth.shop.example.com"


def problem(outcome: Outcome) -> tuple[str, str]:
    assert not outcome.proved
    assert outcome.problem is not None
    return outcome.problem.code, outcome.problem.message


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("example.com", "_dnsauth.example.com"),
        ("shop.example.com", "_dnsauth.shop.example.com"),
        ("www.example.com", "_dnsauth.example.com"),
        ("www.shop.example.com", "_dnsauth.shop.example.com"),
        ("*.example.com", "_dnsauth.example.com"),
        ("*.www.example.com", "_dnsauth.www.example.com"),
        ("www.co.uk", "_dnsauth.www.co.uk"),
        ("www.com", "_dnsauth.www.com"),
        ("www.github.io", "_dnsauth.github.io"),
        ("wwwexample.com", "_dnsauth.wwwexample.com"),
        ("www2.example.com", "_dnsauth.www2.example.com"),
    ],
)
def test_the_record_stands_at_the_domain_or_at_the_parent_of_www_and_wildcards(
    domain: str, expected: str
) -> None:
    assert dns.record_name(domain) == expected


def test_the_five_mailboxes_are_at_the_base_domain() -> None:
    expected = ("admin", "administrator", "webmaster", "hostmaster", "postmaster")
    for domain in ("example.com", "*.example.com"):
        assert mail.mailboxes(domain) == tuple(f"{one}@example.com" for one in expected)


def test_every_method_that_looks_has_a_checker() -> None:
    assert {way: unwrap(check) for way, check in CHECKERS.items()} == {
        "DNS": dns.check,
        "CNAME": cname.check,
        "FILE": file.check,
    }


def test_a_record_with_the_value_proves_even_among_others(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish(RECORD, "TXT", "other", VALUE)
    outcome = dns.check(ASKED, network, NOW)
    assert outcome == Outcome(
        True,
        None,
        {
            "method": "DNS",
            "at": "2026-11-24T01:02:03+00:00",
            "name": RECORD,
            "type": "TXT",
            "status": "OK",
            "values": ["other", VALUE],
            "chain": [],
            "resolver": dns_server.address,
            "ttl": 5,
        },
    )


def test_a_record_in_chunks_behind_a_cname_proves(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish(RECORD, "CNAME", "v.example.net")
    dns_server.publish("v.example.net", "TXT", [VALUE[:20].encode(), VALUE[20:].encode()])
    outcome = dns.check(ASKED, network, NOW)
    assert outcome.proved
    assert outcome.evidence["chain"] == ["v.example.net"]


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (VALUE[:-1], "dns.wrong_value"),
        (VALUE + "x", "dns.wrong_value"),
        (f"x {VALUE}", "dns.wrong_value"),
        ("", "dns.wrong_value"),
        (VALUE.upper(), "dns.quoted_value"),
        (f'"{VALUE}"', "dns.quoted_value"),
    ],
)
def test_nothing_but_the_whole_value_proves(
    dns_server: LoopbackDns, network: GuardedNetwork, published: str, expected: str
) -> None:
    dns_server.publish(RECORD, "TXT", published)
    code, message = problem(dns.check(ASKED, network, NOW))
    assert code == expected
    assert f"“{published}”" in message
    assert VALUE in message


def test_the_value_at_the_domain_itself_does_not_prove(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish("shop.example.com", "TXT", VALUE)
    dns_server.publish(f"{VALUE}.shop.example.com", "TXT", VALUE)
    assert problem(dns.check(ASKED, network, NOW))[0] == "dns.wrong_level"


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
    dns_server.publish(RECORD, "TXT", VALUE)
    dns_server.fail(RECORD, how)
    outcome = dns.check(ASKED, network, NOW)
    assert problem(outcome)[0] == code
    assert RECORD in problem(outcome)[1]
    assert outcome.evidence["status"] == how


def test_a_name_without_text_is_absent_and_the_sentence_says_what_to_publish(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish(RECORD, "A", "203.0.113.1")
    assert problem(dns.check(ASKED, network, NOW)) == (
        "dns.absent",
        (
            f"The name {RECORD} exists but holds no TXT record. Publish a TXT record there with "
            f"the value {VALUE}."
        ),
    )


def test_hostile_records_leave_only_bounded_printable_evidence(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish(
        RECORD, "TXT", *[bytes([n, 0, 27, 255]) + b"<%(x)s>" * 20 for n in range(90)]
    )
    dns_server.fail(RECORD, "TRUNCATED")
    outcome = dns.check(ASKED, network, NOW)
    kept = json.dumps(outcome.evidence)
    assert len(kept) < 10_000
    assert "\\u00" not in kept
    assert len(problem(outcome)[1]) < 1000


@pytest.mark.parametrize(
    "body",
    [
        VALUE.encode(),
        VALUE.encode() + b"\n",
        VALUE.encode() + b"\r\n",
        b"  " + VALUE.encode() + b" \r\n\r\n",
        b"\xef\xbb\xbf" + VALUE.encode() + b"\n",
        b"older-value\n" + VALUE.encode() + b"\n",
        b"\xff\xfe\n" + VALUE.encode(),
    ],
)
def test_a_file_that_holds_the_value_as_a_line_proves(
    dns_server: LoopbackDns, http_server: LoopbackHttp, door: Door, body: bytes
) -> None:
    dns_server.publish("shop.example.com", "A", "127.0.0.1")
    http_server.pages[PATH] = page(body)
    outcome = file.check(ASKED, door(), NOW)
    assert outcome.proved
    assert outcome.evidence["fetches"][0]["hops"][0]["address"] == "127.0.0.1"
    assert not outcome.evidence["fetches"][0]["body"].endswith("\ufffd"), "its end is no fault"
    assert json.dumps(outcome.evidence)


def test_the_file_may_be_on_https_only(
    dns_server: LoopbackDns, https_server: LoopbackHttp, door: Door
) -> None:
    dns_server.publish("shop.example.com", "A", "127.0.0.1")
    https_server.pages[PATH] = page(VALUE.encode())
    outcome = file.check(ASKED, door(), NOW)
    assert outcome.proved
    assert [one["status"] for one in outcome.evidence["fetches"]] == [404, 200]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "file.wrong_content"),
        (VALUE[:-1].encode(), "file.wrong_content"),
        (VALUE.upper().encode(), "file.wrong_content"),
        ((VALUE[:30] + "\n" + VALUE[30:]).encode(), "file.wrong_content"),
        (b"<html><body>" + VALUE.encode() + b"</body></html>", "file.html"),
        (b"\xef\xbb\xbf\n<!DOCTYPE HTML>" + VALUE.encode(), "file.html"),
        (VALUE.encode() + b"x", "file.extra_text"),
        (b"value=" + VALUE.encode(), "file.extra_text"),
        (b"\xef\xbb\xbf\xef\xbb\xbf" + VALUE.encode(), "file.extra_text"),
        (VALUE.encode("utf-16"), "file.extra_text"),
        (VALUE.encode("utf-16-be"), "file.extra_text"),
    ],
)
def test_a_page_with_other_content_does_not_prove(
    dns_server: LoopbackDns, http_server: LoopbackHttp, door: Door, body: bytes, expected: str
) -> None:
    dns_server.publish("shop.example.com", "A", "127.0.0.1")
    http_server.pages[PATH] = page(body)
    code, message = problem(file.check(ASKED, door(), NOW))
    assert code == expected
    assert VALUE in message


def test_a_page_for_all_addresses_with_status_404_does_not_prove(
    dns_server: LoopbackDns, http_server: LoopbackHttp, door: Door
) -> None:
    dns_server.publish("shop.example.com", "A", "127.0.0.1")
    http_server.pages[PATH] = page(VALUE.encode(), 404)
    code, message = problem(file.check(ASKED, door(), NOW))
    assert code == "file.absent"
    address = file.file_url("shop.example.com")
    assert message.startswith(f"There is no file at {address}: it answered 404. ")


def test_the_request_never_holds_the_value(
    dns_server: LoopbackDns, http_server: LoopbackHttp, door: Door
) -> None:
    dns_server.publish("shop.example.com", "A", "127.0.0.1")
    file.check(ASKED, door(), NOW)
    assert [one.line for one in http_server.requests] == [f"GET {PATH} HTTP/1.1"]
    assert VALUE not in str(http_server.requests)


def test_a_redirect_to_an_address_that_holds_the_value_does_not_prove(
    dns_server: LoopbackDns, http_server: LoopbackHttp, door: Door
) -> None:
    dns_server.publish("shop.example.com", "A", "127.0.0.1")
    http_server.pages[PATH] = page(b"", 302, location=f"/echo?{VALUE}")
    http_server.pages[f"/echo?{VALUE}"] = page(VALUE.encode())
    assert problem(file.check(ASKED, door(), NOW))[0] == "file.redirect_refused"


def test_a_wildcard_is_never_proved_by_a_file_and_nothing_is_fetched(
    http_server: LoopbackHttp, dns_server: LoopbackDns, door: Door
) -> None:
    outcome = file.check(Question("*.example.com", VALUE), door(), NOW)
    assert problem(outcome)[0] == "file.wildcard"
    assert (http_server.requests, dns_server.asked) == ([], [])


@pytest.mark.parametrize(
    ("stop", "code"),
    [
        ("address_refused", "file.address_refused"),
        ("timeout", "file.timeout"),
        ("unreachable", "file.unreachable"),
        ("tls", "file.tls"),
        ("redirect_loop", "file.redirect_loop"),
        ("redirect_refused", "file.redirect_refused"),
        ("port", "file.port"),
        ("too_large", "file.too_large"),
        ("encoded", "file.wrong_content"),
    ],
)
def test_every_stop_of_the_door_is_told_with_its_detail(stop: str, code: str) -> None:
    class Stopping(DictionaryNetwork):
        def get(self, url: str) -> HttpAnswer:
            return HttpAnswer(url, stop, None, b"", ({"url": url, "detail": "100% seen"},))

    told, message = problem(file.check(ASKED, Stopping(), NOW))
    assert told == code
    assert "http://shop.example.com" in message
    assert stop == "redirect_loop" or "100% seen" in message


@pytest.mark.parametrize(
    ("http", "https", "code"),
    [
        (page(b"", 404), page(b"", 500), "file.status"),
        (page(b"", 403), page(b"", 404), "file.status"),
        (page(b"", 404), page(b"wrong"), "file.wrong_content"),
        (page(b"", 404), b"", "file.absent"),
    ],
)
def test_of_two_problems_the_one_nearer_to_a_proof_is_told(
    dns_server: LoopbackDns,
    http_server: LoopbackHttp,
    https_server: LoopbackHttp,
    door: Door,
    http: bytes,
    https: bytes,
    code: str,
) -> None:
    dns_server.publish("shop.example.com", "A", "127.0.0.1")
    http_server.pages[PATH] = http
    https_server.pages[PATH] = https
    assert problem(file.check(ASKED, door(), NOW))[0] == code


def test_the_dictionary_proves_and_its_evidence_is_marked() -> None:
    network = DictionaryNetwork(
        txt={RECORD: [VALUE]},
        cname={RECORD: cname.target(VALUE)},
        pages={file.file_url("shop.example.com"): VALUE.encode()},
    )
    for checker in CHECKERS.values():
        outcome = checker(ASKED, network, NOW)
        assert outcome.proved
        assert outcome.evidence["marked"] == "demo"
        assert not checker(Question("other.example.com", VALUE), network, NOW).proved


@given(st.text())
def test_what_is_kept_is_bounded_and_printable(text: str) -> None:
    kept = printable(text, 40)
    assert len(kept) <= 40
    assert kept.isprintable()
    assert "\x00" not in kept

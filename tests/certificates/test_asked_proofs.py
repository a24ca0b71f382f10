"""What a look saw, told in sentences: of a file and of a mail as of a DNS record."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from certificates.asked_proofs import AskedProof, Look
from certificates.sightings import STOPPED, Saw, Sought, beyond, what_caa_said, what_was_seen
from config.templatetags import look
from tests.cast import World
from tests.certificates.browsing import page_of
from verification import http_fetch
from verification.challenges import Attempt, Challenge

URL = "http://shop.example.com/.well-known/pki-validation/whois.txt"


def fetched(**facts: object) -> list[Saw]:
    hops = facts.pop("hops", [{"url": URL}])
    return what_was_seen({"method": "FILE", "fetches": [{"hops": hops, **facts}]})


@pytest.mark.parametrize(
    ("facts", "seen"),
    [
        ({"status": 404, "body": ""}, "It answered with status 404."),
        ({"status": 200, "body": ""}, "It answered with status 200."),
        ({"problem": "timeout", "status": None}, "No whole answer came in time."),
        ({"problem": "of_tomorrow"}, "of_tomorrow"),
    ],
)
def test_a_fetch_is_told_in_a_sentence(facts: dict[str, object], seen: str) -> None:
    assert fetched(**facts) == [Saw("We asked", URL, seen)]


def test_every_way_in_which_a_fetch_stops_has_its_sentence() -> None:
    source = Path(http_fetch.__file__).read_text()
    named = set(re.findall(r'_Stopped\(\s*"([a-z_]+)"', source)) | set(http_fetch.UNRESOLVED)
    assert len(named) > len(http_fetch.UNRESOLVED)
    assert named - set(STOPPED) == set()


def test_each_request_is_shown_with_its_address_and_how_it_was_found() -> None:
    first: dict[str, object] = {
        "url": URL,
        "resolver": "192.0.2.53:53",
        "addresses": ["192.0.2.1", "192.0.2.2"],
    }
    first |= {"address": "192.0.2.2", "status": 301, "dnssec": "secure"}
    second: dict[str, object] = {
        "url": "https://www.example.com/",
        "resolver": "192.0.2.53:53",
        "status": 200,
    }
    second |= {"addresses": ["192.0.2.3"], "address": "192.0.2.3", "dnssec": "insecure",
               "dnssec_reason": "example.com is delegated without a DS record"}  # fmt: skip
    assert fetched(hops=[first, second], status=200, body="hello", length=5) == [
        Saw("We asked", URL, "192.0.2.2: It redirected with status 301."),
        Saw("We asked", "https://www.example.com/", "192.0.2.3: It answered with status 200."),
        Saw("First bytes", "hello", "5 bytes"),
        Saw("Asked at", "192.0.2.53:53", "shop.example.com: 192.0.2.1, 192.0.2.2"),
        Saw("DNSSEC", "secure"),
        Saw("Asked at", "192.0.2.53:53", "www.example.com: 192.0.2.3"),
        Saw("DNSSEC", "insecure", "example.com is delegated without a DS record"),
    ]


NAME = "_dnsauth.shop.example.com"
VALUE = "20261124k3p9x0q8z7w6v5u4t3s2r1q0p9o8n7m6l5k4j3i2h1g0f9e8d7c6b5a4"
DNS = {"method": "DNS", "name": NAME, "type": "TXT", "status": "OK", "resolver": "192.0.2.53:53"}


def at(name: str) -> dict[str, object]:
    """The value was found there, and not where it belongs."""
    seen = {"name": name, "type": "TXT", "status": "OK", "values": [VALUE]}
    return DNS | {"status": "NXDOMAIN", "elsewhere": [seen]}


def page_with(answered: int, body: str = "", **hop: object) -> dict[str, object]:
    seen = {"hops": [{"url": URL, **hop}], "status": answered, "body": body}
    return {"method": "FILE", "fetches": [seen | {"problem": hop.get("problem", "")}]}


@pytest.mark.parametrize(
    ("code", "evidence", "marked"),
    [
        ("dns.doubled_suffix", at(f"{NAME}.example.com"), ["example.com"]),
        ("dns.doubled_suffix", at(f"{NAME}.shop.example.com"), ["shop.example.com"]),
        ("dns.underscore_lost", at(NAME.removeprefix("_")), ["dnsauth"]),
        ("dns.wrong_level", at("_dnsauth.www.shop.example.com"), ["www"]),
        ("dns.wrong_level", at("shop.example.com"), ["shop.example.com"]),
        ("dns.wrong_value", DNS | {"values": ["something else"]}, ["something else"]),
        ("dns.wrong_value", DNS | {"values": [VALUE[:9] + "X" + VALUE[10:]]}, ["X"]),
        ("dns.wrong_value", DNS | {"values": [VALUE[:-1]]}, [VALUE[:-1]]),
        ("dns.quoted_value", DNS | {"values": [f'"{VALUE}"', "v=spf1 -all"]}, ['"', '"']),
        ("dns.stale_value", DNS | {"values": [VALUE[::-1]]}, [VALUE[::-1]]),
        ("dns.cname_conflict", DNS | {"chain": ["a.example", "b.example"]},
         ["a.example → b.example"]),
        ("dns.lame", DNS | {"servers": [
            {"server": "ns1.example", "address": "192.0.2.1", "status": "LAME", "values": []},
            {"server": "ns2.example", "address": "192.0.2.2", "status": "OK", "values": []},
        ]}, ["LAME"]),
        ("dns.partial", DNS | {"servers": [
            {"server": "ns1.example", "address": "192.0.2.1", "status": "OK", "values": [VALUE]},
            {"server": "ns2.example", "address": "192.0.2.2", "status": "NODATA", "values": []},
        ]}, ["NODATA"]),
        ("dns.nxdomain", DNS | {"status": "NXDOMAIN"}, []),
        ("ok", DNS | {"values": [VALUE, "v=spf1 -all"]}, []),
        ("file.status", page_with(403, status=403, address="192.0.2.3"), ["403"]),
        ("file.html", page_with(200, "<html>"), ["<html>"]),
        ("file.extra_text", page_with(200, f"value: {VALUE}"), ["value: "]),
        ("file.port", page_with(0, problem="port"), [URL]),
        ("file.timeout", page_with(0, problem="timeout"), []),
    ],
)  # fmt: skip
def test_the_part_that_is_wrong_is_marked(
    code: str, evidence: dict[str, object], marked: list[str]
) -> None:
    found = []
    for line in what_was_seen(evidence, Sought(code, NAME, VALUE)):
        for text, spans in ((line.asked, line.wrong), (line.seen, line.wrong_seen)):
            found += [text[begin:end] for begin, end in spans]
            told = re.findall("<mark>(.*?)</mark>", look.marked(text, spans))
            assert [unescape(each) for each in told] == [text[a:b] for a, b in spans]
    assert found == marked


@given(st.text(max_size=200), st.text(max_size=200))
def test_marks_change_nothing_of_a_text(wanted: str, found: str) -> None:
    spans = beyond(wanted, found)
    assert bool(spans) == (found not in (wanted, ""))
    told = unescape(look.marked(found, spans))
    assert told.replace("<mark>", "").replace("</mark>", "") == found or "mark>" in found
    assert "<script" not in look.marked("<script>", ((0, 8),))


@pytest.mark.parametrize(
    ("code", "tone"),
    [
        ("", "you"),
        ("mail.unanswered", "you"),
        ("dns.nxdomain", "you"),
        ("dns.absent", "you"),
        ("file.absent", "you"),
        ("dns.wrong_value", "problem"),
        ("name.paused", "problem"),
        ("dns.cached_negative", "ca"),
        ("dns.resolver", "ca"),
        ("dns.lame", "ca"),
        ("proof.stuck", "ca"),
    ],
)
def test_only_what_the_reader_is_to_mend_looks_wrong(code: str, tone: str) -> None:
    assert AskedProof(Challenge(problem_code=code), how="").tone == tone
    if code:
        seen = Look(Attempt(code=code, proved=False), ()).tone
        assert seen == tone


@pytest.mark.parametrize("code", ["dns.nxdomain", "dns.absent"])
def test_a_web_server_without_an_address_looks_wrong(code: str) -> None:
    asked = Challenge(problem_code=code, method="FILE")
    assert AskedProof(asked, how="").tone == "problem"
    assert Look(Attempt(code=code, proved=False), (), "FILE").tone == "problem"
    assert Look(Attempt(code="ok", proved=True), ()).tone == "done"


@pytest.mark.parametrize(
    ("at", "language", "seen"),
    [
        ("", "en", "Nobody has answered."),
        ("2026-12-24 09:02:11.5+00:00", "en", "Answered on 24 Dec 2026, 09:02 UTC."),
        ("2026-12-24T10:02:11+01:00", "en", "Answered on 24 Dec 2026, 09:02 UTC."),
        ("2026-12-24 09:02:11.5+00:00", "de", "24. Dez. 2026, 09:02 UTC"),
    ],
)
def test_an_answer_by_mail_is_told_with_its_day(at: str, language: str, seen: str) -> None:
    with translation.override(language):
        (saw,) = what_was_seen({"mailbox": "admin@example.com", "answered_at": at})
    assert saw.asked == "admin@example.com"
    assert seen in saw.seen


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "is_offered"),
    [
        ("shop.demo.example.net", True),
        ("www.demo.example.net", True),
        ("shop.example.com", False),
        ("notdemo.example.net", False),
        ("demo.example.net.example.com", False),
    ],
)
def test_the_demos_dns_host_is_offered_for_the_names_of_its_zone(
    world: World, alice: Client, settings: Settings, name: str, is_offered: bool
) -> None:
    settings.ENVIRONMENT = "demo"
    page = page_of(alice, world.submitted(name, method="DNS"))
    assert ("Publish it at the demo" in page) is is_offered


@pytest.mark.parametrize(
    ("language", "permits", "not_so", "seen"),
    [
        ("en", "Permits, seen from", "Does not permit, seen from", "caa.forbids, “issue ;”"),
        ("de", "Erlaubt, gesehen aus", "Erlaubt nicht, gesehen aus", "caa.forbids, „issue ;“"),
    ],
)
def test_what_caa_says_elsewhere(language: str, permits: str, not_so: str, seen: str) -> None:
    view = {"resolver": "192.0.2.1:53", "values": []}
    other = view | {"place": "quito", "agrees": False, "values": ["issue ;"]}
    evidence = {
        "asked": [{"name": "example.com", "resolver": "192.0.2.53:53", "status": "OK"}],
        "identities": ["ca.example"],
        "perspectives": [
            view | {"place": "paris", "status": "ok", "agrees": True},
            other | {"status": "caa.forbids"},
        ],
    }
    with translation.override(language):
        saw = what_caa_said("example.com", "ok", evidence)
    assert saw[-2:] == [
        Saw(permits, "paris (192.0.2.1:53)", ""),
        Saw(not_so, "quito (192.0.2.1:53)", seen),
    ]

"""diagnose: the command, and what it says of a file."""

from __future__ import annotations

import io
import json
import os
from datetime import UTC, datetime
from typing import Any

import dns.rdata
import pytest
from django.core.management import CommandError, call_command
from dns.rdtypes.ANY.TXT import TXT
from hypothesis import given
from hypothesis import strategies as st

from tests.dns_server import LoopbackDns
from tests.http_server import LoopbackHttp, page
from tests.servers.telling import KEYS, of_the_proof
from tests.verification.conftest import Door
from verification.causes import CATALOGUE, Turn
from verification.diagnosis import fix
from verification.dictionary import DictionaryNetwork
from verification.methods import CHECKERS
from verification.methods.cname import target
from verification.network import GuardedNetwork
from verification.outcome import Question
from verification.published import record
from verification.slots import at_server

pytestmark = pytest.mark.django_db
VALUE = "20261124k3p9x0q8z7w6v5u4t3s2r1q0p9o8n7m6l5k4j3i2h1g0f9e8d7c6b5a4"
PATH = "/.well-known/pki-validation/whois.txt"
RECORD = "_dnsauth.shop.example.com"
TARGET = target(VALUE)


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch, door: Door) -> GuardedNetwork:
    built = door()
    monkeypatch.setattr("certificates.management.commands.diagnose.network", lambda: built)
    return built


def run(*words: str) -> tuple[int, str, str]:
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command("diagnose", *words, stdout=out, stderr=err)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, out.getvalue(), err.getvalue()


def told(name: str, method: str, expected: int) -> dict[str, Any]:
    code, out, err = run(name, "--method", method, "--value", VALUE, "--json")
    assert (code, err) == (expected, "")
    answer: dict[str, Any] = json.loads(out)
    assert list(answer) == KEYS
    return answer


def test_a_proved_record_is_ok_and_ends_with_0(
    dns_server: LoopbackDns, doors: GuardedNetwork
) -> None:
    dns_server.publish(RECORD, "TXT", VALUE)
    answer = told("Shop.Example.com.", "dns", 0)
    assert (answer["cause"], answer["turn"], answer["next_check_at"]) == ("ok", None, None)
    assert of_the_proof(answer) == [
        {
            "asked": f"{RECORD} TXT",
            "of": dns_server.address,
            "chain": [],
            "status": "OK",
            "seen": [VALUE],
            "ttl": 5,
        }
    ]


def test_a_record_in_the_wrong_place_ends_with_3_and_the_line_to_paste(
    dns_server: LoopbackDns, doors: GuardedNetwork
) -> None:
    dns_server.publish(f"{RECORD}.shop.example.com", "TXT", VALUE)
    answer = told("shop.example.com", "DNS", 3)
    assert (answer["cause"], answer["turn"]) == ("dns.doubled_suffix", "YOU")
    assert answer["fix"] == f'{RECORD}. 600 IN TXT "{VALUE}"'
    assert answer["next_check_at"].endswith("Z")
    _code, text, _err = run("shop.example.com", "--method", "DNS", "--value", VALUE)
    assert text.startswith("dns.doubled_suffix  Your turn\n")
    assert answer["fix"] in text
    assert "Next look: " in text


@pytest.mark.parametrize(
    ("answered", "cause"),
    [
        (page(b"", 404), "file.absent"),
        (page(b"", 410), "file.absent"),
        (page(b"", 403), "file.status"),
        (page(b"<!doctype html><title>Sign in</title>"), "file.html"),
        (page(b"value: " + VALUE.encode()), "file.extra_text"),
        (page(VALUE.encode("utf-16")), "file.extra_text"),
        (page(b"something else"), "file.wrong_content"),
        (page(b"x" * 70_000), "file.too_large"),
        (page(b"", 302, location=PATH), "file.redirect_loop"),
        (page(b"", 302, location="ftp://example.com/"), "file.redirect_refused"),
        (page(b"", 302, location="http://10.0.0.1/"), "file.address_refused"),
        (page(b"", 302, location="http://shop.example.com:8080/"), "file.port"),
        (page(VALUE.encode(), content_encoding="gzip"), "file.wrong_content"),
    ],
)
def test_each_fault_of_a_file_has_its_cause_and_the_line_of_the_file(
    dns_server: LoopbackDns,
    http_server: LoopbackHttp,
    doors: GuardedNetwork,
    answered: bytes,
    cause: str,
) -> None:
    dns_server.publish("shop.example.com", "A", "127.0.0.1")
    http_server.pages[PATH] = answered
    answer = told("shop.example.com", "FILE", 3)
    line = "" if cause == "file.address_refused" else VALUE
    assert (answer["cause"], answer["turn"], answer["fix"]) == (cause, "YOU", line)
    assert answer["sentence"].count(". ") >= 1  # what is wrong, then what to do
    assert answer["evidence"][0]["asked"] == f"http://shop.example.com{PATH}"
    assert [row["hops"][0] for row in of_the_proof(answer)] == [
        f"http://shop.example.com{PATH}",
        f"https://shop.example.com{PATH}",
    ]


def test_a_name_without_a_server_and_a_wildcard(
    dns_server: LoopbackDns, doors: GuardedNetwork
) -> None:
    assert told("shop.example.com", "FILE", 3)["cause"] == "dns.nxdomain"
    dns_server.publish(
        "example.com", "CAA", (0, "issue", "digicert.com; validationmethods=ca-dns-txt")
    )
    answer = told("*.example.com", "FILE", 3)
    assert (answer["cause"], answer["fix"]) == ("file.wildcard", "")
    assert (answer["also"], answer["next_check_at"]) == ([], None)  # no look, no record mends it
    assert of_the_proof(answer) == []


def test_what_is_no_name_is_refused_before_anything_is_asked(
    dns_server: LoopbackDns, doors: GuardedNetwork
) -> None:
    code, out, err = run("a b.example.com", "--method", "DNS", "--value", VALUE)
    assert (code, out) == (2, "")
    assert err.startswith("csr.")
    with pytest.raises(CommandError):
        run("shop.example.com", "--method", "PIGEON", "--value", VALUE)
    assert dns_server.asked == []


def test_each_cause_with_a_sentence_says_what_to_do() -> None:
    for code, cause in CATALOGUE.items():
        for text in (cause.text, *cause.variants.values()):
            assert not text or (". " in text and text.endswith(".")), code


def test_nothing_is_to_be_pasted_where_the_record_stands_already() -> None:
    for code in ("dns.cached_negative", "dns.partial", "ok", "of.tomorrow", "mail.refused"):
        assert fix(code, "shop.example.com", "DNS", VALUE) == ""


def test_nothing_is_to_be_pasted_where_servers_or_addresses_are_to_be_mended() -> None:
    assert fix("file.address_refused", "shop.example.com", "FILE", VALUE) == ""
    assert fix("file.absent", "shop.example.com", "FILE", VALUE) == VALUE
    for code in ("dns.lame", "dns.servfail", "dns.refused", "dns.timeout", "dns.bogus"):
        assert fix(code, "shop.example.com", "DNS", VALUE) == ""
    assert CATALOGUE["dns.cached_negative"].turn is Turn.US


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=600))
def test_the_line_to_paste_holds_any_value_whole(value: str) -> None:
    found = record("shop.example.com", "DNS", value)
    assert found is not None
    prefix = "_dnsauth.shop.example.com. 600 IN TXT "
    assert found.line.startswith(prefix)
    parsed = dns.rdata.from_text("IN", "TXT", found.line.removeprefix(prefix))
    assert isinstance(parsed, TXT)
    assert b"".join(parsed.strings).decode() == value


def test_how_long_a_change_takes_is_told_only_where_it_is_known(
    dns_server: LoopbackDns, doors: GuardedNetwork
) -> None:
    dns_server.publish(RECORD, "TXT", "something else")
    assert "may take 5 seconds" in told("shop.example.com", "DNS", 3)["sentence"]
    unknown = DictionaryNetwork(
        txt={RECORD: ["something else"]}, cname={RECORD: f"{TARGET}.example.com"}
    )
    for method, earlier, code in (
        ("DNS", "", "dns.wrong_value"),
        ("DNS", "something else", "dns.stale_value"),
        ("CNAME", "", "dns.wrong_value"),
    ):
        asked = Question("shop.example.com", VALUE, (earlier,))
        problem = CHECKERS[method](asked, unknown, datetime.now(UTC)).problem
        assert problem is not None
        assert problem.code == code
        assert "seconds" not in problem.message
        assert "%" not in problem.message
        assert problem.message.endswith(".")


def test_a_server_that_others_look_at_is_told_and_asked_later(
    dns_server: LoopbackDns, http_server: LoopbackHttp, doors: GuardedNetwork
) -> None:
    dns_server.publish("shop.example.com", "A", "127.0.0.1")
    http_server.pages[PATH] = page(VALUE.encode())
    held = [doors.policy.slots.take(at_server("127.0.0.1"), 60) for _look in range(2)]
    assert all(held)
    code, out, err = run("shop.example.com", "--method", "FILE", "--value", VALUE)
    assert (code, out) == (os.EX_TEMPFAIL, "")
    assert err.startswith("busy: ")
    assert "shop.example.com" in err
    doors.policy.slots.give_back(at_server("127.0.0.1"), held[0])
    assert told("shop.example.com", "FILE", 0)["cause"] == "ok"


@pytest.mark.parametrize("method", ["DNS", "CNAME", "EMAIL"])
@pytest.mark.parametrize("address", ["203.0.113.80", "2a00:1450:4001:80b::200e"])
def test_an_address_is_diagnosed_by_file_alone(
    doors: GuardedNetwork, address: str, method: str
) -> None:
    code, out, err = run(address, "--method", method, "--value", VALUE)
    assert (code, out) == (2, "")
    assert err.startswith("method.address: An IP address is proved by a file")


def test_an_address_that_is_not_public_is_no_matter_of_the_dns(doors: GuardedNetwork) -> None:
    answer = told("203.0.113.80", "FILE", 3)
    assert answer["cause"] == "file.address_refused"
    assert "is at an address that is not public" in answer["sentence"]
    assert "in the DNS" not in answer["sentence"]


@pytest.mark.parametrize("method", ["DNS", "CNAME", "FILE", "EMAIL"])
@pytest.mark.parametrize("value", ["", " \t"])
def test_without_a_value_nothing_is_looked_for(
    dns_server: LoopbackDns, doors: GuardedNetwork, method: str, value: str
) -> None:
    code, out, err = run("shop.example.com", "--method", method, "--value", value)
    assert (code, out) == (2, "")
    assert err.startswith("value.missing: --value is empty.")
    assert dns_server.questions(RECORD, "TXT") == 0

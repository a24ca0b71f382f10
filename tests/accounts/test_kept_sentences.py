"""What is kept in English and read in German, down to the sentences and parts inside of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.utils import translation
from django.utils.translation import trans_real

from accounts import dates, kept_sentences
from accounts.kept_sentences import as_read, found_in_words, part_as_read
from pki import addresses
from verification import causes, reasons
from verification.evidence import in_words

# What translators write, so that these tests hold whatever they will write.
PARTS = {
    "the port is %(port)s": "Port: %(port)s",
    "%(address)s: %(reason)s": "%(address)s, nämlich %(reason)s",
    "loopback (RFC 1122)": "die eigene Maschine (RFC 1122)",
    "%(host)s port %(port)s: %(reason)s": "%(host)s, Port %(port)s: %(reason)s",
    "the connection was refused": "die Verbindung wurde abgelehnt",
    "%(zone)s is delegated without a DS record": "%(zone)s ist ohne DS-Eintrag delegiert",
}


@pytest.fixture(autouse=True)
def german(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    catalogue = trans_real.translation("de")._catalog  # type: ignore[attr-defined]
    for part, told in PARTS.items():
        monkeypatch.setitem(catalogue._catalogs[0], f"part\x04{part}", told)
    kept_sentences._known.cache_clear()
    with translation.override("de"):
        yield
    kept_sentences._known.cache_clear()


def kept(code: str, **seen: object) -> str:
    with kept_sentences.in_the_portals_language():
        return causes.problem(code, seen).message


def test_a_sentence_inside_of_a_sentence_is_read_too() -> None:
    absent = kept("dns.nxdomain", name="_dnsauth.a.example", value="2026abc")
    with kept_sentences.in_the_portals_language():
        day = dates.day(datetime(2026, 12, 5, tzinfo=UTC))
    paused = kept("name.paused", domain="a.example", day=day, days=7, seen=absent, until=day)
    told = as_read(paused)
    assert as_read(absent) in told
    assert "gibt es im DNS nicht" in told
    assert told.count("5. Dez. 2026") == 2
    assert "does not exist" not in told
    assert "Dec" not in told


def test_parts_of_sentences_are_read_and_what_strangers_wrote_stays() -> None:
    with kept_sentences.in_the_portals_language():
        port = reasons.of_a_fetch("port", port=8080)
        why = reasons.of_a_connection(ConnectionRefusedError(111, "Connection refused"))
        shut = reasons.of_a_fetch("unconnected", host="a.example", port=443, reason=why)
        inside = reasons.of_a_fetch("refused", address="127.0.0.1", reason="loopback (RFC 1122)")
    url, at = "http://a.example/f", "http://b.example:8080/f"
    assert "Port: 8080" in as_read(kept("file.port", url=url, at=at, detail=port))
    told = as_read(kept("file.unreachable", at=at, detail=shut))
    assert "a.example, Port 443: die Verbindung wurde abgelehnt" in told
    told = as_read(kept("file.address_refused", at=at, detail=inside))
    assert "127.0.0.1, nämlich die eigene Maschine (RFC 1122)" in told
    # A page that says what we say elsewhere is quoted as it is.
    quoted = kept("file.html", at=at, found="the port is 8080", url=url, value="v")
    assert "„the port is 8080“" in as_read(quoted)


def test_what_the_system_says_seldom_stays_as_it_says_it() -> None:
    assert reasons.of_a_connection(OSError(24, "Too many open files")).endswith("open files")


def test_evidence_is_read_where_it_is_ours() -> None:
    hop = {"url": "the port is 1", "detail": "the port is 8080"}
    seen = {
        "fetches": [{"hops": [hop]}],
        "dnssec_reason": "a.example is delegated without a DS record",
    }
    told = in_words(seen)
    assert told["fetches"] == "hops: url: the port is 1; detail: Port: 8080"
    assert told["dnssec_reason"] == "a.example ist ohne DS-Eintrag delegiert"
    assert part_as_read("") == ""
    assert part_as_read("something else") == "something else"


def test_the_reason_of_a_refused_address_is_in_the_readers_language() -> None:
    _name, (finding,) = addresses.check("127.0.0.1")
    assert "die eigene Maschine (RFC 1122)" in found_in_words(finding)
    with kept_sentences.in_the_portals_language():
        assert found_in_words(finding) == finding.message


def test_every_line_of_what_was_kept_is_a_sentence() -> None:
    with kept_sentences.in_the_portals_language():
        first = kept("dns.nxdomain", name="a.example", value="1")
        second = kept("dns.nxdomain", name="b.example", value="2")
    assert as_read(f"{first}\n{second}\n+ 3") == f"{as_read(first)}\n{as_read(second)}\n+ 3"
    assert as_read("a\n\nb ") == "a\n\nb "


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("5 Dec 2026", "5. Dez. 2026"),
        ("15 May 2027, 09:05 UTC", "15. Mai 2027, 09:05 UTC"),
        ("31 Feb 2026", "31 Feb 2026"),
        ("5 Dec 0000", "5 Dec 0000"),
        ("5 Dec 2026, 29:05 UTC", "5 Dec 2026, 29:05 UTC"),
        ("on 5 Dec 2026", "on 5 Dec 2026"),
    ],
)
def test_a_kept_date_is_written_as_its_reader_writes_it(said: str, told: str) -> None:
    assert dates.as_read(said) == told
    with kept_sentences.in_the_portals_language():
        assert dates.as_read(said) == said

"""What a look saw, told in sentences: of a file and of a mail as of a DNS record."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

from certificates.asked_proofs import STOPPED, Saw, what_was_seen
from verification import http_fetch

URL = "http://shop.example.com/.well-known/pki-validation/whois.txt"


def fetched(**facts: object) -> list[Saw]:
    hops = facts.pop("hops", [{"url": URL}])
    return what_was_seen({"method": "FILE", "fetches": [{"hops": hops, **facts}]})


@pytest.mark.parametrize(
    ("facts", "seen"),
    [
        ({"status": 404, "body": ""}, "It answered with status 404."),
        ({"status": 200, "body": "hello"}, "It answered with status 200 and “hello”."),
        ({"problem": "timeout", "status": None}, "No whole answer came in time."),
        ({"problem": "of_tomorrow"}, "of_tomorrow"),
    ],
)
def test_a_fetch_is_told_in_a_sentence(facts: dict[str, object], seen: str) -> None:
    assert fetched(**facts) == [Saw("We asked", URL, seen)]


def test_every_way_in_which_a_fetch_stops_has_its_sentence() -> None:
    source = Path(http_fetch.__file__).read_text()
    named = set(re.findall(r'_Stopped\(\s*"([a-z_]+)"', source))
    assert named
    assert named - set(STOPPED) == set()


def test_redirects_are_shown_on_the_way() -> None:
    hops = [{"url": URL}, {"url": "https://www.example.com/"}]
    (saw,) = fetched(hops=hops, status=200, body="x")
    assert saw.asked == f"{URL} → https://www.example.com/"


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

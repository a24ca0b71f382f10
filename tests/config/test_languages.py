"""Every language is whole: nothing untranslated or guessed, the compiled file like its source."""

from __future__ import annotations

import gettext
import re
import shutil
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from accounts import dates
from tests.cast import World
from tests.certificates.browsing import page_of, shown
from tests.config.catalogues import Entry, read

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z](?![a-z])|<[^>]+>")
TOOLS = ("xgettext", "msguniq", "msgmerge")
MONTHS = "Jan.|Feb.|März|April|Mai|Juni|Juli|Aug.|Sept.|Okt.|Nov.|Dez."


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    translation.activate("en")  # a request leaves its language to the thread


def source(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def entries(language: str) -> list[Entry]:
    return read(source(language))


def test_every_sentence_is_translated_and_none_is_a_guess(entries: list[Entry]) -> None:
    assert len(entries) > 1000
    assert [each.key for each in entries if not all(each.told)] == []
    assert [each.key for each in entries if "fuzzy" in each.flags] == []
    assert [each.key for each in entries if len(each.told) != 1 + bool(each.key[2])] == []


def test_each_translation_says_the_same_names_and_marks(entries: list[Entry]) -> None:
    def holds(text: str) -> Counter[str]:
        return Counter(PLACEHOLDER.findall(text))

    wrong = []
    for each in entries:
        _context, one, many = each.key
        asked = [one, many] if many else [one]
        for said, told in zip(asked, each.told, strict=True):
            if holds(said) != holds(told):
                wrong.append((said, told))
    assert wrong == []


def test_the_compiled_file_is_that_of_the_source(language: str, entries: list[Entry]) -> None:
    path = source(language).with_suffix(".mo")
    with path.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for each in entries:
        context, one, many = each.key
        if many:
            found = [compiled.ngettext(one, many, 1), compiled.ngettext(one, many, 2)]
        elif context:
            found = [compiled.pgettext(context, one)]
        else:
            found = [compiled.gettext(one)]
        assert found == each.told
    order = "<" if path.read_bytes()[:4] == b"\xde\x12\x04\x95" else ">"
    (count,) = struct.unpack(f"{order}I", path.read_bytes()[8:12])
    assert count == len(entries) + 1  # the header


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason="needs gettext (docs/operations.md)")
def test_the_source_holds_the_sentences_of_the_code(
    language: str, entries: list[Entry], tmp_path: Path
) -> None:
    def others(folder: str, names: list[str]) -> set[str]:
        is_top = Path(folder) == ROOT
        kept = {each for each in names if each.endswith((".py", ".html", ".txt"))}
        left = {each for each in names if "." not in each} - {"__pycache__"}
        return set(names) - kept - (left - {"locale", "static", "tests", "var"} if is_top else left)

    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=others)
    (tree / "locale").mkdir()
    asked = ["makemessages", "-l", language, "--no-location", "--no-wrap"]
    done = subprocess.run(
        [sys.executable, "-m", "django", *asked],
        cwd=tree, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    fresh = read(tree / source(language).relative_to(ROOT))
    assert {each.key for each in fresh} == {each.key for each in entries}


def test_a_date_is_written_as_its_reader_writes_it() -> None:
    at = datetime(2026, 12, 5, 9, 15, 30, tzinfo=UTC)
    for language, told in {
        "en": ["5 Dec 2026", "5 Dec 2026, 09:15 UTC", "5 Dec", "5 Dec, 09:15"],
        "de": ["5. Dez. 2026", "5. Dez. 2026, 09:15 UTC", "5. Dez.", "5. Dez., 09:15"],
    }.items():
        with translation.override(language):
            assert [dates.day(at), dates.moment(at)] == told[:2]
            assert [dates.day_of_year(at), dates.moment_of_year(at)] == told[2:]
            assert dates.second(at) == f"{told[0]}, 09:15:30"


def headings(page: str) -> list[str]:
    found = re.findall(r"<h[12][^>]*>(.*?)</h[12]>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", each).split()) for each in found]


@pytest.mark.django_db
def test_who_chose_german_reads_german(client: Client) -> None:
    world = World(now=datetime.now(UTC))
    world.alice.language = "de"
    world.alice.save()
    client.force_login(world.alice)
    certificate = world.issued()
    pages = {
        "list": shown(client, "/certificates/"),
        "certificate": page_of(client, certificate),
        "wizard": shown(client, f"/certificates/{certificate.pk}/reissue/csr/"),
    }
    for page in pages.values():
        assert '<html lang="de"' in page
    assert headings(pages["list"])[0] == "SSL-Zertifikate"
    assert {"Nichts zu tun", "Versionen", "Verlauf"} <= set(headings(pages["certificate"]))
    assert "Woher kommt der neue Schlüssel?" in headings(pages["wizard"])
    assert re.search(rf"\d{{1,2}}\. (?:{MONTHS}) 20\d\d", pages["certificate"])


def test_before_sign_in_the_browser_decides(client: Client, db: None) -> None:
    page = client.get("/sign-in/", headers={"accept-language": "de-AT,de;q=0.9"}).content.decode()
    assert '<html lang="de"' in page
    assert "Anmelden" in page

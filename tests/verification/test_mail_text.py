"""How the text of a mail is set, and what of other people's words gets into it."""

from __future__ import annotations

import pytest

from verification.mail_text import WIDTH, sentence, typed, wrapped


def test_paragraphs_are_filled_and_rows_addresses_and_signature_stay() -> None:
    text = (
        "\n" + "word " * 40 + "\n\n\n\n  Serial   " + "aa:" * 40 + "\n  Valid    today\n\n"
        "Look at it:\nhttps://portal.example.com/" + "x" * 90 + "\n\n-- \nSomebody"
    )
    paragraphs = wrapped(text).split("\n\n")
    assert all(len(line) <= WIDTH for line in paragraphs[0].splitlines())
    assert paragraphs[0].split() == ["word"] * 40
    assert paragraphs[1] == "  Serial   " + "aa:" * 40 + "\n  Valid    today"
    assert paragraphs[2] == "Look at it:\nhttps://portal.example.com/" + "x" * 90
    assert paragraphs[3] == "-- \nSomebody\n"


@pytest.mark.parametrize(
    "name",
    [
        "https://evil.example/ca/confirm/1",
        "localhost:8000/ca",
        "x\r\nSubject: y",
        "x\ny",
        "<a href=x>",
        "[[answer-link]]",
        "\\\\evil\\share",
        "a\u202eb",
        "a\x00b",
        'x" onclick="',
    ],
)
def test_what_could_pass_for_a_link_or_a_line_is_left_out(name: str) -> None:
    assert typed(name, "somebody") == "somebody"


@pytest.mark.parametrize("name", ["checkout-api", "Grüße 2", "v1.2 (blue)", "alice+x@acme.example"])
def test_plain_names_stay_as_they_are(name: str) -> None:
    assert typed(name) == name


def test_a_sentence_stays_one_line_and_holds_no_address() -> None:
    assert (
        sentence("One.\r\nTwo:  http://evil.example/x\x07 ") == "One. Two: http: //evil.example/x"
    )

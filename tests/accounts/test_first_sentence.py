from __future__ import annotations

import pytest

from accounts.first_sentence import first_sentence


@pytest.mark.parametrize(
    ("text", "first", "rest"),
    [
        ("", "", ""),
        ("One only", "One only", ""),
        ("One only.", "One only.", ""),
        ("The port is 80. Open it. Soon.", "The port is 80.", "Open it. Soon."),
        (
            "We found TXT “Reserved. Do not touch.”, not the value. Publish it.",
            "We found TXT “Reserved. Do not touch.”, not the value.",
            "Publish it.",
        ),
        (
            "Am 30. Nov. 2026 eingestellt: „Nicht da. Weg.“ Beheben. Fertig.",
            "Am 30. Nov. 2026 eingestellt: „Nicht da. Weg.“ Beheben.",
            "Fertig.",
        ),
        ("Am 1. März 2026 vorbei. Neu.", "Am 1. März 2026 vorbei.", "Neu."),
        ("An “open quotation. Ends", "An “open quotation.", "Ends"),
    ],
)
def test_where_a_sentence_ends(text: str, first: str, rest: str) -> None:
    assert first_sentence(text) == (first, rest)

"""What a check saw, made fit to be kept and shown: bounded, printable, JSON.

Everything that comes back from a customer's DNS or web server is hostile input. It is cut, and
every character that could steer a terminal, a log or a page (controls, bidirectional marks,
surrogates, NUL that PostgreSQL refuses) becomes U+FFFD before it reaches a row.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.kept_sentences import part_as_read

if TYPE_CHECKING:
    from verification.dnssec_chain import Verdict

LONGEST = 200
OUR_WORDS = frozenset({"detail", "dnssec_reason"})  # what stands in these is ours, not a stranger's
MOST = 20
MOST_IN_A_SENTENCE = 3


def printable(seen: str | bytes, longest: int = LONGEST) -> str:
    """`seen` in printable characters, at most `longest` of them (an ellipsis marks a cut)."""
    text = seen.decode("utf-8", "replace") if isinstance(seen, bytes) else seen
    kept = text[: longest + 1]
    clean = "".join(
        "\ufffd" if unicodedata.category(c)[0] in "CZ" and c != " " else c for c in kept
    )
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def several(seen: Iterable[str], most: int = MOST) -> list[str]:
    """The first `most` of what was seen, each printable."""
    return [printable(one) for one, _ in zip(seen, range(most), strict=False)]


def quoted(values: Sequence[str], longest: int = 80) -> str:
    """The first few values as a sentence names them."""
    return ", ".join(f"“{printable(one, longest)}”" for one in values[:MOST_IN_A_SENTENCE])


def dnssec(verdict: Verdict | None) -> dict[str, str]:
    """What our own judgement of the signatures adds to the evidence of an answer."""
    if verdict is None:
        return {}
    told = {"dnssec": str(verdict.state)}
    return told | ({"dnssec_reason": printable(verdict.reason)} if verdict.reason else {})


def in_words(evidence: Mapping[str, Any]) -> dict[str, str]:
    """Values as people write them: lists with commas, nothing as a dash."""
    return {name: _words(value, name) or "–" for name, value in evidence.items()}


def _words(value: Any, name: str = "") -> str:
    if name in OUR_WORDS:
        return part_as_read(str(value))
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_words(each, name) or '–'}" for name, each in value.items())
    if isinstance(value, list):
        return (" | " if any(isinstance(each, dict) for each in value) else ", ").join(
            map(_words, value)
        )
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else str(value)

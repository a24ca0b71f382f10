"""The scripts of a label, and whether they may stand side by side in it (UTS 39 5.1, 5.2).

The script is read from a letter's Unicode name, since the standard library knows the property
itself not. Scripts of which no letter can stand in a name are no concern here.
"""

from __future__ import annotations

import unicodedata

COMMON = frozenset(
    {"COMBINING", "MODIFIER", "ZERO", "DIGIT", "HYPHEN-MINUS", "MIDDLE", "KATAKANA-HIRAGANA"}
)
# Where the first word of a letter's name is not the name of its script.
SAME_AS = {
    "CJK": "HAN",
    "IDEOGRAPHIC": "HAN",
    "ARABIC-INDIC": "ARABIC",
    "EXTENDED": "ARABIC",  # EXTENDED ARABIC-INDIC DIGIT
}
SEVERAL_WORDS = frozenset({"OLD", "NEW", "TAI", "LINEAR", "OL", "SYLOTI", "MEETEI", "NYIAKENG"})
# "Highly restrictive": how Japanese, Chinese and Korean are written, Latin letters among them.
TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)


def script(sign: str) -> str:
    """The script of one sign in capitals; empty for signs that belong to all."""
    first, _blank, rest = unicodedata.name(sign, "UNKNOWN").partition(" ")
    if first in COMMON:
        return ""
    if first in SEVERAL_WORDS:
        return f"{first} {rest.partition(' ')[0]}"
    return SAME_AS.get(first, first)


def scripts(label: str) -> frozenset[str]:
    return frozenset(script(sign) for sign in label) - {""}


def is_mixed(label: str) -> bool:
    """Whether a label in Unicode mixes scripts that no language writes together."""
    found = scripts(label)
    return len(found) > 1 and not any(found <= each for each in TOGETHER)

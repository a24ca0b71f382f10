"""Sentences that are kept, and how each reader reads them in their own language.

What a look saw or an authority answered is kept as the sentence that was said, in the portal's own
language, with its names and values in it. When it is read, the sentence of the code that it came
from is found among those of the catalogue, and the values are put into its translation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils import translation
from django.utils.translation import trans_real

BLANK = re.compile(r"%\((\w+)\)[a-z]")
LEAST_WORDS = 25  # letters that a sentence must have of its own: what is all values is no sentence


def in_the_portals_language() -> translation.override:
    """Around what makes sentences to keep: whoever's page it is, all are kept in one language."""
    return translation.override(settings.LANGUAGE_CODE)


def as_read(sentence: str) -> str:
    """A kept sentence in the reader's language; what people wrote themselves stays as it is."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    if not sentence or language == settings.LANGUAGE_CODE:
        return sentence
    if (told := translation.gettext(sentence)) != sentence:
        return told
    for known in _with_blanks(language):
        if known.longest in sentence and (found := known.pattern.fullmatch(sentence)):
            told = BLANK.sub(r"%(\1)s", translation.gettext(known.msgid))
            return told % found.groupdict()
    return sentence


@dataclass(frozen=True)
class _Known:
    """A sentence of the code that has blanks, and the longest of its parts between them."""

    msgid: str
    longest: str
    pattern: re.Pattern[str]


@lru_cache
def _with_blanks(language: str) -> tuple[_Known, ...]:
    """Those with the most words first: they fit least by chance."""
    found: list[tuple[int, _Known]] = []
    known = trans_real.translation(language)
    # No mapping, so that `keys` must be called; the stubs do not know it.
    for msgid in known._catalog.keys():  # type: ignore[attr-defined]  # noqa: SIM118
        if isinstance(msgid, str) and BLANK.search(msgid):
            words = BLANK.sub("\0", msgid).split("\0")
            found.append((sum(map(len, words)), _Known(msgid, max(words, key=len), _read(msgid))))
    best = sorted(found, key=lambda each: each[0], reverse=True)
    return tuple(each for length, each in best if length >= LEAST_WORDS)


def _read(msgid: str) -> re.Pattern[str]:
    """The sentence with a group for each blank; a blank that stands twice holds the same twice."""
    parts, seen, end = [], set(), 0
    for blank in BLANK.finditer(msgid):
        name = blank[1]
        parts += [re.escape(msgid[end : blank.start()])]
        parts += [f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"]
        seen.add(name)
        end = blank.end()
    return re.compile("".join([*parts, re.escape(msgid[end:])]))

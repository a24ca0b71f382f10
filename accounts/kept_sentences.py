"""Sentences that are kept, and how each reader reads them in their own language.

What a look saw or an authority answered is kept as the sentence that was said, in the portal's own
language, with its names and values in it. When it is read, the sentence of the code that it came
from is found among those of the catalogue, and the values are put into its translation.

A value may be a sentence of ours again, or a part of one ("the port is 8080"): these are read the
same way, and dates as the reader writes them. What others wrote stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils import translation
from django.utils.translation import trans_real

from accounts import dates
from pki.findings import Finding

BLANK = re.compile(r"%\((\w+)\)[a-z]")
LEAST_WORDS = 25  # letters that a sentence must have of its own: what is all values is no sentence


# The context under which translators find parts of sentences: what stands in a blank and is ours.
PART = "part"
MARK = f"{PART}\x04"  # as a catalogue spells it
# The blanks in which only we write, whole sentences and parts; in all others stand names and what
# strangers publish, which nobody translates.
OURS = frozenset({"detail", "how", "method", "reason", "resolver", "seen", "why"})


def in_the_portals_language() -> translation.override:
    """Around what makes sentences to keep: whoever's page it is, all are kept in one language."""
    return translation.override(settings.LANGUAGE_CODE)


def as_read(kept: str) -> str:
    """What was kept in the reader's language, a sentence a line; what people wrote stays as is."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    if not kept or language == settings.LANGUAGE_CODE:
        return kept
    return "\n".join(_sentence(each, language) for each in kept.split("\n"))


def part_as_read(kept: str) -> str:
    """The same for a part of a sentence that stands by itself, as the reason of a judgement."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    if not kept or language == settings.LANGUAGE_CODE:
        return kept
    return _part(kept, language)


def found_in_words(finding: Finding) -> str:
    """What a check of the ground floor found, which speaks the language of the source alone."""
    params = {
        name: translation.pgettext(PART, str(value)) if name in OURS else value
        for name, value in finding.params.items()
    }
    return translation.gettext(finding.text) % params


def is_kept_from(sentence: str, kept: str) -> bool:
    """Whether what was kept is this sentence of the code, its blanks filled."""
    with in_the_portals_language():
        return _shape(translation.gettext(sentence)).fullmatch(kept) is not None


def _sentence(kept: str, language: str) -> str:
    if not kept or (told := translation.gettext(kept)) != kept:
        return told if kept else ""
    return _filled(kept, _known(language).sentences, language) or kept


def _part(kept: str, language: str) -> str:
    for told in (translation.pgettext(PART, kept), _sentence(kept, language)):
        if told != kept:
            return told
    return _filled(kept, _known(language).parts, language) or kept


def _filled(kept: str, patterns: Iterable[_Pattern], language: str) -> str:
    """The translation of the first that fits, its blanks filled; "" when none fits."""
    for each in patterns:
        if each.longest in kept and (found := each.pattern.fullmatch(kept)):
            values = {
                name: _part(value, language) if name in OURS else dates.as_read(value)
                for name, value in found.groupdict().items()
            }
            return BLANK.sub(r"%(\1)s", each.translated()) % values
    return ""


@dataclass(frozen=True)
class _Pattern:
    """A sentence of the code that has blanks, and the longest of its parts between them."""

    msgid: str
    longest: str
    pattern: re.Pattern[str]

    def translated(self) -> str:
        if self.msgid.startswith(MARK):
            return translation.pgettext(PART, self.msgid.removeprefix(MARK))
        return translation.gettext(self.msgid)


@dataclass(frozen=True)
class _Known:
    """What has blanks, those with the most words first: they fit least by chance."""

    sentences: tuple[_Pattern, ...]
    parts: tuple[_Pattern, ...]


@lru_cache
def _known(language: str) -> _Known:
    found: list[tuple[int, _Pattern]] = []
    known = trans_real.translation(language)
    # No mapping, so that `keys` must be called; the stubs do not know it.
    for msgid in known._catalog.keys():  # type: ignore[attr-defined]  # noqa: SIM118
        if isinstance(msgid, str) and BLANK.search(msgid):
            text = msgid.removeprefix(MARK)
            words = BLANK.sub("\0", text).split("\0")
            pattern = _Pattern(msgid, max(words, key=len), _read(text))
            found.append((sum(map(len, words)), pattern))
    best = sorted(found, key=lambda each: each[0], reverse=True)
    return _Known(
        tuple(each for length, each in best if length >= LEAST_WORDS and "\x04" not in each.msgid),
        tuple(each for _length, each in best if each.msgid.startswith(MARK)),
    )


@lru_cache
def _shape(sentence: str) -> re.Pattern[str]:
    return _read(sentence)


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

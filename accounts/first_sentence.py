"""The first sentence of a text: it stands alone where there is little room, or as a heading."""

from __future__ import annotations

import re

# What holds stops that end no sentence: what others wrote, and a date as "30. Nov. 2026".
_WHOLE = re.compile(r"„[^“]*“|“[^”]*”|\d{1,2}\. [^\W\d]+\.? \d{4}")


def first_sentence(text: str) -> tuple[str, str]:
    """It, with its stop, and what follows; "" where nothing does."""
    whole = [each.span() for each in _WHOLE.finditer(text)]
    for stop in re.finditer(r"\. ", text):
        if not any(start <= stop.start() < end for start, end in whole):
            return text[: stop.start() + 1], text[stop.end() :]
    return text, ""

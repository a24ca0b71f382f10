"""How the text of a mail is set: lines of 72 columns, and nothing in it that only looks like ours.

Whoever mails on behalf of customers carries their words to people who trust the sender. A name may
say anything, but it must not become a link, a header or a line of its own.
"""

from __future__ import annotations

import re
import textwrap

WIDTH = 72
# What turns words into a link in mail programs, or into a part of a mail's own markup.
LINKING = re.compile(r"[/\\:<>\[\]\"]")


def typed(text: str, otherwise: str = "") -> str:
    """What a person typed, as it may stand in a mail; `otherwise` if it could pass for a link."""
    if not text.isprintable() or LINKING.search(text):
        return otherwise
    return " ".join(text.split())


def sentence(text: str) -> str:
    """A sentence that may quote what others wrote: on one line, and no address in it is a link."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.replace("://", ": //").split())


def wrapped(text: str) -> str:
    """Fill the paragraphs of a mail; rows (indented), addresses and the signature stay as they are.

    A word that is longer than a line is not broken: it is an address or a record's value.
    """
    paragraphs: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        lines: list[str] = []
        words: list[str] = []
        for line in paragraph.splitlines():
            if line[:2].isspace() or line.startswith(("-- ", "http", "[[")):
                lines += [*_filled(words), line.rstrip() if line != "-- " else line]
                words = []
            else:
                words.append(line.strip())
        paragraphs.append("\n".join([*lines, *_filled(words)]))
    return "\n\n".join(paragraphs) + "\n"


def _filled(words: list[str]) -> list[str]:
    return textwrap.wrap(" ".join(words), WIDTH, break_long_words=False, break_on_hyphens=False)

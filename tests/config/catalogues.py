"""Reading a `.po` file, as much of the format as gettext's own tools write."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Entry:
    """One sentence with its translations: one, or one for each plural form."""

    flags: str = ""
    words: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        found = self.words
        return found.get("msgctxt", ""), found["msgid"], found.get("msgid_plural", "")

    @property
    def told(self) -> list[str]:
        return [text for name, text in self.words.items() if name.startswith("msgstr")]


def read(path: Path) -> list[Entry]:
    """All entries but the header."""
    found: list[Entry] = []
    for block in path.read_text("utf-8").split("\n\n"):
        entry, name = Entry(), ""
        for line in block.strip().splitlines():
            if line.startswith("#,"):
                entry.flags += line
            elif line.startswith('"'):
                entry.words[name] += ast.literal_eval(line)
            elif not line.startswith("#"):
                name, _space, text = line.partition(" ")
                entry.words[name] = ast.literal_eval(text)
        if entry.words.get("msgid"):
            found.append(entry)
    return found

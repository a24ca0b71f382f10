"""Reading the environment: a value that cannot be read becomes a numbered problem, not a crash.

The settings go on with the default; the system checks then report every problem at once, and
nothing starts while there is one.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")


@dataclass(frozen=True)
class Problem:
    """What is wrong with one setting (`code` as in config/checks.py) and what to do about it."""

    code: str
    text: str
    hint: str


@dataclass
class Environment:
    """The variables of this process, with the problems found while reading them.

    An empty variable counts as absent, so that compose files may pass `NAME=` along.
    """

    variables: Mapping[str, str] = field(default_factory=lambda: os.environ)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, code: str, text: str, hint: str) -> None:
        self.problems.append(Problem(code, text, hint))

    def text(self, name: str, default: str = "") -> str:
        return self.variables.get(name, "").strip() or default

    def secret(self, name: str, default: str = "") -> str:
        """The variable, or the content of the file that `<name>_FILE` names."""
        file = self.text(f"{name}_FILE")
        if not file:
            return self.text(name, default)
        try:
            return Path(file).read_text(encoding="utf-8").strip() or default
        except (OSError, UnicodeDecodeError) as error:
            self.problem(
                "E014",
                f"{name}_FILE names {file}, which cannot be read: {type(error).__name__}.",
                "Name a text file that this user may read, or unset the variable.",
            )
            return default

    def number(self, name: str, default: int, most: int = 10**9) -> int:
        """A whole number from 1 to `most`."""
        text = self.text(name, str(default))
        if text.isascii() and text.isdigit() and 1 <= int(text) <= most:
            return int(text)
        self.problem(
            "E011",
            f"{name} is {text!r}, which is not a whole number from 1 to {most}.",
            f"Set it to a number, or unset it to get {default}.",
        )
        return default

    def flag(self, name: str) -> bool:
        """True for 1, true, yes, on; False when absent or 0, false, no, off."""
        text = self.text(name, "0").lower()
        if text not in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
            self.problem(
                "E011", f"{name} is {text!r}, which says neither yes nor no.", "Set it to 1 or 0."
            )
        return text in {"1", "true", "yes", "on"}

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of `choices`; the first when absent."""
        text = self.text(name, choices[0])
        if text in choices:
            return text
        self.problem(
            "E001",
            f"{name} is {text!r}; only {' and '.join(choices)} are known.",
            f"Set it to one of them, or unset it to get {choices[0]}.",
        )
        # The strict side: an unknown environment must never run with the demo's open settings.
        return choices[-1]

    def listing(self, name: str) -> list[str]:
        """A comma-separated list, blanks dropped."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def ports(self, name: str, default: tuple[int, int]) -> tuple[int, int]:
        """Two port numbers, as 80,443."""
        parts = self.listing(name) or [str(port) for port in default]
        if len(parts) == 2 and all(p.isascii() and p.isdigit() for p in parts):
            first, second = int(parts[0]), int(parts[1])
            if 0 < first < 65536 and 0 < second < 65536:
                return first, second
        self.problem(
            "E012",
            f"{name} is {','.join(parts)!r}, which is not two port numbers.",
            "Give the http and the https port, as 80,443.",
        )
        return default


def parse_encryption_keys(text: str) -> dict[str, bytes]:
    """The key-encryption keys in `id:base64,id:base64`, in order: the first encrypts.

    Raises ValueError with a sentence that names the entry by its place and never its content.
    """
    keys: dict[str, bytes] = {}
    for place, entry in enumerate(text.split(","), start=1):
        name, colon, encoded = entry.strip().partition(":")
        if not colon or not KEY_ID.fullmatch(name):
            raise ValueError(f"entry {place} does not begin with an id and a colon")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"entry {place} is not base64 after its id") from None
        if len(key) != 32:
            raise ValueError(f"entry {place} holds {len(key)} bytes instead of 32")
        if name in keys:
            raise ValueError(f"entry {place} repeats the id of an earlier one")
        keys[name] = key
    return keys

"""The answer of one check, as a value: a failed check is an answer, an exception is our bug."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Question:
    """What is to be shown: that who ordered for `domain` controls it, by publishing `value`.

    `domain` is the canonical name as ordered and may be a wildcard. `earlier_values` were asked
    for before: they prove nothing and tell a record that was left over.
    """

    domain: str
    value: str
    earlier_values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """What stands in the way: a stable code, and a sentence that says where, what, what to do.

    `fix` is the line to paste where whoever found it knows one that the method does not tell.
    """

    code: str
    message: str
    fix: str = ""


@dataclass(frozen=True)
class Outcome:
    """Proved, or the problem; with the evidence of either (JSON-able, bounded, printable)."""

    proved: bool
    problem: Problem | None
    evidence: dict[str, Any] = field(default_factory=dict)

"""What a check has to say: a stable code, how bad it is, and a sentence for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

REFUSED = "refused"
NOTE = "note"


def gettext_noop(text: str) -> str:
    """Mark a sentence for the translators; the rooms above translate it."""
    return text


def pgettext(context: str, text: str) -> str:
    """The same for a part of a sentence; the tools of the translators look for this name."""
    return text


@dataclass(frozen=True)
class Finding:
    """One finding. `text` is English with %(name)s places for `params`."""

    code: str
    severity: str
    text: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return self.text % self.params


def refused(code: str, text: str, **params: object) -> Finding:
    """What stands in the way. Mark `text` with gettext_noop where it is written."""
    return Finding(code, REFUSED, text, params)


def note(code: str, text: str, **params: object) -> Finding:
    """What the customer should know, though nothing stands in the way."""
    return Finding(code, NOTE, text, params)


def is_refused(findings: Iterable[Finding]) -> bool:
    return any(finding.severity == REFUSED for finding in findings)


def printable(text: str, limit: int = 80) -> str:
    """`text` of a stranger as it may stand in a sentence or on a terminal: short, on one line,
    signs that are not printable written as escapes."""
    kept: list[str] = []
    length = 0
    for sign in text:
        shown = sign if sign.isprintable() else sign.encode("unicode_escape").decode()
        length += len(shown)
        if length > limit:
            return "".join([*kept, "…"])
        kept.append(shown)
    return "".join(kept)

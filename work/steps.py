"""What a due step answers, and how long it waits before the next one."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Step:
    """The outcome of one due step.

    `due_at` is the next time at which the row wants a look, None when it waits for nobody.
    `changed` says whether anything moved: a poll or a re-check that saw nothing new did not.
    """

    due_at: datetime | None
    changed: bool


# Waits between looks: prompt at first, then patient (10 s, 30 s, 1, 3, 5, 15, 60 min, 60 min …).
BACK_OFF = tuple(timedelta(seconds=s) for s in (10, 30, 60, 180, 300, 900, 3600))


def back_off(tries: int) -> timedelta:
    """The wait after the `tries`-th look in a row that did not succeed (counted from 1)."""
    return BACK_OFF[min(max(tries, 1), len(BACK_OFF)) - 1]

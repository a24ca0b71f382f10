"""All due work in this process, without Celery: what `work_due` and the commands' `--wait` do."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from work import claims
from work.models import DueRow
from work.run import run


def clock() -> datetime:
    return datetime.now(UTC)


def run_due(
    now: datetime, network: Any, kinds: Sequence[type[DueRow]] | None = None
) -> Counter[str]:
    """One round over everything that is due at `now`. Counts: run, changed, failed, by kind too."""
    counts: Counter[str] = Counter()
    for claim in claims.claim(now, kinds=kinds):
        step = run(claim, now, network)
        counts["run"] += 1
        counts[claim.label] += 1
        counts["failed"] += step is None
        counts["changed"] += step is not None and step.changed
    return counts


def run_until(
    done: Callable[[], bool], network: Any, *, idle: float, limit: float | None = None
) -> Counter[str]:
    """Rounds of due work until `done()`, until `limit` seconds passed, or until nothing moves.

    Nothing moves when no row falls due within `idle` seconds of the last change: a look that saw
    nothing new does not prolong the wait.
    """
    counts: Counter[str] = Counter()
    start = last_change = clock()
    while not done():
        now = clock()
        seen = run_due(now, network)
        counts.update(seen)
        if seen["changed"]:
            last_change = clock()
        if limit is not None and clock() - start >= timedelta(seconds=limit):
            break
        if seen["changed"]:
            continue
        due = claims.next_due()
        if limit is None and (due is None or due > last_change + timedelta(seconds=idle)):
            break
        pause = 1.0 if due is None else (due - clock()).total_seconds()
        time.sleep(min(max(pause, 0.01), 1.0))
    return counts

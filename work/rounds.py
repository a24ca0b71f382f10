"""A round: one process runs many waiting rows at once, the fresh ones first.

One thread does all that touches the database; as many threads as rows are under way wait for
other people's servers. Slow rows have a lane of their own, a quarter as wide, so that what hangs
never takes the room of what does not. Rows are claimed as there is room, few at a time: a row that
becomes due during a round is begun in it, before those that have waited in vain already.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from work import claims
from work.claims import Claim
from work.failpoints import reach
from work.models import WaitingRow
from work.run import problem_of
from work.steps import Step

log = logging.getLogger(__name__)

POLL = 0.2  # seconds between two looks for rows that became due meanwhile
BATCH = 20  # rows that are claimed together
BEGINS_FOR = 20.0  # seconds in which a round begins rows; it ends when those under way have ended
SLOW_BEGINS_FOR = 5.0  # the same for slow rows, which take longer to end
SLOW_PART = 4


@dataclass
class _Lane:
    among: Q
    room: int
    begins_until: float  # as the monotonic clock tells it, like the next
    idle_until: float = 0.0


@dataclass
class _UnderWay:
    row: WaitingRow
    own: Claim
    lane: _Lane


@dataclass
class Round:
    """Ends when nothing is under way and nothing is due, or when its time is over."""

    model: type[WaitingRow]
    network: Any
    clock: Callable[[], datetime]
    at_once: int
    ended: int = 0
    _asked: dict[Future[Any], _UnderWay] = field(default_factory=dict)

    def run(self) -> int:
        """How many rows it ran."""
        start, slow = time.monotonic(), self.model.slow()
        narrow = max(1, self.at_once // SLOW_PART)
        lanes = (
            _Lane(~slow, self.at_once, start + BEGINS_FOR),
            _Lane(slow, narrow, start + SLOW_BEGINS_FOR),
        )
        with ThreadPoolExecutor(self.at_once + narrow, "round") as pool:
            while True:
                begun = [self._begin(lane, pool) for lane in lanes]
                if self._asked:
                    done, _waiting = wait(self._asked, POLL, FIRST_COMPLETED)
                    for one in done:
                        self._end(one)
                elif not any(begun):
                    return self.ended

    def _begin(self, lane: _Lane, pool: ThreadPoolExecutor) -> int:
        """Begin what is due in this lane as far as there is room; how many rows were claimed."""
        moment = time.monotonic()
        if not lane.room or moment >= lane.begins_until or moment < lane.idle_until:
            return 0
        found = claims.claim_some(self.model, self.clock(), min(lane.room, BATCH), lane.among)
        if not found:
            lane.idle_until = moment + POLL
        for row, own, ask in self._taken(found):
            lane.room -= 1
            self._asked[pool.submit(ask, self.network)] = _UnderWay(row, own, lane)
        return len(found)

    def _taken(
        self, found: list[Claim]
    ) -> Iterator[tuple[WaitingRow, Claim, Callable[[Any], Any]]]:
        for claim in found:
            now = self.clock()
            if (taken := claims.take(claim, now)) is None:
                continue
            row, own = taken
            assert isinstance(row, WaitingRow)
            reach("work.claimed")
            try:
                begun = row.begin(now)
            except Exception as error:  # one bad row must not stop the others
                log.exception("%s %s failed", own.label, own.pk)
                claims.fail(own, row, problem_of(error), now)
                continue
            if isinstance(begun, Step):
                claims.finish(own, begun)
                self.ended += 1
            else:
                yield row, own, begun

    def _end(self, asked: Future[Any]) -> None:
        under_way, now = self._asked.pop(asked), self.clock()
        under_way.lane.room += 1
        self.ended += 1
        try:
            step = under_way.row.end(now, asked.result())
        except Exception as error:  # one bad row must not stop the others
            own, row = under_way.own, under_way.row
            log.exception("%s %s failed", own.label, own.pk)
            claims.fail(own, row, problem_of(error), now)
            return
        claims.finish(under_way.own, step)

"""A round: one process runs many waiting rows at once.

One thread does all that touches the database; as many threads as rows are under way wait for
other people's servers. Every lane of the kind has its own room, so that what hangs never takes the
room of what does not. Rows are claimed as there is room, few at a time: a row that becomes due
during a round is begun in it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from work import claims
from work.claims import Claim
from work.failpoints import reach
from work.models import Lane, WaitingRow
from work.run import problem_of
from work.steps import Step

log = logging.getLogger(__name__)

POLL = 0.2  # seconds between two looks for rows that became due meanwhile
BATCH = 10  # rows that are claimed together
BEGINS_FOR = 20.0  # seconds in which a round begins rows; it ends when those under way have ended
SLOW_BEGINS_FOR = 5.0  # the same for slow rows, which take longer to end


@dataclass
class _Room:
    """What is left of the room of one lane."""

    lane: Lane
    left: int
    begins_until: float  # as the monotonic clock tells it, like the next
    idle_until: float = 0.0


@dataclass
class _UnderWay:
    row: WaitingRow
    own: Claim
    room: _Room


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
        start = time.monotonic()
        rooms = [
            _Room(
                lane,
                max(1, self.at_once // lane.part),
                start + (SLOW_BEGINS_FOR if lane.is_slow else BEGINS_FOR),
            )
            for lane in self.model.lanes()
        ]
        with ThreadPoolExecutor(sum(room.left for room in rooms), "round") as pool:
            while True:
                begun = [self._begin(room, pool) for room in rooms]
                if self._asked:
                    done, _waiting = wait(self._asked, POLL, FIRST_COMPLETED)
                    for one in done:
                        self._end(one)
                elif not any(begun):
                    return self.ended

    def _begin(self, room: _Room, pool: ThreadPoolExecutor) -> int:
        """Begin what is due in this lane as far as there is room; how many rows were claimed."""
        moment, lane = time.monotonic(), room.lane
        if not room.left or moment >= room.begins_until or moment < room.idle_until:
            return 0
        most = min(room.left, BATCH)
        found = claims.claim_some(self.model, self.clock(), most, lane.among, lane.order)
        if not found:
            room.idle_until = moment + POLL
        for row, own, ask in self._taken(found):
            room.left -= 1
            self._asked[pool.submit(ask, self.network)] = _UnderWay(row, own, room)
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
        under_way.room.left += 1
        self.ended += 1
        try:
            step = under_way.row.end(now, asked.result())
        except Exception as error:  # one bad row must not stop the others
            own, row = under_way.own, under_way.row
            log.exception("%s %s failed", own.label, own.pk)
            claims.fail(own, row, problem_of(error), now)
            return
        claims.finish(under_way.own, step)

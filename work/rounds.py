"""A round: one process runs many waiting rows at once.

One thread does all that touches the database; as many threads as rows are under way wait for
other people's servers. Every lane of every kind has its own room, so that what hangs never takes
the room of what does not. Rows are claimed as there is room, few at a time: a row that becomes due
during a round is begun in it. What is claimed together is read together, and what ended together
is kept in one transaction: the database sets the pace.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any

from django.db import transaction

from work import claims
from work.claims import Claim
from work.failpoints import reach
from work.models import Lane, WaitingRow
from work.run import problem_of
from work.steps import Step

log = logging.getLogger(__name__)

POLL = 0.2  # seconds between two looks for rows that became due meanwhile
GATHER = 0.05  # seconds in which further rows may end, to be kept with the first
BATCH = 50  # rows that are claimed or ended together
BEGINS_FOR = 20.0  # seconds in which a round begins rows; it ends when those under way have ended
SLOW_BEGINS_FOR = 5.0  # the same for slow rows, which take longer to end
PROMPT_BEGINS_FOR = 30.0  # and for prompt ones, which are begun while others come to their end


@dataclass
class _Room:
    """The room of one lane; `left` is what is left of it."""

    model: type[WaitingRow]
    lane: Lane
    size: int
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

    models: Sequence[type[WaitingRow]]
    network: Any
    clock: Callable[[], datetime]
    at_once: int
    ended: int = 0
    _asked: dict[Future[Any], _UnderWay] = field(default_factory=dict)
    _done: SimpleQueue[Future[Any]] = field(default_factory=SimpleQueue)

    def run(self) -> int:
        """How many rows it ran."""
        rooms = self._rooms()
        with ThreadPoolExecutor(sum(room.size for room in rooms), "round") as pool:
            while True:
                begun = [self._begin(room, pool) for room in rooms]
                if self._asked:
                    self._end([(self._asked.pop(one), one) for one in self._gathered()])
                elif not any(begun):
                    return self.ended

    def _rooms(self) -> list[_Room]:
        start, rooms = time.monotonic(), []
        for model in self.models:
            for lane in model.lanes():
                size = max(1, self.at_once // lane.part)
                begins_for = PROMPT_BEGINS_FOR if lane.is_prompt else BEGINS_FOR
                begins_until = start + (SLOW_BEGINS_FOR if lane.is_slow else begins_for)
                rooms.append(_Room(model, lane, size, size, begins_until))
        return rooms

    def _begin(self, room: _Room, pool: ThreadPoolExecutor) -> int:
        """Begin what is due in this lane as far as there is room; how many rows were claimed."""
        moment, lane = time.monotonic(), room.lane
        if not room.left or moment >= room.begins_until or moment < room.idle_until:
            return 0
        most = min(room.left, BATCH)
        taken = claims.take_some(room.model, self.clock(), most, lane.among, lane.order)
        if not taken:
            room.idle_until = moment + POLL
            return 0
        for row, own, ask in self._begun(room.model, taken):
            room.left -= 1
            asked = pool.submit(ask, self.network)
            self._asked[asked] = _UnderWay(row, own, room)
            asked.add_done_callback(self._done.put)
        return len(taken)

    def _begun(
        self, model: type[WaitingRow], taken: list[tuple[WaitingRow, Claim]]
    ) -> Iterator[tuple[WaitingRow, Claim, Callable[[Any], Any]]]:
        known, now = model.read_ahead([row for row, _own in taken]), self.clock()
        for row, own in taken:
            reach("work.claimed")
            try:
                begun = row.begin(now, known=known.get(row))
            except Exception as error:  # noqa: BLE001  # one bad row must not stop the others
                self._fail(own, row, error)
                continue
            if isinstance(begun, Step):
                claims.finish(own, begun)
                self.ended += 1
            else:
                yield row, own, begun

    def _gathered(self) -> list[Future[Any]]:
        """What has ended: the first within a moment, and what ends shortly after it; few enough
        that one transaction with them does not keep others from the database."""
        done: list[Future[Any]] = []
        try:
            done.append(self._done.get(timeout=POLL))
            time.sleep(GATHER)
            while len(done) < BATCH:
                done.append(self._done.get_nowait())
        except Empty:
            pass
        return done

    def _end(self, ended: list[tuple[_UnderWay, Future[Any]]]) -> None:
        if not ended:
            return
        for each, _asked in ended:
            each.room.left += 1
        self.ended += len(ended)
        kept: set[WaitingRow] = set()
        for model in self.models:
            kept |= self._kept_together(
                model,
                [one for one in ended if one[0].room.model is model and one[1].exception() is None],
            )
        for each, asked in ended:
            if each.row in kept:
                continue
            try:
                step = each.row.end(self.clock(), asked.result())
            except Exception as error:  # noqa: BLE001  # one bad row must not stop the others
                self._fail(each.own, each.row, error)
                continue
            claims.finish(each.own, step)

    def _kept_together(
        self, model: type[WaitingRow], ended: list[tuple[_UnderWay, Future[Any]]]
    ) -> set[WaitingRow]:
        """Whose end was kept, all of them or none: who is killed before the commit kept nothing."""
        if not ended:
            return set()
        seen = {each.row: asked.result() for each, asked in ended}
        try:
            with transaction.atomic():
                kept = set(model.end_many(self.clock(), seen))
                reach("work.kept")
                claims.release([each.own for each, _asked in ended if each.row in kept])
        except Exception:  # of one of them, which is found when they are ended one by one
            log.exception("%s that ended together", model._meta.label)
            return set()
        return kept

    def _fail(self, own: Claim, row: WaitingRow, error: Exception) -> None:
        log.error("%s %s failed", own.label, own.pk, exc_info=error)
        claims.fail(own, row, problem_of(error), self.clock())

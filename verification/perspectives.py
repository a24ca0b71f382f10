"""One check seen from several places, and the quorum that decides (BR 3.2.2.9).

What the primary network saw counts only when enough of the other places saw it too, so that
nobody gains a certificate by lying to one resolver. Each place asks its own resolver and shares
no answer with the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Self

from verification.evidence import several
from verification.network import DnsStatus, Network

# How many places may miss what the primary saw, by how many there are at least (BR 3.2.2.9, table
# "Quorum Requirements"). A single one is below the table: it may not miss it.
ALLOWED = ((6, 2), (2, 1), (0, 0))
# Seconds for all places together, so that one look stays inside a worker's lease; and how long the
# others are waited for, once enough of them agree.
LONGEST_ROUND = 20.0
GRACE = 1.0
MOST_VALUES = 5
SILENT = str(DnsStatus.TIMEOUT)
# What a place saw whose own resolver answers for nothing: it says nothing of the domain.
DEAF = str(DnsStatus.UNREACHED)
ANSWERED = str(DnsStatus.OK)


@dataclass(frozen=True)
class Glance:
    """What one place saw: in a word, in values, and whether it is what the primary should see."""

    agrees: bool
    status: str
    values: Sequence[str] = ()
    resolver: str = ""


@dataclass(frozen=True)
class View:
    place: str
    seen: Glance

    def told(self) -> str:
        """The place, and why it saw nothing; where it saw something else, that is why."""
        return self.place if self.seen.status == ANSWERED else f"{self.place} ({self.seen.status})"

    def as_evidence(self) -> dict[str, Any]:
        return {
            "place": self.place,
            "resolver": self.seen.resolver,
            "status": self.seen.status,
            "values": several(self.seen.values, MOST_VALUES),
            "agrees": self.seen.agrees,
        }


@dataclass(frozen=True)
class Quorum:
    """The views of one check together."""

    views: tuple[View, ...]

    @property
    def allowed(self) -> int:
        return next(misses for least, misses in ALLOWED if len(self.views) >= least)

    @property
    def lacking(self) -> tuple[View, ...]:
        return tuple(view for view in self.views if not view.seen.agrees)

    @property
    def is_met(self) -> bool:
        return len(self.lacking) <= self.allowed

    @property
    def is_ours_to_mend(self) -> bool:
        """It is not met, and would be if the resolvers of our own places answered."""
        others = [view for view in self.lacking if view.seen.status != DEAF]
        return not self.is_met and len(others) <= self.allowed

    def as_evidence(self) -> dict[str, Any]:
        return {
            "perspectives": [view.as_evidence() for view in self.views],
            "quorum": {
                "places": len(self.views),
                "missing": len(self.lacking),
                "allowed": self.allowed,
                "met": self.is_met,
            },
        }

    def told(self) -> dict[str, str]:
        """What fills a sentence about places that do not see it."""
        return {
            "lacking": ", ".join(view.told() for view in self.lacking),
            "missing": str(len(self.lacking)),
            "places": str(len(self.views)),
            "allowed": str(self.allowed),
        }


class Round:
    """The same question at every place, `at_once` of them; the primary may be asked meanwhile.

    It touches no database. A place that did not answer in time saw nothing.
    """

    def __init__(
        self,
        places: Mapping[str, Network],
        glance: Callable[[Network], Glance],
        at_once: int | None = None,
    ) -> None:
        self._until = time.monotonic() + LONGEST_ROUND
        self._pool = ThreadPoolExecutor(at_once or len(places), "perspective")
        self._asked: dict[str, Future[Glance]] = {
            place: self._pool.submit(glance, network) for place, network in places.items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Not waited for: what still runs is bounded by its own network.
        self._pool.shutdown(wait=False, cancel_futures=True)

    def quorum(self) -> Quorum:
        """Wait for the places; for those that cannot change the end no longer than a moment."""
        waiting = set(self._asked.values())
        until = self._until
        while waiting:
            if self._views().is_met:
                until = min(until, time.monotonic() + GRACE)
            done, waiting = wait(
                waiting, max(until - time.monotonic(), 0), return_when=FIRST_COMPLETED
            )
            if not done:
                break
        return self._views()

    def _views(self) -> Quorum:
        return Quorum(
            tuple(
                View(place, asked.result() if asked.done() else Glance(False, SILENT))
                for place, asked in self._asked.items()
            )
        )

"""One check seen from several places, and the quorum that decides (BR 3.2.2.9).

What the primary network saw counts only when enough of the other places saw it too, so that
nobody gains a certificate by lying to one resolver. Each place asks its own resolver and shares
no answer with the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

from verification.evidence import several
from verification.network import Network

# How many places may miss what the primary saw, by how many there are at least (BR 3.2.2.9, table
# "Quorum Requirements"). A single one is below the table: it may not miss it.
ALLOWED = ((6, 2), (2, 1), (0, 0))


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

    def as_evidence(self) -> dict[str, Any]:
        return {
            "place": self.place,
            "resolver": self.seen.resolver,
            "status": self.seen.status,
            "values": several(self.seen.values),
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
            "lacking": ", ".join(f"{view.place} ({view.seen.status})" for view in self.lacking),
            "missing": str(len(self.lacking)),
            "places": str(len(self.views)),
            "allowed": str(self.allowed),
        }


class Round:
    """The same question at every place, `at_once` of them; the primary may be asked meanwhile.

    Every network bounds its own time, so that the round ends. It touches no database.
    """

    def __init__(
        self,
        places: Mapping[str, Network],
        glance: Callable[[Network], Glance],
        at_once: int | None = None,
    ) -> None:
        self._pool = ThreadPoolExecutor(at_once or len(places), "perspective")
        self._asked: dict[str, Future[Glance]] = {
            place: self._pool.submit(glance, network) for place, network in places.items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def quorum(self) -> Quorum:
        """Wait for all of them."""
        return Quorum(tuple(View(place, asked.result()) for place, asked in self._asked.items()))

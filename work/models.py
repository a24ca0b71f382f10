"""A row that waits for something: the database says what work there is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.db import models

from work.steps import Step

# A row that was claimed this often without finishing is set aside: people must look at it.
MOST_ATTEMPTS = 6


class DueRow(models.Model):
    """Base of every row with unattended work.

    `attempts` is raised at the claim, not at the end, so that a row that kills its worker is seen.
    A finished step sets it back to zero. `wakes` counts the nudges: a nudge that arrives while a
    step runs is not overwritten by that step's own next time.
    """

    due_at = models.DateTimeField(null=True, blank=True, db_index=True)
    lease_token = models.CharField(max_length=32, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    wakes = models.PositiveIntegerField(default=0)
    last_problem = models.TextField(blank=True, default="")
    set_aside_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def step(self, now: datetime, network: Any) -> Step:
        """Do what is due. Runs outside any transaction, may be repeated after a kill anywhere."""
        raise NotImplementedError

    def gave_up(self, now: datetime) -> None:
        """Called once, in the transaction that sets the row aside: make it visible to people."""


@dataclass(frozen=True)
class Lane:
    """Some of the rows of a kind, and how much of a round they may take up.

    `order`: those that are claimed first. `part`: one of so many parts of the room of a round.
    `is_slow`: they are expected to wait long, so that a round begins none when it is half over.
    `is_prompt`: none of them waits for the next round, as long as this one lasts.
    """

    among: models.Q
    order: str
    part: int = 1
    is_slow: bool = False
    is_prompt: bool = False


class WaitingRow(DueRow):
    """A row whose step mostly waits for somebody else's server: one process runs many at once.

    The step is cut in three, so that only the middle waits, and holds no database meanwhile.
    """

    class Meta(DueRow.Meta):
        abstract = True

    @classmethod
    def lanes(cls) -> tuple[Lane, ...]:
        """The lanes of a round; each row belongs to one of them at least."""
        return (Lane(models.Q(), "due_at"),)

    @classmethod
    def read_ahead(cls, rows: Sequence[Self]) -> Mapping[Self, Any]:
        """What the `begin` of each of these would read for itself, read for all of them at once."""
        return {}

    def begin(self, now: datetime, *, known: Any = None) -> Step | Callable[[Any], Any]:
        """What is to be asked of the network, without the database; a Step when nothing is.

        `known` is what was read ahead, if anything.
        """
        raise NotImplementedError

    def end(self, now: datetime, seen: Any) -> Step:
        """Keep what was seen by what `begin` answered."""
        raise NotImplementedError

    @classmethod
    def end_many(cls, now: datetime, seen: Mapping[Self, Any]) -> Collection[Self]:
        """Keep what was seen at many, in the transaction of the caller; answers whose end this was.

        Only rows whose end touches nothing but themselves: it writes their next time (`due_at`)
        too. The others are ended one by one.
        """
        return ()

    def step(self, now: datetime, network: Any) -> Step:
        begun = self.begin(now)
        return begun if isinstance(begun, Step) else self.end(now, begun(network))

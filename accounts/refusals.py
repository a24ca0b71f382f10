"""Why not: what every verb of the house says when it does not do what was asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Obstacle:
    """One reason: a stable code, and a sentence that says what to do."""

    code: str
    message: str
    about: str = ""  # the part of a wish that it is about, such as "domain"; empty: about none
    fix: str = ""  # a line to publish instead, where one is known; the sentence tells it too


class Refused(Exception):
    """A verb was refused and changed nothing: all reasons that hold."""

    def __init__(self, obstacles: Iterable[Obstacle]) -> None:
        self.obstacles = tuple(obstacles)
        super().__init__("; ".join(f"{each.code}: {each.message}" for each in self.obstacles))

"""Who acts: a person, or one of our machines that carries an answer onwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Machine:
    """An unattended actor; `name` is what the story shows, such as "Reseal" or "GeoTrust"."""

    name: str


RESEAL = Machine("Reseal")

Actor: TypeAlias = "User | Machine"


def label(actor: Actor) -> str:
    return actor.name if isinstance(actor, Machine) else actor.email


def person(actor: Actor) -> User | None:
    return None if isinstance(actor, Machine) else actor

"""The places of a name that is asked for by itself, and not by a look at its challenge: its
domain's, as a look holds them, and the resolvers'."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from verification import pace
from verification.caa import LONGEST_CLIMB
from verification.network import Network
from verification.patience import LONGEST_LOOK, resolvers_of
from verification.slots import held, slots_from_settings

# Seconds: two climbs for CAA, where an earlier proof is not permitted, and whether our own resolver
# answers at all; or one look where the proof will stand.
LONGEST_HOLD = 2 * LONGEST_CLIMB + LONGEST_LOOK
PAGE_WAITS = 5.0  # seconds that a page waits for the places of a name
T = TypeVar("T")


def holding(
    name: str, network: Network, *, patience: float, is_first: bool = True
) -> AbstractContextManager[None]:
    """Holds the places of `name` while it is asked for; raises slots.BusyError when they stay taken
    for `patience` seconds."""
    places = pace.aimed_at(name, {})
    for resolver in resolvers_of(network):
        places |= pace.at_resolver(resolver, is_first=is_first)
    return held(slots_from_settings(), places, seconds=LONGEST_HOLD, patience=patience)


def in_its_place(name: str, network: Network, ask: Callable[[], T]) -> T:
    """What `ask` answers about `name`, for a page that waits. Raises slots.BusyError."""
    with holding(name, network, patience=PAGE_WAITS):
        return ask()

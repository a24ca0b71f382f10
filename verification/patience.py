"""The way out as one look is given it: how long it waits, and whose places it holds.

Most looks are quick: a name that answers does so in a moment, and thousands that do not answer must
not take the time of those that do. A silent name gets a patient look now and then. While many hang,
further looks are hasty: who would have answered late is heard in the lane of silent names.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from enum import Enum, auto
from typing import Any

from verification.network import (
    Delegation,
    DnsAnswer,
    DnsStatus,
    GuardedNetwork,
    HttpAnswer,
    Network,
    Policy,
)
from verification.slots import Slots

LONGEST_LOOK = 45.0  # seconds: two fetches, each with its names; holds of killed workers end then
LONG = 0.5  # seconds after which a question counts as one that hangs
JAMMED = 3  # further looks are hasty when one of so many hangs


class Patience(Enum):
    """How long a look waits for others."""

    FULL = auto()
    QUICK = auto()
    HASTY = auto()


# Seconds, as the policy of the door names them. Who is in haste asks a resolver once.
MOMENTS: Mapping[Patience, Mapping[str, float]] = {
    Patience.QUICK: {"dns_try": 1.0, "dns_total": 2.0, "connect_try": 2.0, "fetch_total": 4.0},
    Patience.HASTY: {"dns_try": 0.5, "dns_total": 0.5, "connect_try": 1.0, "fetch_total": 2.0},
}


class Waits:
    """The questions of this process that wait for an answer.

    Nobody knows beforehand which names hang; that many do is seen while they are waited for.
    """

    def __init__(self) -> None:
        self._since: dict[object, float] = {}  # one operation at a time: threads need no lock

    @contextmanager
    def one(self) -> Iterator[None]:
        mark = object()
        self._since[mark] = time.monotonic()
        try:
            yield
        finally:
            del self._since[mark]

    def are_long(self, at_once: int) -> bool:
        """Whether a good part of `at_once` looks waits for an answer that does not come."""
        long_ago = time.monotonic() - LONG
        return sum(since < long_ago for since in list(self._since.values())) * JAMMED > at_once


waits = Waits()


class Brief(GuardedNetwork):
    """A moment for everything; after the first silence nothing more is asked of the same name."""

    def __init__(self, policy: Policy, moments: Mapping[str, float]) -> None:
        shorter = {name: min(limit, getattr(policy, name)) for name, limit in moments.items()}
        super().__init__(replace(policy, **shorter))
        self._is_silent = False

    def txt(self, name: str) -> DnsAnswer:
        with waits.one():
            return self._noted(super().txt(name))

    def cname(self, name: str) -> DnsAnswer:
        with waits.one():
            return self._noted(super().cname(name))

    def name_servers(self, *asked: Any) -> Delegation:
        return Delegation() if self._is_silent else super().name_servers(*asked)

    def get(self, url: str) -> HttpAnswer:
        with waits.one():
            answer = super().get(url)
        self._is_silent |= answer.problem == "timeout"
        return answer

    def _noted(self, answer: DnsAnswer) -> DnsAnswer:
        self._is_silent |= answer.status is DnsStatus.TIMEOUT
        return answer


def for_a_look(network: Network, slots: Slots, patience: Patience) -> Network:
    """The real network with this look's holds and patience; any other network as it is."""
    if not isinstance(network, GuardedNetwork):
        return network
    policy = replace(network.policy, slots=slots)
    moments = MOMENTS.get(patience)
    return GuardedNetwork(policy) if moments is None else Brief(policy, moments)


def resolvers_of(network: Network) -> list[str]:
    """The resolvers that are asked through it, each by a label."""
    if not isinstance(network, GuardedNetwork):
        return []
    return [f"{host} {port}" for host, port in network.policy.resolvers]

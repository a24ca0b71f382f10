"""The way out as one look is given it: how long it waits, and whose places it holds.

Most looks are quick: a name that answers does so in a moment, and thousands that do not answer must
not take the time of those that do. A silent name gets a patient look now and then. While many hang,
further looks are hasty: who would have answered late is heard in the lane of silent names.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
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
from verification.outcome import Outcome
from verification.slots import Slots

LONGEST_LOOK = 45.0  # seconds: two fetches, each with its names; holds of killed workers end then
LAST, MANY, LATELY = 100, 20, 10.0  # looks, how many of them silent, in so many seconds


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


class Silences:
    """Which of the last looks at names that were not known to be silent met nothing but silence.

    Nobody knows beforehand which names hang; that many do is seen by those that did just now.
    """

    def __init__(self) -> None:
        # The time of a silence, 0 for an answer. Appending is one step: threads need no lock.
        self._ended: deque[float] = deque([0.0] * LAST, maxlen=LAST)

    def note(self, *, is_silent: bool) -> None:
        self._ended.append(time.monotonic() if is_silent else 0.0)

    def are_many(self) -> bool:
        since = time.monotonic() - LATELY
        return sum(at > since for at in list(self._ended)) > MANY


silences = Silences()  # of this process


class Brief(GuardedNetwork):
    """A moment for everything; after the first silence nothing more is asked of the same name."""

    def __init__(self, policy: Policy, moments: Mapping[str, float]) -> None:
        shorter = {name: min(limit, getattr(policy, name)) for name, limit in moments.items()}
        super().__init__(replace(policy, **shorter))
        self._is_silent = False

    def txt(self, name: str) -> DnsAnswer:
        return self._noted(super().txt(name))

    def cname(self, name: str) -> DnsAnswer:
        return self._noted(super().cname(name))

    def name_servers(self, *asked: Any) -> Delegation:
        return Delegation() if self._is_silent else super().name_servers(*asked)

    def get(self, url: str) -> HttpAnswer:
        answer = super().get(url)
        self._is_silent |= answer.problem in ("timeout", "dns_timeout")
        return answer

    def _noted(self, answer: DnsAnswer) -> DnsAnswer:
        self._is_silent |= answer.status is DnsStatus.TIMEOUT
        return answer


def told_brief(outcome: Outcome) -> Outcome:
    """The same, marked as what a moment's wait showed."""
    return replace(outcome, evidence=outcome.evidence | {"brief": True})


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

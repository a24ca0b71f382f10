"""How much we ask of one place at once, all our processes together.

A hold is a member of a sorted set at the broker, with its end as the score: whoever is killed while
holding frees the place when the hold ends, and nobody has to clean up. Without a broker there is
one process, which counts for itself.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import redis
from django.conf import settings

log = logging.getLogger(__name__)

MOST_AT_A_TARGET = 2  # questions or fetches at one server, looks at one domain
POLL = 0.05  # seconds between two tries of who waits for a place
PREFIX = "reseal:slot:"

# All or nothing. KEYS: the places. ARGV: the holder, for how many ms, then how many each takes.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  if redis.call('ZCARD', key) >= tonumber(ARGV[i + 2]) then return 0 end
end
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + ARGV[2], ARGV[1])
  if redis.call('PTTL', key) < tonumber(ARGV[2]) then redis.call('PEXPIRE', key, ARGV[2]) end
end
return 1
"""


class BusyError(Exception):
    """As much is asked of a place as may be: this says nothing about it, and is tried again."""


class Slots(Protocol):
    """`wanted` names places, each with how many may be there at once. `seconds`: the longest."""

    def take(self, wanted: Mapping[str, int], seconds: float) -> str:
        """The name of the hold on all of these; "" when one of them is full."""

    def give_back(self, wanted: Mapping[str, int], hold: str) -> None:
        """End the hold, if it has not ended by itself."""


class OwnSlots:
    """The places as this process alone counts them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, dict[str, float]] = {}

    def take(self, wanted: Mapping[str, int], seconds: float) -> str:
        hold, now = secrets.token_hex(8), time.monotonic()
        with self._lock:
            for place, most in wanted.items():
                held = self._held.get(place, {})
                for ended in [each for each, until in held.items() if until <= now]:
                    del held[ended]
                if len(held) >= most:
                    return ""
            for place in wanted:
                self._held.setdefault(place, {})[hold] = now + seconds
        return hold

    def give_back(self, wanted: Mapping[str, int], hold: str) -> None:
        with self._lock:
            for place in wanted:
                held = self._held.get(place, {})
                held.pop(hold, None)
                if not held:
                    self._held.pop(place, None)


class BrokerSlots:
    """The places as all processes count them. While the broker is away each counts for itself."""

    def __init__(self, url: str) -> None:
        self._broker = redis.Redis.from_url(
            client_url(url), socket_timeout=2, socket_connect_timeout=2
        )
        self._script = self._broker.register_script(_TAKE)
        self._own = OwnSlots()

    def take(self, wanted: Mapping[str, int], seconds: float) -> str:
        hold = secrets.token_hex(8)
        keys = [PREFIX + place for place in wanted]
        try:
            taken = self._script(keys=keys, args=[hold, int(seconds * 1000), *wanted.values()])
        except redis.RedisError as error:
            log.warning("The broker does not count what is asked, each process does: %s", error)
            return self._own.take(wanted, seconds)
        return hold if taken else ""

    def give_back(self, wanted: Mapping[str, int], hold: str) -> None:
        self._own.give_back(wanted, hold)
        try:
            with self._broker.pipeline(transaction=False) as line:
                for place in wanted:
                    line.zrem(PREFIX + place, hold)
                line.execute()
        except redis.RedisError as error:
            log.warning("The broker could not be told of an end, the hold runs out: %s", error)


class Within:
    """The slots for somebody who holds some places already: those are not taken a second time."""

    def __init__(self, slots: Slots, places: Mapping[str, int]) -> None:
        self._slots, self._places = slots, frozenset(places)

    def take(self, wanted: Mapping[str, int], seconds: float) -> str:
        more = {place: most for place, most in wanted.items() if place not in self._places}
        return self._slots.take(more, seconds) if more else "within"

    def give_back(self, wanted: Mapping[str, int], hold: str) -> None:
        more = {place: most for place, most in wanted.items() if place not in self._places}
        if more:
            self._slots.give_back(more, hold)


@contextlib.contextmanager
def held(
    slots: Slots, wanted: Mapping[str, int], *, seconds: float, patience: float = 0
) -> Iterator[None]:
    """Hold these places, waiting for them up to `patience` seconds; raises BusyError after that."""
    end = time.monotonic() + patience
    while not (hold := slots.take(wanted, seconds)):
        if time.monotonic() >= end:
            raise BusyError(", ".join(wanted))
        time.sleep(POLL)
    try:
        yield
    finally:
        slots.give_back(wanted, hold)


def at_server(address: str) -> dict[str, int]:
    """The place of somebody's server: we are there twice at once, never more."""
    return {f"server {address}": MOST_AT_A_TARGET}


def at_domain(domain: str) -> dict[str, int]:
    return {f"domain {domain}": MOST_AT_A_TARGET}


@lru_cache
def _of_broker(url: str) -> Slots:
    return BrokerSlots(url) if url else OwnSlots()


def slots_from_settings() -> Slots:
    return _of_broker(settings.REDIS_URL)


def client_url(url: str) -> str:
    """The broker's address as the client library spells it: unix sockets have another scheme."""
    parts = urlsplit(url)
    if parts.scheme != "redis+socket":
        return url
    database = parse_qs(parts.query).get("virtual_host", ["0"])[0]
    return f"unix://{parts.path}?db={database.strip('/') or 0}"

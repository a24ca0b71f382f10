"""Keys of signed zones, kept in this process for as long as they hold.

What one resolver told is never used for an answer of another (BR 3.2.2.9: perspectives share no
cache), so that each set of resolvers has a memory of its own.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property

import dns.dnssec
import dns.name
import dns.rdataset
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.RRSIG import RRSIG

MOST_ZONES = 2000
LONGEST = 3600.0  # seconds, whatever a zone says
LONGEST_NO = 60.0  # for "no zone begins here", which ends when somebody delegates


@dataclass(frozen=True)
class Zone:
    """A signed zone and its keys, all of which count until `until` (seconds since 1970)."""

    name: dns.name.Name
    keys: dns.rdataset.Rdataset
    until: float

    @property
    def told(self) -> str:
        return self.name.to_text(omit_final_dot=len(self.name) > 1)

    def keys_for(self, signature: RRSIG, most: int) -> dns.rdataset.Rdataset:
        """The few keys that may have made the signature; tags are short and may collide."""
        found = dns.rdataset.Rdataset(self.keys.rdclass, self.keys.rdtype, ttl=self.keys.ttl)
        for key in self._by_tag.get((signature.key_tag, signature.algorithm), [])[:most]:
            found.add(key)
        return found

    @cached_property
    def _by_tag(self) -> dict[tuple[int, int], list[DNSKEY]]:
        found: dict[tuple[int, int], list[DNSKEY]] = {}
        for key in self.keys:
            found.setdefault((dns.dnssec.key_id(key), key.algorithm), []).append(key)
        return found


class KeyMemory:
    """Zones by name, and names inside a zone at which no other begins. Forgets all when full."""

    def __init__(self) -> None:
        self._zones: dict[dns.name.Name, Zone] = {}
        self._inside: dict[dns.name.Name, float] = {}
        self._lock = threading.Lock()

    def zone(self, name: dns.name.Name, now: float) -> Zone | None:
        with self._lock:
            zone = self._zones.get(name)
            return zone if zone is not None and now < zone.until else None

    def note(self, zone: Zone, now: float) -> None:
        until = min(zone.until, now + LONGEST)
        with self._lock:
            if len(self._zones) >= MOST_ZONES:
                self._zones.clear()
            self._zones[zone.name] = Zone(zone.name, zone.keys, until)

    def is_inside(self, name: dns.name.Name, now: float) -> bool:
        with self._lock:
            return now < self._inside.get(name, 0.0)

    def note_inside(self, name: dns.name.Name, now: float) -> None:
        with self._lock:
            if len(self._inside) >= MOST_ZONES:
                self._inside.clear()
            self._inside[name] = now + LONGEST_NO

    def forget(self, name: dns.name.Name) -> None:
        """What is known of `name` and of everything above it."""
        with self._lock:
            for count in range(1, len(name) + 1):
                above = name.split(count)[1]
                self._zones.pop(above, None)
                self._inside.pop(above, None)


_memories: dict[object, KeyMemory] = {}
_lock = threading.Lock()
MOST_MEMORIES = 64


def memory_of(whom: object) -> KeyMemory:
    """The memory of those who are asked (resolvers and anchors); the same in all threads."""
    with _lock:
        if len(_memories) >= MOST_MEMORIES and whom not in _memories:
            _memories.clear()
        return _memories.setdefault(whom, KeyMemory())

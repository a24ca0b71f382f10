"""A network that answers from dictionaries: demo data is proved without a resolver being asked.

Whatever it proves is marked, so that nobody can take demo evidence for real.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from dns.update import UpdateMessage

from verification.network import (
    CaaAnswer,
    CaaRecord,
    Carried,
    Delegation,
    DnsAnswer,
    DnsStatus,
    HttpAnswer,
    Network,
)

NOTHING: Mapping[str, DnsStatus] = MappingProxyType({})
RESOLVER = "demo data"


class DictionaryNetwork:
    """Answers for the names it was given; every other name and page does not exist.

    `txt`, `cname` and `caa` go by name, `*.example.com` is a wildcard; `pages` go by URL (found:
    status 200, else 404). `statuses` overrides all kinds of look-up for a name.
    """

    marked = "demo"
    perspectives: Mapping[str, Network] = MappingProxyType({})

    def __init__(
        self,
        txt: Mapping[str, Sequence[str]] = MappingProxyType({}),
        caa: Mapping[str, Sequence[CaaRecord]] = MappingProxyType({}),
        pages: Mapping[str, bytes] = MappingProxyType({}),
        statuses: Mapping[str, DnsStatus] = NOTHING,
        cname: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._txt = txt
        self._cname = cname
        self._caa = caa
        self._pages = pages
        self._statuses = statuses

    def txt(self, name: str) -> DnsAnswer:
        chain = self._chain(name, self._txt)
        end = chain[-1] if chain else name
        values = tuple(self._txt.get(self._owner(end), ()))
        status = self._status(name, end, bool(values))
        found = values if status is DnsStatus.OK else ()
        return DnsAnswer(name, "TXT", status, found, chain, resolver=RESOLVER)

    def cname(self, name: str) -> DnsAnswer:
        target = self._cname.get(self._owner(name))
        status = self._status(name, name, target is not None)
        found = (target,) if target is not None and status is DnsStatus.OK else ()
        return DnsAnswer(name, "CNAME", status, found, resolver=RESOLVER)

    def caa(self, name: str) -> CaaAnswer:
        chain = self._chain(name, self._caa)
        end = chain[-1] if chain else name
        records = tuple(self._caa.get(self._owner(end), ()))
        status = self._status(name, end, bool(records))
        found = records if status is DnsStatus.OK else ()
        return CaaAnswer(name, status, found, chain, resolver=RESOLVER)

    def name_servers(self, name: str, rtype: str) -> Delegation:
        return Delegation()

    def get(self, url: str) -> HttpAnswer:
        body = self._pages.get(url)
        status = 404 if body is None else 200
        return HttpAnswer(url, "", status, body or b"", ({"url": url, "status": status},))

    def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
        """No name server stands behind a dictionary."""
        return Carried("unreachable", host)

    def _status(self, name: str, end: str, found: bool) -> DnsStatus:
        if name in self._statuses:
            return self._statuses[name]
        if found:
            return DnsStatus.OK
        return DnsStatus.NODATA if self._exists(self._owner(end)) else DnsStatus.NXDOMAIN

    def _chain(self, name: str, wanted: Mapping[str, object]) -> tuple[str, ...]:
        """Where aliases lead from `name` to what is wanted; a circle ends where it closes."""
        chain: list[str] = []
        while not wanted.get(self._owner(name)):
            led = self._cname.get(self._owner(name), "")
            if not led or led in chain:
                break
            chain.append(led)
            name = led
        return tuple(chain)

    def _owner(self, name: str) -> str:
        """Whose records answer for `name`: itself, or the wildcard below the closest name above it
        that exists (RFC 4592 3.3.1)."""
        above = name
        while above and not self._exists(above):
            above = above.partition(".")[2]
        return name if above == name else f"*.{above}"

    def _exists(self, name: str) -> bool:
        """Whether a record stands there or at a name below; others may publish meanwhile."""
        kinds: tuple[Mapping[str, object], ...] = (self._txt, self._cname, self._caa)
        return any(
            f".{each}".endswith(f".{name}")
            for records in kinds
            for each, held in list(records.items())
            if held
        )

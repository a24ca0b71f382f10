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

    `txt`, `cname` and `caa` go by name, `pages` by URL (found: status 200, else 404). `statuses`
    overrides all kinds of look-up for a name.
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
        values = tuple(self._txt.get(name, ()))
        status = self._status(name, bool(values))
        found = values if status is DnsStatus.OK else ()
        return DnsAnswer(name, "TXT", status, found, resolver=RESOLVER)

    def cname(self, name: str) -> DnsAnswer:
        target = self._cname.get(name)
        status = self._status(name, target is not None)
        found = (target,) if target is not None and status is DnsStatus.OK else ()
        return DnsAnswer(name, "CNAME", status, found, resolver=RESOLVER)

    def caa(self, name: str) -> CaaAnswer:
        records = tuple(self._caa.get(name, ()))
        status = self._status(name, bool(records))
        found = records if status is DnsStatus.OK else ()
        return CaaAnswer(name, status, found, resolver=RESOLVER)

    def name_servers(self, name: str, rtype: str) -> Delegation:
        return Delegation()

    def get(self, url: str) -> HttpAnswer:
        body = self._pages.get(url)
        status = 404 if body is None else 200
        return HttpAnswer(url, "", status, body or b"", ({"url": url, "status": status},))

    def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
        """No name server stands behind a dictionary."""
        return Carried("unreachable", host)

    def _status(self, name: str, found: bool) -> DnsStatus:
        return self._statuses.get(name, DnsStatus.OK if found else DnsStatus.NXDOMAIN)

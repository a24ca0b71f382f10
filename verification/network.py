"""The only door out: DNS look-ups and page fetches, as an argument of every check.

Checks get a `Network` and know no resolver, socket or setting. What they are given in production
is built from the settings; tests pass a policy of their own, the demo data a dictionary.
"""

from __future__ import annotations

import time
from ipaddress import ip_network
from typing import Protocol

from django.conf import settings
from dns.update import UpdateMessage

from verification.authoritative import Delegation, ServerAnswer, ask_name_servers
from verification.demo_records import SERVER as DEMO_SERVER
from verification.dns_lookup import (
    CaaAnswer,
    CaaRecord,
    DnsAnswer,
    DnsStatus,
    Lookup,
    lookup,
    plain,
)
from verification.evidence import printable
from verification.http_fetch import HttpAnswer, fetch
from verification.policy import Policy, parse_resolver, system_resolvers
from verification.update_door import Carried, carry

__all__ = [
    "CaaAnswer",
    "CaaRecord",
    "Carried",
    "Delegation",
    "DnsAnswer",
    "DnsStatus",
    "GuardedNetwork",
    "HttpAnswer",
    "Network",
    "Policy",
    "ServerAnswer",
    "network_from_settings",
]


class Network(Protocol):
    """What a check may ask of the outside world. Failures are values, never exceptions."""

    @property
    def marked(self) -> str:
        """ "" for the real network, else the word that evidence from this network carries."""

    def txt(self, name: str) -> DnsAnswer:
        """The TXT records at `name`, CNAMEs followed."""

    def cname(self, name: str) -> DnsAnswer:
        """The target of the CNAME at `name` itself, not followed."""

    def caa(self, name: str) -> CaaAnswer:
        """The CAA records at `name`, CNAMEs followed, parents not (RFC 8659 3)."""

    def name_servers(self, name: str) -> Delegation:
        """What the name servers of the zone of `name` hold there themselves (TXT)."""

    def get(self, url: str) -> HttpAnswer:
        """The page at `url`, redirects followed."""

    def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
        """Carry a DNS update (RFC 2136) to a name server that a customer named."""


class GuardedNetwork:
    """The real network behind the guarded door of `policy`."""

    marked = ""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def txt(self, name: str) -> DnsAnswer:
        found = self._lookup(name, "TXT")
        records = found.rrset or ()
        return DnsAnswer(
            name=name,
            rtype="TXT",
            status=found.status,
            values=tuple(plain(b"".join(record.strings)) for record in records),
            chain=found.chain,
            resolver=found.resolver,
            ttl=None if found.rrset is None else int(found.rrset.ttl),
        )

    def cname(self, name: str) -> DnsAnswer:
        found = self._lookup(name, "CNAME")
        return DnsAnswer(
            name=name,
            rtype="CNAME",
            status=found.status,
            values=tuple(
                printable(record.target.to_text(omit_final_dot=True), 255)
                for record in found.rrset or ()
            ),
            resolver=found.resolver,
            ttl=None if found.rrset is None else int(found.rrset.ttl),
        )

    def caa(self, name: str) -> CaaAnswer:
        found = self._lookup(name, "CAA")
        records = tuple(
            CaaRecord(record.flags, plain(record.tag), plain(record.value))
            for record in found.rrset or ()
        )
        return CaaAnswer(name, found.status, records, found.chain, found.resolver)

    def name_servers(self, name: str) -> Delegation:
        return ask_name_servers(name, self.policy, time.monotonic() + self.policy.dns_total)

    def get(self, url: str) -> HttpAnswer:
        return fetch(url, self.policy)

    def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
        return carry(message, host, port, self.policy)

    def _lookup(self, name: str, rtype: str) -> Lookup:
        return lookup(name, rtype, self.policy, time.monotonic() + self.policy.dns_total)


def network_from_settings() -> GuardedNetwork:
    """The network of this installation. Raises ValueError for a setting that cannot be read."""
    named = tuple(parse_resolver(text) for text in settings.VERIFICATION_RESOLVERS)
    demo_dns = settings.DEMO_DNS_ADDRESS
    http_port, https_port = settings.VERIFICATION_HTTP_PORTS
    return GuardedNetwork(
        Policy(
            resolvers=named or system_resolvers(),
            http_ports=(http_port, https_port),
            allowed_networks=tuple(
                ip_network(text) for text in settings.VERIFICATION_ALLOWED_NETWORKS
            ),
            stand_in=(DEMO_SERVER, parse_resolver(demo_dns)) if demo_dns else None,
        )
    )

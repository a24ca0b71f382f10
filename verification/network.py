"""The only door out: DNS look-ups and page fetches, as an argument of every check.

Checks get a `Network` and know no resolver, socket or setting. What they are given in production
is built from the settings; tests pass a policy of their own, the demo data a dictionary.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_network
from typing import Protocol

from django.conf import settings
from dns.update import UpdateMessage

from verification.addresses import DEMO_SITES, IpNetwork
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
    values,
)
from verification.evidence import printable
from verification.http_fetch import HttpAnswer, fetch
from verification.policy import (
    Policy,
    StandIn,
    parse_perspectives,
    parse_resolver,
    system_resolvers,
)
from verification.slots import slots_from_settings
from verification.trust_anchors import parse_anchors
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

    @property
    def perspectives(self) -> Mapping[str, Network]:
        """The same network as other places see it, by their names; none where none are named."""

    def txt(self, name: str) -> DnsAnswer:
        """The TXT records at `name`, CNAMEs followed."""

    def cname(self, name: str) -> DnsAnswer:
        """The target of the CNAME at `name` itself, not followed."""

    def caa(self, name: str) -> CaaAnswer:
        """The CAA records at `name`, CNAMEs followed, parents not (RFC 8659 3)."""

    def name_servers(self, name: str, rtype: str) -> Delegation:
        """What the name servers of the zone of `name` hold there themselves (TXT or CNAME)."""

    def get(self, url: str) -> HttpAnswer:
        """The page at `url`, redirects followed."""

    def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
        """Carry a DNS update (RFC 2136) to a name server that a customer named."""


class GuardedNetwork:
    """The real network behind the guarded door of `policy`."""

    marked = ""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    @property
    def perspectives(self) -> Mapping[str, Network]:
        return {
            each.place: GuardedNetwork(
                replace(self.policy, resolvers=(each.resolver,), perspectives=())
            )
            for each in self.policy.perspectives
        }

    def txt(self, name: str) -> DnsAnswer:
        return self._answer(name, "TXT")

    def cname(self, name: str) -> DnsAnswer:
        return self._answer(name, "CNAME")

    def caa(self, name: str) -> CaaAnswer:
        found = self._lookup(name, "CAA")
        records = tuple(
            CaaRecord(record.flags, plain(record.tag), plain(record.value))
            for record in found.rrset or ()
        )
        return CaaAnswer(name, found.status, records, found.chain, found.resolver, found.dnssec)

    def mail_hosts(self, name: str) -> DnsAnswer:
        """The mail servers of `name` (RFC 5321 5.1), none for a null MX (RFC 7505)."""
        found = self._lookup(name, "MX")
        hosts = [
            printable(record.exchange.to_text(omit_final_dot=True), 255)
            for record in sorted(found.rrset or (), key=lambda record: record.preference)
        ]
        if found.status is DnsStatus.NODATA:
            for rtype in ("A", "AAAA"):
                found = self._lookup(name, rtype)
                if found.status is not DnsStatus.NODATA:
                    hosts = [name]
                    break
        return DnsAnswer(
            name,
            "MX",
            found.status,
            tuple(host for host in hosts if host.strip(".@") and found.status is DnsStatus.OK),
            found.chain,
            found.resolver,
        )

    def name_servers(self, name: str, rtype: str) -> Delegation:
        deadline = time.monotonic() + self.policy.dns_total
        return ask_name_servers(name, rtype, self.policy, deadline)

    def get(self, url: str) -> HttpAnswer:
        return fetch(url, self.policy)

    def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
        return carry(message, host, port, self.policy)

    def _answer(self, name: str, rtype: str) -> DnsAnswer:
        found = self._lookup(name, rtype)
        return DnsAnswer(
            name=name,
            rtype=rtype,
            status=found.status,
            values=values(found.rrset),
            chain=found.chain,
            resolver=found.resolver,
            ttl=None if found.rrset is None else int(found.rrset.ttl),
            dnssec=found.dnssec,
        )

    def _lookup(self, name: str, rtype: str) -> Lookup:
        return lookup(name, rtype, self.policy, time.monotonic() + self.policy.dns_total)


def network_from_settings() -> GuardedNetwork:
    """The network of this installation. Raises ValueError for a setting that cannot be read."""
    named = tuple(parse_resolver(text) for text in settings.VERIFICATION_RESOLVERS)
    demo_dns = settings.DEMO_DNS_ADDRESS
    resolvers = named or system_resolvers()
    http_port, https_port = settings.VERIFICATION_HTTP_PORTS
    return GuardedNetwork(
        Policy(
            resolvers=resolvers,
            perspectives=parse_perspectives(settings.VERIFICATION_PERSPECTIVES, resolvers),
            anchors=parse_anchors(settings.DNSSEC_TRUST_ANCHORS),
            http_ports=(http_port, https_port),
            allowed_networks=allowed_networks(),
            dns_stand_in=(DEMO_SERVER, parse_resolver(demo_dns)) if demo_dns else None,
            slots=slots_from_settings(),
            web_stand_in=_demo_web(),
        )
    )


def allowed_networks() -> tuple[IpNetwork, ...]:
    """Of the addresses that are not public, those that this installation may connect to."""
    return tuple(ip_network(text) for text in settings.VERIFICATION_ALLOWED_NETWORKS)


def _demo_web() -> StandIn | None:
    """The demo's web server while it runs; never outside the demo."""
    if settings.ENVIRONMENT != "demo" or not settings.DEMO_WEB_ADDRESS:
        return None
    return StandIn(DEMO_SITES, *parse_resolver(settings.DEMO_WEB_ADDRESS))

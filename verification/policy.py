"""What the door to the Internet may do: whom it asks, where it may connect, how long, how much."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

import dns.exception
import dns.resolver

from verification.addresses import IpNetwork
from verification.slots import OwnSlots, Slots
from verification.trust_anchors import Anchors

Resolver = tuple[str, int]
RESOLVER = re.compile(
    r"\[(?P<six>[^\]]+)\](:(?P<after>\d{1,5}))?|(?P<four>[^:]+):(?P<port>\d{1,5})", re.ASCII
)


PLACE = re.compile(r"[a-z0-9][a-z0-9-]{0,30}", re.ASCII)
LEAST_PLACES, MOST_PLACES = 2, 12


@dataclass(frozen=True)
class Perspective:
    """Another place from which checks are made: its name, and the resolver that it asks."""

    place: str
    resolver: Resolver


@dataclass(frozen=True)
class StandIn:
    """The server at `host` and `port` plays port 80 of every address in `network`; 443 is shut.

    Only the demo has one, for a network that nobody on the Internet can have: the door leads there
    instead of out, and every other address is judged and reached as ever.
    """

    network: IpNetwork
    host: str
    port: int


@dataclass(frozen=True)
class Policy:
    """Limits of one door. Times in seconds, sizes in bytes.

    `http_ports` says to which ports connections for 80 and 443 are really made,
    `name_server_port` where a domain's own name servers are asked, and `allowed_networks` exempts
    networks from the judging of addresses: these are for the demo and the tests. The resolvers are
    our own and may stand anywhere, loopback included. With `anchors` answers are validated by us,
    at the real moment that `clock` tells, whatever moment a verb plays. The demo's stand-ins say
    where its web sites really are, and where updates that are meant for its name server really go.
    """

    resolvers: tuple[Resolver, ...]
    http_ports: tuple[int, int] = (80, 443)
    name_server_port: int = 53
    allowed_networks: tuple[IpNetwork, ...] = ()
    dns_stand_in: tuple[str, Resolver] | None = None
    perspectives: tuple[Perspective, ...] = ()
    anchors: Anchors = ()
    clock: Callable[[], float] = time.time
    web_stand_in: StandIn | None = None
    dns_try: float = 2.5
    dns_total: float = 8.0
    connect_try: float = 4.0
    fetch_total: float = 15.0
    body_limit: int = 64 * 1024
    # The places of other people's servers, of which only so many are taken at once.
    slots: Slots = field(default_factory=OwnSlots, compare=False)


def parse_resolver(text: str) -> Resolver:
    """Address and port of "192.0.2.1:53", "[2001:db8::1]:53" or a bare address (port 53).

    Raises ValueError for anything else: a resolver that is named would need a resolver.
    """
    text = text.strip()
    shape = RESOLVER.fullmatch(text)
    host = text if shape is None else shape["six"] or shape["four"]
    port = "53" if shape is None else shape["after"] or shape["port"] or "53"
    if not 0 < int(port) < 65536:
        raise ValueError(f"{text!r}: ports go from 1 to 65535")
    return str(ip_address(host)), int(port)


def parse_perspectives(
    texts: Sequence[str], primary: Sequence[Resolver] = ()
) -> tuple[Perspective, ...]:
    """The places of "paris=192.0.2.1:53". Raises ValueError for what would not be a quorum:

    one place alone, and places that share a name or a host with each other or the primary: two
    ports of one machine are one place.
    """
    found = tuple(_perspective(text) for text in texts)
    if found and not LEAST_PLACES <= len(found) <= MOST_PLACES:
        raise ValueError(f"{len(found)} places; name {LEAST_PLACES} to {MOST_PLACES}, or none")
    places = [each.place for each in found]
    hosts = [host for host, _port in (*(each.resolver for each in found), *primary)]
    for each in found:
        if places.count(each.place) > 1:
            raise ValueError(f"{each.place} is named twice")
        if hosts.count(each.resolver[0]) > 1:
            raise ValueError(f"{each.place} asks a host that is asked already")
    return found


def _perspective(text: str) -> Perspective:
    place, equals, resolver = text.strip().partition("=")
    if not equals or not PLACE.fullmatch(place):
        raise ValueError(f"{text!r} does not begin with a name and an equals sign")
    return Perspective(place, parse_resolver(resolver))


def system_resolvers() -> tuple[Resolver, ...]:
    """The resolvers that /etc/resolv.conf names; none when it is absent or names none."""
    try:
        configured = dns.resolver.Resolver(configure=True)
    except (dns.resolver.NoResolverConfiguration, dns.exception.DNSException):
        return ()
    return tuple((str(address), 53) for address in configured.nameservers)

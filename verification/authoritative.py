"""Asking a domain's own name servers what they hold, past whatever resolvers keep.

Only when a look at a record failed: it tells a record that is not there from one that resolvers do
not see yet. The servers are the customer's choice, so their addresses are judged like those of web
servers: nobody points us at a machine inside.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from verification import slots
from verification.addresses import refusal
from verification.dns_lookup import (
    UNANSWERED,
    DnsAnswer,
    DnsStatus,
    absence,
    ask,
    hear,
    lookup,
    values,
)
from verification.evidence import printable
from verification.policy import Policy

MOST_SERVERS = 4
LEAST_LABELS = 3  # a domain, its top level and the root
MOST_LEVELS = 3  # how far up the start of the zone is looked for when its name does not answer
MOST_REFERRALS = 3
ZONE_TRY = 1.0  # seconds that a resolver has to say where a zone begins, each of two times


@dataclass(frozen=True)
class ServerAnswer:
    """What one name server holds; `lame` when it does not answer for the zone delegated to it.

    `alias` is where a CNAME leads that stands there instead.
    """

    server: str
    address: str
    status: DnsStatus
    values: tuple[str, ...] = ()
    lame: bool = False
    alias: str = ""


@dataclass(frozen=True)
class Delegation:
    """A zone and its servers, at most four; `kept_for` seconds may a resolver keep a "no". Of a
    top level, which holds what is not registered, the servers are not told.

    `zone` is "" when nobody could say where it begins. `above` is what our resolvers said of the
    top level, when they said nothing of the name: whether they answer for anything at all.
    """

    zone: str = ""
    kept_for: int | None = None
    servers: tuple[ServerAnswer, ...] = ()
    above: DnsAnswer | None = None


Servers = Mapping[dns.name.Name, str | None]  # with their addresses as a referral told them


@dataclass(frozen=True)
class Referral:
    """A server's word that a zone further down has servers of its own."""

    zone: dns.name.Name
    servers: Servers


def ask_name_servers(name: str, rtype: str, policy: Policy, deadline: float) -> Delegation:
    """Find the zone of `name` and ask each of its servers. Never raises for what they do.

    Where resolvers cannot say where the zone begins, the servers above tell by a referral.
    """
    kind = dns.rdatatype.from_text(rtype)
    try:
        asked = dns.name.from_text(name)
    except dns.exception.DNSException:
        return Delegation()
    zone, kept_for, above = _zone(asked, policy, deadline)
    if zone is None:
        return Delegation(above=above)
    found = lookup(zone.to_text(omit_final_dot=True), "NS", policy, deadline)
    servers: Servers = {record.target: None for record in found.rrset or ()}
    for _step in range(MOST_REFERRALS):
        seen: list[ServerAnswer] = []
        below = None
        for server in _first(servers):
            said = _ask_one(*server, zone, asked, kind, policy, deadline)
            if isinstance(said, Referral):
                below = said
                break
            seen += [said] if said is not None else []
        if below is None:
            told = printable(zone.to_text(omit_final_dot=True), 255)
            if len(zone) < LEAST_LABELS:  # the servers of a top level tell where, and no more
                return Delegation("" if above else told, above=above)
            return Delegation(told, kept_for, tuple(seen), above)
        zone, kept_for, servers = below.zone, None, below.servers
    return Delegation(above=above)


def _first(servers: Servers) -> list[tuple[dns.name.Name, str | None]]:
    return sorted(servers.items(), key=lambda one: one[0].to_text())[:MOST_SERVERS]


def _zone(
    name: dns.name.Name, policy: Policy, deadline: float
) -> tuple[dns.name.Name | None, int | None, DnsAnswer | None]:
    """Where the zone of `name` begins, and how long it lets a "no" be kept (RFC 2308 5).

    When resolvers fail at the name they are asked for the top level too, whose servers know the
    zones below: they may stand in for a zone whose begin nobody tells.
    """
    policy = replace(policy, dns_try=min(policy.dns_try, ZONE_TRY))
    here, above = name, None
    for _level in range(MOST_LEVELS):
        response = hear(here, dns.rdatatype.SOA, policy, deadline).response
        if begin := _begin(response, name):
            return *begin, above
        if response is not None:
            return None, None, above
        if above is None:
            above = _top(name, policy, deadline)
        if above is None or above.status in UNANSWERED:
            return None, None, above
        if len(here) <= LEAST_LABELS:
            break
        here = here.parent()
    top = name.split(2)[1]
    return top if above is not None and above.status is DnsStatus.OK else None, None, above


def _begin(
    response: dns.message.Message | None, name: dns.name.Name
) -> tuple[dns.name.Name, int] | None:
    for section in () if response is None else (response.answer, response.authority):
        for rrset in section:
            if _is(rrset, dns.rdatatype.SOA) and name.is_subdomain(rrset.name):
                return rrset.name, min(int(rrset.ttl), int(rrset[0].minimum))
    return None


def _top(name: dns.name.Name, policy: Policy, deadline: float) -> DnsAnswer | None:
    """What resolvers say of the top level of `name`; None when there is no time to ask."""
    if deadline - time.monotonic() < policy.dns_try:
        return None
    top = name.split(2)[1]
    heard = hear(top, dns.rdatatype.SOA, policy, deadline)
    is_there = _begin(heard.response, name) is not None
    status = DnsStatus.OK if is_there and heard.status is DnsStatus.OK else absence(heard)
    told = printable(top.to_text(omit_final_dot=True), 255)
    return DnsAnswer(told, "SOA", status, resolver=heard.resolver)


def _ask_one(
    server: dns.name.Name,
    glue: str | None,
    zone: dns.name.Name,
    name: dns.name.Name,
    kind: dns.rdatatype.RdataType,
    policy: Policy,
    deadline: float,
) -> ServerAnswer | Referral | None:
    """None when the server cannot be asked: no public address, no time is left, no place at it."""
    called = server.to_text(omit_final_dot=True)
    rrset = lookup(called, "A", policy, deadline).rrset
    found = rrset[0].address if rrset else glue
    address = ip_address(found) if found else None
    timeout = min(policy.dns_try, deadline - time.monotonic())
    if address is None or refusal(address, policy.allowed_networks) or timeout <= 0:
        return None
    door = (str(address), policy.name_server_port)
    try:
        place = slots.at_server(str(address))
        with slots.held(policy.slots, place, seconds=timeout + 1, patience=timeout):
            heard = ask(door, name, kind, timeout, recurse=False)
    except slots.BusyError:
        return None
    shown = printable(called, 255), str(address)
    if heard.response is None:
        lame = heard.status in (DnsStatus.REFUSED, DnsStatus.SERVFAIL)
        return ServerAnswer(*shown, heard.status, lame=lame)
    # Who sends us elsewhere than down does not know the zone that is delegated to it.
    below = _referral(heard.response, name)
    if below is not None and below.zone != zone and below.zone.is_subdomain(zone):
        return below
    lame = not heard.response.flags & dns.flags.AA
    held = heard.response.get_rrset(heard.response.answer, name, dns.rdataclass.IN, kind)
    if held is None:
        led = heard.response.get_rrset(
            heard.response.answer, name, dns.rdataclass.IN, dns.rdatatype.CNAME
        )
        alias = "".join(values(led)[:1])
        return ServerAnswer(*shown, absence(heard), lame=lame, alias=alias)
    return ServerAnswer(*shown, DnsStatus.OK, values(held), lame)


def _referral(response: dns.message.Message, name: dns.name.Name) -> Referral | None:
    """Where a server says that another zone begins, which `name` belongs to."""
    if response.answer or response.flags & dns.flags.AA:
        return None
    for rrset in response.authority:
        if _is(rrset, dns.rdatatype.NS) and name.is_subdomain(rrset.name):
            addresses = {
                each.name: each[0].address
                for each in response.additional
                if _is(each, dns.rdatatype.A)
            }
            servers = {record.target: addresses.get(record.target) for record in rrset}
            return Referral(rrset.name, servers)
    return None


def _is(rrset: dns.rrset.RRset, kind: dns.rdatatype.RdataType) -> bool:
    """Of that type, and of the Internet's class: the data of another one are not what they seem."""
    return bool(rrset.rdclass == dns.rdataclass.IN and rrset.rdtype == kind)

"""Asking a domain's own name servers what they hold, past whatever resolvers keep.

Only when a look at a record failed: it tells a record that is not there from one that resolvers do
not see yet. The servers are the customer's choice, so their addresses are judged like those of web
servers: nobody points us at a machine inside.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from ipaddress import ip_address

import dns.exception
import dns.flags
import dns.name
import dns.rdataclass
import dns.rdatatype

from verification import slots
from verification.addresses import refusal
from verification.dns_lookup import DnsStatus, absence, ask, hear, lookup, plain
from verification.evidence import printable
from verification.policy import Policy

MOST_SERVERS = 4
LEAST_LABELS = 3  # a domain, its top level and the root
MOST_LEVELS = 3  # how far up the start of the zone is looked for when its name does not answer
RECORD = dns.rdatatype.TXT


@dataclass(frozen=True)
class ServerAnswer:
    """What one name server holds; `lame` when it does not answer for the zone delegated to it."""

    server: str
    address: str
    status: DnsStatus
    values: tuple[str, ...] = ()
    lame: bool = False


@dataclass(frozen=True)
class Delegation:
    """A zone and its servers, at most four; `kept_for` seconds may a resolver keep a "no".

    `zone` is "" when nobody could say where it begins.
    """

    zone: str = ""
    kept_for: int | None = None
    servers: tuple[ServerAnswer, ...] = ()


def ask_name_servers(name: str, policy: Policy, deadline: float) -> Delegation:
    """Find the zone of `name` and ask each of its servers. Never raises for what they do."""
    try:
        asked = dns.name.from_text(name)
    except dns.exception.DNSException:
        return Delegation()
    zone, kept_for = _zone(asked, policy, deadline)
    if zone is None:
        return Delegation()
    told = zone.to_text(omit_final_dot=True)
    found = lookup(told, "NS", policy, deadline)
    names = sorted(record.target.to_text(omit_final_dot=True) for record in found.rrset or ())
    answers = (_ask_one(server, asked, policy, deadline) for server in names[:MOST_SERVERS])
    servers = tuple(each for each in answers if each is not None)
    return Delegation(printable(told, 255), kept_for, servers)


def _zone(
    name: dns.name.Name, policy: Policy, deadline: float
) -> tuple[dns.name.Name | None, int | None]:
    """Where the zone of `name` begins, and how long it lets a "no" be kept (RFC 2308 5)."""
    here = name
    for _level in range(MOST_LEVELS):
        response = hear(here, dns.rdatatype.SOA, policy, deadline).response
        for section in () if response is None else (response.answer, response.authority):
            for rrset in section:
                if rrset.rdtype == dns.rdatatype.SOA and name.is_subdomain(rrset.name):
                    return rrset.name, min(int(rrset.ttl), int(rrset[0].minimum))
        if response is not None or len(here) <= LEAST_LABELS:
            return None, None
        here = here.parent()
    return None, None


def _ask_one(
    server: str, name: dns.name.Name, policy: Policy, deadline: float
) -> ServerAnswer | None:
    """None when the server cannot be asked: no public address, no time left, no place at it."""
    rrset = lookup(server, "A", policy, deadline).rrset
    address = ip_address(rrset[0].address) if rrset else None
    timeout = min(policy.dns_try, deadline - time.monotonic())
    if address is None or refusal(address, policy.allowed_networks) or timeout <= 0:
        return None
    door = (str(address), policy.name_server_port)
    try:
        place = slots.at_server(str(address))
        with slots.held(policy.slots, place, seconds=timeout + 1, patience=timeout):
            heard = ask(door, name, RECORD, timeout, recurse=False)
    except slots.BusyError:
        return None
    shown = printable(server, 255), str(address)
    if heard.response is None:
        lame = heard.status in (DnsStatus.REFUSED, DnsStatus.SERVFAIL)
        return ServerAnswer(*shown, heard.status, lame=lame)
    lame = not heard.response.flags & dns.flags.AA
    held = heard.response.get_rrset(heard.response.answer, name, dns.rdataclass.IN, RECORD)
    if held is None:
        return ServerAnswer(*shown, absence(heard), lame=lame)
    values = tuple(plain(b"".join(record.strings)) for record in held)
    return ServerAnswer(*shown, DnsStatus.OK, values, lame)

"""Carrying a DNS update to a name server that a customer named, through the guarded door.

Over TCP only: the answer comes from the address that was judged, nobody can point us at a third
party by a forged datagram, and a closed port is told at once (RFC 2136 2.1 allows it).
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass

import dns.exception
import dns.message
import dns.rcode
import dns.tsig
import dns.update

from verification.addresses import IpAddress, literal, looks_numeric, refusal
from verification.dns_lookup import UNANSWERED, DnsStatus, lookup
from verification.policy import Policy
from verification.slots import BusyError, at_server, held

TRY = 5.0  # seconds for one address
MOST_ADDRESSES = 4


@dataclass(frozen=True)
class Carried:
    """What came of it: the response, or why there is none that counts.

    `problem` is "" or one of: unlooked, unresolved, address_refused, busy, unreachable, timeout,
    badkey, badsig, badtime, unsigned, garbage. `address` is where it was carried; one that was
    refused is not told, because our resolvers may know more than the Internet does. `looked` is how
    the look-up of the server failed that is unlooked: it may have an address.
    """

    problem: str = ""
    address: str = ""
    response: dns.message.Message | None = None
    looked: DnsStatus | None = None


def carry(message: dns.update.UpdateMessage, host: str, port: int, policy: Policy) -> Carried:
    """Send one update to `host`; the first address that may be connected to and answers counts.

    Never raises for what the network does. Whoever else is at the server leaves us one of two
    places there, or it is busy.
    """
    if policy.dns_stand_in is not None and host == policy.dns_stand_in[0]:
        return _send(message, *policy.dns_stand_in[1], TRY)
    deadline = time.monotonic() + policy.dns_total
    addresses, failed = _addresses(host, policy, deadline)
    if not addresses:
        return Carried("unresolved") if failed is None else Carried("unlooked", looked=failed)
    open_ones = [each for each in addresses if not refusal(each, policy.allowed_networks)]
    if not open_ones:
        return Carried("address_refused")
    # However long it took to learn where the server is, it gets its own time to answer.
    deadline += TRY
    return _first_that_answers(message, open_ones[:MOST_ADDRESSES], port, policy, deadline)


def _first_that_answers(
    message: dns.update.UpdateMessage,
    addresses: Sequence[IpAddress],
    port: int,
    policy: Policy,
    deadline: float,
) -> Carried:
    """A place is held only where we are connected: who names others' addresses beside his own
    keeps nobody from being asked there."""
    heard = Carried("timeout", str(addresses[0]))
    for address in addresses:
        timeout = min(TRY, policy.connect_try, deadline - time.monotonic())
        if timeout <= 0:
            break
        try:
            place = at_server(str(address))
            with held(policy.slots, place, seconds=2 * timeout + 1, patience=timeout):
                left = min(timeout, deadline - time.monotonic())
                heard = _send(message, str(address), port, max(left, 0.001))
        except BusyError:
            return Carried("busy", str(address))
        if heard.problem not in ("unreachable", "timeout"):
            break
    return heard


def _addresses(
    host: str, policy: Policy, deadline: float
) -> tuple[list[IpAddress], DnsStatus | None]:
    """Every address of the server, the literal one or those that our resolvers tell; and how a
    look-up failed, if one did."""
    if (written := literal(host)) is not None:
        return [written], None
    if looks_numeric(host):
        return [], None
    found: list[IpAddress] = []
    failed = None
    for rtype in ("A", "AAAA"):
        seen = lookup(host, rtype, policy, deadline)
        if seen.status in UNANSWERED or seen.status is DnsStatus.BOGUS:
            failed = failed or seen.status
        for record in seen.rrset or ():
            address = literal(record.address)
            found += [address] if address is not None else []
    return found, failed


def _send(message: dns.update.UpdateMessage, address: str, port: int, timeout: float) -> Carried:
    try:
        heard = _exchange(message.to_wire(), address, port, timeout)
        return _read(message, heard, address)
    except dns.tsig.PeerBadKey:
        return Carried("badkey", address)
    except (dns.tsig.PeerBadSignature, dns.tsig.PeerBadTruncation, dns.tsig.BadSignature):
        return Carried("badsig", address)
    except (dns.tsig.PeerBadTime, dns.tsig.BadTime):
        return Carried("badtime", address)
    except dns.message.UnknownTSIGKey:
        return Carried("badkey", address)
    except TimeoutError:
        return Carried("timeout", address)
    except (OSError, EOFError):
        return Carried("unreachable", address)
    except dns.exception.DNSException:
        return Carried("garbage", address)


def _exchange(wire: bytes, address: str, port: int, timeout: float) -> bytes:
    """One message there and one back, within `timeout` seconds (RFC 1035 4.2.2)."""
    until = time.monotonic() + timeout
    with socket.create_connection((address, port), timeout) as door:
        door.sendall(struct.pack("!H", len(wire)) + wire)
        (length,) = struct.unpack("!H", _receive(door, 2, until))
        return _receive(door, length, until)


def _receive(door: socket.socket, count: int, until: float) -> bytes:
    """Exactly `count` bytes; who sends them one by one does not hold us longer than the rest."""
    found = b""
    while len(found) < count:
        door.settimeout(max(until - time.monotonic(), 0.001))
        more = door.recv(count - len(found))
        if not more:
            raise EOFError
        found += more
    return found


def _read(message: dns.update.UpdateMessage, wire: bytes, address: str) -> Carried:
    """The response, its signature checked. Raises what is wrong with it."""
    unchecked = dns.message.from_wire(wire, keyring=False)
    if not message.is_response(unchecked):
        return Carried("garbage", address)
    if unchecked.had_tsig:
        checked = dns.message.from_wire(wire, keyring=message.keyring, request_mac=message.mac)
        return Carried("", address, checked)
    # Whoever stands between could say "done": only what is signed counts (RFC 8945 5.3). A "no" is
    # told as it is; a server that does not know such updates has no key to sign it with.
    is_no = unchecked.rcode() != dns.rcode.NOERROR
    return Carried("" if is_no else "unsigned", address, unchecked)

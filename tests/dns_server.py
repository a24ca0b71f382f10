"""A real DNS server on loopback, UDP and TCP, that tests fill with records and failures.

Use it as a fixture (`from tests.dns_server import dns_server`), or as a context manager:

    with LoopbackDns() as server:
        server.publish("_dnsauth.example.com", "TXT", "value")
        ... VERIFICATION_RESOLVERS=server.address ...
"""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any, Self

import pytest
from dnslib import (
    CAA,
    CNAME,
    EDNS0,
    NS,
    QTYPE,
    RCODE,
    RD,
    RR,
    SOA,
    TXT,
    A,
    DNSError,
    DNSRecord,
    EDNSOption,
)

HOST = "127.0.0.1"
# How a name may fail. BOGUS: what a validating resolver says (RFC 8914). REFERRAL: a server that
# does not recurse. GARBAGE: bytes that are no message. FOREIGN: the answer to another question.
FAILURES = [
    "NXDOMAIN",
    "SERVFAIL",
    "REFUSED",
    "FORMERR",
    "BOGUS",
    "TIMEOUT",
    "TRUNCATED",
    "GARBAGE",
    "FOREIGN",
    "REFERRAL",
]
EXTENDED_ERROR = 15


@dataclass(frozen=True)
class Asked:
    """One question that arrived."""

    name: str
    rtype: str
    transport: str


class LoopbackDns:
    """The zone of a test. Names are plain lower-case text; what was not published does not exist.

    With `follows` the server chases CNAMEs as a resolver does, else it gives the first one only.
    With `owns` it is a domain's own name server. Where a SOA was published, it stands beside every
    "no" about names below.
    """

    def __init__(
        self, host: str = HOST, port: int = 0, *, follows: bool = True, owns: bool = False
    ) -> None:
        self.asked: list[Asked] = []
        self.follows = follows
        self.owns = owns
        self.refers_to = "example.com"  # where a REFERRAL leads
        self._turns: dict[tuple[str, str], list[list[RD]]] = {}
        self._failures: dict[tuple[str, str], str] = {}
        self._udp, self._tcp = _bound(host, port, self)
        self.host, self.port = host, int(self._udp.server_address[1])

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def publish(self, name: str, rtype: str, *values: Any) -> None:
        """Let `name` hold exactly these records of that type (CAA: tuples of flags, tag, value)."""
        self.publish_in_turn(name, rtype, values)

    def publish_in_turn(self, name: str, rtype: str, *answers: Sequence[Any]) -> None:
        """Give another set of records at every question; the last one stays (rebinding)."""
        turns = [[_rdata(rtype, value) for value in values] for values in answers]
        self._turns[name, rtype] = turns

    def remove(self, name: str) -> None:
        for key in [key for key in self._turns if key[0] == name]:
            del self._turns[key]

    def fail(self, name: str, how: str, rtype: str = "ANY") -> None:
        """Let questions for `name` (of one type, or all) fail in one of the ways of FAILURES."""
        assert how in FAILURES, how
        self._failures[name, rtype] = how

    def heal(self, name: str, rtype: str = "ANY") -> None:
        del self._failures[name, rtype]

    def questions(self, name: str, rtype: str) -> int:
        return sum((one.name, one.rtype) == (name, rtype) for one in self.asked)

    def reply(self, question: bytes, transport: str) -> bytes | None:
        """The bytes that go back; None when nothing does."""
        request = DNSRecord.parse(question)
        name = str(request.q.qname).rstrip(".").lower()
        rtype = str(QTYPE[request.q.qtype])
        self.asked.append(Asked(name, rtype, transport))
        how = self._failures.get((name, rtype)) or self._failures.get((name, "ANY"), "")
        match how:
            case "TIMEOUT":
                return None
            case "GARBAGE":
                return question[:2] + b"\x84\x00\x00\x01\xff\xff"
            case "FOREIGN":
                other = DNSRecord.question("other.example", rtype).reply()
                other.header.id = request.header.id
                return bytes(other.pack())
            case "TRUNCATED" if transport == "udp":
                return bytes(request.reply().truncate().pack())
        reply = request.reply(ra=not self.owns, aa=self.owns)
        if how and how != "TRUNCATED":
            _refuse(reply, how, self.refers_to)
        else:
            self._fill(reply, name, rtype)
        return bytes(reply.pack())

    def _fill(self, reply: DNSRecord, name: str, rtype: str) -> None:
        for _step in range(12):
            records = self._turn(name, rtype)
            aliases = self._turn(name, "CNAME") if not records else []
            for kind, record in [(rtype, one) for one in records] + [
                ("CNAME", one) for one in aliases
            ]:
                reply.add_answer(RR(name, getattr(QTYPE, kind), rdata=record, ttl=5))
            if not aliases:
                if not records:
                    self._deny(reply, name)
                return
            if not self.follows:
                return
            name = str(aliases[0].label).rstrip(".").lower()

    def _deny(self, reply: DNSRecord, name: str) -> None:
        if not self._exists(name):
            reply.header.rcode = RCODE.NXDOMAIN
        zones = [at for at, kind in self._turns if kind == "SOA" and f".{name}".endswith(f".{at}")]
        if zones:
            zone = max(zones, key=len)
            soa = self._turn(zone, "SOA")[0]
            reply.add_auth(RR(zone, QTYPE.SOA, rdata=soa, ttl=soa.times[4]))

    def _turn(self, name: str, rtype: str) -> list[RD]:
        turns = self._turns.get((name, rtype), [[]])
        return turns.pop(0) if len(turns) > 1 else turns[0]

    def _exists(self, name: str) -> bool:
        return any(key[0] == name or key[0].endswith("." + name) for key in self._turns)

    def __enter__(self) -> Self:
        for server in (self._udp, self._tcp):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()


def _refuse(reply: DNSRecord, how: str, refers_to: str) -> None:
    if how == "REFERRAL":
        reply.header.ra = reply.header.aa = 0
        reply.add_auth(RR(refers_to, QTYPE.NS, rdata=NS("ns.example.com"), ttl=5))
        return
    reply.header.rcode = getattr(RCODE, "SERVFAIL" if how == "BOGUS" else how)
    if how == "BOGUS":
        code = struct.pack("!H", 6)
        reply.add_ar(EDNS0(opts=[EDNSOption(EXTENDED_ERROR, code)]))


def _rdata(rtype: str, value: Any) -> RD:
    if isinstance(value, RD):
        return value
    match rtype:
        case "TXT":
            data = value.encode() if isinstance(value, str) else value
            chunks = data if isinstance(data, list) else [data]
            return TXT(chunks)
        case "CAA":
            return CAA(*value)
        case "AAAA":
            return RD(IPv6Address(value).packed)
        case "A":
            return A(value)
        case "NS":
            return NS(value)
        case "SOA":  # the value: for how many seconds a "no" may be kept
            return SOA("ns.example.com", "hostmaster.example.com", (1, 60, 60, 3600, value))
    return CNAME(value)


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True
    zone: LoopbackDns


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    zone: LoopbackDns


class _UdpHandler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, door = self.request
        server = self.server
        assert isinstance(server, _Udp)
        try:
            reply = server.zone.reply(data, "udp")
        except DNSError:
            return
        if reply is not None:
            door.sendto(reply, self.client_address)


class _TcpHandler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, _Tcp)
        (length,) = struct.unpack("!H", self.rfile.read(2))
        reply = server.zone.reply(self.rfile.read(length), "tcp")
        if reply is not None:
            self.wfile.write(struct.pack("!H", len(reply)) + reply)


def _bound(host: str, port: int, zone: LoopbackDns) -> tuple[_Udp, _Tcp]:
    """Both servers on one port; another port is tried when the TCP half of a free one is taken."""
    for _try in range(20):
        udp = _Udp((host, port), _UdpHandler)
        try:
            tcp = _Tcp((host, udp.server_address[1]), _TcpHandler)
        except OSError:
            udp.server_close()
            continue
        udp.zone = tcp.zone = zone
        return udp, tcp
    raise OSError(f"no port is free on {host} for both UDP and TCP")


@pytest.fixture
def dns_server() -> Iterator[LoopbackDns]:
    with LoopbackDns() as server:
        yield server

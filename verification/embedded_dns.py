"""The demo's DNS: authoritative for the demo zone, a forwarder for everything else.

It reads the zone from the database at every question, so that a record published on the demo page
is seen at once; updates signed with the demo's key change it. What cannot be forwarded is SERVFAIL,
quickly: a demo without a network says so instead of hanging. Loopback only.
"""

from __future__ import annotations

import logging
import socket
import struct
import threading
import time
from collections.abc import Sequence
from ipaddress import IPv4Address

from django.db import connection
from dns.exception import DNSException
from dnslib import CAA, CNAME, QTYPE, RCODE, RD, RR, SOA, TXT, A, DNSError, DNSRecord
from dnslib.server import DNSHandler, DNSLogger, DNSServer

from verification.demo_records import ZONE, DemoRecord, RecordType, in_zone, is_dns_name
from verification.demo_updates import answer_update, is_update
from verification.policy import Resolver

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
TXT_CHUNK = 255
LONGEST_DATAGRAM = 1232
LONGEST_CHAIN = 8
# Seconds to wait for the system's resolver, and to stay away from one that gave no answer.
FORWARD_TIMEOUT = 2.0
FORWARD_PAUSE = 5.0
TIMES = (1, 60, 60, 3600, 5)  # serial, refresh, retry, expire, and how long "no" may be kept


class DemoZone:
    """Answers from DemoRecord rows below the zone, and asks `upstream` about the rest."""

    def __init__(self, upstream: Sequence[Resolver] = ()) -> None:
        self._upstream = tuple(upstream)
        self._away_until = 0.0

    def reply(self, question: bytes, *, tcp: bool) -> bytes:
        """The answer to one question, both as on the wire. Raises DNSError for other bytes."""
        if is_update(question):
            return _updated(question)
        request = DNSRecord.parse(question)
        name = str(request.q.qname).rstrip(".").lower()
        if not in_zone(name):
            return self._forward(question, tcp) or _failure(request)
        try:
            reply = answer_from_rows(request, name)
        finally:
            # Each question has a thread of its own; its connection would stay open for ever.
            connection.close()
        packed: bytes = reply.pack()
        if not tcp and len(packed) > LONGEST_DATAGRAM:
            packed = reply.truncate().pack()
        return packed

    def _forward(self, question: bytes, tcp: bool) -> bytes:
        """What a resolver of the system answered, byte for byte; b"" when none did."""
        if time.monotonic() < self._away_until:
            return b""
        for resolver in self._upstream:
            try:
                return _exchange(question, resolver, tcp)
            except (OSError, struct.error) as error:
                log.info("resolver %s gave no answer: %s", resolver[0], error)
        self._away_until = time.monotonic() + FORWARD_PAUSE
        return b""


def _updated(message: bytes) -> bytes:
    try:
        return answer_update(message)
    except DNSException as error:
        raise DNSError(str(error)) from error
    finally:
        connection.close()


def _failure(request: DNSRecord) -> bytes:
    reply = request.reply(ra=1, aa=0)
    reply.header.rcode = RCODE.SERVFAIL
    packed: bytes = reply.pack()
    return packed


def _exchange(question: bytes, resolver: Resolver, tcp: bool) -> bytes:
    """Carry one question over; raises OSError when no answer comes in time."""
    host, port = resolver
    if tcp:
        with socket.create_connection((host, port), FORWARD_TIMEOUT) as door:
            door.sendall(struct.pack("!H", len(question)) + question)
            with door.makefile("rb") as answers:
                (length,) = struct.unpack("!H", answers.read(2))
                return answers.read(length)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as door:
        door.settimeout(FORWARD_TIMEOUT)
        # Connected, so that a closed port is told at once and strangers are not heard.
        door.connect((host, port))
        door.send(question)
        return door.recv(65535)


def answer_from_rows(request: DNSRecord, name: str) -> DNSRecord:
    """The zone's answer; CNAMEs are followed inside the zone only (RFC 1034 4.3.2)."""
    reply = request.reply(ra=1, aa=1)
    wanted = QTYPE[request.q.qtype]
    for _step in range(LONGEST_CHAIN):
        rows = list(DemoRecord.objects.filter(name=name))
        found = [row for row in rows if wanted in (row.rtype, "ANY")]
        alias = next((row for row in rows if row.rtype == RecordType.CNAME), None)
        for row in found or [one for one in (alias,) if one is not None]:
            reply.add_answer(_record(row))
        if found or alias is None:
            if not found:
                _deny(reply, exists=_exists(name, rows))
            return reply
        name = alias.value.rstrip(".").lower()
        if not in_zone(name):
            return reply
    return reply


def _exists(name: str, rows: Sequence[DemoRecord]) -> bool:
    """A name exists when it has records or stands above one that has (RFC 8020)."""
    below = DemoRecord.objects.filter(name__endswith="." + name)
    return bool(rows) or name == ZONE or below.exists()


def _deny(reply: DNSRecord, *, exists: bool) -> None:
    if not exists:
        reply.header.rcode = RCODE.NXDOMAIN
    reply.add_auth(RR(ZONE, QTYPE.SOA, rdata=SOA(f"ns.{ZONE}", f"hostmaster.{ZONE}", TIMES), ttl=5))


def _record(row: DemoRecord) -> RR:
    return RR(row.name, getattr(QTYPE, row.rtype), rdata=rdata(row.rtype, row.value), ttl=row.ttl)


def rdata(rtype: str, value: str) -> RD:
    """A value as the demo page takes it, as record data. Raises ValueError when it does not fit."""
    match rtype:
        case RecordType.TXT:
            data = value.encode()
            return TXT([data[at : at + TXT_CHUNK] for at in range(0, len(data), TXT_CHUNK)])
        case RecordType.CAA:
            flags, tag, text = value.split(None, 2)
            if not 0 <= int(flags) <= 255 or not (tag.isascii() and tag.isalnum()):
                raise ValueError("a CAA record begins with flags from 0 to 255 and a tag")
            return CAA(int(flags), tag, text.strip('"'))
        case RecordType.A:
            return A(str(IPv4Address(value)))
    if not is_dns_name(value):
        raise ValueError("a CNAME leads to a name")
    return CNAME(value)


class EmbeddedDns:
    """The server on loopback, UDP and TCP on one port (0: any free one, see `port`)."""

    def __init__(self, port: int, upstream: Sequence[Resolver] = ()) -> None:
        zone = DemoZone(upstream)
        logger = DNSLogger(log="error", prefix=False, logf=log.info)
        tcp = DNSServer(zone, HOST, port, tcp=True, logger=logger, handler=_Handler)
        self.port: int = tcp.server.server_address[1]
        try:
            udp = DNSServer(zone, HOST, self.port, logger=logger, handler=_Handler)
        except OSError:
            tcp.server.server_close()
            raise
        self._servers = (udp.server, tcp.server)

    def start(self) -> None:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Handler(DNSHandler):  # type: ignore[misc]  # dnslib has no types
    def get_reply(self, data: bytes) -> bytes:
        zone: DemoZone = self.server.resolver
        return zone.reply(data, tcp=self.protocol == "tcp")

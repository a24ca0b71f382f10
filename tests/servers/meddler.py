"""Somebody on the way to a resolver, who changes the answers."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dns.exception
import dns.message
import dns.query

Change = Callable[[dns.message.Message], "dns.message.Message | bytes | None"]


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, door = self.request
        server = self.server
        assert isinstance(server, _Server)
        question = dns.message.from_wire(data)
        try:
            answer = dns.query.tcp(question, "127.0.0.1", timeout=2, port=server.resolver)
        except (dns.exception.DNSException, OSError):
            return
        changed = server.change(answer)
        if changed is not None:
            wire = changed if isinstance(changed, bytes) else changed.to_wire(max_size=65535)
            door.sendto(wire, self.client_address)


class _Server(socketserver.ThreadingUDPServer):
    daemon_threads = True
    resolver: int
    change: Change


@contextmanager
def meddler(resolver: int, change: Change) -> Iterator[int]:
    """The port where the resolver at that port of loopback seems to answer. None: no answer."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.resolver, server.change = resolver, change
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()

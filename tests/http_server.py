"""A real HTTP server for tests, as honest or as hostile as the test wants."""

from __future__ import annotations

import datetime as dt
import socket
import socketserver
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Behaviour = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Request:
    """One request head: its first line, and its fields with lower-case names."""

    line: str
    fields: dict[str, str]

    @property
    def target(self) -> str:
        return self.line.split(" ")[1]


def page(body: bytes = b"", status: int = 200, **fields: str) -> bytes:
    """A whole response. Field names are written with underscores: content_encoding="gzip"."""
    head = {"content-length": str(len(body))}
    head |= {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [f"HTTP/1.1 {status} So", *(f"{name}: {value}" for name, value in head.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class LoopbackHttp:
    """Serves `pages` by request target: bytes as they stand, or a behaviour with the socket."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, *, tls: bool = False) -> None:
        self.pages: dict[str, bytes | Behaviour] = {}
        self.requests: list[Request] = []
        self.names: list[str | None] = []
        self._context = _tls_context(self.names) if tls else None
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        server_class = type("_Server", (_Server,), {"address_family": family})
        self._server: _Server = server_class((host, port), _Handler)
        self._server.site = self
        self.host, self.port = host, int(self._server.server_address[1])

    def answer(self, door: socket.socket) -> None:
        if self._context is not None:
            door = self._context.wrap_socket(door, server_side=True)
        head = b""
        while b"\r\n\r\n" not in head:
            more = door.recv(4096)
            if not more:
                return
            head += more
        first, *rest = head.decode("latin-1").rstrip().split("\r\n")
        fields = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in rest}
        self.requests.append(Request(first, fields))
        answer = self.pages.get(self.requests[-1].target, page(b"no such page", 404))
        if callable(answer):
            answer(door)
        else:
            door.sendall(answer)
        if isinstance(door, ssl.SSLSocket):
            door.close()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    site: LoopbackHttp

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up on a hostile server are what the tests are about."""


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        server.site.answer(self.request)


@cache
def _self_signed() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody.example")])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return certificate.public_bytes(pem) + key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _tls_context(names: list[str | None]) -> ssl.SSLContext:
    """Self-signed, expired, for another name: nothing that a validating client would accept."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "both.pem"
        file.write_bytes(_self_signed())
        context.load_cert_chain(file)

    def note(_socket: object, name: str | None, _context: object) -> None:
        names.append(name)

    context.sni_callback = note
    return context


@pytest.fixture
def http_server() -> Iterator[LoopbackHttp]:
    with LoopbackHttp() as server:
        yield server


@pytest.fixture
def https_server() -> Iterator[LoopbackHttp]:
    with LoopbackHttp(tls=True) as server:
        yield server

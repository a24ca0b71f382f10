"""Fetching a page from a server that may be hostile: the guarded door.

For every hop the name is resolved once, every address that came back is judged, and the connection
is made to a judged address, never to the name, so that a second answer of the DNS (rebinding)
changes nothing. When one of several addresses is refused the hop is refused: skipping it would let
a customer probe which of our internal addresses answer, and no honest site publishes one.

Only http and https on ports 80 and 443; redirects 301, 302, 307 and 308, at most five, each judged
again (BR 3.2.2.4.18). One deadline covers names, connections, TLS, headers and body. No cookies, no
credentials, no proxies, no encodings. The certificate of an https page is not verified: the page
proves control of the name before a certificate exists. SNI and Host carry the name.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from django.utils.translation import pgettext

from verification import addresses
from verification.addresses import IpAddress
from verification.dns_lookup import DnsStatus, lookup
from verification.evidence import dnssec, printable, several
from verification.policy import Policy
from verification.reasons import of_a_connection, of_a_fetch
from verification.slots import at_server, held

MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 307, 308})
PORTS = {"http": 80, "https": 443}
MOST_ADDRESSES = 6
LONGEST_URL = 2048
MOST_HEADER_BYTES = 32 * 1024
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(?:\.{LABEL})*")
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
# Left alone in a request target: what RFC 3986 3.3 and 3.4 let stand, and escapes already made.
TARGET_SAFE = "/%:@!$&'()*+,;=~?"
# Where the address of a host was not found: the problem is the status, and the first of two tells.
UNRESOLVED = {
    f"dns_{status.lower()}": status
    for status in (
        DnsStatus.SERVFAIL,
        DnsStatus.REFUSED,
        DnsStatus.TIMEOUT,
        DnsStatus.UNREACHED,
        DnsStatus.NXDOMAIN,
        DnsStatus.NODATA,
    )
}


@dataclass(frozen=True)
class HttpAnswer:
    """The last page reached, or the problem that stopped the fetch.

    `problem` is "" when a server answered with a status, else one of address_refused, timeout,
    unreachable, tls, redirect_loop, redirect_refused, too_large, port, encoded, bogus, or of
    UNRESOLVED. `body` is there for status 200 only. `hops`: a JSON-able object a request with url,
    resolver, addresses, address, status, location, problem, detail, as far as it came; `seconds`
    with a timeout.
    """

    url: str
    problem: str
    status: int | None
    body: bytes
    hops: tuple[dict[str, Any], ...]

    @property
    def host(self) -> str:
        """The host of the last page, as far as there is one."""
        return self.url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]


class _Stopped(Exception):
    """The fetch ends here, for a reason that the customer sees."""

    def __init__(self, problem: str, detail: str) -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail


@dataclass(frozen=True)
class _Target:
    url: str
    scheme: str
    host: str
    port: int
    request: str

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"


def fetch(url: str, policy: Policy) -> HttpAnswer:
    """GET `url` through the guarded door. Never raises for what names or servers do."""
    deadline = time.monotonic() + policy.fetch_total
    hops: list[dict[str, Any]] = []
    passed: set[str] = set()
    own = ""
    while True:
        hop: dict[str, Any] = {"url": printable(url, LONGEST_URL)}
        hops.append(hop)
        try:
            if url in passed or len(hops) > MOST_REDIRECTS + 1:
                raise _Stopped("redirect_loop", of_a_fetch("redirects", count=len(hops) - 1))
            passed.add(url)
            target = _parse(url)
            own = own or target.host
            status, location, body = _visit(target, own, policy, deadline, hop)
        except _Stopped as stopped:
            hop |= {"problem": stopped.problem, "detail": printable(stopped.detail)}
            if stopped.problem == "timeout":  # the limit that ran out, to connect or for everything
                is_over = time.monotonic() >= deadline
                hop["seconds"] = policy.fetch_total if is_over else policy.connect_try
            return HttpAnswer(hop["url"], stopped.problem, hop.get("status"), b"", tuple(hops))
        if location is None:
            return HttpAnswer(hop["url"], "", status, body, tuple(hops))
        url = location


def _parse(url: str) -> _Target:
    """Take `url` apart, refusing what the door does not do. No request was made yet."""
    if len(url) > LONGEST_URL or CONTROLS.search(url):
        raise _Stopped("redirect_refused", of_a_fetch("long"))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _Stopped("redirect_refused", of_a_fetch("unread")) from error
    if parts.scheme not in PORTS:
        key = "scheme" if parts.scheme else "no_scheme"
        raise _Stopped("redirect_refused", of_a_fetch(key, scheme=parts.scheme))
    if "@" in parts.netloc:
        raise _Stopped("redirect_refused", of_a_fetch("credentials"))
    host = (parts.hostname or "").removesuffix(".")
    if addresses.literal(host) is None:
        if not HOST.fullmatch(host):
            raise _Stopped("redirect_refused", of_a_fetch("no_host"))
        if addresses.looks_numeric(host):
            raise _Stopped("address_refused", of_a_fetch("spelling", host=host))
    port = PORTS[parts.scheme] if port is None else port
    if port not in PORTS.values():
        raise _Stopped("port", of_a_fetch("port", port=port))
    request = quote(parts.path or "/", safe=TARGET_SAFE, encoding="latin-1", errors="replace")
    if parts.query:
        request += "?" + quote(parts.query, TARGET_SAFE, encoding="latin-1", errors="replace")
    return _Target(url, parts.scheme, host, port, request)


def _visit(
    target: _Target, own: str, policy: Policy, deadline: float, hop: dict[str, Any]
) -> tuple[int, str | None, bytes]:
    """One request: its status, where it redirects to (absolute), its body when it is a 200.

    Where a name leads is not told when it is refused, but of the `own` name that is asked for: our
    resolvers may know names that the Internet does not.
    """
    candidates, is_alias = _resolve(target.host, policy, deadline, hop)
    is_told = addresses.literal(target.host) is not None or (target.host == own and not is_alias)
    refused = {each: why for each in candidates if (why := _refusal(each, policy))}
    hop["addresses"] = several(str(each) for each in candidates if is_told or each not in refused)
    for address, reason in refused.items():
        where = address if is_told else target.host
        told = of_a_fetch("refused", address=where, reason=pgettext("part", reason))
        raise _Stopped("address_refused", told)
    with _connected(candidates, target, policy, deadline, hop) as connection:
        if target.scheme == "https":
            with _secured(connection, target, deadline) as secured:
                return _converse(secured, target, policy, deadline, hop)
        return _converse(connection, target, policy, deadline, hop)


def _resolve(
    host: str, policy: Policy, deadline: float, hop: dict[str, Any]
) -> tuple[tuple[IpAddress, ...], bool]:
    """Every address of `host`, IPv4 first, and whether an alias led there; asked of the resolvers
    once for this hop."""
    spelled = addresses.literal(host)
    if spelled is not None:
        return (spelled,), False
    found, is_alias = list[IpAddress](), False
    seen: dict[str, DnsStatus] = {}
    for rtype in ("A", "AAAA"):
        until = min(deadline, time.monotonic() + policy.dns_total)
        answer = lookup(host, rtype, policy, until)
        hop |= {"resolver": answer.resolver} | dnssec(answer.dnssec)
        if answer.rrset is not None:
            found += [ip_address(record.address) for record in answer.rrset]
        seen[rtype] = answer.status
        is_alias |= bool(answer.chain)
        if answer.status is DnsStatus.BOGUS:
            raise _Stopped("bogus", of_a_fetch("bogus", host=host))
    if found:
        return tuple(found), is_alias
    problem = next(name for name, status in UNRESOLVED.items() if status in seen.values())
    told = ", ".join(f"{rtype}: {status}" for rtype, status in seen.items())
    raise _Stopped(problem, of_a_fetch("unresolved", host=host, found=told))


@contextmanager
def _connected(
    candidates: tuple[IpAddress, ...],
    target: _Target,
    policy: Policy,
    deadline: float,
    hop: dict[str, Any],
) -> Iterator[socket.socket]:
    """A connection to the first judged address that takes one, and meanwhile our place there.

    Only there: who names others' addresses beside his own keeps nobody from being asked. BusyError
    passes through: it is no finding about the page, the whole look is tried again.
    """
    last: OSError = TimeoutError("no time was left to connect")
    for candidate in candidates[:MOST_ADDRESSES]:
        left = max(deadline - time.monotonic(), 0)
        place, patience = at_server(str(candidate)), min(left, policy.connect_try)
        with held(policy.slots, place, seconds=left + 1, patience=patience):
            try:
                connection = _connect(candidate, target, policy, deadline)
            except OSError as error:
                last = error
                continue
            hop["address"] = str(candidate)
            with connection:
                yield connection
            return
    problem = "timeout" if isinstance(last, TimeoutError) else "unreachable"
    words = {"host": target.host, "port": target.port, "reason": of_a_connection(last)}
    raise _Stopped(problem, of_a_fetch("unconnected", **words))


def _connect(
    candidate: IpAddress, target: _Target, policy: Policy, deadline: float
) -> socket.socket:
    """Raises OSError where no connection is taken, or another address took it."""
    address, port = _door(candidate, target, policy)
    if not port:
        raise ConnectionRefusedError("Connection refused")
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(_left(min(deadline, time.monotonic() + policy.connect_try)))
        connection.connect((str(address), port))
        if ip_address(connection.getpeername()[0]) != address:
            raise OSError("connected to an address that was not judged")
    except OSError:
        connection.close()
        raise
    return connection


def _refusal(address: IpAddress, policy: Policy) -> str:
    is_played = _is_played(address, policy)
    return "" if is_played else addresses.refusal(address, policy.allowed_networks)


def _is_played(address: IpAddress, policy: Policy) -> bool:
    return policy.web_stand_in is not None and address in policy.web_stand_in.network


def _door(address: IpAddress, target: _Target, policy: Policy) -> tuple[IpAddress, int]:
    """Where a connection to `address` is really made; port 0 where nothing listens."""
    is_plain = target.port == PORTS["http"]
    if policy.web_stand_in is not None and _is_played(address, policy):
        return ip_address(policy.web_stand_in.host), policy.web_stand_in.port if is_plain else 0
    return address, policy.http_ports[0 if is_plain else 1]


def _secured(connection: socket.socket, target: _Target, deadline: float) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    try:
        connection.settimeout(_left(deadline))
        return context.wrap_socket(connection, server_hostname=target.host)
    except TimeoutError as error:
        raise _Stopped("timeout", of_a_fetch("tls_in_time")) from error
    except (ssl.SSLError, OSError, ValueError) as error:
        raise _Stopped("tls", of_a_fetch("tls", error=error)) from error


def _converse(
    connection: socket.socket,
    target: _Target,
    policy: Policy,
    deadline: float,
    hop: dict[str, Any],
) -> tuple[int, str | None, bytes]:
    stream = _Stream(connection, deadline, MOST_HEADER_BYTES)
    try:
        connection.settimeout(_left(deadline))
        connection.sendall(_request(target))
        # HTTPResponse asks of its socket only that it makes a file.
        response = http.client.HTTPResponse(stream, method="GET")  # type: ignore[arg-type]
        response.begin()
        hop["status"] = response.status
        location = response.getheader("Location")
        if response.status in REDIRECTS and location:
            hop["location"] = printable(location, LONGEST_URL)
            return response.status, _next(target, location), b""
        body = _body(response, stream, policy) if response.status == 200 else b""
        return response.status, None, body
    except TimeoutError as error:
        raise _Stopped("timeout", of_a_fetch("answer_in_time")) from error
    except http.client.LineTooLong as error:
        raise _Stopped("too_large", of_a_fetch("header")) from error
    except (http.client.HTTPException, ValueError) as error:
        seen = f"{type(error).__name__} {error}"
        raise _Stopped("unreachable", of_a_fetch("no_http", error=seen)) from error
    except OSError as error:
        raise _Stopped("unreachable", of_a_connection(error)) from error


def _request(target: _Target) -> bytes:
    return (
        f"GET {target.request} HTTP/1.1\r\n"
        f"Host: {target.host_header}\r\n"
        "User-Agent: reseal-domain-validation\r\n"
        "Accept: */*\r\n"
        "Accept-Encoding: identity\r\n"
        "Connection: close\r\n\r\n"
    ).encode("ascii")


def _next(target: _Target, location: str) -> str:
    # Looked for here already: urljoin drops tabs and line ends before anybody can see them.
    if CONTROLS.search(location):
        raise _Stopped("redirect_refused", of_a_fetch("location_controls"))
    try:
        return urljoin(target.url, location).partition("#")[0]
    except ValueError as error:
        raise _Stopped("redirect_refused", of_a_fetch("location_unread")) from error


def _body(response: http.client.HTTPResponse, stream: _Stream, policy: Policy) -> bytes:
    encoding = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if encoding != "identity":
        raise _Stopped("encoded", f"Content-Encoding: {encoding}")
    # Chunk frames take room too; a body cut into single bytes is nobody's honest page.
    stream.allow(4 * policy.body_limit)
    body = response.read(policy.body_limit + 1)
    if len(body) > policy.body_limit:
        raise _Stopped("too_large", of_a_fetch("body", most=policy.body_limit))
    return body


def _left(deadline: float) -> float:
    """Seconds until the deadline; raises TimeoutError when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time for this fetch is over")
    return left


class _Stream(io.RawIOBase):
    """A connection as a file that ends the fetch at its deadline or after so many bytes.

    The socket's own timeout restarts with every byte; a server that drips would hold it for ever.
    """

    def __init__(self, connection: socket.socket, deadline: float, allowance: int) -> None:
        super().__init__()
        self._connection = connection
        self._deadline = deadline
        self._allowance = allowance

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def allow(self, more: int) -> None:
        self._allowance += more

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._allowance <= 0:
            raise _Stopped("too_large", of_a_fetch("answer"))
        self._connection.settimeout(_left(self._deadline))
        room = memoryview(buffer)[: self._allowance]
        count = self._connection.recv_into(room)
        self._allowance -= count
        return count

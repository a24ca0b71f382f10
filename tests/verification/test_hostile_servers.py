"""Servers that send too much, too slowly, or something else than HTTP."""

from __future__ import annotations

import errno
import gzip
import socket
import time
from collections.abc import Callable, Iterable

import pytest

from tests.dns_server import LoopbackDns
from tests.http_server import Behaviour, LoopbackHttp, page
from tests.verification.conftest import Door
from verification.network import HttpAnswer

URL = "http://shop.example.com/file"


@pytest.fixture(autouse=True)
def published(dns_server: LoopbackDns) -> None:
    dns_server.publish("shop.example.com", "A", "127.0.0.1")


def stopped(answer: HttpAnswer) -> tuple[str, bytes]:
    return answer.problem, answer.body


def drip(pieces: Iterable[bytes], pause: float = 0.05) -> Behaviour:
    def behave(door: socket.socket) -> None:
        for piece in pieces:
            door.sendall(piece)
            time.sleep(pause)

    return behave


def endless(first: bytes, repeated: bytes) -> Callable[[], Iterable[bytes]]:
    def pieces() -> Iterable[bytes]:
        yield first
        for _count in range(2000):
            yield repeated

    return pieces


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "x-unknown"])
def test_an_encoded_answer_is_refused(door: Door, http_server: LoopbackHttp, encoding: str) -> None:
    http_server.pages["/file"] = page(gzip.compress(b"content"), content_encoding=encoding)
    assert stopped(door().get(URL)) == ("encoded", b"")


def test_an_identity_encoding_that_is_said_aloud_is_read(
    door: Door, http_server: LoopbackHttp
) -> None:
    http_server.pages["/file"] = page(b"content", content_encoding=" Identity")
    assert door().get(URL).body == b"content"


@pytest.mark.parametrize(("size", "problem"), [(65536, ""), (65537, "too_large")])
def test_a_body_may_have_64_kib_and_no_more(
    door: Door, http_server: LoopbackHttp, size: int, problem: str
) -> None:
    http_server.pages["/file"] = page(b"x" * size)
    answer = door().get(URL)
    assert (answer.problem, len(answer.body)) == (problem, 0 if problem else size)


def test_a_chunked_body_is_read_and_bounded(door: Door, http_server: LoopbackHttp) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    http_server.pages["/file"] = head + b"4\r\ncont\r\n3\r\nent\r\n0\r\n\r\n"
    assert door().get(URL).body == b"content"
    http_server.pages["/file"] = head + b"FFFFF\r\n" + b"x" * 0xFFFFF + b"\r\n0\r\n\r\n"
    assert door().get(URL).problem == "too_large"
    http_server.pages["/file"] = head + b"1\r\nx\r\n" * 60000 + b"0\r\n\r\n"
    assert door().get(URL).problem == "too_large"
    http_server.pages["/file"] = head + b"1;" + b"x" * 500_000
    assert door().get(URL).problem in ("too_large", "unreachable")


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,
        b"HTTP/1.1 " + b"2" * 200_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000,
    ],
)
def test_headers_are_bounded(door: Door, http_server: LoopbackHttp, head: bytes) -> None:
    http_server.pages["/file"] = head
    answer = door().get(URL)
    assert answer.problem in ("too_large", "unreachable")
    assert len(str(answer.hops)) < 2000


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 xyz\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x00\xff" * 50,
    ],
)
def test_what_is_not_http_is_unreachable(
    door: Door, http_server: LoopbackHttp, answer: bytes
) -> None:
    http_server.pages["/file"] = answer
    assert stopped(door().get(URL)) == ("unreachable", b"")


def test_a_server_that_resets_a_connection_that_stands_is_no_fault_of_ours(
    door: Door, http_server: LoopbackHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reset that arrives when the connection stands takes its far end away."""
    http_server.pages["/file"] = page(b"content")
    asked: set[socket.socket] = set()
    peer = socket.socket.getpeername

    def once(door: socket.socket) -> object:
        if door in asked:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")
        asked.add(door)
        return peer(door)

    monkeypatch.setattr(socket.socket, "getpeername", once)
    answer = door().get(URL)
    assert (answer.body, answer.hops[0]["address"]) == (b"content", "127.0.0.1")


DRIPS = {
    "status line": endless(b"HTTP/1.1 200 ", b"x"),
    "headers": endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "body": endless(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"),
    "chunks": endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "silence": endless(b"", b""),
}


@pytest.mark.parametrize("pieces", DRIPS.values(), ids=DRIPS.keys())
def test_a_server_that_drips_is_left_at_the_deadline(
    door: Door, http_server: LoopbackHttp, pieces: Callable[[], Iterable[bytes]]
) -> None:
    http_server.pages["/file"] = drip(pieces())
    begun = time.monotonic()
    assert stopped(door(fetch_total=0.6).get(URL)) == ("timeout", b"")
    assert time.monotonic() - begun < 10


def test_the_deadline_is_one_for_all_hops(door: Door, http_server: LoopbackHttp) -> None:
    def slow(number: int) -> Behaviour:
        return drip([b"", page(b"", 302, location=f"/{number}")], 0.25)

    http_server.pages["/file"] = slow(1)
    for number in range(1, 5):
        http_server.pages[f"/{number}"] = slow(number + 1)
    begun = time.monotonic()
    assert door(fetch_total=0.6).get(URL).problem == "timeout"
    assert time.monotonic() - begun < 10


def test_hostile_headers_come_back_printable(door: Door, http_server: LoopbackHttp) -> None:
    http_server.pages["/file"] = page(b"", 302, location="/\x1b[2J\x9b<script>")
    text = str(door().get(URL).hops)
    assert "\\x" not in text
    assert "\x1b" not in text

"""A DNS server that costs next to nothing: the bench measures who asks, not who answers.

Names below `hang…` are never answered, a name below `fresh-…` holds its first label as TXT, and
every other name does not exist.
"""

from __future__ import annotations

import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

HOST = "127.0.0.1"
HEADER = 12
TXT = 16
DENIED, FOUND = b"\x81\x83", b"\x81\x80"  # NXDOMAIN and NOERROR, recursion offered


def reply(question: bytes) -> bytes | None:
    """The answer to one question, or None."""
    end, labels = HEADER, []
    while length := question[end]:
        labels.append(question[end + 1 : end + 1 + length])
        end += 1 + length
    kind = int.from_bytes(question[end + 1 : end + 3], "big")
    asked = question[HEADER : end + 5]
    owner = labels[-2] if len(labels) > 1 else b""
    if owner.startswith(b"hang"):
        return None
    if owner.startswith(b"fresh-") and kind == TXT and labels[0] == b"_dnsauth":
        held = bytes([len(owner)]) + owner
        record = b"\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x05" + len(held).to_bytes(2, "big") + held
        return question[:2] + FOUND + b"\x00\x01\x00\x01\x00\x00\x00\x00" + asked + record
    return question[:2] + DENIED + b"\x00\x01\x00\x00\x00\x00\x00\x00" + asked


def _serve(door: socket.socket, counted: Any) -> None:
    while True:
        question, whom = door.recvfrom(4096)
        counted.value += 1
        if (answer := reply(question)) is not None:
            door.sendto(answer, whom)


@contextmanager
def name_server() -> Iterator[tuple[str, Any]]:
    """Its address, and how many questions came (`.value`)."""
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
    door.bind((HOST, 0))
    counted = multiprocessing.get_context("fork").Value("q", 0, lock=False)
    server = multiprocessing.get_context("fork").Process(target=_serve, args=(door, counted))
    server.start()
    try:
        yield f"{HOST}:{door.getsockname()[1]}", counted
    finally:
        server.kill()
        server.join()
        door.close()

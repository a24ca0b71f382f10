"""A DNS server that costs next to nothing: the bench measures who asks, not who answers.

Names in `hang….com` are never answered, `fresh-….com` holds its first label as TXT, and every other
name does not exist: names in `slow….com` say so after a tenth of a second, so that it is seen how
many questions are under way at once.
"""

from __future__ import annotations

import heapq
import multiprocessing
import select
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

HOST = "127.0.0.1"
HEADER = 12
TXT = 16
DENIED, FOUND = b"\x81\x83", b"\x81\x80"  # NXDOMAIN and NOERROR, recursion offered
SLOW = 0.1  # seconds


def _number() -> Any:
    return multiprocessing.get_context("fork").Value("q", 0, lock=False)


@dataclass(frozen=True)
class Counted:
    """How many questions came, and of slow names how many waited at most: at one domain, in all."""

    questions: Any = field(default_factory=_number)
    most_at_a_domain: Any = field(default_factory=_number)
    most: Any = field(default_factory=_number)


def labels_of(question: bytes) -> list[bytes]:
    end, labels = HEADER, []
    while length := question[end]:
        labels.append(question[end + 1 : end + 1 + length])
        end += 1 + length
    return labels


def reply(question: bytes, labels: list[bytes]) -> bytes | None:
    """The answer to one question, or None."""
    end = HEADER + sum(len(label) + 1 for label in labels)
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


def _serve(door: socket.socket, counted: Counted) -> None:
    later: list[tuple[float, bytes, bytes, Any]] = []
    waiting: Counter[bytes] = Counter()
    while True:
        while later and later[0][0] <= time.monotonic():
            _due, domain, answer, whom = heapq.heappop(later)
            waiting[domain] -= 1
            door.sendto(answer, whom)
        if later and not select.select([door], [], [], max(0, later[0][0] - time.monotonic()))[0]:
            continue
        question, whom = door.recvfrom(4096)
        counted.questions.value += 1
        labels = labels_of(question)
        if (answer_now := reply(question, labels)) is None:
            continue
        domain = b".".join(labels[-2:])
        if not domain.startswith(b"slow"):
            door.sendto(answer_now, whom)
            continue
        heapq.heappush(later, (time.monotonic() + SLOW, domain, answer_now, whom))
        waiting[domain] += 1
        counted.most.value = max(counted.most.value, len(later))
        counted.most_at_a_domain.value = max(counted.most_at_a_domain.value, waiting[domain])


@contextmanager
def name_server() -> Iterator[tuple[str, Counted]]:
    """Its address, and what it counts."""
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
    door.bind((HOST, 0))
    counted = Counted()
    server = multiprocessing.get_context("fork").Process(target=_serve, args=(door, counted))
    server.start()
    try:
        yield f"{HOST}:{door.getsockname()[1]}", counted
    finally:
        server.kill()
        server.join()
        door.close()

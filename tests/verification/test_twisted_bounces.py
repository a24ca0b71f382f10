"""Notifications that are made to cost much: parts within parts, and no end."""

from __future__ import annotations

from email.message import Message
from email.parser import BytesParser

import pytest

from tests.verification.test_bounces import notification
from verification.bounces import LONGEST, read


@pytest.mark.parametrize("kind", ["multipart/mixed", "Multipart/Digest", "message/rfc822"])
def test_parts_within_parts_are_not_opened(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """The parser's work grows with the depth: a line is held against every boundary above it."""
    parsed: list[bytes] = []
    parse = BytesParser.parsebytes

    def noted(parser: BytesParser, text: bytes, headersonly: bool = False) -> Message:
        parsed.append(text)
        return parse(parser, text, headersonly)

    monkeypatch.setattr(BytesParser, "parsebytes", noted)

    def nested(depth: int) -> bytes:
        honest = notification(to=f"bounces+1-{'a' * 32}@portal.example.com")
        start, _gap, rest = honest.partition(b"\n\n")
        inner = start.replace(b"Content-Type: ", b"X-", 1)
        for each in range(depth):
            inner += f'\n\n--b{each - 1}\nContent-Type: {kind}; boundary="b{each}"'.encode()
        return honest + inner + b"\n" * 500 + rest

    assert read(nested(5)) is not None
    assert parsed
    parsed.clear()
    for depth in (100, 280, 5000):
        assert read(nested(depth)) is None
    assert parsed == []


def test_a_long_notification_is_read_as_far_as_it_matters() -> None:
    told = read(notification(to=f"bounces+1-{'a' * 32}@portal.example.com") + b"x\n" * LONGEST)
    assert told is not None
    assert told.tokens == (f"1-{'a' * 32}",)

"""The few DER shapes that are put together by hand around to-be-signed bytes (X.690)."""

from __future__ import annotations

from datetime import datetime

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
ENUMERATED = 0x0A
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30


def wrap(tag: int, *parts: bytes) -> bytes:
    """One element of that tag, its content the parts in a row, its length in the shortest form."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*parts: bytes) -> bytes:
    return wrap(SEQUENCE, *parts)


def bit_string(octets: bytes) -> bytes:
    """A BIT STRING of whole octets."""
    return wrap(BIT_STRING, b"\0", octets)


def octet_string(octets: bytes) -> bytes:
    return wrap(OCTET_STRING, octets)


def integer(number: int) -> bytes:
    return wrap(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def generalized_time(at: datetime) -> bytes:
    """A time that is already in UTC, cut to whole seconds (RFC 5280 4.1.2.5.2)."""
    return wrap(GENERALIZED_TIME, at.strftime("%Y%m%d%H%M%SZ").encode())


def explicit(number: int, content: bytes) -> bytes:
    """`content` under the explicit context tag `[number]`."""
    return wrap(0xA0 | number, content)

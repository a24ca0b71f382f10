"""Reading DER strictly (X.690 10 and 11): one encoding for one value, and nothing after it.

Parsers of certificates forgive what they should not (BER lengths, bytes that trail, two orders of
a set); what they forgive, two programs may read in two ways.
"""

from __future__ import annotations

from dataclasses import dataclass

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OBJECT_IDENTIFIER = 0x06
UTF8_STRING = 0x0C
SEQUENCE = 0x30
SET = 0x31

CONSTRUCTED = 0x20
CLASS = 0xC0  # zero for universal
HIGH_TAG = 0x1F
MAX_DEPTH = 20  # a CSR needs 9; deeper nesting is made to exhaust a parser


class NotStrict(ValueError):
    """Bytes that are not DER."""


class TrailingData(NotStrict):
    """A whole element, and bytes after it."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element: identifier octet, content octets, all octets, and what a constructed one
    holds."""

    tag: int
    content: bytes
    encoded: bytes
    parts: tuple[Element, ...]


def read(data: bytes) -> Element:
    """The one element that `data` is. Raises NotStrict, or TrailingData when more follows."""
    element = read_one(data, 0, 0)
    if len(element.encoded) != len(data):
        raise TrailingData(f"{len(data) - len(element.encoded)} bytes follow the element")
    return element


def read_one(data: bytes, start: int, depth: int) -> Element:
    """The element that begins at `start`."""
    if depth > MAX_DEPTH:
        raise NotStrict("nested too deeply")
    content_start, end = read_header(data, start)
    tag = data[start]
    content = data[content_start:end]
    parts: tuple[Element, ...] = ()
    if tag & CONSTRUCTED:
        parts = read_parts(content, depth + 1)
    check_universal(tag, content, parts)
    return Element(tag, content, data[start:end], parts)


def read_parts(content: bytes, depth: int) -> tuple[Element, ...]:
    parts = []
    position = 0
    while position < len(content):
        part = read_one(content, position, depth)
        parts.append(part)
        position += len(part.encoded)
    return tuple(parts)


def read_header(data: bytes, start: int) -> tuple[int, int]:
    """Where the content begins and ends; the length is definite and in its shortest form."""
    if len(data) < start + 2:
        raise NotStrict("cut off")
    if data[start] & HIGH_TAG == HIGH_TAG:
        raise NotStrict("a tag number that no CSR uses")
    length = data[start + 1]
    content = start + 2
    if length >= 0x80:
        octets = length & 0x7F
        content += octets
        stated = data[start + 2 : content]
        if not 1 <= octets <= 4 or len(stated) != octets:
            raise NotStrict("indefinite or overlong length")
        length = int.from_bytes(stated, "big")
        if stated[0] == 0 or length < 0x80:
            raise NotStrict("a length that is not in its shortest form")
    if content + length > len(data):
        raise NotStrict("cut off")
    return content, content + length


def check_universal(tag: int, content: bytes, parts: tuple[Element, ...]) -> None:
    """What X.690 asks of the types that it knows itself; others are taken as they come."""
    if tag & CLASS:
        return
    if bool(tag & CONSTRUCTED) != (tag & HIGH_TAG in (0x10, 0x11)):
        raise NotStrict("constructed where it must be primitive, or the reverse")
    if tag == SET:
        check_order(parts)
    elif not is_canonical(tag, content):
        raise NotStrict(f"a value of type {tag} that is not in its one form")


def is_canonical(tag: int, content: bytes) -> bool:
    if tag == 0:  # end-of-contents belongs to indefinite lengths
        return False
    if tag == BOOLEAN:
        return content in (b"\x00", b"\xff")
    if tag == NULL:
        return content == b""
    if tag == INTEGER:
        return is_shortest_integer(content)
    if tag == BIT_STRING:
        return is_sound_bit_string(content)
    if tag == OBJECT_IDENTIFIER:
        return is_sound_oid(content)
    if tag == UTF8_STRING:
        return is_utf8(content)
    return True


def check_order(members: tuple[Element, ...]) -> None:
    """The members of a SET OF stand in the order of their octets (X.690 11.6)."""
    encodings = [member.encoded for member in members]
    if encodings != sorted(encodings):
        raise NotStrict("the members of a set are not in order")


def is_shortest_integer(content: bytes) -> bool:
    if len(content) < 2:
        return len(content) == 1
    lead = content[0] << 1 | content[1] >> 7
    return lead not in (0x000, 0x1FF)


def is_sound_bit_string(content: bytes) -> bool:
    """Unused bits at most seven, all zero, none without a last octet."""
    if not content or content[0] > 7:
        return False
    if len(content) == 1:
        return content[0] == 0
    return content[-1] & ((1 << content[0]) - 1) == 0


def is_sound_oid(content: bytes) -> bool:
    """Whole arcs, none padded with a leading 0x80."""
    if not content or content[-1] & 0x80:
        return False
    starts = [0, *(at + 1 for at, octet in enumerate(content[:-1]) if not octet & 0x80)]
    return all(content[at] != 0x80 for at in starts)


def is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def oid(element: Element) -> str:
    """An object identifier as dotted decimals. Raises NotStrict for another type."""
    if element.tag != OBJECT_IDENTIFIER:
        raise NotStrict("an object identifier was expected")
    arcs: list[int] = []
    arc = 0
    for octet in element.content:
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def integer(element: Element) -> int:
    """A signed integer. Raises NotStrict for another type."""
    if element.tag != INTEGER:
        raise NotStrict("an integer was expected")
    return int.from_bytes(element.content, "big", signed=True)


def whole_octets(element: Element) -> bytes:
    """The octets of a BIT STRING without unused bits. Raises NotStrict for another."""
    if element.tag != BIT_STRING or element.content[0] != 0:
        raise NotStrict("a bit string of whole octets was expected")
    return element.content[1:]


def parts(element: Element, tag: int) -> tuple[Element, ...]:
    """What an element of that tag holds. Raises NotStrict for another tag."""
    if element.tag != tag:
        raise NotStrict(f"an element of tag {tag:#04x} was expected")
    return element.parts

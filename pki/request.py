"""The parts of a certificate request (PKCS #10, RFC 2986), read strictly and not judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pki import strict_der
from pki.strict_der import Element, NotStrict, TrailingData

COMMON_NAME = "2.5.4.3"
SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"
# The second is the form of older Microsoft programs.
EXTENSION_REQUESTS = ("1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14")

ATTRIBUTES = 0xA0  # [0] IMPLICIT SET OF Attribute

# Character string types and how their octets are read (X.520 DirectoryString, and IA5String).
STRINGS = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}


class NotARequest(ValueError):
    """Sound DER that is not a certificate request."""


@dataclass(frozen=True)
class Request:
    """What a request says. `subject` pairs type and value; `attributes` pairs type and values;
    `extensions` pairs type and content of every extension in every request for extensions."""

    subject: tuple[tuple[str, str], ...]
    spki: bytes
    attributes: tuple[tuple[str, tuple[Element, ...]], ...]
    extensions: tuple[tuple[str, bytes], ...]
    signature_algorithm: Element


def read(der: bytes) -> Request:
    """Raises NotStrict (TrailingData among it) or NotARequest."""
    outer = strict_der.read(der)
    try:
        info, algorithm, signature = strict_der.parts(outer, strict_der.SEQUENCE)
        version, subject, spki, attributes = strict_der.parts(info, strict_der.SEQUENCE)
        if strict_der.integer(version) != 0 or attributes.tag != ATTRIBUTES:
            raise NotARequest("not version 1 of PKCS #10")
        strict_der.parts(algorithm, strict_der.SEQUENCE)
        strict_der.whole_octets(signature)
        strict_der.parts(spki, strict_der.SEQUENCE)
        names = read_subject(subject)
        read_attributes = tuple(read_attribute(each) for each in attributes.parts)
    except ValueError as error:
        raise NotARequest("another structure than PKCS #10") from error
    strict_der.check_order(attributes.parts)
    return Request(
        names, spki.encoded, read_attributes, read_extensions(read_attributes), algorithm
    )


def read_subject(subject: Element) -> tuple[tuple[str, str], ...]:
    """Type and text of every attribute of the name, in order (RFC 5280 4.1.2.4)."""
    found = []
    for part in strict_der.parts(subject, strict_der.SEQUENCE):
        for pair in strict_der.parts(part, strict_der.SET):
            kind, value = strict_der.parts(pair, strict_der.SEQUENCE)
            found.append((strict_der.oid(kind), text(value)))
    return tuple(found)


def text(value: Element) -> str:
    """A character string; signs that its type does not have become U+FFFD, which no name holds."""
    return value.content.decode(STRINGS.get(value.tag, "ascii"), errors="replace")


def read_attribute(attribute: Element) -> tuple[str, tuple[Element, ...]]:
    kind, values = strict_der.parts(attribute, strict_der.SEQUENCE)
    return strict_der.oid(kind), strict_der.parts(values, strict_der.SET)


def read_extensions(
    attributes: Iterable[tuple[str, tuple[Element, ...]]],
) -> tuple[tuple[str, bytes], ...]:
    """Type and content of the extensions that are asked for (RFC 2985 5.4.2)."""
    asked = [value for kind, values in attributes if kind in EXTENSION_REQUESTS for value in values]
    try:
        return tuple(
            read_extension(extension)
            for value in asked
            for extension in strict_der.parts(value, strict_der.SEQUENCE)
        )
    except NotStrict:
        raise
    except ValueError as error:
        raise NotARequest("a request for extensions that holds none") from error


def read_extension(extension: Element) -> tuple[str, bytes]:
    """RFC 5280 4.1; `critical` FALSE is the default, which DER does not write (X.690 11.5)."""
    kind, *critical, value = strict_der.parts(extension, strict_der.SEQUENCE)
    if critical and [part.encoded for part in critical] != [b"\x01\x01\xff"]:
        raise NotStrict("a default value that is written out")
    if value.tag != strict_der.OCTET_STRING:
        raise NotStrict("an extension without its octets")
    return strict_der.oid(kind), value.content


def general_names(content: bytes) -> tuple[Element, ...]:
    """The names of a subjectAltName (RFC 5280 4.2.1.6). Raises NotStrict."""
    try:
        return strict_der.parts(strict_der.read(content), strict_der.SEQUENCE)
    except TrailingData as error:  # of the extension, which is not what follows the request
        raise NotStrict("bytes follow the names") from error

"""A CSR is strict DER and holds everything once; what does not reach the certificate is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pki import csr
from pki.der import octet_string, sequence, wrap
from tests.pki import forged_requests as forged
from tests.pki.forged_requests import (
    CHALLENGE_PASSWORD,
    KEY_USAGE,
    MICROSOFT_EXTENSION_REQUEST,
    SAN,
    UNSTRUCTURED_NAME,
    alternative_names,
    asking_for,
    attribute,
    common_name,
    dns,
    extension,
    pem,
    request,
    vector,
)

NAMED = alternative_names(dns("shop.example.com"))
USAGE = extension(KEY_USAGE, bytes.fromhex("03020780"))
PASSWORD = attribute(CHALLENGE_PASSWORD, wrap(0x0C, b"hunter2hunter2"))
NICKNAME = attribute(UNSTRUCTURED_NAME, wrap(0x0C, b"my shop at the corner of the street"))


def codes(data: bytes) -> list[str]:
    return [each.code for each in csr.check(data).findings]


def test_a_request_as_everybody_writes_it_has_nothing_to_say() -> None:
    checked = csr.check(pem(request()))
    assert (checked.ok, checked.names, checked.findings) == (True, ("shop.example.com",), ())
    assert checked.der == request(signer=lambda info: signature(checked.der))


def signature(der: bytes | None) -> bytes:
    """The signature of a request by our P-256 key (it is random, the rest is not)."""
    assert der is not None
    at = der.rindex(forged.ECDSA_SHA256) + len(forged.ECDSA_SHA256)
    return der[at + 3 :]


def test_bytes_after_the_request_are_refused() -> None:
    assert codes(pem(request() + b"\0")) == ["csr.trailing_data"]
    assert codes(pem(request() + request())) == ["csr.trailing_data"]


def lengthened(der: bytes) -> bytes:
    """The same bytes, the outer length written with an octet more than needed."""
    assert der[1] == 0x82 or der[1] == 0x81
    octets = der[1] & 0x7F
    return der[:1] + bytes([0x80 | octets + 1, 0]) + der[2:]


def indefinite(der: bytes) -> bytes:
    """The same content in BER's indefinite form."""
    return b"\x30\x80" + der[2 + (der[1] & 0x7F) :] + b"\0\0"


NOT_STRICT: dict[str, Callable[[], bytes]] = {
    "long length": lambda: lengthened(request()),
    "indefinite length": lambda: indefinite(request()),
    "cut off": lambda: request()[:-1],
    "nested without end": lambda: b"\x30" * 5000,
    "nested, indefinite": lambda: b"\x30\x80" * 2000,
    "zeros": lambda: b"\0" * 40,
    "text": lambda: b"hello world, this is no DER at all",
    "constructed string": lambda: request(
        subject=wrap(0x31, sequence(forged.COMMON_NAME, wrap(0x2C, wrap(4, b"a"))))
    ),
    "sign outside PrintableString": lambda: request(subject=common_name("*.example.com", 0x13)),
    "not UTF-8": lambda: request(
        subject=wrap(0x31, sequence(forged.COMMON_NAME, wrap(0x0C, b"\xff\xfe")))
    ),
    "attributes out of order": lambda: request(
        attributes=b"".join(sorted([PASSWORD, NICKNAME], reverse=True))
    ),
    "critical FALSE written out": lambda: request(
        attributes=asking_for(sequence(SAN, b"\1\1\0", octet_string(b"\x30\0")))
    ),
    "critical neither true nor false": lambda: request(
        attributes=asking_for(sequence(SAN, b"\1\1\1", octet_string(b"\x30\0")))
    ),
    "extension without octets": lambda: request(
        attributes=asking_for(sequence(SAN, wrap(0x0C, b"x")))
    ),
    "names in BER": lambda: request(attributes=asking_for(extension(SAN, b"\x30\x80\0\0"))),
    "bytes after the names": lambda: request(attributes=asking_for(extension(SAN, b"\x30\0\0"))),
    "no names at all": lambda: request(attributes=asking_for(extension(SAN, b""))),
    "NULL after ECDSA": lambda: request(
        algorithm=sequence(bytes.fromhex("06082a8648ce3d0403020500"))
    ),
}


@pytest.mark.parametrize("name", NOT_STRICT)
def test_what_is_not_strict_der_is_refused(name: str) -> None:
    assert codes(pem(NOT_STRICT[name]())) == ["csr.not_der"]


OTHER_THINGS: dict[str, Callable[[], bytes]] = {
    "NULL": lambda: b"\5\0",
    "empty": lambda: b"\x30\0",
    "three NULLs": lambda: sequence(b"\5\0", b"\5\0", b"\5\0"),
    "version 2": lambda: request(version=1),
    "version 3": lambda: request(version=2),
    "wrapped once more": lambda: sequence(request()),
    "attribute NULL": lambda: request(attributes=b"\5\0"),
    "name of another shape": lambda: request(subject=sequence()),
}


@pytest.mark.parametrize("name", OTHER_THINGS)
def test_other_things_in_the_block_are_refused(name: str) -> None:
    assert codes(pem(OTHER_THINGS[name]())) == ["csr.malformed"]


def test_a_certificate_under_the_label_of_a_request_is_refused() -> None:
    relabelled = vector("certificate.pem").replace(b" CERTIFICATE-", b" CERTIFICATE REQUEST-")
    assert codes(relabelled) == ["csr.malformed"]


@pytest.mark.parametrize(
    "attributes",
    [
        asking_for(NAMED) * 2,
        b"".join(sorted([asking_for(NAMED), asking_for(USAGE)])),
        b"".join(sorted([asking_for(NAMED), asking_for(USAGE, kind=MICROSOFT_EXTENSION_REQUEST)])),
        attribute(forged.EXTENSION_REQUEST, *sorted([sequence(NAMED), sequence(USAGE)])),
    ],
)
def test_an_attribute_twice_is_refused(attributes: bytes) -> None:
    found = [
        each.code
        for each in csr.check(pem(request(attributes=attributes))).findings
        if each.severity == "refused" and each.code != "csr.duplicate_extension"
    ]
    assert found == ["csr.duplicate_attribute"]


def test_an_attribute_of_another_kind_twice_is_refused_too() -> None:
    attributes = asking_for(NAMED) + PASSWORD + PASSWORD
    ordered = b"".join(sorted([asking_for(NAMED), PASSWORD, PASSWORD]))
    assert len(attributes) == len(ordered)
    assert codes(pem(request(attributes=ordered))) == [
        "csr.duplicate_attribute",
        "csr.attribute_ignored",
    ]


def test_an_extension_twice_is_refused() -> None:
    other = alternative_names(dns("www.example.com"))
    data = pem(request(attributes=asking_for(NAMED, other)))
    assert codes(data) == ["csr.duplicate_extension"]


def test_the_older_microsoft_attribute_counts() -> None:
    data = pem(request(attributes=asking_for(NAMED, kind=MICROSOFT_EXTENSION_REQUEST)))
    checked = csr.check(data)
    assert (checked.names, checked.findings) == (("shop.example.com",), ())


def test_the_challenge_password_is_noted_and_never_repeated() -> None:
    checked = csr.check(vector("challenge_password.pem"))
    assert checked.ok
    assert [(each.code, each.message) for each in checked.findings] == [
        (
            "csr.attribute_ignored",
            "These attributes do not reach the certificate: challengePassword.",
        )
    ]
    assert "hunter2" not in repr(checked.findings)


def test_everything_that_is_left_away_is_told() -> None:
    checked = csr.check(vector("much_ignored.pem"))
    assert checked.ok
    assert checked.names == ("shop.example.com",)
    assert [(each.severity, each.code) for each in checked.findings] == [
        ("note", "csr.common_name_ignored"),
        ("note", "csr.duplicate_name"),
        ("note", "csr.subject_ignored"),
        ("note", "csr.extension_ignored"),
    ]
    assert [each.params.get("fields") for each in checked.findings[2:]] == [
        "C, ST, L, O, OU, emailAddress",
        "keyUsage, basicConstraints",
    ]


def test_a_request_without_any_attribute_names_only_its_common_name() -> None:
    data = pem(request(subject=common_name("shop.example.com"), attributes=b""))
    checked = csr.check(data)
    assert (checked.ok, checked.names, checked.findings) == (True, ("shop.example.com",), ())


def test_what_a_stranger_wrote_stands_escaped_and_short_in_sentences() -> None:
    hostile = "\x1b[31m<b>\u202e" + "x" * 500
    (finding, *_) = csr.check(pem(request(subject=common_name(hostile), attributes=b""))).findings
    assert "\x1b" not in finding.message
    assert "\u202e" not in finding.message
    assert len(finding.message) < 400

"""Strict DER: one encoding for one value."""

from __future__ import annotations

import pytest

from pki import strict_der
from pki.strict_der import NotStrict, TrailingData


@pytest.mark.parametrize(
    "encoded",
    [
        "0101ff",
        "010100",
        "020100",
        "020180",
        "02020080",
        "0202ff7f",
        "03020780",
        "030100",
        "0500",
        "0603550403",
        "0c02c3bc",
        "3000",
        "3100",
        "3106020101020102",
        "a003020101",
        "8203616263",
        "0481" + "80" + "00" * 128,
    ],
)
def test_the_one_form_of_a_value_is_read(encoded: str) -> None:
    element = strict_der.read(bytes.fromhex(encoded))
    assert element.encoded == bytes.fromhex(encoded)
    assert element.content == element.encoded[-len(element.content) :] or not element.content


@pytest.mark.parametrize(
    ("encoded", "why"),
    [
        ("", "cut off"),
        ("30", "cut off"),
        ("3001", "cut off"),
        ("300201", "cut off"),
        ("3080", "indefinite"),
        ("30800000", "indefinite"),
        ("30850000000000", "indefinite"),
        ("048101ff", "shortest"),
        ("04820080" + "00" * 128, "shortest"),
        ("1f8101020500", "tag number"),
        ("010101", "one form"),
        ("0102ffff", "one form"),
        ("0200", "one form"),
        ("02020001", "one form"),
        ("0202ff80", "one form"),
        ("0300", "one form"),
        ("030101", "one form"),
        ("03020881", "one form"),
        ("03020781", "one form"),
        ("050100", "one form"),
        ("0600", "one form"),
        ("060380802a", "one form"),
        ("06022a80", "one form"),
        ("0c01ff", "one form"),
        ("0000", "one form"),
        ("2403040100", "primitive"),
        ("1003020101", "primitive"),
        ("2203020101", "primitive"),
        ("3106020102020101", "order"),
        ("30" * 30, "cut off"),
    ],
)
def test_any_other_form_is_refused(encoded: str, why: str) -> None:
    with pytest.raises(NotStrict, match=why):
        strict_der.read(bytes.fromhex(encoded))


def test_nesting_ends() -> None:
    nested = b""
    for _ in range(60):
        nested = bytes([0x30, len(nested)]) + nested
    with pytest.raises(NotStrict, match="deeply"):
        strict_der.read(nested)


def test_what_follows_an_element_is_told_apart() -> None:
    with pytest.raises(TrailingData):
        strict_der.read(b"\5\0\5\0")


@pytest.mark.parametrize(
    ("encoded", "dotted"),
    [
        ("0603550403", "2.5.4.3"),
        ("06082a8648ce3d030107", "1.2.840.10045.3.1.7"),
        ("060488370301", "2.999.3.1"),
        ("060100", "0.0"),
    ],
)
def test_object_identifiers(encoded: str, dotted: str) -> None:
    assert strict_der.oid(strict_der.read(bytes.fromhex(encoded))) == dotted


def test_other_types_are_not_taken_for_what_is_asked() -> None:
    null = strict_der.read(b"\5\0")
    for reader in (strict_der.oid, strict_der.integer, strict_der.whole_octets):
        with pytest.raises(NotStrict):
            reader(null)
    with pytest.raises(NotStrict):
        strict_der.parts(null, strict_der.SEQUENCE)
    with pytest.raises(NotStrict):
        strict_der.whole_octets(strict_der.read(bytes.fromhex("03020780")))

"""Secrets at rest: they open for their own row and key only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pki import sealed
from pki.sealed import SealBroken, Sealed

OLD = {"old": b"o" * 32}
BOTH = {"new": b"n" * 32, "old": b"o" * 32}
AAD = b"customer-key:7:alice:1"
SECRET = b"the private key of somebody"


def test_a_secret_opens_with_its_own_data() -> None:
    kept = sealed.seal(SECRET, AAD, OLD)
    assert kept.kek_id == "old"
    assert SECRET not in kept.ciphertext
    assert sealed.unseal(kept, AAD, OLD) == SECRET


def test_the_first_key_encrypts_and_every_key_opens() -> None:
    assert sealed.seal(SECRET, AAD, BOTH).kek_id == "new"
    assert sealed.unseal(sealed.seal(SECRET, AAD, OLD), AAD, BOTH) == SECRET


def test_nothing_is_used_twice() -> None:
    first, second = (sealed.seal(SECRET, AAD, OLD) for _ in range(2))
    for field in ("ciphertext", "nonce", "wrapped_key", "wrap_nonce"):
        assert getattr(first, field) != getattr(second, field)


def test_a_secret_that_was_moved_to_another_row_does_not_open() -> None:
    kept = sealed.seal(SECRET, AAD, OLD)
    for other in (b"customer-key:8:alice:1", b"customer-key:7:mallory:1", b""):
        with pytest.raises(SealBroken):
            sealed.unseal(kept, other, OLD)


def test_parts_of_two_secrets_do_not_mix() -> None:
    first, second = sealed.seal(b"one", AAD, OLD), sealed.seal(b"two", AAD, OLD)
    mixed = replace(first, ciphertext=second.ciphertext, nonce=second.nonce)
    with pytest.raises(SealBroken):
        sealed.unseal(mixed, AAD, OLD)


@pytest.mark.parametrize("field", ["ciphertext", "nonce", "wrapped_key", "wrap_nonce"])
@pytest.mark.parametrize("end", [0, -1])
def test_a_changed_bit_is_seen(field: str, end: int) -> None:
    kept = sealed.seal(SECRET, AAD, OLD)
    octets = bytearray(getattr(kept, field))
    octets[end] ^= 1
    with pytest.raises(SealBroken):
        sealed.unseal(with_part(kept, field, bytes(octets)), AAD, OLD)


@pytest.mark.parametrize("field", ["ciphertext", "nonce", "wrapped_key", "wrap_nonce"])
def test_a_part_that_is_missing_is_seen(field: str) -> None:
    kept = sealed.seal(SECRET, AAD, OLD)
    with pytest.raises(SealBroken):
        sealed.unseal(with_part(kept, field, b""), AAD, OLD)


def with_part(kept: Sealed, field: str, octets: bytes) -> Sealed:
    return Sealed(**{**vars(kept), field: octets})


def test_the_name_of_the_key_is_bound_too() -> None:
    kept = sealed.seal(SECRET, AAD, OLD)
    same_bytes = {"other": OLD["old"]}
    with pytest.raises(SealBroken):
        sealed.unseal(replace(kept, kek_id="other"), AAD, same_bytes)


def test_a_key_that_is_not_there_is_named() -> None:
    kept = sealed.seal(SECRET, AAD, OLD)
    with pytest.raises(SealBroken, match="'old' is not configured"):
        sealed.unseal(kept, AAD, {"new": b"n" * 32})
    with pytest.raises(SealBroken, match="no key-encryption key"):
        sealed.seal(SECRET, AAD, {})


def test_rotation_changes_the_wrap_and_leaves_the_ciphertext() -> None:
    kept = sealed.seal(SECRET, AAD, OLD)
    rotated = sealed.rewrap(kept, AAD, BOTH)
    assert (rotated.kek_id, rotated.ciphertext, rotated.nonce) == (
        "new",
        kept.ciphertext,
        kept.nonce,
    )
    assert rotated.wrapped_key != kept.wrapped_key
    assert sealed.unseal(rotated, AAD, {"new": BOTH["new"]}) == SECRET
    assert sealed.unseal(kept, AAD, BOTH) == SECRET


def test_rotation_again_changes_nothing() -> None:
    rotated = sealed.rewrap(sealed.seal(SECRET, AAD, OLD), AAD, BOTH)
    assert sealed.rewrap(rotated, AAD, BOTH) is rotated


def test_rotation_does_not_carry_a_secret_to_another_row() -> None:
    kept: Sealed = sealed.seal(SECRET, AAD, OLD)
    with pytest.raises(SealBroken):
        sealed.rewrap(kept, b"another row", BOTH)

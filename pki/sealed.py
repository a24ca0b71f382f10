"""Secrets at rest: AES-256-GCM under a data key of their own, which a key-encryption key wraps.

The associated data of the caller (key id, owner, version) binds a secret to its row: a sealed
secret that was moved to another row does not open. Fernet has no associated data.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12  # NIST SP 800-38D 8.2.1


class SealBroken(Exception):
    """A sealed secret does not open: its key is not here, or it was changed or moved."""


@dataclass(frozen=True)
class Sealed:
    """What is stored of a secret. `kek_id` names the key-encryption key that wraps the data key."""

    ciphertext: bytes
    nonce: bytes
    wrapped_key: bytes
    wrap_nonce: bytes
    kek_id: str


def seal(plaintext: bytes, aad: bytes, keks: Mapping[str, bytes]) -> Sealed:
    """Seal under a fresh data key, wrapped by the first of `keks` (id to 32 bytes)."""
    data_key = AESGCM.generate_key(256)
    nonce = os.urandom(NONCE_BYTES)
    ciphertext = AESGCM(data_key).encrypt(nonce, plaintext, aad)
    return wrap(Sealed(ciphertext, nonce, b"", b"", ""), data_key, aad, keks)


def unseal(sealed: Sealed, aad: bytes, keks: Mapping[str, bytes]) -> bytes:
    """The secret. Raises SealBroken when it does not open with this data and these keys."""
    data_key = unwrap(sealed, aad, keks)
    try:
        return AESGCM(data_key).decrypt(sealed.nonce, sealed.ciphertext, aad)
    except (InvalidTag, ValueError) as error:
        raise SealBroken("the secret was changed, or does not belong here") from error


def rewrap(sealed: Sealed, aad: bytes, keks: Mapping[str, bytes]) -> Sealed:
    """The same secret, its data key wrapped by the first of `keks`; the ciphertext stays.

    What the first key wraps already comes back as it is, so that a rotation can be resumed.
    Raises SealBroken.
    """
    if sealed.kek_id == first(keks):
        return sealed
    return wrap(sealed, unwrap(sealed, aad, keks), aad, keks)


def first(keks: Mapping[str, bytes]) -> str:
    """The id of the key that encrypts."""
    try:
        return next(iter(keks))
    except StopIteration:
        raise SealBroken("no key-encryption key is configured") from None


def wrap(sealed: Sealed, data_key: bytes, aad: bytes, keks: Mapping[str, bytes]) -> Sealed:
    kek_id = first(keks)
    wrap_nonce = os.urandom(NONCE_BYTES)
    wrapped = AESGCM(keks[kek_id]).encrypt(wrap_nonce, data_key, wrapping_data(kek_id, aad))
    return replace(sealed, wrapped_key=wrapped, wrap_nonce=wrap_nonce, kek_id=kek_id)


def unwrap(sealed: Sealed, aad: bytes, keks: Mapping[str, bytes]) -> bytes:
    if sealed.kek_id not in keks:
        raise SealBroken(f"the key-encryption key {sealed.kek_id!r} is not configured")
    kek = AESGCM(keks[sealed.kek_id])
    try:
        return kek.decrypt(sealed.wrap_nonce, sealed.wrapped_key, wrapping_data(sealed.kek_id, aad))
    except (InvalidTag, ValueError) as error:
        raise SealBroken("the wrapped key was changed, or does not belong here") from error


def wrapping_data(kek_id: str, aad: bytes) -> bytes:
    """Associated data of the wrap: not the same as the secret's own, so that neither ciphertext
    can stand in for the other."""
    return b"wrapped data key\0" + kek_id.encode() + b"\0" + aad

"""Key pairs: making them, writing and reading them, and naming a public key by its digest."""

from __future__ import annotations

import hashlib
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from pki.public_keys import check_spki
from pki.weak_keys import WeakKeys

__all__ = [
    "KeyAlgorithm",
    "PrivateKey",
    "PublicKey",
    "WeakKeys",
    "check_spki",
    "from_pkcs8",
    "generate",
    "private_pem",
    "spki_der",
    "spki_sha256",
    "to_pkcs8",
]

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class KeyAlgorithm(StrEnum):
    """The key pairs that the platform makes for a customer."""

    RSA_2048 = "RSA_2048"
    RSA_3072 = "RSA_3072"
    RSA_4096 = "RSA_4096"
    EC_P256 = "EC_P256"
    EC_P384 = "EC_P384"


RSA_BITS = {
    KeyAlgorithm.RSA_2048: 2048,
    KeyAlgorithm.RSA_3072: 3072,
    KeyAlgorithm.RSA_4096: 4096,
}


def generate(algorithm: KeyAlgorithm) -> PrivateKey:
    """A new key pair. RSA-4096 takes about half a second."""
    if algorithm in RSA_BITS:
        return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS[algorithm])
    is_p384 = algorithm is KeyAlgorithm.EC_P384
    return ec.generate_private_key(ec.SECP384R1() if is_p384 else ec.SECP256R1())


def to_pkcs8(key: PrivateKey) -> bytes:
    """The key as unencrypted PKCS #8 in DER (RFC 5958)."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def from_pkcs8(der: bytes) -> PrivateKey:
    """A key that to_pkcs8 wrote. Raises ValueError for anything else.

    The slow check of RSA numbers is left out: what is read here was made here and is kept under
    authenticated encryption.
    """
    key = load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("neither an RSA nor an EC key")
    return key


def private_pem(key: PrivateKey, passphrase: str = "") -> str:
    """The key as PKCS #8 in PEM for its owner: encrypted when a passphrase is given (RFC 8018)."""
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase:
        encryption = BestAvailableEncryption(passphrase.encode())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode("ascii")


def spki_der(public_key: PublicKeyTypes) -> bytes:
    """The SubjectPublicKeyInfo in DER (RFC 5280 4.1.2.7)."""
    return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def spki_sha256(public_key: PublicKeyTypes) -> str:
    """The name of a key pair everywhere: SHA-256 of the SubjectPublicKeyInfo, lower-case hex."""
    return hashlib.sha256(spki_der(public_key)).hexdigest()

"""Signatures of the authorities: what is linted is, byte for byte, what is signed.

A throw-away key of the issuer's kind signs first, so that the linters see a whole document; the
real key then signs the same to-be-signed bytes. ECDSA is deterministic (RFC 6979): a repeat after
a kill gives the same document.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from pki import der

IssuerKey = ec.EllipticCurvePrivateKey

Digest = hashes.SHA256 | hashes.SHA384

# BR 7.1.3.2.2: each curve has one hash and one encoding of the algorithm (without parameters).
_PAIRS: dict[str, tuple[Digest, bytes]] = {
    "secp256r1": (hashes.SHA256(), bytes.fromhex("300a06082a8648ce3d040302")),
    "secp384r1": (hashes.SHA384(), bytes.fromhex("300a06082a8648ce3d040303")),
}


class SignatureRefused(Exception):
    """A signature is not what the issuer's key makes; the document must not leave."""


def _pair(curve: ec.EllipticCurve) -> tuple[Digest, bytes]:
    try:
        return _PAIRS[curve.name]
    except KeyError:
        raise SignatureRefused(f"no authority signs with the curve {curve.name}") from None


def digest_for(key: IssuerKey | ec.EllipticCurvePublicKey) -> Digest:
    """The one hash that goes with the key's curve: SHA-256 for P-256, SHA-384 for P-384."""
    return _pair(key.curve)[0]


@lru_cache(maxsize=len(_PAIRS))
def _throw_away(curve: str) -> IssuerKey:
    return ec.generate_private_key({c.name: c for c in (ec.SECP256R1(), ec.SECP384R1())}[curve])


def stand_in(key: ec.EllipticCurvePublicKey) -> IssuerKey:
    """The throw-away key of this process for an issuer of that kind; nobody trusts it."""
    _pair(key.curve)
    return _throw_away(key.curve.name)


def sign(tbs: bytes, key: IssuerKey) -> bytes:
    """The whole document (certificate or CRL): the bytes, the algorithm, the signature.

    Whoever built the bytes has named the same algorithm inside them; the checks after the signature
    (`certificate.check_signed`, `crl.check_signed`) refuse a document in which the two differ.
    """
    return der.sequence(tbs, algorithm_of(key), der.bit_string(signature(tbs, key)))


def signature(signed: bytes, key: IssuerKey) -> bytes:
    """The one signature that this key makes over these bytes."""
    return key.sign(signed, ec.ECDSA(digest_for(key), deterministic_signing=True))


def algorithm_of(key: IssuerKey) -> bytes:
    """The DER AlgorithmIdentifier of the signatures that the key makes."""
    return _pair(key.curve)[1]


def check_signature(key: ec.EllipticCurvePublicKey, made: bytes, signed: bytes) -> None:
    """Raise SignatureRefused unless `made` over `signed` is of that key."""
    try:
        key.verify(made, signed, ec.ECDSA(digest_for(key)))
    except InvalidSignature:
        raise SignatureRefused("the signature is not of the issuer's key") from None

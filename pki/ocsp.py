"""OCSP: reading requests, building and signing answers (RFC 6960, RFC 5019, RFC 9654).

The answers' bytes are laid out here and not by a library's builder, because that reads the clock
for producedAt and refuses a throw-away key for the linters.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ReasonFlags, ocsp

from pki import certificate, der, signing
from pki.crl import REASONS

LIFETIME = timedelta(days=1)  # BR 4.9.10: between 8 hours and 10 days
LARGEST_REQUEST = 4096  # bytes; one certificate and a nonce need some 150
NONCE_ECHOED = range(1, 33)  # RFC 9654 2.1; above that no nonce is sent back
NONCE_TAKEN = range(1, 129)

_BASIC = bytes.fromhex("06092b0601050507300101")  # id-pkix-ocsp-basic
_NONCE = bytes.fromhex("06092b0601050507300102")  # id-pkix-ocsp-nonce
_HASHES: dict[str, bytes] = {  # AlgorithmIdentifiers of CertIDs
    "sha1": bytes.fromhex("300906052b0e03021a0500"),
    "sha256": bytes.fromhex("300d06096086480165030402010500"),
}
_REASON_NUMBERS = {  # RFC 5280 5.3.1
    ReasonFlags.key_compromise: 1,
    ReasonFlags.affiliation_changed: 3,
    ReasonFlags.superseded: 4,
    ReasonFlags.cessation_of_operation: 5,
    ReasonFlags.privilege_withdrawn: 9,
}


class Trouble(IntEnum):
    """Answers without a signature (RFC 6960 4.2.1)."""

    MALFORMED = 1
    INTERNAL = 2
    TRY_LATER = 3
    UNAUTHORIZED = 6


class Status(StrEnum):
    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Asked:
    """A request about one certificate."""

    serial: int
    algorithm: str
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    nonce: bytes | None = None


@dataclass(frozen=True)
class Told:
    """What is known of the certificate at `now`; `reason` as in `pki.crl`."""

    status: Status
    now: datetime
    revoked_at: datetime | None = None
    reason: str = ""


class RequestRefused(Exception):
    """The request gets an answer without a signature."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.name)
        self.trouble = trouble


def read(request: bytes) -> Asked:
    """The one question of a request (DER). Raises RequestRefused."""
    if len(request) > LARGEST_REQUEST:
        raise RequestRefused(Trouble.MALFORMED)
    try:
        parsed = ocsp.load_der_ocsp_request(request)
        nonces = [e.value.nonce for e in parsed.extensions if isinstance(e.value, x509.OCSPNonce)]
        asked = Asked(
            serial=parsed.serial_number,
            algorithm=parsed.hash_algorithm.name,
            issuer_name_hash=parsed.issuer_name_hash,
            issuer_key_hash=parsed.issuer_key_hash,
            nonce=nonces[0] if nonces else None,
        )
    except (ValueError, TypeError, NotImplementedError) as error:
        # NotImplementedError: several certificates in one request, which RFC 5019 2.1.1 rules out.
        raise RequestRefused(Trouble.MALFORMED) from error
    except x509.DuplicateExtension as error:
        raise RequestRefused(Trouble.MALFORMED) from error
    if asked.serial < 0:  # no certificate carries one, and its DER is another than the one we write
        raise RequestRefused(Trouble.MALFORMED)
    if asked.nonce is not None and len(asked.nonce) not in NONCE_TAKEN:
        raise RequestRefused(Trouble.MALFORMED)
    return asked


def is_about(asked: Asked, issuer: x509.Certificate) -> bool:
    """Does the CertID name this issuer (by SHA-1 or SHA-256 of its name and key)?"""
    if asked.algorithm not in _HASHES:
        return False
    digest = hashes.SHA1() if asked.algorithm == "sha1" else hashes.SHA256()  # noqa: S303
    own = (
        _digest(issuer.subject.public_bytes(), digest),
        _digest(_key_bits(certificate.issuer_key(issuer)), digest),
    )
    return own == (asked.issuer_name_hash, asked.issuer_key_hash)


def _digest(octets: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    maker = hashes.Hash(algorithm)
    maker.update(octets)
    return maker.finalize()


def _key_bits(key: ec.EllipticCurvePublicKey) -> bytes:
    """The subjectPublicKey without tag, length and unused bits, as RFC 6960 4.1.1 hashes it."""
    return key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


def _time(at: datetime) -> bytes:
    return der.generalized_time(at.astimezone(UTC))


def _certificate_id(asked: Asked) -> bytes:
    return der.sequence(
        _HASHES[asked.algorithm],
        der.octet_string(asked.issuer_name_hash),
        der.octet_string(asked.issuer_key_hash),
        der.integer(asked.serial),
    )


def _status(told: Told) -> bytes:
    if told.status is Status.GOOD:
        return der.wrap(0x80)
    if told.status is Status.UNKNOWN or told.revoked_at is None:
        return der.wrap(0x82)
    number = _REASON_NUMBERS.get(REASONS[told.reason])
    reason = [der.explicit(0, der.wrap(der.ENUMERATED, bytes([number])))] if number else []
    return der.wrap(0xA1, _time(told.revoked_at), *reason)


def _nonce(asked: Asked) -> bytes:
    if asked.nonce is None or len(asked.nonce) not in NONCE_ECHOED:
        return b""
    extension = der.sequence(_NONCE, der.octet_string(der.octet_string(asked.nonce)))
    return der.explicit(1, der.sequence(extension))


def _response_data(
    asked: Asked, told: Told, responder: x509.Certificate, next_update: datetime
) -> bytes:
    """ResponseData (RFC 6960 4.2.1), the responder named by the SHA-1 of its key."""
    key_hash = _digest(_key_bits(certificate.issuer_key(responder)), hashes.SHA1())  # noqa: S303
    single = der.sequence(
        _certificate_id(asked),
        _status(told),
        _time(told.now),
        der.explicit(0, _time(next_update)),
    )
    return der.sequence(
        der.explicit(2, der.octet_string(key_hash)),
        _time(told.now),
        der.sequence(single),
        _nonce(asked),
    )


def _response(data: bytes, responder: x509.Certificate, key: signing.IssuerKey) -> bytes:
    """The whole successful OCSPResponse, the responder's certificate with it."""
    signature = signing.signature(data, key)
    certificates = der.sequence(responder.public_bytes(serialization.Encoding.DER))
    basic = der.sequence(
        data,
        signing.algorithm_of(key),
        der.bit_string(signature),
        der.explicit(0, certificates),
    )
    body = der.sequence(_BASIC, der.octet_string(basic))
    return der.sequence(der.wrap(der.ENUMERATED, b"\0"), der.explicit(0, body))


@dataclass(frozen=True)
class Draft:
    """An answer ready to be signed, and the same answer under a throw-away key."""

    data: bytes
    responder: x509.Certificate
    next_update: datetime
    linted: bytes


def draft(asked: Asked, told: Told, responder: x509.Certificate) -> Draft:
    """The answer before its signature, good for LIFETIME but never longer than the responder."""
    next_update = min(told.now + LIFETIME, responder.not_valid_after_utc)
    data = _response_data(asked, told, responder, next_update)
    throw_away = signing.stand_in(certificate.issuer_key(responder))
    return Draft(data, responder, next_update, _response(data, responder, throw_away))


def sign(draft: Draft, key: signing.IssuerKey) -> bytes:
    """The answer (DER) signed by the responder's key. Raises SignatureRefused on another key."""
    signed = _response(draft.data, draft.responder, key)
    made = ocsp.load_der_ocsp_response(signed)
    signing.check_signature(
        certificate.issuer_key(draft.responder), made.signature, made.tbs_response_bytes
    )
    return signed


def unsuccessful(trouble: Trouble) -> bytes:
    """An answer that says only why there is none (DER); never signed."""
    return der.sequence(der.wrap(der.ENUMERATED, bytes([trouble])))

"""Revocation lists (RFC 5280 5, BR 7.2): full, direct, with number and authority key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import ReasonFlags

from pki import certificate, signing

# BR 7.2.2: nextUpdate at most 10 days after thisUpdate; seven leave three for trouble.
LIFETIME = timedelta(days=7)

# BR 7.2.2.1 lists the reasons that may stand for a subscriber's certificate. No reason is written
# as no extension at all (RFC 5280 5.3.1), never as "unspecified".
REASONS = {
    reason.value: reason
    for reason in (
        ReasonFlags.unspecified,
        ReasonFlags.key_compromise,
        ReasonFlags.affiliation_changed,
        ReasonFlags.superseded,
        ReasonFlags.cessation_of_operation,
        ReasonFlags.privilege_withdrawn,
    )
}


@dataclass(frozen=True)
class Revoked:
    """One entry; `reason` is a key of REASONS, such as "keyCompromise"."""

    serial: int
    revoked_at: datetime
    reason: str


def _entry(revoked: Revoked) -> x509.RevokedCertificate:
    entry = (
        x509.RevokedCertificateBuilder()
        .serial_number(revoked.serial)
        .revocation_date(revoked.revoked_at)
    )
    reason = REASONS[revoked.reason]
    if reason is not ReasonFlags.unspecified:
        entry = entry.add_extension(x509.CRLReason(reason), critical=False)
    return entry.build()


def draft(
    issuer: x509.Certificate, number: int, this_update: datetime, entries: Sequence[Revoked]
) -> certificate.Draft:
    """The list with that CRLNumber, good for LIFETIME. Times are aware and in whole seconds."""
    key = certificate.issuer_key(issuer)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(this_update)
        .next_update(this_update + LIFETIME)
        .add_extension(certificate.authority_key_identifier(issuer), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for revoked in entries:
        builder = builder.add_revoked_certificate(_entry(revoked))
    made = builder.sign(signing.stand_in(key), signing.digest_for(key), ecdsa_deterministic=True)
    return certificate.Draft(made.tbs_certlist_bytes, made.public_bytes(serialization.Encoding.DER))


def check_signed(signed: bytes, tbs: bytes, issuer: x509.Certificate) -> None:
    """The list holds exactly those bytes and is signed by the issuer. Raises SignatureRefused."""
    try:
        made = x509.load_der_x509_crl(signed)
    except ValueError as error:  # also when it names two different algorithms
        raise signing.SignatureRefused(f"the revocation list cannot be read: {error}") from error
    key = certificate.issuer_key(issuer)
    if made.tbs_certlist_bytes != tbs or not made.is_signature_valid(key):
        raise signing.SignatureRefused("the revocation list is not what was judged and signed")

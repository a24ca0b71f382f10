"""The authorities' keys: made, opened, used. The one door to them, and who may pass it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from accounts.custody import SealedKey
from authorities.hierarchy import Authority, OcspSigner, SigningKey
from pki import certificate, keys, lint, signing
from pki.findings import Finding


class KeysForbidden(Exception):
    """This process may not open an authority's key: the web tier answers, it never issues."""


class LintRefused(Exception):
    """The document breaks a rule and was not signed. `findings` say which."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(finding.message for finding in self.findings))


def demand_clean(findings: Iterable[Finding]) -> None:
    """Raise LintRefused when one of the findings is a refusal."""
    refused = lint.refusals(findings)
    if refused:
        raise LintRefused(refused)


def new_serial() -> int:
    return certificate.serial_from(secrets.randbits(certificate.SERIAL_BITS - 1))


def make_key(algorithm: keys.KeyAlgorithm) -> signing.IssuerKey:
    key = keys.generate(algorithm)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def seal(row: SealedKey, key: signing.IssuerKey) -> None:
    row.seal_plaintext(keys.to_pkcs8(key))


def _open(row: SealedKey) -> signing.IssuerKey:
    key = keys.from_pkcs8(row.open_plaintext())
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def open_signing_key(authority: Authority) -> signing.IssuerKey:
    """The authority's own key. Raises KeysForbidden where `CA_KEYS_ALLOWED` is not set."""
    demand_allowed()
    return _open(SigningKey.objects.select_related("authority").get(authority=authority))


def demand_allowed() -> None:
    if not settings.CA_KEYS_ALLOWED:
        raise KeysForbidden(
            "This process may not use an authority's key (CA_KEYS_ALLOWED is not set);"
            " a worker or a command does that."
        )


def open_ocsp_key(signer: OcspSigner) -> signing.IssuerKey:
    """The key of a delegated responder; the web tier may have it."""
    return _open(signer)

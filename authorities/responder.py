"""Answering OCSP requests (RFC 6960, RFC 5019) with delegated keys.

Only a certificate that was signed and not revoked is "good". A serial that nobody took, or that is
committed but not signed yet, is "unknown".
"""

from __future__ import annotations

import base64
import binascii
import logging
from dataclasses import dataclass
from datetime import datetime

from authorities import vault
from authorities.hierarchy import Authority, IssuedCertificate
from pki import lint, ocsp
from pki.ocsp import Asked, RequestRefused, Status, Told, Trouble

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """The DER of a response; `fresh_until` is set when caches may keep it (RFC 5019 6)."""

    der: bytes
    made_at: datetime | None = None
    fresh_until: datetime | None = None


def decode_path(text: str) -> bytes:
    """The request in a GET (RFC 6960 A.1): base64, already URL-decoded. b"" when it is not."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def respond(authority: Authority, request: bytes, now: datetime) -> Answer:
    """The answer to one request (DER) at `now`. Never raises because of what was asked."""
    try:
        return _answer(authority, ocsp.read(request), now.replace(microsecond=0))
    except RequestRefused as refused:
        return Answer(ocsp.unsuccessful(refused.trouble))
    except vault.LintRefused:
        log.exception("an OCSP answer of %s broke a rule and was not signed", authority)
        return Answer(ocsp.unsuccessful(Trouble.INTERNAL))


def _answer(authority: Authority, asked: Asked, now: datetime) -> Answer:
    # A root answers nothing: its authorities are looked up in its CRL (BR 7.1.2.10.3).
    if authority.is_root or not ocsp.is_about(asked, authority.x509()):
        raise RequestRefused(Trouble.UNAUTHORIZED)
    signer = (
        authority.ocsp_signers.select_related("authority")
        .filter(not_before__lte=now, not_after__gt=now)
        .order_by("not_after")
        .last()
    )
    if signer is None:  # a worker makes one
        raise RequestRefused(Trouble.TRY_LATER)
    told = _told(authority, asked, now)
    draft = ocsp.draft(asked, told, signer.x509())
    vault.demand_clean(lint.lint_ocsp(draft.linted))
    signed = ocsp.sign(draft, vault.open_ocsp_key(signer))
    is_for_all = asked.nonce is None and told.status is not Status.UNKNOWN
    return Answer(signed, now, draft.next_update) if is_for_all else Answer(signed)


def _told(authority: Authority, asked: Asked, now: datetime) -> Told:
    row = IssuedCertificate.objects.filter(authority=authority, serial=f"{asked.serial:x}").first()
    if row is None:
        return Told(Status.UNKNOWN, now)
    if row.revoked_at is not None:
        return Told(Status.REVOKED, now, row.revoked_at, row.reason)
    return Told(Status.GOOD if row.signed_at is not None else Status.UNKNOWN, now)

"""The issuing engine: serial and bytes are committed first, then signed; and revoking.

`prepare` judges and commits what will be signed, `sign` signs exactly that. Either may be repeated
after a kill at any line: the same order finds its row, and deterministic ECDSA gives the same
certificate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from authorities import vault
from authorities.founding import create_authorities
from authorities.hierarchy import Authority, IssuedCertificate
from authorities.key_policy import played_networks, weak_keys
from authorities.vault import KeysForbidden, LintRefused
from pki import addresses, certificate, crl, lint, profiles, signing
from pki.findings import Finding
from pki.profiles import Leaf, Level, Subject
from work.failpoints import reach
from work.nudge import wake

__all__ = [
    "KeysForbidden",
    "LeafRequest",
    "LintRefused",
    "chain",
    "create_authorities",
    "prepare",
    "revoke",
    "sign",
]

# How long after they were made bytes are signed: notBefore may differ by 48 hours from the time of
# the signature (BR 7.1.2.7), and rules and linters change.
SIGNED_WITHIN = timedelta(hours=4)


@dataclass(frozen=True)
class LeafRequest:
    """A certificate to be issued: all of it was judged by whoever asks, and is judged again.

    `level` is "DV", "OV" or "EV"; `spki_der` is the key's SubjectPublicKeyInfo; times are aware.
    """

    brand: str
    level: str
    names: tuple[str, ...]
    spki_der: bytes
    subject: Subject | None
    not_before: datetime
    not_after: datetime

    def leaf(self) -> Leaf:
        return Leaf(
            level=Level(self.level),
            names=self.names,
            spki_der=self.spki_der,
            subject=self.subject,
            not_before=self.not_before.replace(microsecond=0),
            not_after=self.not_after.replace(microsecond=0),
        )

    def wanted(self) -> dict[str, Any]:
        """What must be the same when an order is prepared a second time; the dates may differ."""
        return {
            "brand": str(self.brand),
            "level": str(self.level),
            "names": list(self.names),
            "spki": self.spki_der.hex(),
            "subject": asdict(self.subject) if self.subject else None,
        }


def prepare(
    order: str, request: LeafRequest, now: datetime, hold: Callable[[], None] | None = None
) -> IssuedCertificate:
    """Judge by every rule and linter, take a serial, commit the bytes to be signed.

    `order` is the caller's own id: a repeat within SIGNED_WITHIN finds the first row and changes
    nothing. `hold` is called in the transaction that commits, also of a repeat: what it raises
    keeps the certificate from being signed. Nothing is signed by the authority's key here. Raises
    LintRefused, leaving no row; ValueError when the order was prepared for something else.
    """
    found = _prepared(order, now)
    row = None
    if found is None:
        authority = Authority.objects.get(brand=request.brand, level=request.level)
        row = _judged(order, request, authority, now)
    with transaction.atomic(durable=True):
        if hold is not None:
            hold()
        if row is not None:
            found = _committed(row, now)
    assert found is not None
    if found.request != request.wanted():
        raise ValueError(f"the order {order} was prepared for another certificate")
    reach("ca.committed")
    return found


def _prepared(order: str, now: datetime) -> IssuedCertificate | None:
    """What stands for the order: signed, or young enough to be signed as it is."""
    is_young = Q(signed_at__isnull=False) | Q(prepared_at__gt=now - SIGNED_WITHIN)
    return IssuedCertificate.objects.filter(is_young, order=order, given_up_at=None).first()


def _committed(row: IssuedCertificate, now: datetime) -> IssuedCertificate:
    """Take the place of bytes that grew too old; of two at once the first one's row stays."""
    old = IssuedCertificate.objects.filter(order=row.order, signed_at=None, given_up_at=None)
    old.filter(prepared_at__lte=now - SIGNED_WITHIN).update(given_up_at=now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return IssuedCertificate.objects.get(order=row.order, given_up_at=None)
    return row


def rehearse(request: LeafRequest, now: datetime) -> None:
    """Judge as `prepare` does, and keep nothing. Raises LintRefused."""
    authority = Authority.objects.get(brand=request.brand, level=request.level)
    _judged("rehearsal", request, authority, now)


def _judged(
    order: str, request: LeafRequest, authority: Authority, now: datetime
) -> IssuedCertificate:
    issuer, leaf, serial = authority.x509(), request.leaf(), vault.new_serial()
    vault.demand_clean(profiles.check(leaf, issuer, weak_keys(), played_networks()))
    draft = certificate.leaf_draft(leaf, serial, issuer, authority.places)
    found = lint.lint_certificate(draft.linted, lint.Kind[leaf.level.name])
    vault.demand_clean([each for each in found if not _is_of_the_demo(each, leaf)])
    return IssuedCertificate(
        authority=authority,
        order=order,
        serial=f"{serial:x}",
        names=list(leaf.names),
        spki_sha256=hashlib.sha256(leaf.spki_der).hexdigest(),
        not_before=leaf.not_before,
        not_after=leaf.not_after,
        request=request.wanted(),
        tbs=draft.tbs,
        prepared_at=now,
    )


def _is_of_the_demo(finding: Finding, leaf: Leaf) -> bool:
    """The linter knows no network that is played: its word on those addresses is set aside."""
    found = filter(None, map(addresses.parse, leaf.names))
    return finding.code == "lint.cabf.internal_ip_address" and all(
        any(each in network for network in played_networks()) for each in found
    )


def sign(issued_id: int, now: datetime) -> IssuedCertificate:
    """Sign the committed bytes and record the certificate. A repeat gives the same one.

    Raises KeysForbidden in the web tier, pki.certificate.IssuedWrong when what came out is not
    what was asked for (nothing is recorded then).
    """
    row = IssuedCertificate.objects.select_related("authority").get(pk=issued_id)
    if row.der:
        return row
    key = vault.open_signing_key(row.authority)
    signed = signing.sign(bytes(row.tbs), key)
    issuer = row.authority.x509()
    certificate.check_issued(signed, bytes(row.tbs), _leaf(row), int(row.serial, 16), issuer)
    reach("ca.signed")
    # Two at once write the same bytes; the first one's time stays.
    mine = IssuedCertificate.objects.filter(pk=row.pk, signed_at=None, given_up_at=None)
    mine.update(der=signed, signed_at=now)
    row.refresh_from_db()
    if row.given_up_at is not None:
        raise certificate.IssuedWrong(
            f"the bytes of the order {row.order} are too old to be signed"
        )
    if bytes(row.der) != signed:
        raise certificate.IssuedWrong(f"the order {row.order} holds two different signatures")
    return row


def _leaf(row: IssuedCertificate) -> Leaf:
    subject = row.request["subject"]
    return Leaf(
        level=Level(row.request["level"]),
        names=tuple(row.request["names"]),
        spki_der=bytes.fromhex(row.request["spki"]),
        subject=Subject(**subject) if subject else None,
        not_before=row.not_before,
        not_after=row.not_after,
    )


def revoke(issued: IssuedCertificate, reason: str, now: datetime) -> bool:
    """Revoke, in the caller's transaction, and make the authority's CRL due at once.

    `reason` is one of `pki.crl.REASONS`, such as "superseded". True when it was not revoked
    before; the first reason and time stay. Raises ValueError on another reason.
    """
    if reason not in crl.REASONS:
        raise ValueError(f"{reason} is no reason for revocation; use one of {list(crl.REASONS)}")
    changed = IssuedCertificate.objects.filter(pk=issued.pk, revoked_at=None).update(
        revoked_at=now, reason=reason
    )
    issued.refresh_from_db(fields=["revoked_at", "reason"])
    if changed:
        wake(Authority, issued.authority_id, now)
    return bool(changed)


def chain(issued: IssuedCertificate) -> tuple[bytes, ...]:
    """The certificate and its issuers as DER, leaf first, the root last."""
    links = [bytes(issued.der)]
    authority: Authority | None = issued.authority
    while authority is not None:
        links.append(bytes(authority.certificate))
        authority = authority.issuer
    return tuple(links)

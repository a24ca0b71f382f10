"""Founding the hierarchy: a root a brand, and under it an issuing authority a level."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from django.db import IntegrityError, transaction

from authorities import upkeep, vault
from authorities.brands import Brand
from authorities.hierarchy import Authority, Rank, SigningKey
from pki import certificate, lint, signing
from pki.certificate import Draft, Span
from pki.keys import KeyAlgorithm
from pki.profiles import Level

ROOT_LIFE = timedelta(days=20 * 365)  # BR 6.3.2 and root programmes: 8 to 25 years
ISSUING_LIFE = timedelta(days=10 * 365)


def create_authorities(now: datetime, not_before: datetime) -> int:
    """Found every authority that is missing, valid from `not_before`; each with CRL and responder.

    Idempotent: what is there is left alone. Returns how many were founded.
    """
    vault.demand_allowed()
    founded = 0
    for brand in Brand:
        for rank in Rank:
            if not Authority.objects.filter(brand=brand, level=rank).exists():
                founded += _found(brand, rank, now, not_before.replace(microsecond=0))
    for authority in Authority.objects.filter(crls=None):
        upkeep.step(authority, now)
    return founded


def _found(brand: Brand, rank: Rank, now: datetime, not_before: datetime) -> bool:
    """One authority with its key, in one transaction. False: somebody else was faster."""
    try:
        with transaction.atomic():
            _make(brand, rank, now, not_before)
    except IntegrityError:
        return False
    return True


def _make(brand: Brand, rank: Rank, now: datetime, not_before: datetime) -> None:
    algorithm = KeyAlgorithm.EC_P384 if rank == Rank.ROOT else KeyAlgorithm.EC_P256
    key = vault.make_key(algorithm)
    issuer = None if rank == Rank.ROOT else Authority.objects.get(brand=brand, level=Rank.ROOT)
    signed, made = _certificate(brand, rank, key, issuer, not_before)
    authority = Authority.objects.create(
        slug=f"{brand.slug}-{rank.value.lower()}",
        brand=brand,
        level=rank,
        issuer=issuer,
        certificate=signed,
        not_before=made.not_valid_before_utc,
        not_after=made.not_valid_after_utc,
        created_at=now,
        due_at=now,
    )
    row = SigningKey(authority=authority)
    vault.seal(row, key)
    row.save(force_insert=True)


def _certificate(
    brand: Brand,
    rank: Rank,
    key: signing.IssuerKey,
    issuer: Authority | None,
    not_before: datetime,
) -> tuple[bytes, x509.Certificate]:
    """Linted, signed and checked: the DER, and what stands in it."""
    name = certificate.ca_name(brand.country, brand.label, f"{brand.label} {_title(rank)}")
    serial = vault.new_serial()
    draft: Draft
    if issuer is None:
        span = Span(not_before, not_before + ROOT_LIFE - timedelta(seconds=1))
        draft = certificate.root_draft(name, key.public_key(), serial, span)
        kind, signing_key = lint.Kind.ROOT, key
    else:
        root = issuer.x509()
        start = max(not_before, root.not_valid_before_utc)
        end = min(start + ISSUING_LIFE - timedelta(seconds=1), root.not_valid_after_utc)
        draft = certificate.intermediate_draft(
            name, key.public_key(), Level(rank.value), serial, Span(start, end), root, issuer.places
        )
        kind, signing_key = lint.Kind.INTERMEDIATE, vault.open_signing_key(issuer)
    vault.demand_clean(lint.lint_certificate(draft.linted, kind))
    signed = signing.sign(draft.tbs, signing_key)
    made_by = x509.load_der_x509_certificate(signed) if issuer is None else issuer.x509()
    return signed, certificate.check_signed(signed, draft.tbs, made_by)


def _title(rank: Rank) -> str:
    return "Simulated Root" if rank == Rank.ROOT else f"Simulated {rank.value} TLS CA"

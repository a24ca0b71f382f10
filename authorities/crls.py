"""Publishing revocation lists: every day, and at once after a revocation."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from authorities import vault
from authorities.hierarchy import Authority, Crl, IssuedCertificate
from pki import crl, lint, signing

INTERVAL = timedelta(days=1)  # BR 4.9.7 asks for a new list every seven days at least


def current(authority: Authority) -> Crl | None:
    """The list with the highest number."""
    return authority.crls.order_by("number").last()


def is_due(authority: Authority, now: datetime) -> bool:
    """No list yet, one that is a day old, or a revocation that stands on none."""
    latest = current(authority)
    if latest is None or now >= latest.this_update + INTERVAL:
        return True
    unlisted = authority.issued.filter(revoked_at__isnull=False, first_crl__isnull=True)
    return unlisted.exists()


def publish(authority_id: int, now: datetime) -> Crl:
    """Make the next list. Two at once get two numbers: the second waits at the authority's row.

    Lists never go back in time: with a `now` before the last list's, they get the last one's.
    """
    with transaction.atomic():
        authority = Authority.objects.select_for_update().get(pk=authority_id)
        number = authority.next_crl_number
        # Where row locks are ignored, the second of two fails here or at the unique number.
        if not Authority.objects.filter(pk=authority.pk, next_crl_number=number).update(
            next_crl_number=number + 1
        ):
            raise RuntimeError(f"somebody else publishes list {number} of {authority.slug}")
        latest = current(authority)
        at = now.replace(microsecond=0)
        at = max(at, latest.this_update) if latest else at
        rows = authority.issued.filter(revoked_at__isnull=False, last_crl__isnull=True)
        revoked = list(rows.order_by("revoked_at", "pk"))
        made = Crl.objects.create(
            authority=authority,
            number=number,
            this_update=at,
            next_update=at + crl.LIFETIME,
            der=_signed(authority, number, at, revoked),
        )
        listed = IssuedCertificate.objects.filter(pk__in=[row.pk for row in revoked])
        listed.filter(first_crl__isnull=True).update(first_crl=number)
        listed.filter(not_after__lt=at).update(last_crl=number)
    return made


def _signed(
    authority: Authority, number: int, at: datetime, revoked: list[IssuedCertificate]
) -> bytes:
    issuer = authority.x509()
    entries = [
        crl.Revoked(int(row.serial, 16), row.revoked_at.replace(microsecond=0), row.reason)
        for row in revoked
        if row.revoked_at is not None
    ]
    draft = crl.draft(issuer, number, at, entries)
    vault.demand_clean(lint.lint_crl(draft.linted, of_authorities=authority.is_root))
    signed = signing.sign(draft.tbs, vault.open_signing_key(authority))
    crl.check_signed(signed, draft.tbs, issuer)
    return signed

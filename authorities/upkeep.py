"""What an authority does unattended: fresh revocation lists, fresh keys for OCSP answers."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit, staff
from accounts.access import Action
from accounts.actors import Actor
from authorities import crls, vault
from authorities.hierarchy import Authority, OcspSigner
from pki import certificate, lint, signing
from pki.keys import KeyAlgorithm
from work.nudge import wake
from work.steps import Step

SIGNER_LIFE = timedelta(days=30)
SIGNER_RENEWED = timedelta(days=15)  # before its end: two weeks of trouble change nothing
BACKDATED = timedelta(hours=1)  # for clients whose clock is behind


def step(authority: Authority, now: datetime) -> Step:
    """Renew what is due; look again when the next list is."""
    changed = not authority.is_root and renew_signer(authority, now)
    if crls.is_due(authority, now) or _was_asked_for(authority):
        crls.publish(authority.pk, now)
        changed = True
    latest = crls.current(authority)
    assert latest is not None
    return Step(max(now, latest.this_update + crls.INTERVAL), changed)


def publish_soon(authority_id: int, *, actor: Actor, now: datetime) -> None:
    """Ask for a new list. A worker makes it: this may run where no key of ours may be opened."""
    staff.demand(actor, Action.PUBLISH)
    with transaction.atomic():
        authority = Authority.objects.get(pk=authority_id)
        audit.record(
            project_id=None, actor=actor, action="crl.publish", subject=authority.slug, now=now
        )
        wake(Authority, authority.pk, now)


def _was_asked_for(authority: Authority) -> bool:
    """Whether somebody woke this row between its lists: a revocation, or people (`publish_soon`).

    A row that falls due by itself does so exactly when its list is a day old.
    """
    latest = crls.current(authority)
    if latest is None or authority.due_at is None:
        return False
    second = timedelta(seconds=1)  # lists carry whole ones
    return second <= authority.due_at - latest.this_update < crls.INTERVAL


def renew_signer(authority: Authority, now: datetime) -> bool:
    """Make a new delegated responder when none lasts long enough, forget those that ended."""
    lasting = authority.ocsp_signers.filter(
        not_before__lte=now, not_after__gte=min(now + SIGNER_RENEWED, authority.not_after)
    )
    if lasting.exists():
        return False
    _make_signer(authority, now.replace(microsecond=0))
    authority.ocsp_signers.filter(not_after__lt=now).delete()
    return True


def _make_signer(authority: Authority, now: datetime) -> OcspSigner:
    issuer, key, serial = authority.x509(), vault.make_key(KeyAlgorithm.EC_P256), vault.new_serial()
    span = certificate.Span(
        max(now - BACKDATED, issuer.not_valid_before_utc),
        min(now + SIGNER_LIFE, issuer.not_valid_after_utc),
    )
    name = certificate.responder_name(issuer, f"{serial:x}"[-8:])
    draft = certificate.responder_draft(name, key.public_key(), serial, span, issuer)
    vault.demand_clean(lint.lint_certificate(draft.linted, lint.Kind.RESPONDER))
    signed = signing.sign(draft.tbs, vault.open_signing_key(authority))
    certificate.check_signed(signed, draft.tbs, issuer)
    signer = OcspSigner(
        authority=authority,
        serial=f"{serial:x}",
        certificate=signed,
        not_before=span.not_before,
        not_after=span.not_after,
    )
    vault.seal(signer, key)
    signer.save()
    return signer

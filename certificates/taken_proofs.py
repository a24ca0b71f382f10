"""Telling who lost a proof because somebody else proved the name: in the story of each certificate
that rests on it, in the security log and by one mail to each contact, without a word of who.

The one who proves locks rows of their own only; what the loser reads is written by due work.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models, transaction

from accounts import audit
from accounts.actors import RESEAL
from accounts.models import Project
from certificates import emails
from certificates.applications import Application
from certificates.rested_on import resting_on
from certificates.story import Certificate, turning
from verification.challenges import Challenge
from work.models import DueRow
from work.nudge import nudge_after_commit
from work.steps import Step


class TakenProof(DueRow):
    """The due work of one proof that was taken over: made with it, done once."""

    challenge = models.OneToOneField(Challenge, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.challenge)

    def step(self, now: datetime, network: Any) -> Step:
        return Step(None, _tell(self, now))


def were_taken(proofs: Iterable[Challenge], now: datetime) -> None:
    """Somebody else proved the names of these: tell it after this transaction."""
    rows = [TakenProof(challenge=each, due_at=now) for each in proofs]
    TakenProof.objects.bulk_create(rows, ignore_conflicts=True)
    nudge_after_commit()


def _tell(row: TakenProof, now: datetime) -> bool:
    """Whether it was told just now: a repeat, or a second worker, tells nothing again."""
    proof = row.challenge
    project_id = proof.proof.project_id
    with transaction.atomic():
        # Its lock comes first, as where a proof is revoked; the security log takes it too.
        Project.objects.select_for_update().get(pk=project_id)
        fresh = TakenProof.objects.filter(pk=row.pk, told_at__isnull=True)
        if not fresh.update(told_at=now):
            return False
        audit.record(
            project_id=project_id,
            actor=RESEAL,
            action="proof.taken",
            subject=proof.domain[:100],
            now=now,
            detail={"kind": proof.method},
        )
        resting = list(resting_on([proof]).order_by("pk"))
        for certificate in resting:
            with turning(
                certificate.pk,
                "lose_proof",
                actor=RESEAL,
                now=now,
                code="proof.taken",
                reason=proof.domain,
            ):
                pass
        _write(proof, resting, now)
    return True


def _write(proof: Challenge, resting: Iterable[Certificate], now: datetime) -> None:
    """One mail to each contact, about all of their certificates."""
    theirs: dict[str, list[Application]] = {}
    for certificate in resting:
        application = certificate.last_application
        if application is not None:
            theirs.setdefault(application.contact_email, []).append(application)
    for applications in theirs.values():
        emails.taken(applications, proof.domain, proof.voided_at or now, now)

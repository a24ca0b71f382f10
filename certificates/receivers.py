"""What this room does when a room below says that something changed: an answer is polled now, and
who lost a proof is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from authorities.calendar import Bulletin
from authorities.signals import changed
from authorities.simulated.orders import CaOrder
from certificates.applications import Application
from certificates.delay_mail import announced
from certificates.taken_proofs import were_taken
from verification import signals as of_verification
from verification.challenges import Challenge, Proof, Status
from work.nudge import wake


@receiver(changed, sender=Bulletin)
def tell_delays(sender: type, bulletin_id: int, now: datetime, **_rest: Any) -> None:
    announced(bulletin_id, now)


@receiver(changed, sender=CaOrder)
def wake_application(sender: type, request_id: str, now: datetime, **_rest: Any) -> None:
    waiting = Application.objects.filter(ca_request=request_id, ended_at__isnull=True)
    for pk in waiting.values_list("pk", flat=True):
        wake(Application, pk, now)


@receiver(of_verification.taken)
def tell_losers(sender: type, proofs: list[Challenge], now: datetime, **_rest: Any) -> None:
    were_taken(proofs, now)


@receiver(of_verification.changed, sender=Proof)
def wake_paused(sender: type, row: Proof, now: datetime, **_rest: Any) -> None:
    """Names that are looked at no more are told by mail; of every other change the CA tells us."""
    if row.challenges.filter(status=Status.OPEN, paused_at__isnull=False).exists():
        waiting = Application.objects.filter(proof=row.pk, ended_at__isnull=True)
        for pk in waiting.values_list("pk", flat=True):
            wake(Application, pk, now)

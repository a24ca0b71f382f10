"""A mail that was answered makes the challenge that asked for it due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from verification.answers import MailAnswer
from verification.challenges import Challenge, Status
from verification.signals import changed
from work.nudge import wake


@receiver(changed, sender=MailAnswer)
def wake_challenge(sender: type, row: Any, now: datetime, **_rest: Any) -> None:
    waiting = Challenge.objects.filter(answer=row.pk, status=Status.OPEN)
    for pk in waiting.values_list("pk", flat=True):
        wake(Challenge, pk, now)

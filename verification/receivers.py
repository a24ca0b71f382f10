"""What ends elsewhere and makes other rows of this room due.

A mail that was answered, or that no server takes: the challenge behind it. A challenge that ended:
the record that was published for it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from verification.answers import MailAnswer
from verification.challenges import Challenge, Proof, Status
from verification.mail import OutgoingMail
from verification.publishing import let_go
from verification.signals import changed
from work.nudge import wake


@receiver(changed, sender=MailAnswer)
def wake_answered(sender: type, row: MailAnswer, now: datetime, **_rest: Any) -> None:
    _wake(row.pk, now)


@receiver(changed, sender=OutgoingMail)
def wake_refused(sender: type, row: OutgoingMail, now: datetime, **_rest: Any) -> None:
    if row.answer_id is not None:
        _wake(row.answer_id, now)


@receiver(changed, sender=Proof)
def wake_published(sender: type, row: Proof, now: datetime, **_rest: Any) -> None:
    let_go(Challenge.objects.filter(proof=row).exclude(status=Status.OPEN), now)


def _wake(answer_id: int, now: datetime) -> None:
    waiting = Challenge.objects.filter(answer=answer_id, status=Status.OPEN)
    for pk in waiting.values_list("pk", flat=True):
        wake(Challenge, pk, now)

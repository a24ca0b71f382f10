"""What this room does when the room below says that something changed: it makes its row due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from authorities.simulated.orders import OPEN_STATES, CaOrder
from verification.answers import MailAnswer
from verification.challenges import Proof
from verification.mail import OutgoingMail
from verification.signals import changed
from work.nudge import wake

POINTERS: dict[type, str] = {MailAnswer: "answer", Proof: "proof", OutgoingMail: "mail"}


@receiver(changed)
def wake_order(sender: type, row: Any, now: datetime, **_rest: Any) -> None:
    about = Q(**{POINTERS[sender]: row.pk})
    for pk in CaOrder.objects.filter(about, state__in=OPEN_STATES).values_list("pk", flat=True):
        wake(CaOrder, pk, now)

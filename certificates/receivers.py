"""What this room does when the authority's room says that an answer changed: poll it now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from authorities.calendar import Bulletin
from authorities.signals import changed
from authorities.simulated.orders import CaOrder
from certificates.applications import Application
from certificates.delay_mail import announced
from work.nudge import wake


@receiver(changed, sender=Bulletin)
def tell_delays(sender: type, bulletin_id: int, now: datetime, **_rest: Any) -> None:
    announced(bulletin_id, now)


@receiver(changed, sender=CaOrder)
def wake_application(sender: type, request_id: str, now: datetime, **_rest: Any) -> None:
    waiting = Application.objects.filter(ca_request=request_id, ended_at__isnull=True)
    for pk in waiting.values_list("pk", flat=True):
        wake(Application, pk, now)

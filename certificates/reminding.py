"""One reminder of what still waits to be proved: who sees no mail again forgets the page."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from certificates import emails
from certificates.applications import Application
from certificates.proving import challenges_of
from verification.causes import Turn
from verification.turns import now_stands

REMIND_AFTER = timedelta(days=1)  # since the proof was asked for


def remind(application_id: int, now: datetime) -> None:
    """Write to the contact about the names that wait for the customer; a repeat writes nothing."""
    unreminded = Application.objects.filter(
        pk=application_id,
        ended_at__isnull=True,
        reminded_at__isnull=True,
        proof__created_at__lte=now - REMIND_AFTER,
    )
    if not unreminded.exists():
        return
    with transaction.atomic():
        application = unreminded.select_for_update(of=("self",)).first()
        if application is None:
            return
        theirs = [
            each
            for each in challenges_of(application)
            if each.paused_at is None
            and (stand := now_stands(each)) is not None
            and stand.turn == Turn.YOU
        ]
        if not theirs:
            return
        emails.unseen(application, application.certificate, theirs, now)
        application.reminded_at = now
        application.save(update_fields=["reminded_at"])

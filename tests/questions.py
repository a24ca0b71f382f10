"""The mails that ask something: those with a link that can be answered. The others only tell."""

from __future__ import annotations

from django.core import mail
from django.core.mail import EmailMessage


def questions() -> list[EmailMessage]:
    return [each for each in mail.outbox if "/ca/" in each.body]

"""One-use answers by mail: a link that shows a page, and a button on it that decides.

The token is never stored. It is an HMAC over the answer's id and nonce, computed when the mail
leaves and again when the link is opened, so that neither the database, the stored mail, the admin,
a log nor a task argument ever holds it, and a mail that leaves twice carries the same one.
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from verification.signals import changed

VALID_FOR = timedelta(days=30)  # BR 3.2.2.4.4: a random value sent by mail lives 30 days at most


class Purpose(models.TextChoices):
    CONFIRM = "CONFIRM", _("Confirm that the original is cancelled")
    PROVE = "PROVE", _("Prove control of a domain")


class Decision(models.TextChoices):
    CONFIRM = "CONFIRM", _("Confirmed")
    DECLINE = "DECLINE", _("Declined")


def new_nonce() -> str:
    return secrets.token_hex(16)


class MailAnswer(models.Model):
    """A question that was mailed, and what was answered: once, and until `expires_at`."""

    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    nonce = models.CharField(max_length=32, default=new_nonce)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decision = models.CharField(max_length=8, choices=Decision.choices, blank=True, default="")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=254, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} · {self.decision or '…'}"

    def is_open(self, now: datetime) -> bool:
        return not self.decision and now < self.expires_at

    def token(self) -> str:
        mac = salted_hmac(
            "reseal.mail-answer", f"{self.purpose}:{self.pk}:{self.nonce}", algorithm="sha256"
        ).digest()
        return f"{self.pk}-{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"

    def link(self) -> str:
        name = "ca-confirm" if self.purpose == Purpose.CONFIRM else "ca-prove"
        path: str = reverse(name, args=[self.token()])
        return settings.PUBLIC_URL.rstrip("/") + path


def ask(purpose: Purpose, now: datetime, valid_for: timedelta = VALID_FOR) -> MailAnswer:
    return MailAnswer.objects.create(purpose=purpose, created_at=now, expires_at=now + valid_for)


def find(purpose: Purpose, token: str) -> MailAnswer | None:
    """The answer that a link belongs to, whether still open or not; None for a forged link."""
    number, _dash, _mac = token.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    answer = MailAnswer.objects.filter(purpose=purpose, pk=int(number)).first()
    if answer is None or not constant_time_compare(answer.token(), token):
        return None
    return answer


def close(answer_id: int, now: datetime) -> None:
    """Let an open question run out now: what it asked is settled without it."""
    MailAnswer.objects.filter(pk=answer_id, decision="", expires_at__gt=now).update(expires_at=now)


def decide(answer_id: int, decision: Decision, *, by: str, now: datetime) -> bool:
    """Decide once, inside its validity. False: it was decided before, or its time ran out.

    One conditional UPDATE, so that of two clicks at once exactly one decides.
    """
    with transaction.atomic():
        decided = MailAnswer.objects.filter(pk=answer_id, decision="", expires_at__gt=now).update(
            decision=decision, decided_at=now, decided_by=by
        )
        if not decided:
            return False
        answer = MailAnswer.objects.get(pk=answer_id)
        changed.send(MailAnswer, row=answer, now=now)
    return True

"""Invitations to a project: mailed, answered once, withdrawn, or run out.

The link is computed when the mail leaves and never stored (see verification/answers.py). A mail
may leave twice after a kill between the server's acceptance and our record; both copies are the
same, with the same Message-ID.
"""

from __future__ import annotations

import base64
import secrets
import smtplib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import language
from accounts.roles import Role
from work.failpoints import reach
from work.models import DueRow
from work.steps import Step, back_off

VALID_FOR = timedelta(days=7)
GIVE_UP_AFTER = timedelta(days=3)


class State(StrEnum):
    """What has become of an invitation."""

    OPEN = "open"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    RUN_OUT = "run_out"


class MailState(StrEnum):
    """What has become of its mail."""

    WAITING = "waiting"
    TRYING = "trying"
    SENT = "sent"
    FAILED = "failed"


def new_nonce() -> str:
    return secrets.token_hex(16)


class Invitation(DueRow):
    """One address asked into one project; `due_at` is when its mail is tried next."""

    project = models.ForeignKey(
        "accounts.Project", on_delete=models.PROTECT, related_name="invitations"
    )
    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Role.choices)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    nonce = models.CharField(max_length=32)
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True, default="")
    tries = models.PositiveIntegerField(default=0)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["project", "email"],
                condition=models.Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="one_open_invitation",
            ),
        )

    def __str__(self) -> str:
        return f"{self.email} · {self.project}"

    @property
    def asked_at(self) -> datetime:
        """When it was made, or last made anew."""
        return self.expires_at - VALID_FOR

    def state(self, now: datetime) -> State:
        if self.accepted_at:
            return State.ACCEPTED
        # One that had run out is withdrawn when the same address is invited again.
        if self.withdrawn_at and self.withdrawn_at < self.expires_at:
            return State.WITHDRAWN
        return State.OPEN if now < self.expires_at and not self.withdrawn_at else State.RUN_OUT

    @property
    def mail_state(self) -> MailState:
        if self.sent_at:
            return MailState.SENT
        if self.due_at is None or self.set_aside_at:
            return MailState.FAILED
        return MailState.TRYING if self.problem else MailState.WAITING

    def token(self) -> str:
        mac = salted_hmac(
            "reseal.invitation", f"{self.pk}:{self.nonce}", algorithm="sha256"
        ).digest()
        return f"{self.pk}-{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"

    def link(self) -> str:
        path: str = reverse("invitation", args=[self.token()])
        return settings.PUBLIC_URL + path

    def step(self, now: datetime, network: Any) -> Step:
        """Send the mail, once, while the invitation is open."""
        if self.sent_at or self.state(now) != State.OPEN:
            return Step(None, changed=False)
        problem = self._hand_over()
        if problem is None:
            reach("invitation.mailed")
            self._record(sent_at=now, problem="")
            return Step(None, changed=True)
        lasting = problem.startswith("5") or now - self.asked_at > GIVE_UP_AFTER
        # A server that repeats what it refused must not bring the token into the database.
        said = problem.replace(self.token(), "…")[:500]
        self._record(problem=said, tries=self.tries + 1)
        return Step(None if lasting else now + back_off(self.tries + 1), changed=lasting)

    def gave_up(self, now: datetime) -> None:
        self._record(problem=self.last_problem[:500])

    def _record(self, **facts: Any) -> None:
        """Of this asking only: one that was made anew meanwhile has a mail of its own to send."""
        Invitation.objects.filter(
            pk=self.pk, expires_at=self.expires_at, sent_at__isnull=True
        ).update(**facts)

    def _hand_over(self) -> str | None:
        """Hand the mail to the server. Answers what went wrong, "5…" when it stays so."""
        context = {"invitation": self, "link": self.link(), "portal": settings.PUBLIC_URL}
        with language.to(self.email, self.invited_by.email):
            subject = " ".join(render_to_string("mail/invitation.subject.txt", context).split())
            text = render_to_string("mail/invitation.txt", context)
            html = render_to_string("mail/invitation.html", context)
        asked = self.asked_at
        message = EmailMultiAlternatives(
            subject[:200],
            text,
            settings.DEFAULT_FROM_EMAIL,
            [self.email],
            headers={
                "Message-ID": (
                    f"<invitation-{self.pk}-{int(asked.timestamp())}@{settings.MAIL_DOMAIN}>"
                ),
                "Date": asked.strftime("%a, %d %b %Y %H:%M:%S +0000"),
                "Auto-Submitted": "auto-generated",
            },
        )
        message.attach_alternative(html, "text/html")
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            return f"{code} {_printable(said)}"
        except smtplib.SMTPResponseException as error:
            # 5xx of the server as such (sign-in, policy) is for the operator to mend: tried again.
            return f"server: {error.smtp_code} {_printable(error.smtp_error)}"
        except (smtplib.SMTPException, OSError) as error:
            return f"server: {type(error).__name__}"
        return None


def find(token: str) -> Invitation | None:
    """The invitation that a link belongs to, whatever has become of it; None for a forged link."""
    number, _dash, _mac = token.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    rows = Invitation.objects.select_related("project", "invited_by", "accepted_by")
    invitation = rows.filter(pk=int(number)).first()
    if invitation is None or not constant_time_compare(invitation.token(), token):
        return None
    return invitation


def _printable(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return "".join(c if c.isprintable() else " " for c in text)[:400]

"""Invitations to a project: mailed, answered once, withdrawn, or run out.

The link is computed when the mail leaves and never stored.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models

from accounts.roles import Role
from work.models import DueRow

VALID_FOR = timedelta(days=7)


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

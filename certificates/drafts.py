"""A draft: an application that a person has begun for a certificate and not sent in.

It lives in the database and not in the session: two tabs on two certificates never mix, and it is
there in another browser. It never holds a private key.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from certificates.applications import Kind
from certificates.story import Certificate
from certificates.versions import Version


class Draft(models.Model):
    """One a certificate and person. `steps` holds what each finished step of the wizard posted."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="drafts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # What was in force when it was begun (nothing before the first issue): when that changes, the
    # draft is of no use.
    version = models.ForeignKey(Version, null=True, on_delete=models.CASCADE, related_name="+")
    step = models.CharField(max_length=20, blank=True, default="")
    steps = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["certificate", "person"], name="one_draft_a_person"),
        )

    def __str__(self) -> str:
        return f"{self.certificate_id} · {self.get_kind_display()}"

"""The security log: sign-ins, reads of keys, changes of rights. Append-only, chained per project.

Each entry carries the digest of the one before it, so that a row that was changed or taken out
later is found by `broken_links`.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from accounts.actors import Actor, label


class AuditEntry(models.Model):
    project = models.ForeignKey(
        "accounts.Project", null=True, on_delete=models.PROTECT, related_name="audit_entries"
    )
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=254)
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=100)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["project", "number"], name="one_audit_number"),
            models.UniqueConstraint(
                fields=["number"],
                condition=models.Q(project__isnull=True),
                name="one_audit_number_of_the_house",
            ),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.action} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("The security log is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("The security log is append-only.")

    def expected_digest(self) -> str:
        told = [
            self.project_id,
            self.number,
            self.at.isoformat(),
            self.actor,
            self.action,
            self.subject,
            self.detail,
            self.previous,
        ]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def record(
    *,
    project_id: int | None,
    actor: Actor,
    action: str,
    subject: str,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write one entry, durable when the surrounding transaction commits.

    Two at once get consecutive numbers: the second waits at the project's row, or is refused by
    the unique number and raises, so that the act that wanted to be logged does not happen.
    """
    from accounts.models import Project

    with transaction.atomic():
        if project_id is not None:
            Project.objects.select_for_update().get(pk=project_id)
        room = Q(project=project_id) if project_id is not None else Q(project__isnull=True)
        last = AuditEntry.objects.filter(room).order_by("number").last()
        entry = AuditEntry(
            project_id=project_id,
            number=last.number + 1 if last else 1,
            at=now,
            actor=label(actor),
            action=action,
            subject=subject,
            detail=detail or {},
            previous=last.digest if last else "",
        )
        entry.digest = entry.expected_digest()
        entry.save()
    return entry


def broken_links() -> list[AuditEntry]:
    """The entries whose content or predecessor is not what was written."""
    broken = []
    last: dict[int | None, AuditEntry] = {}
    for entry in AuditEntry.objects.order_by("project_id", "number").iterator():
        before = last.get(entry.project_id)
        right = (before.digest, before.number + 1) if before else ("", 1)
        if (entry.previous, entry.number) != right or entry.digest != entry.expected_digest():
            broken.append(entry)
        last[entry.project_id] = entry
    return broken

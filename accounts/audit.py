"""The security log: sign-ins, reads of keys, changes of rights. Append-only, chained per project.

Each entry carries the digest of the one before it, so that a row that was changed or taken out
later is found by `broken_links`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

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
        verbose_name = _("entry of the security log")
        verbose_name_plural = _("security log")
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

    Two at once get consecutive numbers: the second waits at the project's row, or at the first
    entry of the house.
    """
    entry = AuditEntry(
        project_id=project_id,
        at=now,
        actor=label(actor),
        action=action,
        subject=subject,
        detail=detail or {},
    )
    try:
        _append(entry)
    except IntegrityError:
        # Two wrote the very first entry of the house at once; now there is a row to wait at.
        # A second refusal is raised: what cannot be logged does not happen.
        _append(entry)
    return entry


def _append(entry: AuditEntry) -> None:
    from accounts.models import Project

    of_project = Q(project=entry.project_id)
    chain = AuditEntry.objects.filter(of_project if entry.project_id else Q(project__isnull=True))
    with transaction.atomic():
        if entry.project_id is not None:
            Project.objects.select_for_update().get(pk=entry.project_id)
        else:
            chain.select_for_update().filter(number=1).first()
        last = chain.order_by("number").last()
        entry.number = last.number + 1 if last else 1
        entry.previous = last.digest if last else ""
        entry.digest = entry.expected_digest()
        entry.save()


def of_chains(chains: Collection[int | None]) -> QuerySet[AuditEntry]:
    """The entries of these projects; None among them is the house."""
    projects = [each for each in chains if each is not None]
    of_house = Q(project__isnull=True) if None in chains else Q(pk__in=[])
    return AuditEntry.objects.filter(Q(project_id__in=projects) | of_house)


def broken_links(chains: Collection[int | None] | None = None) -> list[AuditEntry]:
    """The entries whose content or predecessor is not what was written: of all, or of these."""
    entries = AuditEntry.objects.all() if chains is None else of_chains(chains)
    broken = []
    last: dict[int | None, AuditEntry] = {}
    for entry in entries.order_by("project_id", "number").iterator():
        before = last.get(entry.project_id)
        right = (before.digest, before.number + 1) if before else ("", 1)
        if (entry.previous, entry.number) != right or entry.digest != entry.expected_digest():
            broken.append(entry)
        last[entry.project_id] = entry
    return broken

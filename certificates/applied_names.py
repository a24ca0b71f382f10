"""The names of applications, one a row: what the Domains page pages and searches by.

An application keeps its names as one list, in their order. Written beside it once, and never
changed, stand the same names as rows: a database cannot sort and search inside of many lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import models
from django.db.models import Q, QuerySet

from accounts.models import Project
from certificates.applications import Application
from certificates.lifecycle import IN_FORCE, Status
from pki.authorization import covers

_OPEN = Q(application__ended_at__isnull=True)
_IN_FORCE = Q(application__version__is_current=True, application__certificate__status__in=IN_FORCE)
_HOSTED = Q(application__version__is_current=True, application__certificate__status=Status.UPLOAD)


class AppliedName(models.Model):
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="applied_names"
    )
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=253)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["application", "name"], name="one_row_a_name"),
        )
        indexes = (models.Index(fields=["project", "name"], name="names_of_a_project"),)

    def __str__(self) -> str:
        return f"{self.name} · {self.application}"


def write_names(application: Application) -> None:
    """Call it in the transaction that writes the application."""
    project_id = application.project_id
    AppliedName.objects.bulk_create(
        AppliedName(application=application, project_id=project_id, name=name)
        for name in application.sans
    )


def applied_names(project_id: int) -> QuerySet[AppliedName]:
    """The rows of every name that was ever applied for."""
    return AppliedName.objects.filter(project_id=project_id)


def held_names(project_id: int) -> QuerySet[AppliedName]:
    """The rows of every name that is in force or applied for; a name may have several."""
    return applied_names(project_id).filter(_OPEN | _IN_FORCE | _HOSTED)


def asked_below(project_id: int, name: str) -> Iterator[str]:
    """The certificates that are being applied for with `name` or a name below it, by id."""
    return _covered(AppliedName.objects.filter(_OPEN), project_id, name)


def in_force_below(project_id: int, name: str) -> Iterator[str]:
    """The certificates in force that hold `name` or a name below it, by id."""
    return _covered(AppliedName.objects.filter(_IN_FORCE), project_id, name)


def _covered(rows: QuerySet[AppliedName], project_id: int, name: str) -> Iterator[str]:
    near = rows.filter(Q(name=name) | Q(name__endswith=f".{name}"), project_id=project_id)
    found: Iterable[tuple[str, str]] = near.order_by("application__certificate_id").values_list(
        "application__certificate_id", "name"
    )
    return (pk for pk, one in found if covers(name, one))

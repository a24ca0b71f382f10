"""Which project a page of people is about, when its reader sees several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest

from accounts.access import Action, may_as_staff, rooms_where
from accounts.models import Project


@dataclass(frozen=True)
class Choice:
    """The project that is open, and those that could be."""

    project: Project | None
    projects: Sequence[Project]

    @property
    def query(self) -> str:
        """What the links between the pages carry."""
        return f"?project={self.project.pk}" if self.project and len(self.projects) > 1 else ""


def projects_for(person: Any, action: Action) -> list[Project]:
    projects = Project.objects.order_by("name", "pk")
    if not may_as_staff(person, action):
        projects = projects.filter(pk__in=rooms_where(person, action))
    return list(projects)


def chosen(request: HttpRequest, action: Action = Action.VIEW) -> Choice:
    """The project of `?project=`, else the first. One that the reader does not see is not there."""
    projects = projects_for(request.user, action)
    wanted = request.GET.get("project")
    if not wanted:
        return Choice(projects[0] if projects else None, projects)
    project = next((each for each in projects if str(each.pk) == wanted), None)
    if project is None:
        raise Http404
    return Choice(project, projects)


def project_or_404(person: Any, action: Action, project_id: int) -> Project:
    """The project, when the person may do `action` in it. Staff do not act for customers."""
    if project_id not in rooms_where(person, action):
        raise Http404
    return Project.objects.get(pk=project_id)

"""The frame of the console: which project, what there is, what is new."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.template.context import RequestContext

from accounts.access import Action, may_as_staff, rooms_where, visible
from accounts.models import Project
from authorities.calendar import Bulletin
from certificates.purchases import Purchase, State
from certificates.story import Certificate
from work.loop import clock

register = template.Library()


@register.simple_tag(takes_context=True)
def console(context: RequestContext) -> dict[str, Any]:
    """Facts for the bar and the side: a constant number of queries, whatever a customer holds."""
    user, now = context["request"].user, clock()
    projects = visible_projects(user)
    chosen = context["request"].GET.get("project", "")
    return {
        "projects": projects,
        "project": next((each for each in projects if str(each.pk) == chosen), None)
        or (projects[0] if len(projects) == 1 else None),
        "certificates": visible(Certificate.objects.all(), user).count(),
        "unpaid": visible(Purchase.objects.filter(state=State.UNPAID), user).count(),
        "bulletins": Bulletin.objects.filter(ends_at__gt=now).count(),
        "may_audit": may_as_staff(user, Action.AUDIT) or bool(rooms_where(user, Action.AUDIT)),
        "is_demo": settings.ENVIRONMENT == "demo",
    }


def visible_projects(user: Any) -> list[Project]:
    return list(Project.objects.filter(pk__in=rooms_where(user, Action.VIEW)).order_by("name"))

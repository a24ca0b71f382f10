"""The list of certificates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Action, rooms_where, visible
from accounts.models import Project
from authorities.calendar import calendar_from
from certificates.delays import LOOKS_BACK, notices_for
from certificates.empty_places import empty_place
from certificates.list_controls import choices, heads, tabs
from certificates.list_rows import rows_of, with_all_that_rows_show
from certificates.listing import Listing, Wanted, listing
from certificates.story import Certificate
from work.loop import clock


@login_required
@require_safe
def certificate_list(request: HttpRequest) -> HttpResponse:
    now, person = clock(), request.user
    calendar = calendar_from(now - LOOKS_BACK)
    rooms = rooms_where(person, Action.VIEW)
    projects = list(Project.objects.filter(pk__in=rooms).order_by("name", "pk"))
    wanted = Wanted.of(request.GET, {each.pk for each in projects})
    seen = visible(Certificate.objects.all(), person)
    page = listing(with_all_that_rows_show(seen), wanted, now)
    rooms_to = {
        "reissuable_in": rooms_where(person, Action.REISSUE),
        "applicable_in": rooms_where(person, Action.APPLY),
    }
    context = {
        **_around(wanted, page, projects),
        "here": "certificates",
        "now": now,
        "rows": rows_of(page.rows, **rooms_to, now=now, calendar=calendar),
        "may_buy": bool(rooms_where(person, Action.BUY)),
        "empty": None if page.rows else empty_place(seen, page, wanted, projects),
        "notices": notices_for(Certificate.objects.filter(project__in=rooms), now, calendar),
    }
    return render(request, "certificates/list.html", context)


def _around(wanted: Wanted, page: Listing, projects: Sequence[Project]) -> dict[str, Any]:
    """What stands above and below the rows, and where each of its links leads."""
    return {
        "wanted": wanted,
        "page": page,
        "tabs": tabs(wanted, page.counts),
        "heads": heads(wanted),
        "choices": choices(wanted, projects),
        "shows_projects": len({each.project_id for each in page.rows}) > 1,
        "total": page.counts[wanted.view],
        "first": wanted.but(),
        "next": wanted.but(after=page.following),
        "unfiltered": wanted.but(q="", brand="", type="", domain_type=""),
    }

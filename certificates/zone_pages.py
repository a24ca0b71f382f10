"""The pages of one DNS zone: add it, change its server or key, try it, remove it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts.access import Action, rooms_where, visible
from accounts.choosing import project_or_404
from accounts.doors import FORM, PRESS, behind, person
from accounts.kept_sentences import as_read
from accounts.models import Project
from accounts.people_forms import Told
from accounts.refusals import Refused
from certificates.zone_form import ZoneForm
from verification.zone_book import (
    TEST_LABEL,
    add_zone,
    change_zone,
    left_behind,
    remove_obstacles,
    remove_zone,
    try_zone,
)
from verification.zones import Zone, covering
from work.loop import clock
from work.run import network


def _project(request: HttpRequest, pk: int) -> Project:
    return project_or_404(request.user, Action.KEEP_ZONES, pk)


@sensitive_post_parameters("secret")
@behind(_project, FORM, page="domains")
def new_zone(request: HttpRequest, project: Project) -> HttpResponse:
    form = ZoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            zone = add_zone(
                project_id=project.pk, given=form.given(), actor=person(request), now=clock()
            )
        except Refused as refused:
            form.tell(refused)
        else:
            told = _("%(zone)s is kept. Try it now: that writes a test record and removes it.")
            messages.success(request, told % {"zone": zone.name})
            return _back(request, project.pk)
    return _page(request, "form", project, {"form": form, "zone": None})


def _kept(action: Action) -> Any:
    def find(request: HttpRequest, pk: Any) -> Zone:
        rows = visible(Zone.objects.select_related("project"), request.user, action)
        return get_object_or_404(rows, pk=pk)

    return find


@sensitive_post_parameters("secret")
@behind(_kept(Action.KEEP_ZONES), FORM, page="domains")
def edit_zone(request: HttpRequest, zone: Zone) -> HttpResponse:
    form = ZoneForm(request.POST or None, zone=zone)
    if request.method == "POST" and form.is_valid():
        try:
            change_zone(zone=zone, given=form.given(), actor=person(request), now=clock())
        except Refused as refused:
            form.tell(refused)
        else:
            told = _("%(zone)s has the new key; the earlier one is forgotten.")
            messages.success(request, told % {"zone": zone.name})
            return _back(request, zone.project_id)
    return _page(request, "form", zone.project, {"form": form, "zone": zone})


@behind(_kept(Action.CHECK), PRESS, page="domains")
def try_now(request: HttpRequest, zone: Zone) -> HttpResponse:
    try:
        wrong = try_zone(zone=zone, actor=person(request), now=clock(), network=network())
    except Refused as refused:
        for each in refused.obstacles:
            messages.error(request, each.message)
    else:
        if wrong is None:
            told = _("%(zone)s works: %(record)s was written and removed again.")
            words = {"zone": zone.name, "record": f"{TEST_LABEL}.{zone.name}"}
            messages.success(request, told % words)
        else:
            messages.warning(request, as_read(wrong.message))
    return _back(request, zone.project_id)


@behind(_kept(Action.KEEP_ZONES), FORM, page="domains")
def drop_zone(request: HttpRequest, zone: Zone) -> HttpResponse:
    """What removing it means, and the button that does it; or why it cannot go now."""
    now, actor = clock(), person(request)
    if request.method == "POST":
        try:
            remove_zone(zone=zone, actor=actor, now=now)
        except Refused as refused:
            for each in refused.obstacles:
                messages.error(request, each.message)
        else:
            messages.success(request, _("%(zone)s is removed.") % {"zone": zone.name})
        return _back(request, zone.project_id)
    obstacles = remove_obstacles(zone, actor, now)
    context = {
        "form": Told(),
        "zone": zone,
        "obstacles": obstacles,
        "above": covering(zone.project_id, zone.name.partition(".")[2]),
        "left": left_behind(zone),
    }
    return _page(request, "remove", zone.project, context)


def _page(
    request: HttpRequest, name: str, project: Project, context: dict[str, Any]
) -> HttpResponse:
    more = {"here": "domains", "project": project}
    return render(request, f"certificates/domains/zone_{name}.html", context | more)


def _back(request: HttpRequest, project_id: int) -> HttpResponse:
    is_one_of_several = len(rooms_where(request.user, Action.VIEW)) > 1
    query = {"project": project_id} if is_one_of_several else None
    return redirect(reverse("domains", query=query))

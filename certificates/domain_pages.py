"""The Domains page: every name that a project's certificates hold or that it proved, and its DNS
zones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import Action, rooms_where
from accounts.choosing import chosen, project_or_404
from accounts.doors import PRESS, behind
from accounts.models import Project
from authorities import accounts
from authorities.brands import Brand
from certificates.domain_rows import Page, Wanted, one_a_brand, page_of, zone_rows
from certificates.looks_outside import MOST_OF_CAA, may_look_up_caa
from certificates.preview import Seen, of_caa
from certificates.search import tidy
from certificates.wishes import caa_applicants
from pki.addresses import is_address
from verification import caa, precheck
from verification.challenges import Method
from verification.places import in_its_place
from verification.reuse import held_proofs
from verification.zones import Zone
from work.loop import clock
from work.run import network


@login_required
@require_safe
def domains(request: HttpRequest) -> HttpResponse:
    choice, now = chosen(request), clock()
    context: dict[str, Any] = {"here": "domains", "choice": choice, "now": now}
    if choice.project is not None:
        project_id = choice.project.pk
        zones = list(Zone.objects.filter(project_id=project_id))
        wanted = Wanted.of(request.GET, project_id)
        page = page_of(wanted, zones, now)
        context |= {
            "page": page,
            "wanted": wanted,
            "count": page.count(wanted),
            "tabs": tabs(wanted, page),
            "first": wanted.but(),
            "next": wanted.but(after=page.following),
            "unsearched": wanted.but(name=""),
            "everything": wanted.but(name="", is_asked=False),
            "zones": zone_rows(zones),
            "may_keep": project_id in rooms_where(request.user, Action.KEEP_ZONES),
            "may_check": project_id in rooms_where(request.user, Action.CHECK),
        }
    return render(request, "certificates/domains/list.html", context)


@dataclass(frozen=True)
class Tab:
    label: str
    tone: str
    count: int
    query: str
    is_open: bool


def tabs(wanted: Wanted, page: Page) -> list[Tab]:
    asked = _("Proof is asked for")
    return [
        Tab(_("All"), "", page.total, wanted.but(is_asked=False), not wanted.is_asked),
        Tab(asked, "", page.asked, wanted.but(is_asked=True), wanted.is_asked),
    ]


def _project(request: HttpRequest, pk: int) -> Project:
    return project_or_404(request.user, Action.CHECK, pk)


@behind(_project, PRESS, page="domains")
def look_up_caa(request: HttpRequest, project: Project) -> HttpResponse:
    """Which of the brands that the name's certificates are of may issue for it now."""
    name, now = tidy(request.POST.get("name", "")), clock()
    held = [] if is_address(name) else one_a_brand(project.pk, name)
    if not held:  # only names that were applied for: the door is no resolver for everybody
        raise Http404
    if not may_look_up_caa(project.pk):
        message = _("CAA was looked up %(count)d times within ten minutes. Wait a little.")
        messages.error(request, message % {"count": MOST_OF_CAA})
        return redirect(reverse("domains", query={"project": project.pk}))
    asked: dict[str, Callable[[], caa.CaaVerdict]] = {}
    door, proved = network(), held_proofs(project.pk, [name], now)
    for certificate in held:
        brand = str(Brand(certificate.product.brand).label)
        asker = caa_applicants([name], certificate, Method.DNS, now, proved)[name]
        ask = partial(accounts.may_issue, name, asker, door)
        asked[brand] = partial(in_its_place, name, door, ask)
    found = precheck.in_time(asked)
    seen = [
        of_caa(found[brand], name, brand) if brand in found else _too_late(name) for brand in asked
    ]
    context = {"here": "domains", "project": project, "name": name, "seen": seen}
    return render(request, "certificates/domains/caa.html", context | {"now": now})


def _too_late(name: str) -> Seen:
    told = _("%(name)s could not be looked up within %(seconds)d seconds. Look again in a while.")
    words = {"name": name, "seconds": int(precheck.LONGEST)}
    return Seen("you", "CAA", told % words, "caa.unreachable")

"""The page on which a customer gives up a name: what ends with it, and the button that does it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import Action
from accounts.choosing import projects_for
from accounts.models import Project
from certificates.giving_up_names import holds, loss, release_domain, release_obstacles
from certificates.guard import SAFE, signed_in
from certificates.obstacles import Refused
from certificates.rested_on import in_words
from pki import addresses
from pki.names import NameRefused, canonical, strip_wildcard
from work.loop import clock

MOST = 25  # proofs, and certificates, that are shown one by one


@login_required
def release_page(request: HttpRequest, name: str) -> HttpResponse:
    """Who has proved nothing for the name learns nothing: 404 whatever the method was."""
    now, person = clock(), signed_in(request)
    project = _project(request, name)
    if request.method not in (*SAFE, "POST"):
        return HttpResponseNotAllowed([*SAFE, "POST"])
    if request.method == "POST":
        try:
            release_domain(project_id=project.pk, name=name, actor=person, now=now)
        except Refused as refused:
            for each in refused.obstacles:
                messages.error(request, each.message)
        else:
            told = _("%(name)s was given up. It is proved anew when it is asked for again.")
            messages.success(request, told % {"name": name})
        return redirect(reverse("domains", query={"project": project.pk}))
    lost = loss(project.pk, name, now)
    context = {
        "here": "domains",
        "name": name,
        "project": project,
        "obstacles": release_obstacles(project.pk, name, person, now),
        "proofs": [(each, in_words(each)) for each in lost.proofs[:MOST]],
        "more_proofs": max(len(lost.proofs) - MOST, 0),
        "above": in_words(lost.above) if lost.above is not None else "",
        "certificates": lost.certificates[:MOST],
        "more_certificates": max(len(lost.certificates) - MOST, 0),
    }
    return render(request, "certificates/release.html", context)


def _project(request: HttpRequest, name: str) -> Project:
    """Of the projects that the reader sees that of `?project=`, else the first that holds it."""
    wanted = request.GET.get("project")
    for project in projects_for(request.user, Action.VIEW) if _is_canonical(name) else []:
        if wanted in (None, str(project.pk)) and holds(project.pk, name, clock()):
            return project
    raise Http404


def _is_canonical(name: str) -> bool:
    """Whether it is written as the name of a proof: a host without `*.`, or an address."""
    address = addresses.parse(name)
    if address is not None:
        return str(address) == name
    try:
        return canonical(name) == name == strip_wildcard(name)
    except NameRefused:
        return False

"""The security log of a project, for its administrators; of everything, for auditors."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import security_log as log
from accounts.access import Action, may_as_staff
from accounts.choosing import Choice, projects_for
from accounts.security_words import OF_THE_HOUSE, SUBJECTS


@login_required
@require_safe
def security_log(request: HttpRequest) -> HttpResponse:
    wanted = log.Wanted.of(request.GET.dict())
    projects = projects_for(request.user, Action.AUDIT)
    reads_all = may_as_staff(request.user, Action.AUDIT)
    chains = log.rooms(request.user, projects, wanted)
    if chains is None:
        raise Http404
    page = log.page_of(chains, wanted)
    opened = [each for each in projects if str(each.pk) == wanted.project]
    context = {
        "here": "audit",
        "page": "audit",
        "choice": Choice(opened[0] if opened else None, projects),
        "wanted": wanted,
        "log": page,
        "subjects": SUBJECTS,
        "others": [*(OF_THE_HOUSE.items() if reads_all else ())],
        "unnamed": log.actions_of(chains),
        "reads_all": reads_all,
        "shows_project": len(chains) > 1,
        "chain": log.check(chains) if "check" in request.GET else None,
        "first": wanted.but(),
        "unfiltered": wanted.but(action="", person=""),
    }
    return render(request, "accounts/security_log.html", context)

"""The security log of a project, for its administrators; of everything, for auditors."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import security_log as log
from accounts.access import Action, may_as_staff
from accounts.choosing import Choice, projects_for
from accounts.doors import LOOK, behind
from accounts.security_words import OF_THE_HOUSE, SUBJECTS


def _reading(request: HttpRequest) -> log.Reading:
    reading = log.reading(
        projects_for(request.user, Action.AUDIT),
        log.Wanted.of(request.GET.dict()),
        reads_all=may_as_staff(request.user, Action.AUDIT),
    )
    if reading is None:
        raise Http404
    return reading


@behind(_reading, LOOK)
def security_log(request: HttpRequest, reading: log.Reading) -> HttpResponse:
    chains, wanted = reading.chains, reading.wanted
    context = {
        "here": "audit",
        "page": "audit",
        "choice": Choice(reading.project, reading.projects),
        "wanted": wanted,
        "log": log.page_of(chains, wanted),
        "subjects": SUBJECTS,
        "others": [*OF_THE_HOUSE.items()] if reading.reads_all else [],
        "unnamed": log.unnamed_in(chains),
        "reads_all": reading.reads_all,
        "shows_project": len(chains) > 1,
        "chain": log.check(chains) if "check" in request.GET else None,
        "first": wanted.but(),
        "unfiltered": wanted.but(action="", person=""),
    }
    return render(request, "accounts/security_log.html", context)

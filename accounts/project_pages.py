"""A project itself: founded by whoever is signed in, named by its administrators."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import projects
from accounts.access import Action
from accounts.choosing import project_or_404
from accounts.doors import FORM, behind, person
from accounts.models import Project, User
from accounts.people_forms import ProjectForm
from accounts.refusals import Refused
from work.loop import clock


def _founder(request: HttpRequest) -> User:
    if not projects.may_found(person(request)):
        raise Http404
    return person(request)


@behind(_founder, FORM)
def new_project(request: HttpRequest, founder: User) -> HttpResponse:
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            project = projects.found(name=form.cleaned_data["name"], actor=founder, now=clock())
        except Refused as refused:
            form.tell(refused)
        else:
            told = _("%(name)s is founded, and you are its administrator.")
            messages.success(request, told % {"name": project.name})
            return redirect(reverse("people", query={"project": project.pk}))
    return render(request, "accounts/new_project.html", {"here": "people", "form": form})


def _project(request: HttpRequest, pk: int) -> Project:
    return project_or_404(request.user, Action.MANAGE, pk)


@behind(_project, FORM)
def rename_project(request: HttpRequest, project: Project) -> HttpResponse:
    form = ProjectForm(request.POST or None, initial={"name": project.name})
    if request.method == "POST" and form.is_valid():
        try:
            renamed = projects.rename(
                project_id=project.pk,
                name=form.cleaned_data["name"],
                actor=person(request),
                now=clock(),
            )
        except Refused as refused:
            form.tell(refused)
        else:
            told = _("The project is called %(name)s from now on.")
            messages.success(request, told % {"name": renamed.name})
            return redirect(reverse("people", query={"project": project.pk}))
    context = {"here": "people", "form": form, "project": project}
    return render(request, "accounts/rename_project.html", context)

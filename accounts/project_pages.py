"""A project itself: founded by whoever is signed in, named by its administrators."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import projects
from accounts.access import Action
from accounts.choosing import project_or_404
from accounts.models import User
from accounts.people_forms import ProjectForm
from accounts.refusals import Refused
from work.loop import clock


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_project(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    if not projects.may_found(request.user):
        raise Http404
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            project = projects.found(
                name=form.cleaned_data["name"], actor=request.user, now=clock()
            )
        except Refused as refused:
            form.tell(refused)
        else:
            told = _("%(name)s is founded, and you are its administrator.")
            messages.success(request, told % {"name": project.name})
            return redirect(reverse("people", query={"project": project.pk}))
    return render(request, "accounts/new_project.html", {"here": "people", "form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rename_project(request: HttpRequest, pk: int) -> HttpResponse:
    project = project_or_404(request.user, Action.MANAGE, pk)
    form = ProjectForm(request.POST or None, initial={"name": project.name})
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, User)
        try:
            renamed = projects.rename(
                project_id=pk, name=form.cleaned_data["name"], actor=request.user, now=clock()
            )
        except Refused as refused:
            form.tell(refused)
        else:
            told = _("The project is called %(name)s from now on.")
            messages.success(request, told % {"name": renamed.name})
            return redirect(reverse("people", query={"project": pk}))
    context = {"here": "people", "form": form, "project": project}
    return render(request, "accounts/rename_project.html", context)

"""The people of a project: who belongs to it, who is asked, and what an administrator changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import inviting, projects
from accounts.access import Action, rooms_where, visible
from accounts.choosing import chosen, project_or_404
from accounts.doors import FORM, PRESS, behind, person
from accounts.invitations import Invitation, State
from accounts.models import Membership, Project
from accounts.people_forms import InviteForm, RoleForm, Told
from accounts.refusals import Refused
from accounts.second_factor import FACTORS
from work.loop import clock


@dataclass(frozen=True)
class Member:
    """One row of the list."""

    membership: Membership
    has_second_factor: bool
    is_reader: bool
    must_stay: bool  # the last administrator


@dataclass(frozen=True)
class Asked:
    """One unanswered invitation."""

    invitation: Invitation
    is_run_out: bool


@login_required
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    choice, now = chosen(request), clock()
    context: dict[str, Any] = {"here": "people", "choice": choice, "page": "people"}
    context["may_found"] = projects.may_found(person(request))
    if choice.project is not None:
        context |= {
            "may_manage": choice.project.pk in rooms_where(request.user, Action.MANAGE),
            "members": _members(choice.project, request.user),
            "invitations": _asked(choice.project, now),
        }
    return render(request, "accounts/people.html", context)


def _members(project: Project, reader: Any) -> list[Member]:
    rows = list(project.memberships.select_related("user").order_by("user__email"))
    guarded = set(
        Authenticator.objects.filter(
            user__memberships__project=project, type__in=FACTORS
        ).values_list("user_id", flat=True)
    )
    heads = [row for row in rows if row.role == "ADMINISTRATOR" and row.user.is_active]
    return [
        Member(row, row.user_id in guarded, row.user_id == reader.pk, must_stay=[row] == heads)
        for row in rows
    ]


def _asked(project: Project, now: datetime) -> list[Asked]:
    rows = project.invitations.filter(accepted_at=None, withdrawn_at=None)
    rows = rows.select_related("invited_by").order_by("-created_at", "-pk")
    return [Asked(row, row.state(now) == State.RUN_OUT) for row in rows]


def _member(request: HttpRequest, pk: int) -> Membership:
    rows = Membership.objects.select_related("user", "project")
    return get_object_or_404(visible(rows, request.user, Action.MANAGE), pk=pk)


@behind(_member, FORM)
def role(request: HttpRequest, member: Membership) -> HttpResponse:
    form = RoleForm(request.POST or None, initial={"role": member.role})
    if request.method == "POST" and form.is_valid():
        try:
            changed = projects.change_role(
                project_id=member.project_id,
                membership_id=member.pk,
                role=form.cleaned_data["role"],
                actor=person(request),
                now=clock(),
            )
        except Refused as refused:
            form.tell(refused)
        else:
            told = _("%(email)s: %(role)s from now on.")
            facts = {"email": member.user.email, "role": changed.get_role_display()}
            messages.success(request, told % facts)
            return _back(member.project_id, request)
    return _form(request, "accounts/role.html", form, member.project, member=member)


@behind(_member, FORM)
def remove(request: HttpRequest, member: Membership) -> HttpResponse:
    form = Told(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            projects.remove_member(
                project_id=member.project_id,
                membership_id=member.pk,
                actor=person(request),
                now=clock(),
            )
        except Refused as refused:
            form.tell(refused)
        else:
            told = _("%(email)s no longer belongs to %(project)s.")
            facts = {"email": member.user.email, "project": member.project.name}
            messages.success(request, told % facts)
            return _back(member.project_id, request)
    return _form(request, "accounts/remove_member.html", form, member.project, member=member)


def _project(request: HttpRequest, pk: int) -> Project:
    return project_or_404(request.user, Action.MANAGE, pk)


@behind(_project, FORM)
def invite(request: HttpRequest, project: Project) -> HttpResponse:
    form = InviteForm(request.POST or None, initial={"role": "OPERATOR"})
    if request.method == "POST" and form.is_valid():
        try:
            invitation = inviting.invite(
                project_id=project.pk, **form.cleaned_data, actor=person(request), now=clock()
            )
        except Refused as refused:
            form.tell(refused)
        else:
            told = _("%(email)s is invited; the mail is on its way.")
            messages.success(request, told % {"email": invitation.email})
            return _back(project.pk, request)
    return _form(request, "accounts/invite.html", form, project)


def _invitation(request: HttpRequest, pk: int) -> Invitation:
    rows = visible(Invitation.objects.all(), request.user, Action.MANAGE)
    return get_object_or_404(rows, pk=pk)


@behind(_invitation, PRESS)
def resend(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    told = _("The mail to %(email)s goes out again; seven more days.")
    return _do(request, invitation, inviting.resend, told)


@behind(_invitation, PRESS)
def withdraw(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    told = _("The invitation of %(email)s is withdrawn.")
    return _do(request, invitation, inviting.withdraw, told)


def _do(
    request: HttpRequest, invitation: Invitation, verb: Callable[..., Invitation], told: str
) -> HttpResponse:
    try:
        verb(
            project_id=invitation.project_id,
            invitation_id=invitation.pk,
            actor=person(request),
            now=clock(),
        )
    except Refused as refused:
        for each in refused.obstacles:
            messages.error(request, each.message)
    else:
        messages.success(request, told % {"email": invitation.email})
    return _back(invitation.project_id, request)


def _form(
    request: HttpRequest, template: str, form: Told, project: Project, **more: Any
) -> HttpResponse:
    context = {"here": "people", "form": form, "project": project, **more}
    return render(request, template, context)


def _back(project_id: int, request: HttpRequest) -> HttpResponse:
    """To the people of the project, or of whichever is left to who removed themselves."""
    rooms = rooms_where(request.user, Action.VIEW)
    is_one_of_several = project_id in rooms and len(rooms) > 1
    query = {"project": project_id} if is_one_of_several else None
    return redirect(reverse("people", query=query))

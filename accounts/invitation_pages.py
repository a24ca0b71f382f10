"""The page behind the link of an invitation: GET shows, only a pressed button joins."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import invitations, inviting, sessions
from accounts.invitations import Invitation, State
from accounts.models import Project, User
from accounts.people_forms import JoinForm
from accounts.refusals import Refused
from work.loop import clock


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = invitations.find(token)
    if found is None:
        raise Http404
    if found.state(clock()) != State.OPEN:
        return _page(request, found, way="closed")
    if isinstance(request.user, User):
        return _signed_in(request, found, request.user)
    if inviting.has_account(found):
        return _page(request, found, way="sign_in")
    return _newcomer(request, found)


def _signed_in(request: HttpRequest, found: Invitation, person: User) -> HttpResponse:
    if person.email != found.email:
        return _page(request, found, way="other")
    if request.method != "POST":
        return _page(request, found, way="join")
    try:
        inviting.accept(invitation_id=found.pk, actor=person, now=clock())
    except Refused as refused:
        return _refused(request, found, refused)
    return _welcome(request, found.project)


def _newcomer(request: HttpRequest, found: Invitation) -> HttpResponse:
    """Somebody without an account: a password makes one, and the mail has proved the address."""
    form = JoinForm(request.POST or None, invitation=found)
    if request.method != "POST" or not form.is_valid():
        return _page(request, found, way="new", form=form)
    try:
        person = inviting.join(
            invitation_id=found.pk, password=form.cleaned_data["password1"], now=clock()
        )
    except Refused as refused:
        return _refused(request, found, refused)
    sessions.begin(request, person)
    return _welcome(request, found.project)


def _refused(request: HttpRequest, found: Invitation, refused: Refused) -> HttpResponse:
    """The other tab was faster: the page now says what has become of the invitation."""
    for each in refused.obstacles:
        messages.error(request, each.message)
    return redirect(reverse("invitation", args=[found.token()]))


def _welcome(request: HttpRequest, project: Project) -> HttpResponse:
    messages.success(request, _("You belong to %(project)s now.") % {"project": project.name})
    return redirect("certificates")


def _page(request: HttpRequest, found: Invitation, *, way: str, **more: Any) -> HttpResponse:
    """`way` is what the reader can do: join, new, sign_in, other, closed."""
    is_mine = request.user.is_authenticated and found.accepted_by_id == request.user.pk
    context = {
        "invitation": found,
        "way": way,
        "state": found.state(clock()),
        "is_mine": is_mine,
        "path": reverse("invitation", args=[found.token()]),
    }
    page = render(request, "accounts/invitation.html", context | more)
    page["X-Robots-Tag"] = "noindex"
    return page

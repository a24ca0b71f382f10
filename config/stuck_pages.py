"""The page of stuck work, and the pages that ask before a row is tried again or set aside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Action, may_as_staff
from accounts.models import User
from accounts.refusals import Obstacle, Refused
from accounts.verb_admin import Verb
from config import stuck_work
from work import claims
from work.loop import clock
from work.models import DueRow

SHOWS = {
    "stuck": gettext_lazy("Stuck"),
    "late": gettext_lazy("Late"),
    "due": gettext_lazy("Due"),
    "held": gettext_lazy("With a worker"),
    "waiting": gettext_lazy("Waiting"),
}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        help_text=gettext_lazy("Kept on the row and in the log, for whoever looks next."),
    )


def run_again(row: DueRow, *, actor: User, now: datetime) -> str:
    stuck_work.try_again(row, actor=actor, now=now)
    return _("%(row)s: a worker tries it within seconds.") % {"row": row}


def run_aside(row: DueRow, *, reason: str, actor: User, now: datetime) -> str:
    stuck_work.set_aside(row, reason=reason, actor=actor, now=now)
    return _("%(row)s: set aside.") % {"row": row}


VERBS = (
    Verb(
        name="try-again",
        label=gettext_lazy("Try again…"),
        title=gettext_lazy("Try this work again"),
        press=gettext_lazy("Try again: at once"),
        run=run_again,
        action=Action.UNSTICK,
        is_quiet=True,
        effects=lambda row: [_("A worker takes it at once, and its failed tries are forgotten.")],
    ),
    Verb(
        name="set-aside",
        label=gettext_lazy("Set aside…"),
        title=gettext_lazy("Set this work aside"),
        press=gettext_lazy("Set aside: stop trying"),
        run=run_aside,
        action=Action.UNSTICK,
        fits=lambda row, now: row.set_aside_at is None,
        effects=lambda row: [
            _("Nobody tries it any more, until somebody asks for another try."),
            _("What waits for it ends: a request is refused, a mail counts as failed."),
        ],
        form=ReasonForm,
        is_danger=True,
    ),
)


def listed(request: HttpRequest) -> HttpResponse:
    """Every kind with its counts, and the rows that were asked for."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    now, show = clock(), request.GET.get("show", "stuck")
    if show not in SHOWS:
        raise Http404
    permitted = [verb for verb in VERBS if may_as_staff(request.user, Action.UNSTICK)]
    context = {
        **admin.site.each_context(request),
        "title": _("Stuck work"),
        "show": show,
        "shows": [(key, label, key == show) for key, label in SHOWS.items()],
        "kinds": stuck_work.counts(now),
        "rows": [_line(row, permitted, now) for row in stuck_work.rows(show, now)],
        "now": now,
        "most": stuck_work.MOST_ROWS,
    }
    return TemplateResponse(request, "admin/stuck.html", context)


def _line(row: DueRow, permitted: list[Verb], now: datetime) -> dict[str, Any]:
    tone, label = stuck_work.tone(row, now)
    return {
        "row": row,
        "kind": row._meta.verbose_name,
        "page": _page_of(row),
        "badge": {"tone": tone, "label": label},
        "buttons": [(verb, _address(row, verb)) for verb in permitted if verb.fits(row, now)],
    }


def _page_of(row: DueRow) -> str:
    try:
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
        return reverse(name, args=[row.pk])
    except NoReverseMatch:
        return ""


def _address(row: DueRow, verb: Verb) -> str:
    return reverse("admin:stuck-verb", args=[row._meta.label, row.pk, verb.name])


def asked(request: HttpRequest, label: str, pk: str, name: str) -> HttpResponse:
    """GET asks, POST does."""
    if not may_as_staff(request.user, Action.UNSTICK):
        raise PermissionDenied
    verb, row = _found(label, pk, name)
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    form = verb.asked(request, row, clock())
    obstacles: tuple[Obstacle, ...] = ()
    if request.method == "POST" and (form is None or form.is_valid()):
        assert isinstance(request.user, User)
        try:
            values = form.cleaned_data if form else {}
            messages.success(request, verb.run(row, actor=request.user, now=clock(), **values))
        except Refused as refused:
            obstacles = refused.obstacles
        else:
            return redirect("admin:stuck-work")
    return TemplateResponse(
        request,
        "admin/stuck_verb.html",
        {
            **admin.site.each_context(request),
            "title": verb.title,
            "verb": verb,
            "row": row,
            "form": form,
            "effects": list(verb.effects(row)),
            "fits": verb.fits(row, clock()),
            "obstacles": obstacles,
            "back": reverse("admin:stuck-work"),
        },
    )


def _found(label: str, pk: str, name: str) -> tuple[Verb, DueRow]:
    verb = next((each for each in VERBS if each.name == name), None)
    try:
        row = claims.due_model(label)._default_manager.filter(pk=pk).first()
    except (LookupError, ValueError) as unknown:
        raise Http404 from unknown
    if verb is None or row is None:
        raise Http404
    return verb, row

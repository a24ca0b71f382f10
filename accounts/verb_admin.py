"""Verbs in the administration: a button for each that fits, a page that asks, permission again.

A row is never edited there. A verb is: what it is called, which team may, when it fits, what it
calls, and what its page says before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from accounts.access import Action, may_as_staff
from accounts.models import User
from accounts.staff import StaffRefused
from work.admin import ReadOnlyAdmin
from work.loop import clock


def _nothing(_row: Any) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Verb:
    """One thing that a team may do with a row.

    `act` is called with the row's key, `actor`, `now` and what the form holds; it checks the
    permission itself and raises StaffRefused. `effects` are the sentences of the page that asks,
    `facts` more context for `template`, a part shown above the form.
    """

    name: str
    label: Any  # of the button that leads to the page: ends in "…"
    action: Action
    act: Callable[..., Any]
    fits: Callable[[Any, datetime], bool]
    title: Any
    button: Any  # of the page: repeats the verb and the effect
    told: Any  # the message afterwards
    effects: tuple[Any, ...] = ()
    form: type[forms.Form] = forms.Form
    is_main: bool = False
    is_danger: bool = False
    stays: bool = False  # afterwards on the row's page, else on the list
    template: str = ""
    facts: Callable[[Any], dict[str, Any]] = field(default=_nothing)


@dataclass(frozen=True)
class Button:
    label: str
    url: str
    is_main: bool = False


def allowed_actions(user: Any, verbs: Iterable[Verb]) -> set[Action]:
    """The actions among those of `verbs` that the user's teams may do."""
    return {action for action in {verb.action for verb in verbs} if may_as_staff(user, action)}


class VerbAdmin(ReadOnlyAdmin):
    """Rows to look at, with the verbs of `verbs`."""

    verbs: tuple[Verb, ...] = ()
    change_form_template = "admin/verb_change_form.html"
    facts_template = ""  # a part below the fields of a row's page

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_verb"
        view = self.admin_site.admin_view(self.verb_view)
        return [path("<path:object_id>/do/<slug:verb>/", view, name=name), *super().get_urls()]

    def verb_url(self, row: Model, verb: str) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_verb"
        return reverse(name, args=[row.pk, verb])

    def buttons(self, row: Model, now: datetime, allowed: set[Action]) -> list[Button]:
        """A button for every verb that fits the row and that these actions allow."""
        return [
            Button(str(verb.label), self.verb_url(row, verb.name), verb.is_main)
            for verb in self.verbs
            if verb.action in allowed and verb.fits(row, now)
        ]

    def facts(self, row: Any, now: datetime) -> dict[str, Any]:
        """Context of `facts_template`."""
        return {}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row, now = self.get_object(request, object_id), clock()
        more: dict[str, Any] = {"facts_template": self.facts_template}
        if row is not None:
            allowed = allowed_actions(request.user, self.verbs)
            more |= {"buttons": self.buttons(row, now, allowed), **self.facts(row, now)}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def verb_view(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        """The page that asks, and its POST."""
        chosen = next((each for each in self.verbs if each.name == verb), None)
        row = self.get_object(request, object_id)
        if chosen is None or row is None:
            raise Http404
        if not may_as_staff(request.user, chosen.action):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD", "POST"}:
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        form = chosen.form(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            return self._act(request, row, chosen, form.cleaned_data)
        if request.method != "POST" and not chosen.fits(row, clock()):
            messages.error(request, _("This is not possible any more; the row shows its state."))
            return redirect(self._page(row))
        return TemplateResponse(
            request, "admin/verb.html", self._context(request, row, chosen, form)
        )

    def _act(
        self, request: HttpRequest, row: Model, verb: Verb, given: dict[str, Any]
    ) -> HttpResponse:
        assert isinstance(request.user, User)
        try:
            verb.act(row.pk, actor=request.user, now=clock(), **given)
        except StaffRefused as refused:
            messages.error(request, f"{refused.message} ({refused.code})")
            return redirect(self._page(row))
        messages.success(request, f"{row}: {verb.told}")
        listed = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return redirect(self._page(row) if verb.stays else listed)

    def _page(self, row: Model) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])

    def _context(
        self, request: HttpRequest, row: Model, verb: Verb, form: forms.Form
    ) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "verb": verb,
            "form": form,
            "title": verb.title,
            "back": self._page(row),
            **verb.facts(row),
        }


class StandingFilter(admin.SimpleListFilter):
    """A filter that is always on: without a choice the list shows `standing`, never everything."""

    standing: Any = ""

    def choices(self, changelist: Any) -> Any:
        chosen = self.value()
        for key, label in ((None, self.standing), *self.lookup_choices):
            yield {
                "selected": chosen == key,
                "query_string": changelist.get_query_string(
                    {self.parameter_name: key} if key else {}, [] if key else [self.parameter_name]
                ),
                "display": label,
            }

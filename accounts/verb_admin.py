"""What staff may do with a row of the admin: one button a verb, each with a page that asks first.

Nothing is edited in a form of Django's. A button stands only where its verb may be taken now and
by this person; the page asks again when it is shown, and the verb once more when it is pressed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.access import Action, may_as_staff
from accounts.models import User
from accounts.refusals import Obstacle, Refused
from work.admin import ReadOnlyAdmin
from work.loop import clock


def always(row: Any, now: datetime) -> bool:
    return True


def nothing_to_tell(row: Any) -> Iterable[str]:
    return ()


def blank(row: Any, now: datetime) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Start:
    """Words that a verb's form can start from; `code` names them in the page's address."""

    code: str
    title: str
    text: str


def no_starts(row: Any) -> Sequence[Start]:
    return ()


class RowForm(forms.Form):
    """A form whose fields depend on the row that its verb is about."""

    def __init__(self, *args: Any, row: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row


@dataclass(frozen=True)
class Verb:
    """One thing that staff may do with a row.

    `run(row, actor=, now=, **values of the form)` does it and answers what to tell; it judges
    permission and state itself and raises Refused. `fits` says from the row alone, without a
    query, whether the button is drawn. `effects` are the consequences that the page lists, and
    `initial` fills its form with what holds now.
    `action` is asked of `access.py`; None is for superusers alone.
    """

    name: str
    label: str | Promise  # on the button: ends in "…", because a page asks first
    title: str | Promise  # the page's question
    press: str | Promise  # on the page's button: the verb and its effect
    run: Callable[..., str]
    action: Action | None = None
    fits: Callable[[Any, datetime], bool] = always
    effects: Callable[[Any], Iterable[str]] = nothing_to_tell
    form: type[forms.Form] | None = None
    initial: Callable[[Any, datetime], dict[str, Any]] = blank
    starts: Callable[[Any], Sequence[Start]] = no_starts  # offered on its page
    starts_in: str = ""  # the field that they fill
    is_danger: bool = False
    is_quiet: bool = False  # never a row's main button: nobody waits for it

    def asked(self, request: HttpRequest, row: Any, now: datetime) -> forms.Form | None:
        """The form of its page, filled with what was posted."""
        if self.form is None:
            return None
        more: dict[str, Any] = {"row": row} if issubclass(self.form, RowForm) else {}
        if request.method == "POST":
            more |= {"data": request.POST, "files": request.FILES}
        initial = self.initial(row, now)
        chosen = request.GET.get("start", "")
        if chosen:
            for each in self.starts(row):
                if each.code == chosen:
                    initial[self.starts_in] = each.text
        return self.form(initial=initial, **more)

    def permits(self, person: Any) -> bool:
        if self.action is not None:
            return may_as_staff(person, self.action)
        return bool(person.is_active and person.is_staff and person.is_superuser)


class VerbAdmin(ReadOnlyAdmin):
    """Rows to look at, with their verbs. `verbs` names them in the order of the buttons."""

    verbs: ClassVar[tuple[Verb, ...]] = ()

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{verb.name}/",
                self.admin_site.admin_view(partial(self.verb_page, verb=verb)),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{verb.name}",
            )
            for verb in self.verbs
        ]
        return [*own, *super().get_urls()]

    def permitted(self, request: HttpRequest) -> list[Verb]:
        return [verb for verb in self.verbs if verb.permits(request.user)]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns, with the buttons last: permission is asked once a page, not once a row."""
        permitted, now = self.permitted(request), clock()

        @admin.display(description=_("Next"))
        def next_steps(row: Model) -> SafeString:
            return self.buttons(row, permitted, now)

        columns: list[Any] = [*super().get_list_display(request)]
        return [*columns, next_steps] if permitted else columns

    def buttons(self, row: Model, permitted: list[Verb], now: datetime) -> SafeString:
        shown = [
            (self.verb_path(row, verb), " plain" if at or verb.is_quiet else "", verb.label)
            for at, verb in enumerate(v for v in permitted if v.fits(row, now))
        ]
        return format_html_join(
            " ",
            '<a class="button small{1}" href="{0}">{2}</a>',
            [(href, look, label) for href, look, label in shown],
        )

    def verb_path(self, row: Model, verb: Verb) -> str:
        name = f"{self.opts.app_label}_{self.opts.model_name}_{verb.name}"
        return reverse(f"{self.admin_site.name}:{name}", args=[row.pk])

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context.get("original")
        if row is not None:
            context["verb_buttons"] = self.buttons(row, self.permitted(request), clock())
        return super().render_change_form(request, context, *args, **kwargs)

    def verb_page(self, request: HttpRequest, object_id: str, verb: Verb) -> HttpResponse:
        """GET asks, POST does; whoever may not learns nothing about the row."""
        if not verb.permits(request.user):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if request.method not in {"GET", "HEAD", "POST"}:
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        form = verb.asked(request, row, clock())
        obstacles: tuple[Obstacle, ...] = ()
        if request.method == "POST" and (form is None or form.is_valid()):
            try:
                told = self._do(request, verb, row, form)
            except Refused as refused:
                obstacles = refused.obstacles
            else:
                messages.success(request, told)
                return redirect(self._back(row))
        return self._ask(request, verb, row, form, obstacles)

    def _do(self, request: HttpRequest, verb: Verb, row: Model, form: forms.Form | None) -> str:
        assert isinstance(request.user, User)
        values = form.cleaned_data if form else {}
        return verb.run(row, actor=request.user, now=clock(), **values)

    def _back(self, row: Model) -> str:
        name = f"{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(f"{self.admin_site.name}:{name}", args=[row.pk])

    def _ask(
        self,
        request: HttpRequest,
        verb: Verb,
        row: Model,
        form: forms.Form | None,
        obstacles: tuple[Obstacle, ...],
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": verb.title,
            "verb": verb,
            "row": row,
            "opts": self.opts,
            "form": form,
            "effects": list(verb.effects(row)),
            "fits": verb.fits(row, clock()),
            "starts": list(verb.starts(row)),
            "obstacles": obstacles,
            "back": self._back(row),
        }
        return TemplateResponse(request, "admin/verb.html", context)

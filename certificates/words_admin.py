"""The list of sensitive words: words are added and withdrawn, and what was once there stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Action, may_as_staff
from accounts.models import User
from accounts.refusals import Refused
from accounts.verb_admin import Verb, VerbAdmin
from authorities.brands import Brand
from authorities.calendar_admin import CodedErrors
from certificates.sensitive_words import SensitiveWord, check_word, keep_word, withdraw_word
from work.loop import clock


class WordForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = SensitiveWord
        fields = ("word", "brand", "in_suffix")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "error_class": CodedErrors})

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            given["word"] = check_word(given.get("word", ""), given.get("brand", ""))
        except Refused as refused:
            for each in refused.obstacles:
                self.add_error("word", ValidationError(each.message, each.code))
        return given


def run_withdraw(row: SensitiveWord, *, actor: User, now: datetime) -> str:
    withdraw_word(row, actor=actor, now=now)
    return _("%(word)s: withdrawn.") % {"word": row}


WITHDRAW = Verb(
    name="withdraw",
    label=gettext_lazy("Withdraw…"),
    title=gettext_lazy("Withdraw this word"),
    press=gettext_lazy("Withdraw the word"),
    action=Action.SET_TERMS,
    run=run_withdraw,
    fits=lambda row, now: bool(row.is_active),
    effects=lambda row: (
        _("DV applications that are sent in from now on may carry it."),
        _("The word stays in this list as history; it can be added again."),
    ),
    is_quiet=True,
)


@admin.register(SensitiveWord)
class SensitiveWordAdmin(VerbAdmin):
    form = WordForm
    list_display = ("word", "whose", "holds", "added_at", "withdrawn_at")
    list_filter = ("is_active", "brand")
    search_fields = ("word",)
    verbs = (WITHDRAW,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_as_staff(request.user, Action.SET_TERMS)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = ("word", "brand", "in_suffix")
        return asked if obj is None else (*asked, "added_at", "withdrawn_at")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        keep_word(obj, actor=request.user, now=clock())

    @admin.display(description=gettext_lazy("Brand"), ordering="brand")
    def whose(self, row: SensitiveWord) -> str:
        return str(Brand(row.brand).label) if row.brand else _("All brands")

    @admin.display(description=gettext_lazy("Holds"), ordering="is_active")
    def holds(self, row: SensitiveWord) -> SafeString:
        badge = {"tone": "done", "label": _("Now")}
        if not row.is_active:
            badge = {"tone": "ended", "label": _("Withdrawn")}
        return render_to_string("parts/state.html", {"badge": badge})

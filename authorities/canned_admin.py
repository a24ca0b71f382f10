"""The desk's canned messages in the administration: changed and added by verbs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Action
from accounts.models import User
from accounts.verb_admin import Verb, VerbAdmin
from authorities.port import LONGEST_MESSAGE
from authorities.simulated.canned import CannedMessage, add_message, change_message


def spoken() -> list[tuple[str, Any]]:
    return list(settings.LANGUAGES)


class WordsForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=100)
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class AnotherForm(WordsForm):
    code = forms.SlugField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy("Leave it for other words in another language."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=spoken)
    field_order = ("code", "language", "title", "text")


def run_change(row: CannedMessage, *, actor: User, now: datetime, **words: Any) -> str:
    change_message(row, actor=actor, now=now, **words)
    return _("%(message)s: changed.") % {"message": row}


def run_add(row: CannedMessage, *, actor: User, now: datetime, **words: Any) -> str:
    return _("%(message)s: added.") % {
        "message": add_message(row, actor=actor, now=now, **words),
    }


def words_now(row: CannedMessage, _now: datetime) -> dict[str, Any]:
    return {"code": row.code, "language": row.language, "title": row.title, "text": row.text}


VERBS = (
    Verb(
        name="words",
        label=gettext_lazy("Change…"),
        title=gettext_lazy("Change a canned message"),
        press=gettext_lazy("Keep these words"),
        run=run_change,
        action=Action.SET_TERMS,
        form=WordsForm,
        initial=words_now,
        is_quiet=True,
    ),
    Verb(
        name="another",
        label=gettext_lazy("Another…"),
        title=gettext_lazy("Add a canned message"),
        press=gettext_lazy("Add it"),
        run=run_add,
        action=Action.SET_TERMS,
        form=AnotherForm,
        initial=words_now,
        effects=lambda row: (
            _("The same code in another language, or a new code: for “%(use)s”.")
            % {"use": row.get_use_display()},
        ),
        is_quiet=True,
    ),
)


@admin.register(CannedMessage)
class CannedMessageAdmin(VerbAdmin):
    list_display = ("message", "use", "language", "text_in_short")
    list_filter = ("use", "language")
    search_fields = ("code", "title", "text")
    ordering = ("use", "code", "language")
    fields = ("code", "language", "use", "title", "text")
    verbs = VERBS

    @admin.display(description=gettext_lazy("Message"), ordering="title")
    def message(self, row: CannedMessage) -> SafeString:
        return format_html('{}<span class="sub mono">{}</span>', row.title, row.code)

    @admin.display(description=gettext_lazy("Text"))
    def text_in_short(self, row: CannedMessage) -> str:
        return Truncator(row.text).chars(90)

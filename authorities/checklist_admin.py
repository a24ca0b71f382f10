"""What is checked for each brand and type, as dated rows: the past stands, the future is set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Action
from accounts.models import User
from accounts.verb_admin import Verb, VerbAdmin
from authorities.brands import Brand, Type
from authorities.simulated.checklists import Checklist, set_checklist, withdraw_checklist
from authorities.simulated.orders import ReviewItem
from authorities.simulated.review import SHORT
from work.loop import clock


class ChecklistForm(forms.Form):
    starts_on = forms.DateField(
        label=gettext_lazy("From which day on"),
        help_text=gettext_lazy("Tomorrow at the earliest, written like 2027-03-15."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    required = forms.MultipleChoiceField(
        label=gettext_lazy("Needed for every case"),
        choices=ReviewItem.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    one_of = forms.MultipleChoiceField(
        label=gettext_lazy("One of these is enough"),
        choices=ReviewItem.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    four_eyes = forms.BooleanField(
        label=gettext_lazy("Who checked may not approve"), required=False
    )


def run_set(row: Checklist, *, actor: User, now: datetime, **values: Any) -> str:
    new = set_checklist(row, actor=actor, now=now, **values)
    return _("%(checklist)s: set.") % {"checklist": new}


def run_withdraw(row: Checklist, *, actor: User, now: datetime) -> str:
    told = str(row)
    withdraw_checklist(row, actor=actor, now=now)
    return _("%(checklist)s: withdrawn.") % {"checklist": told}


def as_it_is(row: Checklist, _now: datetime) -> dict[str, Any]:
    return {"required": row.required, "one_of": row.one_of, "four_eyes": row.four_eyes}


def is_to_come(row: Checklist, now: datetime) -> bool:
    return row.starts_on > now.date()


VERBS = (
    Verb(
        name="set",
        label=gettext_lazy("New checklist…"),
        title=gettext_lazy("Set what is checked from a day on"),
        press=gettext_lazy("Set this checklist"),
        action=Action.SET_TERMS,
        run=run_set,
        form=ChecklistForm,
        initial=as_it_is,
        effects=lambda row: (
            _("Cases that are received from that day on follow the new checklist."),
            _("A case that is on the desk keeps the one it came under."),
        ),
        is_quiet=True,
    ),
    Verb(
        name="withdraw",
        label=gettext_lazy("Withdraw…"),
        title=gettext_lazy("Withdraw a checklist that has not begun"),
        press=gettext_lazy("Withdraw this checklist"),
        action=Action.SET_TERMS,
        run=run_withdraw,
        fits=is_to_come,
        is_danger=True,
    ),
)


@admin.register(Checklist)
class ChecklistAdmin(VerbAdmin):
    list_display = ("product", "starts_on", "when", "needed_in_short", "ways_in_short", "eyes")
    list_filter = ("brand", "type")
    ordering = ("brand", "type", "-starts_on")
    fields = ("brand", "type", "starts_on", "needed", "ways", "four_eyes")
    readonly_fields = ("needed", "ways")
    verbs = VERBS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        started = Checklist.objects.filter(
            brand=OuterRef("brand"), type=OuterRef("type"), starts_on__lte=clock().date()
        )
        in_force = Subquery(started.order_by("-starts_on").values("pk")[:1])
        rows: QuerySet[Any] = super().get_queryset(request)
        described: QuerySet[Any] = rows.annotate(in_force=in_force)
        return described

    @admin.display(description=gettext_lazy("Product"), ordering="brand")
    def product(self, row: Checklist) -> str:
        return f"{Brand(row.brand).label} {Type(row.type).label}"

    @admin.display(description=gettext_lazy("Holds"))
    def when(self, row: Any) -> SafeString:
        if row.starts_on > clock().date():
            badge = {"tone": "ca", "label": _("To come")}
        elif row.pk == row.in_force:
            badge = {"tone": "done", "label": _("Now")}
        else:
            badge = {"tone": "ended", "label": _("Past")}
        return render_to_string("parts/state.html", {"badge": badge})

    @admin.display(description=gettext_lazy("Needed"))
    def needed_in_short(self, row: Checklist) -> str:
        return in_short(row.required)

    @admin.display(description=gettext_lazy("One of"))
    def ways_in_short(self, row: Checklist) -> str:
        return in_short(row.one_of) or "–"

    @admin.display(description=gettext_lazy("Approved by"))
    def eyes(self, row: Checklist) -> str:
        return _("A second person") if row.four_eyes else _("Anybody of the team")

    @admin.display(description=gettext_lazy("Needed"))
    def needed(self, row: Checklist) -> str:
        return named(row.required)

    @admin.display(description=gettext_lazy("One of"))
    def ways(self, row: Checklist) -> str:
        return named(row.one_of) or "–"


def in_short(items: list[str]) -> str:
    return ", ".join(str(SHORT[ReviewItem(item)]) for item in items)


def named(items: list[str]) -> str:
    return ", ".join(str(ReviewItem(item).label) for item in items)

"""Validated organizations in the administration: who is known, until when, and its end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import dates
from accounts.access import Action
from accounts.models import User
from accounts.verb_admin import Verb, VerbAdmin
from authorities.brands import Brand
from authorities.simulated.organizations import ValidatedOrganization, end_validation
from pki import schedule
from work.admin import StandingFilter
from work.loop import clock


class EndForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


def run_end(row: ValidatedOrganization, *, reason: str, actor: User, now: datetime) -> str:
    end_validation(row, reason=reason, actor=actor, now=now)
    return _("%(organization)s: the validation ended.") % {"organization": row}


END = Verb(
    name="end",
    label=gettext_lazy("End…"),
    title=gettext_lazy("End the validation"),
    press=gettext_lazy("End it: check the organization again"),
    run=run_end,
    action=Action.DECIDE,
    fits=lambda row, now: row.holds(now),
    effects=lambda row: (
        _("The next order with these data goes to the desk again."),
        _("Certificates that were issued stay valid."),
    ),
    form=EndForm,
    is_danger=True,
    is_quiet=True,
)


class HoldsFilter(StandingFilter):
    title = gettext_lazy("use")
    parameter_name = "use"
    standing = gettext_lazy("Can be used again")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("over", _("Over or ended")), ("all", _("All"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        now = clock()
        since = now - schedule.organisation_reuse(now)
        if self.value() == "all":
            return rows
        holding = rows.filter(ended_at__isnull=True, validated_at__gt=since)
        return rows.exclude(pk__in=holding.values("pk")) if self.value() == "over" else holding


@admin.register(ValidatedOrganization)
class ValidatedOrganizationAdmin(VerbAdmin):
    list_display = ("organization", "authority", "level", "validated", "holds")
    list_filter = (HoldsFilter, "level")
    list_select_related = ("customer", "order")
    search_fields = ("identity", "customer__name", "order__reference")
    search_help_text = gettext_lazy("Company, customer, request")
    ordering = ("-validated_at", "-pk")
    fields = (
        "customer",
        "authority",
        "level",
        "data",
        "validated_at",
        "validated_by",
        "request_link",
        "holds",
        "ended_at",
        "ended_by",
        "end_reason",
    )
    readonly_fields = ("authority", "data", "request_link", "holds")
    verbs = (END,)

    @admin.display(description=gettext_lazy("Organization"), ordering="validated_at")
    def organization(self, row: ValidatedOrganization) -> SafeString:
        return format_html('{}<span class="sub">{}</span>', row.name, row.customer.name)

    @admin.display(description=gettext_lazy("Known to"))
    def authority(self, row: ValidatedOrganization) -> str:
        return ", ".join(str(brand.label) for brand in Brand if brand.house == row.house)

    @admin.display(description=gettext_lazy("Validated"), ordering="validated_at")
    def validated(self, row: ValidatedOrganization) -> SafeString:
        day = dates.day(row.validated_at)
        return format_html('{}<span class="sub">{}</span>', day, row.validated_by)

    @admin.display(description=gettext_lazy("Can be used again"))
    def holds(self, row: ValidatedOrganization) -> SafeString:
        now = clock()
        until = dates.day(row.ends_at(now))
        if row.ended_at is not None:
            badge = {"tone": "ended", "label": _("Ended by staff")}
        elif row.holds(now):
            badge = {"tone": "done", "label": _("Until %(day)s") % {"day": until}}
        else:
            badge = {"tone": "ended", "label": _("Over since %(day)s") % {"day": until}}
        return render_to_string("parts/state.html", {"badge": badge})

    @admin.display(description=gettext_lazy("Data"))
    def data(self, row: ValidatedOrganization) -> SafeString:
        rows = ((key.replace("_", " "), value) for key, value in row.identity.items())
        return format_html_join("", "{}: {}<br>", rows)

    @admin.display(description=gettext_lazy("Request"))
    def request_link(self, row: ValidatedOrganization) -> SafeString:
        url = reverse("admin:authorities_caorder_change", args=[row.order_id])
        return format_html('<a href="{}">{}</a>', url, row.order.reference)

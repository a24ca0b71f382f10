"""Customers' DNS zones in the administration: where they are, and how the last try went.

Of the key only its name is shown: the columns of its secret are not even read from the database.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.custody import SealedKey
from accounts.dates import moment
from accounts.kept_sentences import as_read
from verification.zones import Zone
from work.admin import ReadOnlyAdmin

SEALED = tuple(field.name for field in SealedKey._meta.local_fields)


class TrialFilter(admin.SimpleListFilter):
    title = gettext_lazy("last try")
    parameter_name = "trial"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("failed", _("Does not work")),
            ("works", _("Works")),
            ("none", _("Not tried yet")),
        ]

    def queryset(self, request: HttpRequest, zones: QuerySet[Zone]) -> QuerySet[Zone]:
        tried = zones.filter(tried_at__isnull=False)
        chosen = self.value()
        if chosen == "none":
            return zones.filter(tried_at__isnull=True)
        if chosen == "works":
            return tried.filter(problem_code="")
        return tried.exclude(problem_code="") if chosen == "failed" else zones


@admin.register(Zone)
class ZoneAdmin(ReadOnlyAdmin):
    list_display = ("name", "project", "where", "key", "trial")
    list_filter = (TrialFilter,)
    list_select_related = ("project",)
    search_fields = ("name", "server", "project__name")
    ordering = ("name", "pk")
    fields = (
        "name",
        "project",
        "provider",
        "where",
        "key",
        "trial",
        "created_at",
        "changed_at",
    )
    readonly_fields = ("where", "key", "trial")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer(*SEALED)

    @admin.display(description=gettext_lazy("Name server"), ordering="server")
    def where(self, zone: Zone) -> SafeString:
        port = _("Port %(port)s") % {"port": zone.port}
        return format_html('{}<span class="sub">{}</span>', zone.server, port)

    @admin.display(description=gettext_lazy("Key"), ordering="key_name")
    def key(self, zone: Zone) -> SafeString:
        told = zone.key_name, zone.get_algorithm_display()
        return format_html('{}<span class="sub">{}</span>', *told)

    @admin.display(description=gettext_lazy("Last try"), ordering="tried_at")
    def trial(self, zone: Zone) -> SafeString | str:
        if zone.tried_at is None:
            return _("Not yet")
        tone, label = ("done", _("Works")) if zone.works else ("problem", _("Does not work"))
        shown = render_to_string("parts/state.html", {"badge": {"tone": tone, "label": label}})
        told = format_html('{}<span class="sub">{}</span>', shown, moment(zone.tried_at))
        if zone.works:
            return told
        problem = as_read(zone.problem_message), zone.problem_code
        return told + format_html('<span class="sub">{} <code>{}</code></span>', *problem)

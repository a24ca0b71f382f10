"""Certificates for the staff: what needs work first, each case on one page, nothing to edit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.verb_admin import VerbAdmin
from certificates.applications import Application
from certificates.badges import badge
from certificates.proving import challenges_of
from certificates.staff_turns import WAITS_FOR_STAFF, described, staff_turn
from certificates.story import Certificate, Event
from certificates.telling import told
from certificates.versions import Version
from verification.challenges import Challenge
from work.admin import ReadOnlyInline

LOOKS = 5  # of each challenge


class ByWork(admin.SimpleListFilter):
    """What needs staff, unless all were asked for."""

    title = _("work")
    parameter_name = "work"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("All"))]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, label in ((None, _("Needs work")), ("all", _("All"))):
            query = {self.parameter_name: value} if value else {}
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string(query, [self.parameter_name]),
                "display": label,
            }

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Certificate]
    ) -> QuerySet[Certificate]:
        searching = bool(request.GET.get("q"))
        return queryset if self.value() == "all" or searching else queryset.filter(WAITS_FOR_STAFF)


class EventInline(ReadOnlyInline):
    model = Event
    fields = ("at", "sentence", "before", "after", "code", "reason")
    readonly_fields = fields
    ordering = ("-at", "-pk")

    @admin.display(description=_("what happened"))
    def sentence(self, row: Event) -> str:
        return told(row)


class VersionInline(ReadOnlyInline):
    model = Version
    fields = (
        "number",
        "is_current",
        "serial",
        "names",
        "not_after",
        "revoked_at",
        "revocation_reason",
        "key_custody",
        "chain_link",
    )
    readonly_fields = fields
    ordering = ("-number",)

    @admin.display(description=_("chain"))
    def chain_link(self, row: Version) -> SafeString:
        href = reverse("chain", args=[row.certificate_id, row.number])
        return format_html('<a href="{}">{}</a>', href, _("PEM"))


class ApplicationInline(ReadOnlyInline):
    model = Application
    fields = (
        "number",
        "kind",
        "reason",
        "domain",
        "method",
        "contact_email",
        "submitted_at",
        "submitted_by",
        "waiting_message",
        "outcome",
    )
    readonly_fields = fields
    ordering = ("-number",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("submitted_by")


@admin.register(Certificate)
class CertificateAdmin(VerbAdmin):
    change_form_template = "admin/certificate.html"
    list_display = ("certificate", "customer", "bought", "state", "turn", "since", "desk")
    list_filter = (ByWork, "status", "product__brand")
    list_select_related = ("project", "product")
    list_per_page = 50
    search_fields = (
        "id",
        "name",
        "domain",
        "project__name",
        "versions__serial",
        "applications__contact_email",
    )
    inlines = (EventInline, VersionInline, ApplicationInline)
    fields = (
        "id",
        "name",
        "domain",
        "status",
        "project",
        "product",
        "bought_by",
        "created_at",
        "changed_at",
        "failure_code",
        "failure_message",
        "due_at",
        "attempts",
        "last_problem",
        "set_aside_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return described(rows).prefetch_related("applications")

    @admin.display(description=_("Certificate"), ordering="domain")
    def certificate(self, row: Certificate) -> SafeString:
        return format_html(
            '{}<span class="sub mono">{}</span>', row.name or row.domain or row.pk, row.pk
        )

    @admin.display(description=_("Customer"), ordering="project__name")
    def customer(self, row: Certificate) -> SafeString:
        return format_html('{}<span class="sub">{}</span>', row.project, row.domain)

    @admin.display(description=_("Product"))
    def bought(self, row: Certificate) -> str:
        return str(row.product)

    @admin.display(description=_("State"), ordering="status")
    def state(self, row: Certificate) -> str:
        return _state(badge(row, row.open_application))

    @admin.display(description=_("Whose turn"))
    def turn(self, row: Certificate) -> str:
        return _state(staff_turn(row))

    @admin.display(description=_("Since"), ordering="changed_at")
    def since(self, row: Certificate) -> SafeString:
        return format_html('<span class="nowrap">{}</span>', f"{row.changed_at:%-d %b %Y, %H:%M}")

    @admin.display(description=_("Next"))
    def desk(self, row: Certificate) -> SafeString:
        order = vars(row)["order_pk"]
        if order is None:
            return format_html("–")
        href = reverse("admin:authorities_caorder_change", args=[order])
        return format_html('<a class="button small plain" href="{}">{}</a>', href, _("CA desk…"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"certificate_facts": lambda: _facts(self.get_object(request, object_id))}
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )


def _state(shown: object) -> str:
    return render_to_string("parts/state.html", {"badge": shown})


def _facts(row: Any) -> dict[str, Any]:
    """What the page shows beside Django's fields: badges, the desk's order, proofs with looks."""
    if row is None:
        return {}
    asked: list[Challenge] = challenges_of(row.last_application)
    return {
        "badge": badge(row, row.open_application),
        "turn": staff_turn(row),
        "order": vars(row)["order_pk"],
        "console": reverse("certificate", args=[row.pk]),
        "challenges": [
            (challenge, challenge.history.order_by("-pk")[:LOOKS]) for challenge in asked
        ],
    }

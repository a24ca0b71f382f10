"""Certificates for the staff: what needs work first, each case on one page, nothing to edit."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.dates import day
from accounts.verb_admin import VerbAdmin
from certificates.badges import badge
from certificates.case_rows import ApplicationInline, EventInline, VersionInline
from certificates.catalogue import DomainType
from certificates.lifecycle import Status
from certificates.proving import challenges_of
from certificates.rested_on import rested_on
from certificates.staff_turns import NEEDS_STAFF, described, staff_turn
from certificates.story import Certificate
from verification.challenges import Challenge
from verification.turns import OF_STAFF, now_stands
from work.admin import StandingFilter
from work.loop import clock

LOOKS = 5  # of each challenge


class ByWork(StandingFilter):
    """What needs staff, unless something else was asked for or searched."""

    title = gettext_lazy("work")
    parameter_name = "work"
    standing = gettext_lazy("Needs work")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("late", _("Late")),
            ("customer", _("With the customer")),
            ("dns_host", _("With the customer’s DNS host")),
            ("clock", _("Goes by itself")),
            ("failed", _("Failed")),
            ("all", _("All")),
        ]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen == "all" or (chosen is None and request.GET.get("q")):
            return rows
        if chosen == "failed":
            return rows.filter(status=Status.UNPASSED)
        if chosen in {"late", "customer", "dns_host", "clock"}:
            return rows.filter(turn=chosen)
        return rows.filter(turn__in=NEEDS_STAFF)


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
        "bought_by__email",
        "versions__serial",
        "applications__contact_email",
    )
    search_help_text = gettext_lazy("Name, domain, id, serial, project or e-mail address")
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
        return described(rows, clock()).prefetch_related(
            "applications__proof__challenges__publication__zone", "product__all_terms"
        )

    @admin.display(description=gettext_lazy("Certificate"), ordering="domain")
    def certificate(self, row: Certificate) -> SafeString:
        return _two(row.name or row.domain or row.pk, format_html("<code>{}</code>", row.pk))

    @admin.display(description=gettext_lazy("Customer"), ordering="project__name")
    def customer(self, row: Certificate) -> SafeString:
        return _two(row.project.name, row.domain)

    @admin.display(description=gettext_lazy("Product"), ordering="product__brand")
    def bought(self, row: Certificate) -> SafeString:
        product = row.product
        return _two(product.brand_and_type(clock()), DomainType(product.domain_type).label)

    @admin.display(description=gettext_lazy("State"), ordering="status")
    def state(self, row: Certificate) -> str:
        return _badge(badge(row, row.open_application))

    @admin.display(description=gettext_lazy("Whose turn"))
    def turn(self, row: Certificate) -> str:
        return _badge(staff_turn(row))

    @admin.display(description=gettext_lazy("Since"), ordering="changed_at")
    def since(self, row: Certificate) -> SafeString:
        at = row.changed_at
        return _two(day(at), f"{at:%H:%M}")

    @admin.display(description=gettext_lazy("Next"))
    def desk(self, row: Certificate) -> SafeString | None:
        order = vars(row)["order_pk"]
        if order is None:
            return None
        href = reverse("admin:authorities_caorder_change", args=[order])
        return format_html('<a class="button small plain" href="{}">{}</a>', href, _("CA desk…"))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context |= _facts(context["original"])
        return super().render_change_form(request, context, *args, **kwargs)


def _badge(shown: object) -> str:
    return render_to_string("parts/state.html", {"badge": shown})


def _stands(challenge: Challenge) -> dict[str, str]:
    """Whose turn a proof is for the staff, why, and the line that the customer is to paste."""
    stand = now_stands(challenge)
    if stand is None:
        return {}
    return {"turn": str(OF_STAFF[stand.turn]), "sentence": stand.sentence, "fix": stand.fix}


def _two(first: str, second: object) -> SafeString:
    return format_html('{}<span class="sub">{}</span>', first, second)


def _facts(row: Certificate) -> dict[str, Any]:
    """What the page shows beside Django's fields: badges, the desk's order, proofs with looks."""
    asked: list[Challenge] = challenges_of(row.last_application)
    return {
        "badge": badge(row, row.open_application),
        "turn": staff_turn(row),
        "order": vars(row)["order_pk"],
        "rested": rested_on(row.last_application),
        "challenges": [
            (challenge, challenge.history.order_by("-pk")[:LOOKS], _stands(challenge))
            for challenge in asked
        ],
    }

"""The CA desk: every request to our authorities, whose turn it is, and what can be done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Action, may_as_staff
from accounts.dates import day, moment_of_year
from accounts.models import Project
from accounts.verb_admin import Verb, VerbAdmin
from authorities import desk_page
from authorities.brands import Brand
from authorities.desk_verbs import VERBS
from authorities.simulated import worklist
from authorities.simulated.evidence import EvidenceFile
from authorities.simulated.orders import CaOrder, State
from work.admin import StandingFilter
from work.loop import clock


class WorkFilter(StandingFilter):
    title = gettext_lazy("work")
    parameter_name = "work"
    standing = gettext_lazy("Needs work")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("late", _("Late")),
            ("replied", _("Answered by the customer")),
            ("held", _("Names held for review")),
            ("review", _("Organization review")),
            ("second", _("Second pair of eyes")),
            ("leaked", _("Leaked key")),
            ("lint", _("Stopped by the linter")),
            ("questioned", _("Customer asked")),
            ("customer", _("With the customer")),
            ("clock", _("Goes by itself")),
            ("answered", _("Answered")),
            ("all", _("All")),
        ]

    def queryset(self, request: HttpRequest, orders: QuerySet[CaOrder]) -> QuerySet[CaOrder]:
        chosen = self.value()
        if chosen == "all":
            return orders
        if chosen == "late":
            return orders.filter(pk__in=worklist.late(clock()))
        if chosen == "second":
            return orders.filter(pk__in=worklist.for_second())
        if chosen == "review":
            return orders.filter(worklist.TO_REVIEW).exclude(pk__in=worklist.for_second())
        about = {
            "held": worklist.HELD,
            "replied": worklist.REPLIED,
            "questioned": worklist.QUESTIONED,
            "leaked": worklist.ALARMED,
            "lint": worklist.STOPPED,
            "customer": worklist.WITH_CUSTOMER,
            "clock": worklist.BY_ITSELF,
            "answered": worklist.ANSWERED,
        }
        return orders.filter(about.get(chosen or "", worklist.NEEDS_WORK))


class BrandFilter(admin.SimpleListFilter):
    title = gettext_lazy("brand")
    parameter_name = "brand"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Brand.choices)

    def queryset(self, request: HttpRequest, orders: QuerySet[CaOrder]) -> QuerySet[CaOrder]:
        return orders.filter(payload__brand=self.value()) if self.value() else orders


class DeskList(ChangeList):
    """The list with a line an order: calendar, customers and rights are read once for all."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        now, orders = clock(), list(self.result_list)
        lines = worklist.read(orders, now)
        customers = Project.objects.in_bulk({order.payload["customer"] for order in orders})
        for order in orders:
            order.line = lines[order.pk]
            order.customer = customers.get(order.payload["customer"])
        self.result_list = orders


def certificate_url(certificate_id: str) -> str:
    """The certificate's page in the administration, where the room above has one."""
    try:
        return reverse("admin:certificates_certificate_change", args=[certificate_id])
    except NoReverseMatch:
        return ""


@admin.register(CaOrder)
class CaOrderAdmin(VerbAdmin):
    verbs = VERBS
    change_form_template = "admin/order.html"
    list_display = ("request_column", "certificate", "asked", "turn", "used")
    list_display_links = None
    list_filter = (WorkFilter, BrandFilter)
    list_per_page = 50
    search_fields = (
        "reference",
        "payload__certificate",
        "payload__names",
        "payload__organization",
        "payload__contact_email",
        "payload__replaces",
        "issued__serial",
    )
    search_help_text = gettext_lazy("Request, domain, serial, customer")
    fieldsets = (
        (None, {"fields": ("whose_turn", "reference", "received_at", "state")}),
        (
            gettext_lazy("The request as it was made"),
            {
                "fields": (
                    "certificate_link",
                    "names",
                    "product",
                    "kind",
                    "replaces",
                    "requested_by",
                    "contact",
                    "authorizer",
                    "organization",
                    "csr",
                )
            },
        ),
        (gettext_lazy("Work"), {"fields": ("due_at", "attempts", "last_problem", "set_aside_at")}),
    )

    def get_urls(self) -> list[URLPattern]:
        evidence = path(
            "<path:object_id>/evidence/<int:note_id>/",
            self.admin_site.admin_view(self.evidence),
            name="authorities_caorder_evidence",
        )
        return [evidence, *super().get_urls()]

    def evidence(self, request: HttpRequest, object_id: str, note_id: int) -> HttpResponse:
        """The picture behind a note, for who decides or audits: handed out, never shown."""
        if not any(may_as_staff(request.user, each) for each in (Action.DECIDE, Action.AUDIT)):
            raise PermissionDenied
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        found = EvidenceFile.objects.select_related("note__order").filter(note=note_id)
        number = int(object_id) if object_id.isdecimal() else 0
        file = found.filter(note__order_id=number).first()
        if file is None:
            raise Http404
        return HttpResponse(
            bytes(file.data),
            content_type=file.content_type,
            headers={
                "Content-Disposition": f'attachment; filename="{file.filename}"',
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        orders: QuerySet[Any] = super().get_queryset(request)
        return worklist.at_hand(orders)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The oldest first where somebody waits, the newest first where nobody does."""
        is_history = request.GET.get("work") in {"answered", "all"}
        return ("-received_at", "-pk") if is_history else ("received_at", "pk")

    def buttons(self, row: Any, permitted: list[Verb], now: datetime) -> SafeString:
        """The main button is to note what is still open, and to approve when nothing is."""
        line = getattr(row, "line", None) or worklist.read([row], now)[row.pk]
        if not line.is_ready:
            permitted = sorted(permitted, key=lambda verb: verb.name != "note")
        shown = super().buttons(row, permitted, now)
        if row.state != State.PROVING:
            return shown
        url = reverse("admin:authorities_caorder_change", args=[row.pk])
        words = _("Diagnosis…")
        return shown + format_html(
            '<a class="button small plain" href="{}#proof">{}</a>', url, words
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        order: Any = self.get_object(request, object_id)
        facts = desk_page.facts(order, clock()) if order else {}
        return super().change_view(request, object_id, form_url, {**facts, **(extra_context or {})})

    # Columns

    @admin.display(description=gettext_lazy("Request"), ordering="received_at")
    def request_column(self, order: CaOrder) -> SafeString:
        url = reverse("admin:authorities_caorder_change", args=[order.pk])
        return two_lines(order.reference, moment_of_year(order.received_at), url)

    @admin.display(description=gettext_lazy("Certificate"))
    def certificate(self, order: Any) -> SafeString:
        request = order.request()
        who = request.organization.get("name") or (order.customer and order.customer.name) or ""
        sub = f"{desk_page.brand_and_level(request)} · {who}"
        return two_lines(desk_page.first_name(request), sub, certificate_url(request.certificate))

    @admin.display(description=gettext_lazy("What is asked"))
    def asked(self, order: Any) -> SafeString:
        return two_lines(order.line.asked, order.line.detail, is_code=order.line.is_code)

    @admin.display(description=gettext_lazy("Whose turn"))
    def turn(self, order: Any) -> SafeString:
        return badge(order.line.tone, order.line.turn)

    @admin.display(description=gettext_lazy("Days used"))
    def used(self, order: Any) -> SafeString:
        return render_to_string("admin/desk/used.html", {"line": order.line})

    # Fields of the page

    @admin.display(description=gettext_lazy("Whose turn"))
    def whose_turn(self, order: CaOrder) -> SafeString:
        line = worklist.read([order], clock())[order.pk]
        return format_html(
            "{} {} <span class='sub'>{}</span>",
            badge(line.tone, line.turn),
            line.asked,
            line.detail,
        )

    @admin.display(description=gettext_lazy("Certificate"))
    def certificate_link(self, order: CaOrder) -> SafeString:
        name = order.request().certificate
        return two_lines(name, "", certificate_url(name))

    def names(self, order: CaOrder) -> str:
        return ", ".join(order.request().names)

    def product(self, order: CaOrder) -> str:
        request = order.request()
        return f"{desk_page.brand_and_level(request)} · {request.type} · {request.domain_type}"

    def kind(self, order: CaOrder) -> str:
        request = order.request()
        changed = _("names or people changed") if request.is_changed else _("nothing changed")
        return " · ".join(part for part in (request.kind, request.reason, changed) if part)

    def replaces(self, order: CaOrder) -> str:
        request = order.request()
        until = f" · {day(request.keeps_until)}" if request.keeps_until else ""
        return request.replaces + until or "–"

    def requested_by(self, order: CaOrder) -> str:
        return order.request().requested_by

    def contact(self, order: CaOrder) -> str:
        request = order.request()
        return f"{request.contact_name} <{request.contact_email}>"

    def authorizer(self, order: CaOrder) -> str:
        told = [value for value in order.request().authorizer.values() if value]
        return ", ".join(told) or _("The contact")

    def organization(self, order: CaOrder) -> str:
        told = order.request().organization
        return ", ".join(value for value in told.values() if value) or _("None: domain only")

    @admin.display(description=gettext_lazy("CSR"))
    def csr(self, order: CaOrder) -> SafeString:
        key, fingerprint = desk_page.csr_in_short(order.request())
        return format_html(
            '{} <span class="sub mono">SHA-256 {}</span>', key.replace("_", " "), fingerprint
        )


def badge(tone: str, label: str) -> SafeString:
    return render_to_string("parts/state.html", {"badge": {"tone": tone, "label": label}})


def two_lines(first: str, second: str, url: str = "", *, is_code: bool = False) -> SafeString:
    told = {"first": first, "second": second, "url": url, "is_code": is_code}
    return render_to_string("admin/desk/two_lines.html", told)

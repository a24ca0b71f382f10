"""The admin as a tool of the desk: what stands where in its side, and what needs work first."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config import overview, stuck_pages
from work.loop import clock

# The side in order: a heading with the address it leads to, then models as app_label.model and
# pages without a model by their name. What is not named comes last.
SIDE: tuple[tuple[str, str | Promise, tuple[str, ...]], ...] = (
    (
        "authorities",
        _("Authorities"),
        (
            "authorities.caorder",
            "authorities.validatedorganization",
            "authorities.bulletin",
            "authorities.holiday",
            "authorities.authority",
        ),
    ),
    (
        "certificates",
        _("Certificates"),
        (
            "certificates.certificate",
            "certificates.product",
            "certificates.sensitiveword",
            "stuck-work",
        ),
    ),
    (
        "certificates",
        _("Orders and money"),
        ("certificates.purchase", "certificates.refund", "certificates.invoice"),
    ),
    ("verification", _("Mail"), ("verification.outgoingmail",)),
    (
        "accounts",
        _("People"),
        ("accounts.user", "accounts.project", "accounts.invitation", "accounts.contact"),
    ),
    ("accounts", _("Security log"), ("accounts.auditentry",)),
    (
        "certificates",
        _("Records"),
        (
            "certificates.terms",
            "authorities.checklist",
            "authorities.cannedmessage",
            "certificates.application",
            "certificates.version",
            "certificates.event",
            "verification.challenge",
            "verification.attempt",
            "verification.zone",
            "authorities.issuedcertificate",
            "authorities.paper",
        ),
    ),
)


class DeskSite(AdminSite):
    site_title = _("Reseal administration")
    site_header = _("Reseal administration")
    index_title = _("What needs work")
    index_template = "admin/overview.html"

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Staff sign in where everybody does, under the same rules; a customer finds nothing."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise Http404
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def get_urls(self) -> list[Any]:
        address = "stuck/<str:label>/<str:pk>/<slug:name>/"
        return [
            path("stuck/", self.admin_view(stuck_pages.listed), name="stuck-work"),
            path(address, self.admin_view(stuck_pages.asked), name="stuck-verb"),
            *super().get_urls(),
        ]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The models a person may see, under our own headings and in our own order."""
        rooms = super().get_app_list(request, app_label)
        found = {
            f"{room['app_label']}.{model['object_name'].lower()}": model
            for room in rooms
            for model in room["models"]
        }
        if "certificates.certificate" in found:
            found["stuck-work"] = _stuck_work()
        named = [
            (label, heading, [found.pop(name) for name in names if name in found])
            for label, heading, names in SIDE
        ]
        others = [
            (room["app_label"], room["name"], [m for m in room["models"] if m in found.values()])
            for room in rooms
        ]
        return [_group(*each) for each in named + others if each[2]]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        context = {"lines": overview.lines(clock()), **(extra_context or {})}
        return super().index(request, context)

    def password_change(  # type: ignore[override]  # it leads elsewhere
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Passwords are changed where everybody does it, under the same limits."""
        return redirect("account_change_password")


def _stuck_work() -> dict[str, Any]:
    """A page without a model, listed as if it had one."""
    return {
        "name": _("Stuck work"),
        "object_name": "StuckWork",
        "admin_url": reverse("admin:stuck-work"),
        "view_only": True,
        "perms": {"view": True},
    }


def _group(label: str, heading: str | Promise, models: list[Any]) -> dict[str, Any]:
    return {
        "name": heading,
        "app_label": label,
        "app_url": reverse("admin:app_list", args=[label]),
        "has_module_perms": True,
        "models": models,
    }

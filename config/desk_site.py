"""The admin as a tool of the desk: what stands where in its side, and what needs work first."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# The side in order: a heading, then models as app_label.model. What is not named comes last.
SIDE: tuple[tuple[str, str | Promise, tuple[str, ...]], ...] = (
    (
        "authorities",
        _("Authorities"),
        (
            "authorities.caorder",
            "authorities.bulletin",
            "authorities.holiday",
            "authorities.authority",
            "authorities.issuedcertificate",
        ),
    ),
    (
        "certificates",
        _("Certificates"),
        (
            "certificates.certificate",
            "certificates.product",
            "certificates.terms",
            "certificates.application",
            "certificates.version",
            "certificates.event",
        ),
    ),
    (
        "verification",
        _("Proof and mail"),
        ("verification.outgoingmail", "verification.challenge", "verification.attempt"),
    ),
    (
        "accounts",
        _("People"),
        (
            "accounts.user",
            "accounts.project",
            "accounts.membership",
            "accounts.invitation",
            "accounts.contact",
            "accounts.auditentry",
        ),
    ),
)


class DeskAdminConfig(AdminConfig):
    default_site = "config.desk_site.DeskSite"


class DeskSite(AdminSite):
    site_title = _("Reseal administration")
    site_header = _("Reseal administration")
    index_title = _("What needs work")

    def get_urls(self) -> list[Any]:
        from config import stuck_pages  # it reads models, which are loaded after this site

        address = "stuck/<str:label>/<str:pk>/<slug:name>/"
        return [
            path("stuck/", self.admin_view(stuck_pages.listed), name="stuck-work"),
            path(address, self.admin_view(stuck_pages.asked), name="stuck-verb"),
            *super().get_urls(),
        ]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The models a person may see, under our own headings and in our own order."""
        found = {
            f"{app['app_label']}.{model['object_name'].lower()}": (app, model)
            for app in super().get_app_list(request, app_label)
            for model in app["models"]
        }
        listed = []
        for label, heading, names in SIDE:
            models = [found.pop(name)[1] for name in names if name in found]
            if models and label == "certificates":
                models = [*models, _stuck_work()]
            if models:
                listed.append({**_head(label, heading), "models": models})
        rest = {app["app_label"]: app for app, _model in found.values()}
        return listed + [
            {**app, "models": [model for each, model in found.values() if each is app]}
            for app in rest.values()
        ]


def _stuck_work() -> dict[str, Any]:
    """A page without a model, listed as if it had one."""
    return {
        "name": _("Stuck work"),
        "object_name": "StuckWork",
        "admin_url": reverse("admin:stuck-work"),
        "view_only": True,
        "perms": {"view": True},
    }


def _head(label: str, heading: str | Promise) -> dict[str, Any]:
    return {
        "name": heading,
        "app_label": label,
        "app_url": f"/admin/{label}/",
        "has_module_perms": True,
    }

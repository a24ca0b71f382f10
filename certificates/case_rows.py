"""What stands below a certificate in the administration: its story, versions and applications."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.dates import day
from certificates import telling
from certificates.applications import Application
from certificates.lifecycle import Status
from certificates.story import Event
from certificates.telling import revoked_why
from certificates.versions import Version
from work.admin import ReadOnlyInline


class EventInline(ReadOnlyInline):
    model = Event
    fields = readonly_fields = ("at", "sentence", "moved", "why")
    ordering = ("-at", "-pk")

    @admin.display(description=gettext_lazy("what happened"))
    def sentence(self, row: Event) -> str:
        return telling.told(row)

    @admin.display(description=gettext_lazy("status"))
    def moved(self, row: Event) -> str:
        after = row.get_after_display()
        if row.before in {"", row.after}:
            return after
        return f"{Status(row.before).label} → {after}"

    @admin.display(description=gettext_lazy("why"))
    def why(self, row: Event) -> SafeString:
        return format_html('{} <code class="sub">{}</code>', row.reason, row.code)


def holds(row: Version) -> str:
    """Whether a version is in force, and why not."""
    if row.revoked_at is None:
        return _("Current") if row.is_current else _("Replaced")
    told, why = _("Revoked %(day)s: %(why)s"), revoked_why(row.revocation_reason)
    return told % {"day": day(row.revoked_at), "why": why}


class VersionInline(ReadOnlyInline):
    model = Version
    fields = readonly_fields = (
        "number",
        "holds",
        "serial_number",
        "all_names",
        "not_after",
        "key_custody",
        "files",
    )
    ordering = ("-number",)

    @admin.display(description=gettext_lazy("state"))
    def holds(self, row: Version) -> str:
        return holds(row)

    @admin.display(description=gettext_lazy("serial"))
    def serial_number(self, row: Version) -> SafeString:
        return format_html("<code>{}</code>", row.serial)

    @admin.display(description=gettext_lazy("names"))
    def all_names(self, row: Version) -> str:
        return ", ".join(row.names)

    @admin.display(description=gettext_lazy("files"))
    def files(self, row: Version) -> SafeString:
        """Certificate and chain are public; there is no way to a key from here."""
        href = reverse("chain", args=[row.certificate_id, row.number])
        return format_html('<a href="{}">{}</a>', href, _("Chain, PEM"))


class ApplicationInline(ReadOnlyInline):
    model = Application
    fields = readonly_fields = (
        "number",
        "asked",
        "all_names",
        "method",
        "contact",
        "submitted_at",
        "submitted_by",
        "stands",
    )
    ordering = ("-number",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("submitted_by")

    @admin.display(description=gettext_lazy("asked for"))
    def asked(self, row: Application) -> str:
        parts = (row.get_kind_display(), row.get_reason_display() if row.reason else "")
        return ": ".join(part for part in parts if part)

    @admin.display(description=gettext_lazy("names"))
    def all_names(self, row: Application) -> str:
        return ", ".join(row.sans)

    @admin.display(description=gettext_lazy("contact"))
    def contact(self, row: Application) -> SafeString:
        return format_html(
            '{}<span class="sub">{} {}</span>',
            row.contact_name,
            row.contact_email,
            row.contact_phone,
        )

    @admin.display(description=gettext_lazy("how it stands"))
    def stands(self, row: Application) -> SafeString:
        said = row.get_outcome_display() if row.outcome else row.waiting_message or _("Open")
        code = "" if row.outcome else row.waiting_code
        return format_html('{} <code class="sub">{}</code>', said, code)

"""Certificates, their applications, versions and stories. Keys are not here: staff see none."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from certificates.applications import Application
from certificates.case_rows import holds
from certificates.certificate_admin import CertificateAdmin
from certificates.product_admin import ProductAdmin, TermsAdmin
from certificates.story import Event
from certificates.versions import Version
from work.admin import ReadOnlyAdmin

__all__ = ["CertificateAdmin", "ProductAdmin", "TermsAdmin"]


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    list_display = ("certificate", "kind", "reason", "domain", "submitted_at", "outcome")
    list_filter = ("kind", "outcome")
    list_select_related = ("certificate",)
    search_fields = ("certificate__id", "domain", "contact_email")
    exclude = ("csr", "key", "lease_token", "wakes")


@admin.register(Version)
class VersionAdmin(ReadOnlyAdmin):
    list_display = ("certificate", "number", "serial", "not_after", "holds")
    list_select_related = ("certificate",)
    search_fields = ("serial", "fingerprint", "certificate__id")
    fields = (
        "certificate",
        "application",
        "number",
        "holds",
        "serial",
        "fingerprint",
        "names",
        "not_before",
        "not_after",
        "issued_at",
        "replaces",
        "key_algorithm",
        "key_custody",
        "spki_sha256",
    )
    readonly_fields = ("holds",)

    @admin.display(description=_("State"))
    def holds(self, row: Version) -> str:
        return holds(row)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "certificate", "actor", "verb", "before", "after")
    list_select_related = ("certificate",)
    list_filter = ("verb",)
    search_fields = ("certificate__id", "actor")
    ordering = ("-at", "-pk")

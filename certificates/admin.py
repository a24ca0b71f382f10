"""Certificates, their applications, versions and stories. Keys are not here: staff see none."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from certificates.applications import Application
from certificates.case_rows import holds
from certificates.certificate_admin import CertificateAdmin
from certificates.product_admin import ProductAdmin, TermsAdmin
from certificates.proof_admin import ProofAdmin
from certificates.purchase_admin import InvoiceAdmin, PurchaseAdmin, RefundAdmin
from certificates.story import Event
from certificates.versions import Version
from certificates.words_admin import SensitiveWordAdmin
from work.admin import ReadOnlyAdmin

__all__ = [
    "CertificateAdmin",
    "InvoiceAdmin",
    "ProductAdmin",
    "ProofAdmin",
    "PurchaseAdmin",
    "RefundAdmin",
    "SensitiveWordAdmin",
    "TermsAdmin",
]


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    list_display = ("certificate", "kind", "reason", "domain", "submitted_at", "outcome")
    list_filter = ("kind", "outcome")
    list_select_related = ("certificate",)
    search_fields = ("certificate__id", "domain", "contact_email")
    fields = (
        "certificate",
        "number",
        "kind",
        "reason",
        "submitted_at",
        "submitted_by",
        "names",
        "method",
        "mailbox",
        "key_algorithm",
        "root_hash",
        "spki_sha256",
        "contact_name",
        "contact_email",
        "contact_phone",
        "authorised_by",
        "technical_contact",
        "company",
        "bank_permit",
        "business_licence",
        "asked_at",
        "confirm_until",
        "cancelled_at",
        "waiting_code",
        "waiting_message",
        "waiting_until",
        "outcome",
        "ended_at",
        "due_at",
        "attempts",
        "last_problem",
        "set_aside_at",
    )
    readonly_fields = ("names", "authorised_by", "technical_contact", "company")

    @admin.display(description=_("Names"))
    def names(self, row: Application) -> str:
        return ", ".join(row.sans)

    @admin.display(description=_("Authorised by"))
    def authorised_by(self, row: Application) -> str:
        return ", ".join(filter(None, row.authorizer.values()))

    @admin.display(description=_("Technical contact"))
    def technical_contact(self, row: Application) -> str:
        return ", ".join(filter(None, row.technical.values()))

    @admin.display(description=_("Organization"))
    def company(self, row: Application) -> str:
        return ", ".join(filter(None, row.organization.values()))


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
        "all_names",
        "not_before",
        "not_after",
        "issued_at",
        "replaces",
        "key_algorithm",
        "key_custody",
        "spki_sha256",
    )
    readonly_fields = ("holds", "all_names")

    @admin.display(description=_("Names"))
    def all_names(self, row: Version) -> str:
        return ", ".join(row.names)

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

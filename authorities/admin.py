"""The authorities in the administration: desk, announcements, hierarchy, certificates."""

from django.contrib import admin

from authorities.calendar_admin import BulletinAdmin, HolidayAdmin
from authorities.canned_admin import CannedMessageAdmin
from authorities.checklist_admin import ChecklistAdmin
from authorities.desk_admin import CaOrderAdmin
from authorities.hierarchy import IssuedCertificate
from authorities.hierarchy_admin import AuthorityAdmin
from authorities.organization_admin import ValidatedOrganizationAdmin
from authorities.papers_admin import PaperAdmin
from work.admin import ReadOnlyAdmin

__all__ = [
    "AuthorityAdmin",
    "BulletinAdmin",
    "CaOrderAdmin",
    "CannedMessageAdmin",
    "ChecklistAdmin",
    "HolidayAdmin",
    "PaperAdmin",
    "ValidatedOrganizationAdmin",
]


@admin.register(IssuedCertificate)
class IssuedCertificateAdmin(ReadOnlyAdmin):
    list_display = ("serial", "names", "authority", "not_after", "revoked_at", "reason")
    list_filter = ("authority__brand", "authority__level")
    list_select_related = ("authority",)
    search_fields = ("serial", "names", "spki_sha256")
    ordering = ("-prepared_at", "-pk")
    fields = (
        "serial",
        "names",
        "authority",
        "not_before",
        "not_after",
        "spki_sha256",
        "prepared_at",
        "signed_at",
        "revoked_at",
        "reason",
        "first_crl",
        "last_crl",
    )

"""The authority's desk as it stands: orders, alarms, certificates, bulletins."""

from django.contrib import admin

from authorities import desk_admin  # noqa: F401  # registers the desk
from authorities.calendar import Bulletin, Holiday
from authorities.hierarchy import IssuedCertificate
from work.admin import ReadOnlyAdmin


@admin.register(IssuedCertificate)
class IssuedCertificateAdmin(ReadOnlyAdmin):
    list_display = ("serial", "authority", "not_after", "revoked_at")
    list_select_related = ("authority",)
    search_fields = ("serial",)
    fields = ("serial", "authority", "not_before", "not_after", "revoked_at")


@admin.register(Bulletin)
class BulletinAdmin(ReadOnlyAdmin):
    list_display = ("title", "brand", "suspends", "starts_at", "ends_at")


@admin.register(Holiday)
class HolidayAdmin(ReadOnlyAdmin):
    list_display = ("day", "name")

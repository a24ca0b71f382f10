"""The authority's desk as it stands: orders, alarms, certificates, bulletins."""

from django.contrib import admin

from authorities.calendar import Bulletin, Holiday
from authorities.hierarchy import IssuedCertificate
from authorities.simulated.orders import CaOrder
from work.admin import ReadOnlyAdmin


@admin.register(CaOrder)
class CaOrderAdmin(ReadOnlyAdmin):
    list_display = ("reference", "state", "alarm", "problem_code", "received_at", "due_at")
    list_filter = ("alarm", "state")
    search_fields = ("reference",)
    exclude = ("answer", "mail")


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

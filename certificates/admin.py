"""Certificates, their applications, versions and stories. Keys are not here: staff see none."""

from django.contrib import admin

from certificates.applications import Application
from certificates.catalogue import Product, Terms
from certificates.story import Certificate, Event
from certificates.versions import Version
from work.admin import ReadOnlyAdmin


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    list_display = ("id", "domain", "status", "project", "product", "changed_at")
    list_filter = ("status", "product__brand")
    list_select_related = ("project", "product")
    search_fields = ("id", "domain")


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    list_display = ("certificate", "kind", "reason", "domain", "submitted_at", "outcome")
    list_filter = ("kind", "outcome")
    list_select_related = ("certificate",)
    exclude = ("csr", "key")


@admin.register(Version)
class VersionAdmin(ReadOnlyAdmin):
    list_display = ("certificate", "number", "serial", "not_after", "is_current", "revoked_at")
    list_select_related = ("certificate",)
    search_fields = ("serial",)
    exclude = ("key",)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "certificate", "actor", "verb", "before", "after")
    list_select_related = ("certificate",)


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    list_display = ("brand", "type", "domain_type", "is_free")
    list_filter = ("brand", "type")


@admin.register(Terms)
class TermsAdmin(ReadOnlyAdmin):
    list_display = ("product", "starts_on", "reissue_window_days")
    list_select_related = ("product",)

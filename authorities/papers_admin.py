"""The papers that customers handed in, at the desk: a list, and each as a file to save."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.access import Action, may_as_staff
from authorities.papers import Paper, as_attachment
from work.admin import ReadOnlyAdmin


@admin.register(Paper)
class PaperAdmin(ReadOnlyAdmin):
    list_display = ("kind", "customer", "uploaded_at", "uploaded_by", "file")
    list_filter = ("kind",)
    fields = ("kind", "customer", "uploaded_at", "uploaded_by", "sha256", "file", "due_at")
    readonly_fields = ("file",)
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("data")

    def get_urls(self) -> list[URLPattern]:
        door = self.admin_site.admin_view(self.save_file)
        return [
            path("<int:number>/file/", door, name="authorities_paper_file"),
            *super().get_urls(),
        ]

    def save_file(self, request: HttpRequest, number: int) -> HttpResponse:
        if not may_as_staff(request.user, Action.VIEW):
            raise PermissionDenied
        found = Paper.objects.filter(pk=number).first()
        if found is None:
            raise Http404
        return as_attachment(found)

    @admin.display(description=_("file"))
    def file(self, row: Paper) -> SafeString:
        address = reverse("admin:authorities_paper_file", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, row.file_name)

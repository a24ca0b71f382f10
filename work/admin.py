"""Rows that support staff may look at and never edit: verbs change them, not forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

if TYPE_CHECKING:
    from django.db.models import Model

    Base = admin.ModelAdmin[Model]
    Inline = admin.TabularInline[Model, Model]
else:
    Base = admin.ModelAdmin
    Inline = admin.TabularInline


class ReadOnlyAdmin(Base):
    """Look, search, filter. No adding, no editing, no deleting."""

    change_form_template = "admin/row.html"
    show_facets = admin.ShowFacets.NEVER
    empty_value_display = "–"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user = request.user
        return bool(user.is_active and user.is_staff)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """By what the list offers and by nothing else: a filter on any other column, such as the
        hash of a password, would tell its value letter by letter.
        """
        filters: list[Any] = [*self.get_list_filter(request), self.date_hierarchy or ""]
        ours = {each.parameter_name for each in filters if hasattr(each, "parameter_name")}
        if lookup in ours:
            return True
        columns = [each for each in filters if isinstance(each, str) and each]
        is_offered = any(lookup == each or lookup.startswith(f"{each}__") for each in columns)
        return is_offered and super().lookup_allowed(lookup, value, request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """A row's page is headed by the row, not by "View"."""
        if context.get("original") is not None:
            context |= {"title": str(context["original"]), "subtitle": None}
        return super().render_change_form(request, context, *args, **kwargs)


class ReadOnlyInline(Inline):
    """Rows of another table below one's own: to look at."""

    template = "admin/rows_below.html"
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_staff)


class StandingFilter(admin.SimpleListFilter):
    """A filter that is always on: without a choice the list shows `standing`, never everything."""

    standing: Any = ""

    def choices(self, changelist: Any) -> Iterator[Any]:
        chosen = self.value()
        for key, label in ((None, self.standing), *self.lookup_choices):
            query = {self.parameter_name: key} if key else {}
            yield {
                "selected": chosen == key,
                "query_string": changelist.get_query_string(query, [self.parameter_name]),
                "display": label,
            }

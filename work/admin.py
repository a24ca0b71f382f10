"""Rows that support staff may look at and never edit: verbs change them, not forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
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

    show_facets = admin.ShowFacets.NEVER

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Under the name that stands in the side, not "Select … to view"."""
        context = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        return super().changelist_view(request, context)

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


class ReadOnlyInline(Inline):
    """Rows of another table below one's own: to look at."""

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


def one_door(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Staff sign in where everybody does, under the same rules; a customer finds nothing here."""
    if admin.site.has_permission(request):
        return redirect("admin:index")
    if request.user.is_authenticated:
        raise Http404
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


admin.site.login = one_door  # type: ignore[method-assign]  # no second password form to guard

"""Bulletins and holidays in the administration: announced by verbs, never deleted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorList
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Action, may_as_staff
from accounts.models import User
from authorities.announcing import announce, set_holiday
from authorities.brands import Type
from authorities.calendar import Bulletin, Holiday
from authorities.form_fields import moment_field
from work.admin import ReadOnlyAdmin
from work.loop import clock


class CodedErrors(ErrorList):
    """Each error of a field with its code, as everywhere."""

    template_name = template_name_ul = "parts/coded_errors.html"


class AnnouncementForm(forms.ModelForm):  # type: ignore[type-arg]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "error_class": CodedErrors})


class BulletinForm(AnnouncementForm):
    types = forms.MultipleChoiceField(
        label=gettext_lazy("Types"),
        choices=Type.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Whom it concerns. Tick none and it concerns all of the brand."),
    )
    starts_at = moment_field(gettext_lazy("Starts"))
    ends_at = moment_field(gettext_lazy("Ends"))

    class Meta:
        model = Bulletin
        fields = (
            "brand",
            "types",
            "severity",
            "title",
            "text",
            "suspends",
            "starts_at",
            "ends_at",
        )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        starts, ends = given.get("starts_at"), given.get("ends_at")
        if "ends_at" in self.changed_data and self.initial.get("ends_at"):
            self._refuse_the_past()
        if starts is None or ends is None:
            return given
        if ends <= starts:
            message = _("A bulletin ends after it starts. Choose a later end.")
            self.add_error("ends_at", ValidationError(message, "bulletin.ends_before_start"))
        elif self.instance.pk is None and ends <= clock():
            message = _("This end is over already. Announce what is still to come.")
            self.add_error("ends_at", ValidationError(message, "bulletin.past"))
        return given

    def _refuse_the_past(self) -> None:
        """What is over was counted by every clock that it stopped."""
        if self.initial["ends_at"] <= clock():
            message = _("This bulletin is over and stays as it was. Announce a new one.")
            self.add_error(None, ValidationError(message, "bulletin.over"))


class HolidayForm(AnnouncementForm):
    day = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    class Meta:
        model = Holiday
        fields = ("day", "name")

    def clean_day(self) -> Any:
        day, today = self.cleaned_data["day"], clock().date()
        before = self.initial.get("day")
        if day < today or (before is not None and before < today):
            message = _("A day that is over stays as it was counted. Choose one to come.")
            raise ValidationError(message, "holiday.past")
        return day


class AnnouncingAdmin(ReadOnlyAdmin):
    """Added and changed by who may announce; what ended stays, and nothing is deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_as_staff(request.user, Action.ANNOUNCE)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_as_staff(request.user, Action.ANNOUNCE)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        one_button = {"show_save_and_add_another": False, "show_save_and_continue": False}
        context = {**one_button, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)


@admin.register(Bulletin)
class BulletinAdmin(AnnouncingAdmin):
    form = BulletinForm
    list_display = ("title", "concerned", "does", "severity", "starts_at", "ends_at", "holds")
    list_filter = ("brand", "suspends", "severity")
    search_fields = ("title", "text")
    ordering = ("-ends_at", "-pk")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        announce(obj, actor=request.user, now=clock())

    @admin.display(description=gettext_lazy("Concerns"), ordering="brand")
    def concerned(self, bulletin: Bulletin) -> str:
        return bulletin.concerned

    @admin.display(description=gettext_lazy("Effect"), ordering="suspends")
    def does(self, bulletin: Bulletin) -> str:
        return _("Suspends issuing") if bulletin.suspends else _("Told only")

    @admin.display(description=gettext_lazy("Holds"))
    def holds(self, bulletin: Bulletin) -> SafeString:
        now = clock()
        if bulletin.ends_at <= now:
            return _badge("ended", _("Past"))
        if bulletin.starts_at > now:
            return _badge("ca", _("Future"))
        return _badge("you" if bulletin.suspends else "done", _("Now"))


@admin.register(Holiday)
class HolidayAdmin(AnnouncingAdmin):
    form = HolidayForm
    list_display = ("day", "name", "holds")
    ordering = ("-day",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        set_holiday(obj, actor=request.user, now=clock())

    @admin.display(description=gettext_lazy("Holds"))
    def holds(self, holiday: Holiday) -> SafeString:
        today = clock().date()
        if holiday.day < today:
            return _badge("ended", _("Past"))
        return _badge("ca", _("Future")) if holiday.day > today else _badge("you", _("Now"))


def _badge(tone: str, label: str) -> SafeString:
    return render_to_string("parts/state.html", {"badge": {"tone": tone, "label": label}})

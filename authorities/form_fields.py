"""Fields that several forms of the administration share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from accounts.refusals import Refused
from authorities.pictures import LARGEST_FILE, Picture, read_picture


def moment_field(words: Any, *, required: bool = True) -> forms.DateTimeField:
    """One field of the browser's own, in UTC, instead of two with a script."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(
        label=words, widget=widget, required=required, help_text=gettext_lazy("In UTC.")
    )


class PictureField(forms.FileField):
    """A PNG or JPEG, cleaned to a Picture: decoded and written anew."""

    widget = forms.FileInput

    def clean(self, data: Any, initial: Any = None) -> Picture | None:
        given = super().clean(data, initial)
        if not given:
            return None
        try:
            return read_picture(given.read(LARGEST_FILE + 1))
        except Refused as refused:
            (first,) = refused.obstacles
            raise ValidationError(first.message, first.code) from refused

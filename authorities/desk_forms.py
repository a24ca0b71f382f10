"""The forms of the desk's verbs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.verb_admin import RowForm
from authorities.form_fields import PictureField, moment_field
from authorities.port import LONGEST_MESSAGE
from authorities.simulated.evidence import Call
from authorities.simulated.orders import ReviewItem
from authorities.simulated.review import checklist


class RefusalForm(forms.Form):
    message = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "The customer reads this sentence: what you found, and what to do about it."
        ),
    )


class QuestionForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Your question"),
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "The customer gets it by mail and answers on the certificate's page."
        ),
    )


class NoteForm(RowForm):
    """One point, what was found, and what stands behind it; cleaned to what `note_review` takes."""

    item = forms.ChoiceField(label=gettext_lazy("Point"))
    is_good = forms.TypedChoiceField(
        label=gettext_lazy("Result"),
        choices=[("yes", gettext_lazy("Found good")), ("no", gettext_lazy("Found wanting"))],
        coerce=lambda given: given == "yes",
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=gettext_lazy("Evidence"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("What you looked at, whom you spoke to, and what you found."),
    )
    picture = PictureField(
        label=gettext_lazy("Picture"),
        required=False,
        help_text=gettext_lazy(
            "PNG or JPEG up to 2 MB: an extract, a scan. It is written anew and kept."
        ),
    )
    number = forms.CharField(
        label=gettext_lazy("Call: number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("The log of the call is needed for the point of the phone only."),
    )
    found_in = forms.CharField(
        label=gettext_lazy("Call: where the number is listed"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("A public directory or register, never the application itself."),
    )
    answered_by = forms.CharField(
        label=gettext_lazy("Call: who answered"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Leave it empty when nobody did."),
    )
    called_at = moment_field(gettext_lazy("Call: when"), required=False)
    outcome = forms.CharField(label=gettext_lazy("Call: outcome"), max_length=500, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = [(point.item.value, point.item.label) for point in checklist(self.row)]
        self.fields["item"].choices = wanted  # type: ignore[attr-defined]
        if ReviewItem.PHONE not in dict(wanted):
            for name in CALL:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        told = {name: given.pop(name, None) for name in CALL}
        if given.get("item") == ReviewItem.PHONE and "called_at" not in self.errors:
            if told["called_at"] is None:
                message = _("Say when you called.")
                self.add_error("called_at", forms.ValidationError(message, "desk.call_log"))
            else:
                given["call"] = Call(**told)
        return given


CALL = ("number", "found_in", "answered_by", "called_at", "outcome")

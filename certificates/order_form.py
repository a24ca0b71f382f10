"""The form that orders: shape only; the verb judges what it says."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Project
from accounts.refusals import Refused
from certificates.buying import MOST_CERTIFICATES, MOST_YEARS
from certificates.catalogue import Product, Terms
from certificates.prices import Cart

LONGEST_TAGS = 8000


def years_told(years: int) -> str:
    return ngettext("%(years)d year", "%(years)d years", years) % {"years": years}


class OrderForm(forms.Form):
    """Only the fields that the product has. `token` makes a form that is sent twice one order."""

    project = forms.TypedChoiceField(label=gettext_lazy("Project"), coerce=int)
    quantity = forms.IntegerField(
        label=gettext_lazy("How many certificates"),
        min_value=1,
        max_value=MOST_CERTIFICATES,
        initial=1,
    )
    singles = forms.IntegerField(label=gettext_lazy("Names in each"), min_value=0, max_value=250)
    wildcards = forms.IntegerField(
        label=gettext_lazy("Wildcard names in each"),
        min_value=0,
        max_value=250,
        initial=0,
        help_text=gettext_lazy("Such as *.example.com, beside the names above."),
    )
    years = forms.TypedChoiceField(
        label=gettext_lazy("For how long"),
        coerce=int,
        choices=[(years, years) for years in range(1, MOST_YEARS + 1)],
        initial=1,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=59,
        required=False,
        help_text=gettext_lazy(
            "To find it by; letters, digits and hyphens. Several are numbered: shop-1, shop-2."
        ),
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        max_length=LONGEST_TAGS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One a line, as team=web. At most 20."),
    )
    token = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)

    def __init__(
        self, *args: Any, product: Product, terms: Terms, projects: list[Project], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.product, self.terms, self.projects = product, terms, projects
        self.fields["token"].initial = uuid4
        self.auto_id = "order-%s"
        project = self.fields["project"]
        assert isinstance(project, forms.TypedChoiceField)
        project.choices = [(each.pk, each.name) for each in projects]
        if len(projects) == 1:
            del self.fields["project"]
        if product.is_free:
            del self.fields["quantity"], self.fields["years"]
        if terms.names_most == 1:
            del self.fields["singles"]
        else:
            singles = self.fields["singles"]
            singles.initial = terms.names_least
            singles.help_text = _("%(least)d to %(most)d names, with the wildcards.") % {
                "least": terms.names_least,
                "most": terms.names_most,
            }
        if not terms.allows_wildcard_names:
            del self.fields["wildcards"]

    def clean_tags(self) -> dict[str, str]:
        tags: dict[str, str] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["tags"].splitlines())):
            key, _equals, value = line.partition("=")
            key = key.strip()
            if key in tags:
                message = _("The tag %(key)s is there twice. Keep one of the two lines.")
                raise ValidationError(message, "order.tag_twice", {"key": key[:40]})
            tags[key] = value.strip()
        return tags

    def chosen_project(self) -> Project:
        wanted = self.cleaned_data.get("project", self.projects[0].pk)
        return next(each for each in self.projects if each.pk == wanted)

    def cart(self) -> Cart:
        told = self.cleaned_data
        wildcards = told.get("wildcards") or 0
        return Cart(
            quantity=told.get("quantity", 1),
            years=told.get("years", 0),
            names=told.get("singles", 1) + wildcards,
            wildcards=wildcards,
            name=told["name"].strip(),
            tags=told["tags"],
        )

    def tell(self, refused: Refused) -> None:
        """Each refusal at its field, the others above the form."""
        for each in refused.obstacles:
            about = "singles" if each.about == "names" else each.about
            place = about if about in self.fields else None
            self.add_error(place, ValidationError(each.message, code=each.code))

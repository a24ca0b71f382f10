"""The third step: who answers the authority, who authorizes it, and for which organization."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.contacts import Contact
from authorities.brands import Brand
from certificates import wishes
from certificates.obstacles import Obstacle
from certificates.step_form import Pick, StepForm
from certificates.wishes import Wish

KEEP, SAME, CARD, TYPED = "keep", "same", "card", "typed"
COMPANY: dict[str, tuple[Promise, int]] = {
    "name": (gettext_lazy("Legal name"), 64),
    "registration_number": (gettext_lazy("Registration number"), 64),
    "country": (gettext_lazy("Country, two letters"), 2),
    "province": (gettext_lazy("State or province"), 128),
    "city": (gettext_lazy("City"), 128),
}


class ContactForm(StepForm):
    NEEDED: ClassVar[frozenset[str]] = frozenset(
        ["card", "name", "email", "authorizer_card", "authorizer_name", "authorizer_email"]
    )

    who = forms.CharField(widget=forms.RadioSelect, required=False)
    card = forms.CharField(label=gettext_lazy("Card"), widget=forms.Select, required=False)
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=100)
    email = forms.CharField(label=gettext_lazy("E-mail address"), required=False, max_length=254)
    phone = forms.CharField(label=gettext_lazy("Phone"), required=False, max_length=40)
    authorizer = forms.CharField(widget=forms.RadioSelect, required=False)
    authorizer_card = forms.CharField(
        label=gettext_lazy("Card of the authorizer"), widget=forms.Select, required=False
    )
    authorizer_name = forms.CharField(
        label=gettext_lazy("Name of the authorizer"), required=False, max_length=100
    )
    authorizer_email = forms.CharField(
        label=gettext_lazy("E-mail address of the authorizer"), required=False, max_length=254
    )
    authorizer_phone = forms.CharField(
        label=gettext_lazy("Phone of the authorizer"), required=False, max_length=40
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.cards = {
            str(each.pk): each
            for each in Contact.objects.filter(project_id=self.certificate.project_id)
        }
        choices = [(pk, f"{each.name}, {each.email}") for pk, each in self.cards.items()]
        for name in ("card", "authorizer_card"):
            self.fields[name].widget.choices = choices
        self.fields["who"].initial = KEEP
        self.fields["authorizer"].initial = KEEP if self.last.authorizer else SAME
        if self.certificate.product.needs_organization:
            for part, (label, longest) in COMPANY.items():
                self.fields[f"organization_{part}"] = forms.CharField(
                    label=str(label),
                    required=False,
                    max_length=longest,
                    initial=self.last.organization.get(part, ""),
                )

    def mark_needed(self) -> None:
        super().mark_needed()
        for part in wishes.required_company_data(self.certificate):
            self.fields[f"organization_{part}"].required = True

    @property
    def contact_picks(self) -> list[Pick]:
        last = self.last
        named = ", ".join(filter(None, [last.contact_name, last.contact_email]))
        keep = _("The contact of version %(number)d") % {"number": self.current.number}
        return [self.pick("who", KEEP, keep, named), *self._others("who")]

    @property
    def authorizer_picks(self) -> list[Pick]:
        same = self.pick(
            "authorizer", SAME, _("The contact"), _("The same person answers and authorizes.")
        )
        before = self.last.authorizer
        if not before:
            return [same, *self._others("authorizer")]
        named = ", ".join(filter(None, [before.get("name"), before.get("email")]))
        title = _("The authorizer of version %(number)d") % {"number": self.current.number}
        return [self.pick("authorizer", KEEP, title, named), same, *self._others("authorizer")]

    def _others(self, field: str) -> list[Pick]:
        why = []
        if not self.cards:
            message = _("This project keeps no cards of contacts yet.")
            why.append(Obstacle("contact.no_cards", message))
        return [
            self.pick(
                field, CARD, _("A card of this project"), _("Contacts that were kept."), *why
            ),
            self.pick(field, TYPED, _("Another person"), ""),
        ]

    @property
    def company(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("organization_")]

    def given(self) -> Wish:
        contact = self._contact()
        return replace(
            self.so_far,
            contact_name=contact.get("name", ""),
            contact_email=contact.get("email", ""),
            contact_phone=contact.get("phone", ""),
            authorizer=self._authorizer(),
            organization=self._organization(),
        )

    def _contact(self) -> dict[str, str]:
        if self.said("who") == KEEP:
            last = self.last
            facts = (last.contact_name, last.contact_email, last.contact_phone)
            return dict(zip(("name", "email", "phone"), facts, strict=True))
        return self._person(self.said("who"), "")

    def _authorizer(self) -> dict[str, str]:
        if self.said("authorizer") == SAME:
            return {}
        if self.said("authorizer") == KEEP:
            return dict(self.last.authorizer)
        return self._person(self.said("authorizer"), "authorizer_")

    def _person(self, how: str, prefix: str) -> dict[str, str]:
        if how == CARD:
            card = self.cards.get(self.said(f"{prefix}card"))
            return {"name": card.name, "email": card.email, "phone": card.phone} if card else {}
        return {part: self.said(prefix + part) for part in ("name", "email", "phone")}

    def _organization(self) -> dict[str, str]:
        """Facts that the form does not show stay; facts left empty are none."""
        before = dict(self.last.organization)
        if not self.certificate.product.needs_organization:
            return before
        typed = {part: self.said(f"organization_{part}") for part in COMPANY}
        typed["country"] = typed["country"].upper()
        if all(typed[part] == before.get(part, "") for part in COMPANY):
            return before
        return {part: fact for part, fact in {**before, **typed}.items() if fact}

    def clean(self) -> dict[str, Any]:
        for field, choices in (("who", {KEEP}), ("authorizer", {KEEP, SAME})):
            if self.said(field) not in {*choices, CARD, TYPED}:
                message = _("Choose one of these.")
                self.add_error(field, ValidationError(message, f"{field}.missing"))
        for field, prefix in (("who", ""), ("authorizer", "authorizer_")):
            if self.said(field) == CARD and self.said(f"{prefix}card") not in self.cards:
                message = _("This card is not there any more. Choose another one.")
                self.add_error(f"{prefix}card", ValidationError(message, "contact.card_gone"))
        if self.said("who") == TYPED:
            brand = Brand(self.certificate.product.brand).label
            message = _("Name the person to whom %(brand)s writes.") % {"brand": brand}
            self.need("name", message, "contact.name")
        return super().clean()

    def tell(self, obstacles: Iterable[Obstacle]) -> None:
        """What is wrong with a person stands where that person was chosen."""
        contact = {TYPED: "email", CARD: "card"}.get(self.said("who"), "who")
        is_typed = self.said("authorizer") == TYPED
        other = "authorizer_card" if self.said("authorizer") == CARD else "authorizer"
        fields: Mapping[str, str] = {
            "contact_email": contact,
            "authorizer_name": "authorizer_name" if is_typed else other,
            "authorizer_email": "authorizer_email" if is_typed else other,
            "organization_country": "organization_country",
        }
        basic = set(self.errors)
        for each in obstacles:
            at = [fields[each.about]] if each.about in fields else []
            if each.about == "organization":
                needed = wishes.required_company_data(self.certificate)
                at = [f"organization_{part}" for part in needed]
                at = [field for field in at if not self.said(field)]
            for field in at:
                if field not in basic:
                    self.add_error(field, ValidationError(each.message, each.code))

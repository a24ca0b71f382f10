"""The third step: who answers the authority, who authorizes it, and for which organization."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.contacts import Contact
from certificates.applicants import contact_missing
from certificates.company_form import CompanyForm
from certificates.obstacles import Obstacle
from certificates.step_form import JudgedField, Pick
from certificates.wishes import Wish

KEEP, SAME, CARD, TYPED = "keep", "same", "card", "typed"


class ContactForm(CompanyForm):
    NEEDED: ClassVar[frozenset[str]] = frozenset(
        ["card", "name", "email", "authorizer_card", "authorizer_name", "authorizer_email"]
    )

    who = forms.CharField(widget=forms.RadioSelect, required=False)
    card = forms.CharField(label=gettext_lazy("Card"), widget=forms.Select, required=False)
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=100)
    email = JudgedField(label=gettext_lazy("E-mail address"))
    phone = forms.CharField(label=gettext_lazy("Phone"), required=False, max_length=40)
    authorizer = forms.CharField(widget=forms.RadioSelect, required=False)
    authorizer_card = forms.CharField(
        label=gettext_lazy("Card of the authorizer"), widget=forms.Select, required=False
    )
    authorizer_name = forms.CharField(
        label=gettext_lazy("Name of the authorizer"), required=False, max_length=100
    )
    authorizer_email = JudgedField(label=gettext_lazy("E-mail address of the authorizer"))
    authorizer_phone = forms.CharField(
        label=gettext_lazy("Phone of the authorizer"), required=False, max_length=40
    )

    technical_name = forms.CharField(
        label=gettext_lazy("Name of the technical contact"), required=False, max_length=63
    )
    technical_email = JudgedField(label=gettext_lazy("E-mail address of the technical contact"))
    technical_phone = forms.CharField(
        label=gettext_lazy("Phone of the technical contact"), required=False, max_length=40
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
        last = self.last
        first = CARD if self.cards else TYPED
        self.fields["who"].initial = KEEP if last else first
        self.fields["authorizer"].initial = KEEP if last and last.authorizer else SAME
        for part in ("name", "email", "phone"):
            told = last.technical.get(part, "") if last else ""
            self.fields[f"technical_{part}"].initial = told

    @property
    def contact_picks(self) -> list[Pick]:
        last = self.last
        if last is None:
            return self._others("who")
        named = ", ".join(filter(None, [last.contact_name, last.contact_email]))
        keep = _("The contact of version %(number)d")
        if not self.purpose.replaces:
            keep = _("The contact of application %(number)d")
        return [self.pick("who", KEEP, keep % self._number(), named), *self._others("who")]

    @property
    def authorizer_picks(self) -> list[Pick]:
        same = self.pick(
            "authorizer", SAME, _("The contact"), _("The same person answers and authorizes.")
        )
        before = self.last.authorizer if self.last else {}
        if not before:
            return [same, *self._others("authorizer")]
        named = ", ".join(filter(None, [before.get("name"), before.get("email")]))
        title = _("The authorizer of version %(number)d")
        if not self.purpose.replaces:
            title = _("The authorizer of application %(number)d")
        keep = self.pick("authorizer", KEEP, title % self._number(), named)
        return [keep, same, *self._others("authorizer")]

    def _number(self) -> dict[str, int]:
        """Of what the earlier data are: the version in force, or the application before."""
        current = self.certificate.current
        if self.purpose.replaces and current is not None:
            return {"number": current.number}
        return {"number": self.last.number if self.last else 0}

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
    def technical(self) -> list[forms.BoundField]:
        return [self[f"technical_{part}"] for part in ("name", "email", "phone")]

    def given(self) -> Wish:
        contact = self._contact()
        return replace(
            self.so_far,
            contact_name=contact.get("name", ""),
            contact_email=contact.get("email", ""),
            contact_phone=contact.get("phone", ""),
            authorizer=self._authorizer(),
            technical=self._technical(),
            organization=self.organization(),
            papers=dict(self.papers),
        )

    def _contact(self) -> dict[str, str]:
        last = self.last
        if self.said("who") == KEEP and last is not None:
            facts = (last.contact_name, last.contact_email, last.contact_phone)
            return dict(zip(("name", "email", "phone"), facts, strict=True))
        return self._person(self.said("who"), "")

    def _authorizer(self) -> dict[str, str]:
        if self.said("authorizer") == SAME:
            return {}
        if self.said("authorizer") == KEEP:
            return dict(self.last.authorizer) if self.last else {}
        return self._person(self.said("authorizer"), "authorizer_")

    def _person(self, how: str, prefix: str) -> dict[str, str]:
        if how == CARD:
            card = self.cards.get(self.said(f"{prefix}card"))
            return {"name": card.name, "email": card.email, "phone": card.phone} if card else {}
        return {part: self.said(prefix + part) for part in ("name", "email", "phone")}

    def _technical(self) -> dict[str, str]:
        told = {part: self.said(f"technical_{part}") for part in ("name", "email", "phone")}
        return {part: fact for part, fact in told.items() if fact}

    def clean(self) -> dict[str, Any]:
        self.read_papers()
        keep = {KEEP} if self.last else set()
        for field, choices in (("who", keep), ("authorizer", {*keep, SAME})):
            if self.said(field) not in {*choices, CARD, TYPED}:
                message = _("Choose one of these.")
                self.add_error(field, ValidationError(message, f"{field}.missing"))
        for field, prefix in (("who", ""), ("authorizer", "authorizer_")):
            if self.said(field) == CARD and self.said(f"{prefix}card") not in self.cards:
                message = _("This card is not there any more. Choose another one.")
                self.add_error(f"{prefix}card", ValidationError(message, "contact.card_gone"))
        if self.said("who") == TYPED:  # else the name of the earlier contact would be taken
            missing = contact_missing(self.certificate)
            self.need("name", missing.message, missing.code)
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
            "technical_name": "technical_name",
            "technical_email": "technical_email",
            "contact_name": {TYPED: "name", CARD: "card"}.get(self.said("who"), "who"),
        }
        basic = set(self.errors)
        for each in obstacles:
            at = [fields[each.about]] if each.about in fields else []
            for field in at or self.company_places(each):
                if field not in basic:
                    self.add_error(field, ValidationError(each.message, each.code))

"""The organization of an OV or EV application: its facts, and the papers that prove them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from accounts.actors import label
from accounts.models import User
from authorities import papers
from authorities.papers import Paper, PaperKind
from authorities.pictures import LARGEST_FILE, Picture, read_picture
from certificates.applicants import COMPANY, LONGEST_FACT, required_company_data
from certificates.obstacles import Obstacle, Refused
from certificates.step_form import StepForm

LONGEST = dict.fromkeys(COMPANY, LONGEST_FACT) | {"country": 2, "phone": 40}


@dataclass(frozen=True)
class PaperPart:
    """One kind of paper on the page: what is there already, where a new one is chosen."""

    kind: PaperKind
    label: str
    held: Paper | None
    file: forms.BoundField
    keeps: forms.BoundField
    drop: forms.BoundField


class CompanyForm(StepForm):
    """Only products that check the organization show any of it."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.pictures: dict[PaperKind, Picture] = {}
        self.papers: dict[str, int] = dict(self.last.papers) if self.last else {}
        if not self.certificate.product.needs_organization:
            return
        before = self.last.organization if self.last else {}
        for part in COMPANY:
            self.fields[f"organization_{part}"] = forms.CharField(
                label=str(COMPANY[part]),
                required=False,
                max_length=LONGEST[part],
                initial=before.get(part, ""),
            )
        for kind in PaperKind:
            self.fields[kind] = forms.FileField(
                label=str(kind.label),
                required=False,
                allow_empty_file=True,
                widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
            )
            self.fields[f"{kind}_held"] = forms.IntegerField(
                required=False, widget=forms.HiddenInput, initial=self.papers.get(kind)
            )
            self.fields[f"{kind}_drop"] = forms.BooleanField(
                required=False, label=str(_("Do not hand this one in"))
            )

    def mark_needed(self) -> None:
        super().mark_needed()
        for part in required_company_data(self.certificate):
            self.fields[f"organization_{part}"].required = True

    @property
    def company(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("organization_")]

    @property
    def paper_parts(self) -> list[PaperPart]:
        if not self.company:
            return []
        held = papers.of_customer(self.papers, self.certificate.project_id)
        return [
            PaperPart(
                kind,
                str(kind.label),
                held.get(kind),
                self[kind],
                self[f"{kind}_held"],
                self[f"{kind}_drop"],
            )
            for kind in PaperKind
        ]

    def organization(self) -> dict[str, str]:
        """Facts that the form does not show stay; facts left empty are none."""
        before = dict(self.last.organization) if self.last else {}
        if not self.certificate.product.needs_organization:
            return before
        typed = {part: self.said(f"organization_{part}") for part in COMPANY}
        typed["country"] = typed["country"].upper()
        if all(typed[part] == before.get(part, "") for part in COMPANY):
            return before
        return {part: fact for part, fact in {**before, **typed}.items() if fact}

    def read_papers(self) -> None:
        """Decode what was chosen; what is wrong with it stands at its field."""
        if not self.company:
            return
        self.papers = {}
        for kind in PaperKind:
            held, file = self.cleaned_data.get(f"{kind}_held"), self.cleaned_data.get(kind)
            if held and not self.cleaned_data.get(f"{kind}_drop"):
                self.papers[kind] = held
            if not isinstance(file, UploadedFile):
                continue
            try:
                self.pictures[kind] = read_picture(file.read(LARGEST_FILE + 1), kind)
            except Refused as refused:
                self.tell_at(kind, refused)
        kept = papers.of_customer(self.papers, self.certificate.project_id)
        self.papers = {kind: paper.pk for kind, paper in kept.items()}

    def hand_in_papers(self, person: User, now: datetime) -> None:
        """Keep what was chosen, also when something else on the page is still wrong."""
        for kind, picture in self.pictures.items():
            room = self.certificate.project_id
            try:
                paper = papers.hand_in(kind, picture, customer=room, by=label(person), now=now)
            except Refused as refused:
                self.tell_at(kind, refused)
            else:
                self.papers[kind] = paper.pk
        self.pictures = {}
        self.wish = replace(self.wish, papers=dict(self.papers))
        posted: MultiValueDict[str, Any] = MultiValueDict(self.data)
        for kind in PaperKind if self.company else ():
            posted[self.add_prefix(f"{kind}_held")] = str(self.papers.get(kind, ""))
            posted.pop(self.add_prefix(f"{kind}_drop"), None)
        self.data = posted

    def tell_at(self, kind: PaperKind, refused: Refused) -> None:
        for each in refused.obstacles:
            self.add_error(kind, ValidationError(each.message, each.code))

    def kept(self) -> dict[str, list[str]]:
        """No file, but which papers were kept."""
        kept = super().kept()
        for kind in PaperKind:
            kept.pop(self.add_prefix(kind), None)
            kept.pop(self.add_prefix(f"{kind}_drop"), None)
        return kept

    def company_places(self, each: Obstacle) -> Iterable[str]:
        """The fields at which something about the organization is told."""
        if each.about == "organization":
            needed = required_company_data(self.certificate)
            fields = [f"organization_{part}" for part in needed]
            return [field for field in fields if not self.said(field)]
        return [each.about] if each.about in self.fields else []

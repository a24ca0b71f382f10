"""What every step of the wizard is: a form that adds its part to a wish, and saves nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from certificates import wishes
from certificates.obstacles import Obstacle
from certificates.purposes import Purpose
from certificates.story import Certificate
from certificates.wishes import Weighed, Wish


@dataclass(frozen=True)
class Pick:
    """One card of a choice. `obstacles`: why it cannot be picked."""

    value: str
    id: str
    title: str
    text: str
    is_picked: bool
    obstacles: tuple[Obstacle, ...] = ()


class JudgedField(forms.CharField):
    """What the judgement of the whole wish looks at, however long it is and whatever it holds: the
    field itself says nothing, so that every door tells the same code and sentence. Without a
    length in the page: a browser would cut what is pasted, and prove another name.
    """

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, **more)
        self.validators = []


class StepForm(forms.Form):
    """`so_far` is the wish of the steps before; `wish`, once it is valid, holds this one's too."""

    # Which part of a wish stands at which field: what is wrong with it is told there.
    ABOUT: ClassVar[Mapping[str, str]] = {}
    # Not said to be optional, though the form itself, and not its fields, tells what is missing.
    NEEDED: ClassVar[frozenset[str]] = frozenset()
    use_required_attribute = False

    def __init__(
        self,
        *args: Any,
        certificate: Certificate,
        purpose: Purpose,
        so_far: Wish,
        now: datetime,
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.certificate, self.purpose = certificate, purpose
        self.so_far, self.now = so_far, now
        self.last = purpose.earlier(certificate)
        self.wish = so_far

    def mark_needed(self) -> None:
        """For drawing: what is needed is not called optional."""
        for name in self.NEEDED & set(self.fields):
            self.fields[name].required = True

    def given(self) -> Wish:
        """The wish with what this step says."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.wish = self.given()
        weighed = wishes.weigh(self.wish, self.certificate, self.last, self.now)
        self.judged(weighed)
        self.tell(weighed.obstacles)
        return cleaned

    def judged(self, weighed: Weighed) -> None:
        """What else a step shows of the judgement."""

    def tell(self, obstacles: Iterable[Obstacle]) -> None:
        """Each refusal at its field, unless something more basic is wrong with that field."""
        basic = set(self.errors)
        for each in obstacles:
            field = self.ABOUT.get(each.about)
            if field is not None and field not in basic:
                self.add_error(field, ValidationError(each.message, each.code))

    def said(self, field: str) -> str:
        """What was given in a field, without the blanks around it."""
        return str(self.cleaned_data.get(field) or "").strip()

    def need(self, field: str, message: str, code: str) -> None:
        if not self.said(field) and field not in self.errors:
            self.add_error(field, ValidationError(message, code))

    def kept(self) -> dict[str, list[str]]:
        """What of this step a draft keeps: its own fields as they were posted, and no files.

        Not a NUL in a field that nobody asked: a database may not take it.
        """
        posted = {self.add_prefix(name): self[name].data for name in self.fields}
        return {
            name: [str(value).replace("\0", "")]
            for name, value in posted.items()
            if value is not None
        }

    def pick(self, field: str, value: str, title: str, text: str, *why: Obstacle) -> Pick:
        is_picked = str(self[field].value() or "") == value and not why
        # A hyphen: with an underscore it may be the id of another field, as of `authorizer_card`.
        return Pick(value, f"{self[field].auto_id}-{value}", title, text, is_picked, why)

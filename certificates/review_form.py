"""The last step: for a reissue why, and the three consents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Statement
from accounts.statements import CURRENT
from authorities.brands import Brand
from certificates import applicants, wishes
from certificates.applications import ReissueReason
from certificates.obstacles import Obstacle
from certificates.step_form import Pick, StepForm
from certificates.wishes import Wish


@dataclass(frozen=True)
class Asked:
    """One consent: its box, the sentence, the text that it accepts and since when that holds."""

    box: forms.BoundField
    before: str
    link: str
    after: str
    slug: str
    since: date


class ReviewForm(StepForm):
    reason = forms.CharField(widget=forms.RadioSelect, required=False)
    service = forms.BooleanField(label=gettext_lazy("Service statement"), required=False)
    privacy = forms.BooleanField(label=gettext_lazy("Privacy statement"), required=False)
    authorisation = forms.BooleanField(label=gettext_lazy("Authorisation"), required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.weighed = wishes.weigh(self.so_far, self.certificate, self.last, self.now)
        if self.purpose.replaces:
            self.fields["reason"].initial = self.weighed.reason
        else:
            del self.fields["reason"]

    @property
    def picks(self) -> list[Pick]:
        return [
            self.pick("reason", value, str(label), "") for value, label in ReissueReason.choices
        ]

    @property
    def consents(self) -> list[Asked]:
        brand = str(Brand(self.certificate.product.brand).label)
        holder = self.weighed.wish.organization.get("name", "")
        acts = (
            _("I may act for %(holder)s, and") % {"holder": holder}
            if self.certificate.product.needs_organization and holder
            else _("I may act for the holder of the domain, and")
        )
        current = self.certificate.current
        what = _("this application.")
        if self.purpose.replaces and current is not None:
            what = _("the cancellation of version %(number)d.") % {"number": current.number}
        sentences = {
            Statement.SERVICE: (_("I have read and accept the"), _("service statement"), "."),
            Statement.PRIVACY: (
                _("My contact data may go to %(brand)s, as the") % {"brand": brand},
                _("privacy statement"),
                _("says."),
            ),
            Statement.AUTHORISATION: (
                acts,
                _("authorize"),
                what,
            ),
        }
        return [
            Asked(
                self[statement.lower()],
                *sentences[statement],
                statement.lower(),
                date.fromisoformat(CURRENT[statement][0]),
            )
            for statement in Statement
        ]

    def given(self) -> Wish:
        accepted = {each for each in Statement if self.cleaned_data.get(each.lower())}
        return replace(self.so_far, reason=self.said("reason"), accepted=frozenset(accepted))

    def clean(self) -> dict[str, Any]:
        if self.purpose.replaces and self.said("reason") not in ReissueReason.values:
            message = _("Say why you are reissuing.")
            self.add_error("reason", ValidationError(message, "reason.missing"))
            self.cleaned_data["reason"] = ""
        cleaned = super().clean()
        verb = self.purpose.url
        for each in applicants.consent_obstacles(self.wish.accepted, Statement, verb):
            for statement in set(Statement) - self.wish.accepted:
                told = ValidationError(_("Tick this one, too: it is needed."), each.code)
                self.add_error(statement.lower(), told)
        return cleaned

    def tell(self, obstacles: Iterable[Obstacle]) -> None:
        """The steps before hold, so that what is wrong here comes with the reason."""
        basic = set(self.errors)
        field = "reason" if "reason" in self.fields else None
        for each in obstacles:
            if field not in basic:
                self.add_error(field, ValidationError(each.message, each.code))

    def kept(self) -> dict[str, list[str]]:
        """A consent is given for what the page shows at that moment, and is not kept."""
        return {self.add_prefix("reason"): [self.wish.reason]} if self.purpose.replaces else {}

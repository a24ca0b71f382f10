"""The desk's verbs as the administration offers them: when they fit, and what their pages say."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.access import Action
from accounts.verb_admin import Verb
from authorities.desk_page import review_facts
from authorities.simulated import desk
from authorities.simulated.orders import CaOrder, ReviewItem, State


class RefusalForm(forms.Form):
    message = forms.CharField(
        label=_("Why"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        help_text=_("The customer reads this sentence: what you found, and what to do about it."),
    )


class NoteForm(forms.Form):
    item = forms.ChoiceField(label=_("Point"), choices=ReviewItem.choices)
    is_good = forms.TypedChoiceField(
        label=_("Result"),
        choices=[("yes", _("Found good")), ("no", _("Found wanting"))],
        coerce=lambda given: given == "yes",
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("Evidence"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        help_text=_("What you looked at, whom you spoke to, and what you found."),
    )


def _in_review(order: CaOrder, _now: datetime) -> bool:
    return order.state == State.REVIEWING


def _alarmed(order: CaOrder, _now: datetime) -> bool:
    return order.state == State.ASKING and bool(order.alarm)


def _stopped(order: CaOrder, _now: datetime) -> bool:
    return bool(order.findings) and order.findings_seen_at is None


def _planned(order: CaOrder, _now: datetime) -> bool:
    return order.state == State.SCHEDULED


def note(order_id: int, *, item: str, **given: Any) -> None:
    desk.note_review(order_id, ReviewItem(item), **given)


VERBS = (
    Verb(
        name="approve",
        label=_("Approve…"),
        action=Action.DECIDE,
        act=desk.approve_organization,
        fits=_in_review,
        title=_("Approve the organization"),
        button=_("Approve: issue the certificate"),
        told=_("approved. The authority issues now."),
        effects=(
            _("The authority issues the certificate at once, or when its suspension ends."),
            _("The review may be used again for this organization for 398 days."),
        ),
        is_main=True,
        template="admin/desk/checklist.html",
        facts=review_facts,
    ),
    Verb(
        name="refuse",
        label=_("Refuse…"),
        action=Action.DECIDE,
        act=desk.refuse_organization,
        fits=_in_review,
        title=_("Refuse the organization"),
        button=_("Refuse: end the request"),
        told=_("refused. The customer reads your sentence."),
        effects=(_("The request ends. The customer may apply again with other details."),),
        form=RefusalForm,
        is_danger=True,
        template="admin/desk/checklist.html",
        facts=lambda order: {**review_facts(order), "doubts": []},
    ),
    Verb(
        name="note",
        label=_("Note…"),
        action=Action.DECIDE,
        act=note,
        fits=_in_review,
        title=_("Note what you found"),
        button=_("Keep the note"),
        told=_("note kept."),
        effects=(_("Notes are never changed. The latest one of each point counts."),),
        form=NoteForm,
        stays=True,
        template="admin/desk/checklist.html",
        facts=lambda order: {**review_facts(order), "doubts": []},
    ),
    Verb(
        name="cancel-original",
        label=_("Cancel the original…"),
        action=Action.DECIDE,
        act=partial(desk.decide_compromise, cancel=True),
        fits=_alarmed,
        title=_("Cancel the original in the customer's place"),
        button=_("Cancel: revoke it as keyCompromise"),
        told=_("the original is cancelled; the reissue goes on."),
        effects=(
            _("The original is revoked for keyCompromise and stands on the next CRL."),
            _("The reissue goes on: the customer proves the domain where that is needed."),
            _("The question in the contact's mail is settled by this."),
        ),
        is_main=True,
        is_danger=True,
    ),
    Verb(
        name="keep-original",
        label=_("Leave it valid…"),
        action=Action.DECIDE,
        act=partial(desk.decide_compromise, cancel=False),
        fits=_alarmed,
        title=_("Leave the original valid"),
        button=_("Leave it valid: end the reissue"),
        told=_("the original stays valid; the reissue ended."),
        effects=(
            _("The original stays valid, and the reissue ends as declined."),
            _("The question in the contact's mail is settled by this."),
        ),
    ),
    Verb(
        name="findings",
        label=_("Findings…"),
        action=Action.DECIDE,
        act=desk.mark_findings_seen,
        fits=_stopped,
        title=_("What the linter refused"),
        button=_("Seen: take it off the desk"),
        told=_("findings seen."),
        effects=(
            _("The request was refused already, and the customer was told the codes."),
            _("The finding says that our product asked for a certificate that breaks a rule."),
        ),
        is_main=True,
        template="admin/desk/findings.html",
        facts=lambda order: {"findings": order.findings},
    ),
    Verb(
        name="write-now",
        label=_("Write now…"),
        action=Action.DECIDE,
        act=desk.write_now,
        fits=_planned,
        title=_("Write to the contact now"),
        button=_("Write now: ask for the confirmation"),
        told=_("the confirmation mail leaves within seconds."),
        effects=(_("The contact is asked today instead of on the planned day."),),
    ),
)

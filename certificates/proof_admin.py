"""Proofs in the administration: the challenges of the room below, with the verb that revokes one.

Only this room knows which certificates rest on a proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django import forms
from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.access import Action
from accounts.dates import day
from accounts.models import User
from accounts.verb_admin import Verb, VerbAdmin
from certificates.proof_revoking import LONGEST_REASON, revoke_proof
from certificates.rested_on import resting_on
from verification.admin import ChallengeAdmin
from verification.challenges import Challenge, Status
from work.loop import clock

MOST_SHOWN = 20


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("The customer reads it in the story of each certificate."),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def run_revoke(row: Challenge, *, reason: str, actor: User, now: datetime) -> str:
    touched = revoke_proof(row, reason=reason, actor=actor, now=now)
    told = ngettext(
        "The proof of %(domain)s was revoked; %(count)d certificate rests on it.",
        "The proof of %(domain)s was revoked; %(count)d certificates rest on it.",
        len(touched),
    )
    return told % {"domain": row.domain, "count": len(touched)}


def can_be_revoked(row: Challenge, now: datetime) -> bool:
    return row.status == Status.PROVED and row.voided_at is None


def about_revoking(row: Challenge) -> Iterator[str]:
    yield _(
        "The proof is never used again: not for new orders, and not when an open one is issued."
    )
    touched = resting_on([row])
    for certificate in touched[:MOST_SHOWN]:
        yield _("%(certificate)s (%(domain)s, %(status)s) rests on it.") % {
            "certificate": certificate.pk,
            "domain": certificate.domain,
            "status": certificate.get_status_display(),
        }
    more = touched.count() - MOST_SHOWN
    if more > 0:
        yield ngettext("%(more)d more does.", "%(more)d more do.", more) % {"more": more}
    yield _(
        "What is issued stays valid. Was the proof wrong, its certificates are to be revoked within"
        " 24 hours (BR 4.9.1.1)."
    )


REVOKE = Verb(
    name="revoke",
    label=gettext_lazy("Revoke…"),
    title=gettext_lazy("Revoke this proof"),
    press=gettext_lazy("Revoke: it counts no more"),
    run=run_revoke,
    action=Action.REVOKE_PROOF,
    fits=can_be_revoked,
    effects=about_revoking,
    form=RevokeForm,
    is_danger=True,
    is_quiet=True,
)

admin.site.unregister(Challenge)


@admin.register(Challenge)
class ProofAdmin(ChallengeAdmin, VerbAdmin):
    verbs = (REVOKE,)
    list_display = (*ChallengeAdmin.list_display, "counts")

    @admin.display(description=gettext_lazy("Counts"), ordering="proved_at")
    def counts(self, row: Challenge) -> SafeString | str:
        until = row.counts_until
        if row.voided_at is not None:
            badge = {"tone": "ended", "label": str(row.get_void_code_display())}
        elif until is None:
            return "–"
        elif clock() < until:
            badge = {"tone": "done", "label": _("Until %(day)s") % {"day": day(until)}}
        else:
            badge = {"tone": "ended", "label": _("Over since %(day)s") % {"day": day(until)}}
        return render_to_string("parts/state.html", {"badge": badge})

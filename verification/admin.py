"""Proofs, their challenges and looks, and the mail that left or waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Action
from accounts.dates import moment
from accounts.kept_sentences import as_read
from accounts.models import User
from accounts.verb_admin import Verb, VerbAdmin
from verification.challenges import Attempt, Challenge
from verification.evidence import in_words
from verification.mail import UNDELIVERED, OutgoingMail, resend_refusal, send_again
from verification.turns import OF_STAFF, now_stands
from verification.zone_admin import ZoneAdmin
from work.admin import ReadOnlyAdmin, StandingFilter

__all__ = ["AttemptAdmin", "ChallengeAdmin", "OutgoingMailAdmin", "ZoneAdmin"]

LOOKS = 50  # of a challenge, on its page
LOOK = ("at", "asked_by", "proved", "code", "told", "seen")


def _seen(attempt: Attempt) -> SafeString:
    """The evidence as names and values: what was asked, what was found, where."""
    return render_to_string("admin/evidence.html", {"evidence": in_words(attempt.evidence)})


@admin.register(Challenge)
class ChallengeAdmin(ReadOnlyAdmin):
    list_display: tuple[str, ...] = (
        "domain",
        "method",
        "status",
        "problem_code",
        "turn",
        "last_checked_at",
        "due_at",
    )
    list_filter = ("status", "method", "problem_code")
    list_select_related = ("proof", "publication")
    search_fields = ("domain", "value")
    exclude = ("answer", "lease_token", "lease_until", "wakes", "problem_message")
    readonly_fields = ("problem", "turn", "fix")
    change_form_template = "admin/challenge.html"

    @admin.display(description=gettext_lazy("Whose turn"))
    def turn(self, row: Challenge) -> str:
        """The customer's, as staff read it: "your turn" would be theirs here."""
        said = now_stands(row)
        return str(OF_STAFF[said.turn]) if said is not None else "–"

    @admin.display(description=gettext_lazy("Problem"))
    def problem(self, row: Challenge) -> str:
        return as_read(row.problem_message) or "–"

    @admin.display(description=gettext_lazy("Line to paste"))
    def fix(self, row: Challenge) -> SafeString:
        said = now_stands(row)
        return format_html("<code>{}</code>", said.fix if said is not None and said.fix else "–")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        challenge: Any = self.get_object(request, object_id)
        looks = challenge.history.order_by("-at", "-pk")[:LOOKS] if challenge else []
        context = {"looks": [(look, in_words(look.evidence)) for look in looks]}
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("at", "challenge", "proved", "code", "asked_by")
    ordering = ("-pk",)  # the newest first
    list_filter = ("proved", "code")
    list_select_related = ("challenge",)
    search_fields = ("challenge__domain",)
    fields = ("challenge", *LOOK)
    readonly_fields = ("told", "seen")

    @admin.display(description=gettext_lazy("message"))
    def told(self, attempt: Attempt) -> str:
        return as_read(attempt.message) or "–"

    @admin.display(description=gettext_lazy("what it saw"))
    def seen(self, attempt: Attempt) -> SafeString:
        return _seen(attempt)


class StateFilter(StandingFilter):
    title = gettext_lazy("state")
    parameter_name = "state"
    standing = gettext_lazy("Failed or waiting")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("failed", _("Failed")), ("sent", _("Sent")), ("all", _("All"))]

    def queryset(
        self, request: HttpRequest, mails: QuerySet[OutgoingMail]
    ) -> QuerySet[OutgoingMail]:
        chosen = self.value()
        if chosen == "all":
            return mails
        if chosen == "failed":
            return mails.filter(UNDELIVERED)
        if chosen == "sent":
            return mails.filter(sent_at__isnull=False, bounced_at__isnull=True)
        return mails.filter(UNDELIVERED | Q(sent_at__isnull=True))


def again(row: OutgoingMail, *, actor: User, now: datetime) -> str:
    send_again(row.pk, actor=actor, now=now)
    return _("The mail to %(recipient)s leaves once more.") % {"recipient": row.recipient}


def can_leave_again(row: OutgoingMail, now: datetime) -> bool:
    return resend_refusal(row, now) is None


def about_sending(row: OutgoingMail) -> Iterator[str]:
    yield _("%(recipient)s gets the same mail with the same Message-ID and the same link.") % {
        "recipient": row.recipient
    }
    yield _("The time in which it can be answered stays as it is.")


@admin.register(OutgoingMail)
class OutgoingMailAdmin(VerbAdmin):
    verbs = (
        Verb(
            name="send-again",
            label=gettext_lazy("Send again…"),
            title=gettext_lazy("Send this mail again"),
            press=gettext_lazy("Send again: the same mail"),
            run=again,
            action=Action.RESEND,
            fits=can_leave_again,
            effects=about_sending,
            is_quiet=True,
        ),
    )
    list_display = ("mail", "written_at", "what_about", "recipient", "state")
    list_filter = (StateFilter, "kind")
    list_select_related = ("answer",)
    search_fields = ("about", "recipient", "subject")
    ordering = ("-created_at", "-pk")
    fields = (
        "state",
        "kind",
        "what_about",
        "sender",
        "recipient",
        "subject",
        "written",
        "created_at",
        "sent_at",
        "failed_at",
        "bounced_at",
        "tries",
        "due_at",
        "attempts",
        "last_problem",
        "set_aside_at",
    )
    readonly_fields = ("state", "what_about", "written")

    @admin.display(description=gettext_lazy("Mail"), ordering="kind")
    def mail(self, row: OutgoingMail) -> SafeString:
        return format_html('{}<span class="sub mono">{}</span>', row.subject, row.kind)

    @admin.display(description=gettext_lazy("About"), ordering="about")
    def what_about(self, row: OutgoingMail) -> str:
        """The certificate that it belongs to, where the room above has a page for it."""
        try:
            page = reverse("admin:certificates_certificate_change", args=[row.about])
        except NoReverseMatch:
            return row.about
        return format_html('<a href="{}">{}</a>', page, row.about)

    @admin.display(description=gettext_lazy("Written"), ordering="created_at")
    def written_at(self, row: OutgoingMail) -> SafeString:
        return format_html('<span class="nowrap">{}</span>', moment(row.created_at))

    @admin.display(description=gettext_lazy("State"))
    def state(self, row: OutgoingMail) -> SafeString:
        if row.failed_at is not None:
            tone, label = "problem", _("Failed")
        elif row.bounced_at is not None:
            tone, label = "problem", _("Came back")
        elif row.sent_at is not None:
            tone, label = "done", _("Sent")
        else:
            tone, label = "ca", _("Planned")
        shown = render_to_string("parts/state.html", {"badge": {"tone": tone, "label": label}})
        return format_html('{}<span class="sub">{}</span>', shown, row.problem)

    @admin.display(description=gettext_lazy("Text"))
    def written(self, row: OutgoingMail) -> SafeString:
        """As it is stored: the link stands in it as a placeholder only."""
        return format_html('<pre class="written">{}</pre>', row.text)

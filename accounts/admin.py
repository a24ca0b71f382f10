"""People and projects, and the security log, for support staff."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.access import Action, Team, may_as_staff
from accounts.audit import broken_links
from accounts.models import AuditEntry, Contact, Invitation, Membership, Project, User
from accounts.staff_people import close_account, open_account, set_teams
from accounts.verb_admin import Verb, VerbAdmin
from work.admin import ReadOnlyAdmin, ReadOnlyInline

# The sign-in library's tables could be edited there, secrets of second factors among them.
admin.site.unregister([Group, EmailAddress, Authenticator, UserSession])


class TeamsForm(forms.Form):
    is_staff = forms.BooleanField(
        label=gettext_lazy("Support staff: may open the administration"), required=False
    )
    teams = forms.MultipleChoiceField(
        label=gettext_lazy("Teams"),
        choices=[(team.value, team.value) for team in Team],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


def run_teams(row: User, *, actor: User, now: datetime, **values: Any) -> str:
    set_teams(row, actor=actor, now=now, **values)
    return _("%(person)s: teams changed.") % {"person": row}


def run_close(row: User, *, actor: User, now: datetime) -> str:
    close_account(row, actor=actor, now=now)
    return _("%(person)s cannot sign in any more.") % {"person": row}


def run_open(row: User, *, actor: User, now: datetime) -> str:
    open_account(row, actor=actor, now=now)
    return _("%(person)s can sign in again.") % {"person": row}


TEAMS_VERB = Verb(
    name="teams",
    is_quiet=True,
    label=gettext_lazy("Teams…"),
    title=gettext_lazy("Put this person into teams"),
    press=gettext_lazy("Set these teams"),
    run=run_teams,
    form=TeamsForm,
    initial=lambda row, now: {
        "is_staff": row.is_staff,
        "teams": [group.name for group in row.groups.all()],
    },
    effects=lambda row: (
        _("Support sends mail again and takes up stuck work."),
        _("Auditors read the whole security log and change nothing."),
        _("CA operators decide at the desk, publish, announce and set terms."),
    ),
)
CLOSE = Verb(
    name="close",
    label=gettext_lazy("Close the account…"),
    title=gettext_lazy("Close this account"),
    press=gettext_lazy("Close it: end every session"),
    run=run_close,
    fits=lambda row, now: bool(row.is_active),
    effects=lambda row: (
        _("Every session of this person ends at once."),
        _("The invitations that they sent and nobody answered are withdrawn."),
        _("Their certificates and projects stay as they are."),
    ),
    is_danger=True,
)
OPEN = Verb(
    name="open",
    is_quiet=True,
    label=gettext_lazy("Open the account…"),
    title=gettext_lazy("Open this account again"),
    press=gettext_lazy("Open it"),
    run=run_open,
    fits=lambda row, now: not row.is_active,
)


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields = readonly_fields = ("user", "project", "role", "since")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("project", "user")


class InvitationInline(ReadOnlyInline):
    model = Invitation
    fields = readonly_fields = ("email", "role", "created_at", "sent_at", "accepted_at", "problem")


class ContactInline(ReadOnlyInline):
    model = Contact
    fields = readonly_fields = ("name", "email", "phone")


@admin.register(User)
class UserAdmin(VerbAdmin):
    list_display = ("email", "account", "teams", "second_factor", "last_login")
    list_filter = ("is_active", "is_staff", "groups")
    search_fields = ("email",)
    search_help_text = gettext_lazy("E-mail address")
    fields = ("email", "account", "teams", "second_factor", "last_login", "date_joined")
    readonly_fields = ("account", "teams", "second_factor")
    inlines = (MembershipInline,)
    verbs = (TEAMS_VERB, CLOSE, OPEN)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type="recovery_codes")
        rows: QuerySet[Any] = super().get_queryset(request)
        found: QuerySet[Any] = rows.annotate(has_factor=Exists(factors))
        return found.prefetch_related("groups")

    @admin.display(description=gettext_lazy("Account"), ordering="is_active")
    def account(self, row: User) -> SafeString:
        tone, label = ("done", _("Open")) if row.is_active else ("ended", _("Closed"))
        return render_to_string("parts/state.html", {"badge": {"tone": tone, "label": label}})

    @admin.display(description=gettext_lazy("Staff"))
    def teams(self, row: User) -> str:
        if row.is_superuser:
            return _("Superuser")
        teams = ", ".join(group.name for group in row.groups.all())
        return teams or _("Staff without a team") if row.is_staff else _("Customer")

    @admin.display(description=gettext_lazy("Second factor"))
    def second_factor(self, row: User) -> str:
        return _("Set up") if vars(row)["has_factor"] else _("Not set up")


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    list_display = ("name", "created_at")
    search_fields = ("name", "members__email")
    search_help_text = gettext_lazy("Name of the project or address of a member")
    inlines = (MembershipInline, InvitationInline, ContactInline)


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin):
    list_display = ("name", "email", "phone", "project")
    list_select_related = ("project",)
    search_fields = ("name", "email")


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("email", "project", "role", "created_at", "sent_at", "accepted_at", "problem")
    list_select_related = ("project",)
    search_fields = ("email",)
    exclude = ("nonce", "lease_token", "wakes")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """For auditors: others do not even see that it is there."""

    list_display = ("at", "project", "actor", "action", "subject")
    list_filter = ("action", "project")
    list_select_related = ("project",)
    search_fields = ("actor", "subject")
    search_help_text = gettext_lazy("Who did it, or to what")
    date_hierarchy = "at"
    ordering = ("-at", "-pk")
    change_list_template = "admin/security_log.html"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_as_staff(request.user, Action.AUDIT)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """POST with `check` follows the whole chain, which reads every entry."""
        is_asked = request.method == "POST" and "check" in request.POST
        if is_asked and self.has_view_permission(request):
            self._check(request)
            return redirect(request.get_full_path())
        return super().changelist_view(request, extra_context)

    def _check(self, request: HttpRequest) -> None:
        broken = broken_links()
        if not broken:
            count = AuditEntry.objects.count()
            told = ngettext(
                "The chain is whole: %(count)d entry.",
                "The chain is whole: %(count)d entries.",
                count,
            )
            messages.success(request, told % {"count": count})
            return
        told = ngettext(
            "%(count)d entry is not what was written: %(which)s.",
            "%(count)d entries are not what was written: %(which)s.",
            len(broken),
        )
        which = ", ".join(str(entry.pk) for entry in broken[:10])
        messages.error(request, told % {"count": len(broken), "which": which})

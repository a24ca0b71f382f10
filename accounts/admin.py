"""People and projects, and the security log, for support staff."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group

from accounts.models import AuditEntry, Membership, Project, User
from work.admin import ReadOnlyAdmin

# The sign-in library's tables could be edited there, secrets of second factors among them.
admin.site.unregister([Group, EmailAddress, Authenticator, UserSession])


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("email", "is_active", "is_staff", "last_login")
    search_fields = ("email",)
    fields = ("email", "is_active", "is_staff", "last_login", "date_joined")


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    list_display = ("name", "created_at")
    search_fields = ("name",)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ("user", "project", "role")
    list_select_related = ("user", "project")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "project", "actor", "action", "subject")
    list_filter = ("action",)
    list_select_related = ("project",)

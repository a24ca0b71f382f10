"""Proofs, their challenges and looks, and the mail that left or waits."""

from django.contrib import admin

from verification.challenges import Attempt, Challenge
from verification.mail import OutgoingMail
from work.admin import ReadOnlyAdmin


@admin.register(Challenge)
class ChallengeAdmin(ReadOnlyAdmin):
    list_display = ("domain", "method", "status", "problem_code", "last_checked_at", "due_at")
    list_filter = ("status", "method", "problem_code")
    search_fields = ("domain",)
    exclude = ("answer",)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("at", "challenge", "proved", "code")
    list_select_related = ("challenge",)


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind", "about", "recipient", "sent_at", "problem")
    list_filter = ("kind",)
    search_fields = ("about", "recipient")
    exclude = ("answer",)

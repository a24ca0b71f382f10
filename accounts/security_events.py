"""What happens to a person's ways of signing in, written to the security log."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.signals import authentication_step_completed, password_changed, password_reset
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import sessions
from accounts.models import User
from accounts.sign_in import log_for, remember_password
from work.loop import clock

SUBJECTS = {
    Authenticator.Type.TOTP: "second_factor",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery_codes",
}


@receiver(authenticator_added)
@receiver(authenticator_reset)
def note_added(user: User, authenticator: Authenticator, **_rest: Any) -> None:
    _note(user, authenticator, "added")


@receiver(authenticator_removed)
def note_removed(user: User, authenticator: Authenticator, **_rest: Any) -> None:
    _note(user, authenticator, "removed")


@receiver(authenticator_used)
def note_used(user: User, authenticator: Authenticator, **_rest: Any) -> None:
    """Also tells who signed in by which: the entry of the sign-in itself follows."""
    _note(user, authenticator, "used")


@receiver(authentication_failed)
def note_failed(user: User, authenticator: Authenticator, **_rest: Any) -> None:
    _note(user, authenticator, "failed")


@receiver(password_changed)
def note_password_changed(request: HttpRequest, user: User, **_rest: Any) -> None:
    now = clock()
    log_for(user, "password.changed", now)
    sessions.end_others(request, user, now)
    remember_password(request, now)


@receiver(password_reset)
def note_password_reset(request: HttpRequest, user: User, **_rest: Any) -> None:
    now = clock()
    log_for(user, "password.reset", now)
    sessions.end_others(request, user, now)
    get_adapter().forget_failures(request, user)


@receiver(authentication_step_completed)
def note_proof(request: HttpRequest, reauthenticated: bool = False, **_rest: Any) -> None:
    """A passkey or a code given anew counts as the password does."""
    if reauthenticated:
        remember_password(request, clock())


def _note(user: User, authenticator: Authenticator, what: str) -> None:
    log_for(user, f"{SUBJECTS[authenticator.type]}.{what}", clock())

"""When a session last gave its password, and asking for it again before what is dangerous."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import audit
from accounts.actors import Machine
from accounts.models import User

FRESH_FOR = timedelta(minutes=5)
SESSION_KEY = "password_given_at"


def remember_password(request: HttpRequest, now: datetime) -> None:
    request.session[SESSION_KEY] = now.timestamp()


def is_fresh(request: HttpRequest, now: datetime) -> bool:
    """Whether this session's password was given within the last five minutes."""
    given = request.session.get(SESSION_KEY)
    if not isinstance(given, int | float):
        return False
    return timedelta() <= now - datetime.fromtimestamp(given, UTC) <= FRESH_FOR


@receiver(user_logged_in)
def note_sign_in(sender: Any, request: HttpRequest, user: AbstractBaseUser, **_rest: Any) -> None:
    """The view's own moment: signing in is the only place where this room reads the clock."""
    now = datetime.now(UTC)
    remember_password(request, now)
    if isinstance(user, User):
        _log(user, "sign_in", now)


@receiver(user_login_failed)
def note_failed_sign_in(sender: Any, credentials: dict[str, Any], **_rest: Any) -> None:
    now = datetime.now(UTC)
    email = str(credentials.get("username") or credentials.get("email") or "")[:200].lower()
    user = User.objects.filter(email=email).first()
    if user is not None:
        _log(user, "sign_in.failed", now)
    else:
        audit.record(
            project_id=None,
            actor=Machine("nobody"),
            action="sign_in.failed",
            subject="unknown address",
            now=now,
        )


def _log(user: User, action: str, now: datetime) -> None:
    """One entry in the log of every project of this person, or in the house's own."""
    rooms = list(user.memberships.values_list("project_id", flat=True)) or [None]
    for project_id in rooms:
        audit.record(project_id=project_id, actor=user, action=action, subject=user.email, now=now)

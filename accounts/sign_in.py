"""Signing in, when a session last gave its password, and asking again before what is dangerous."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import audit
from accounts.actors import Machine
from accounts.audit import AuditEntry
from accounts.models import User

FRESH_FOR = timedelta(minutes=5)
SESSION_KEY = "password_given_at"
MOST_WRONG = 5  # wrong passwords by one person within FRESH_FOR
WRONG_PASSWORD = "password.wrong"  # noqa: S105  # an action of the security log


class PasswordRefused(Exception):
    """The password was not given, was wrong, or was wrong too often: a sentence for the person."""


def remember_password(request: HttpRequest, now: datetime) -> None:
    request.session[SESSION_KEY] = now.timestamp()


def is_fresh(request: HttpRequest, now: datetime) -> bool:
    """Whether this session's password was given within the last five minutes."""
    given = request.session.get(SESSION_KEY)
    if not isinstance(given, int | float):
        return False
    return 0 <= now.timestamp() - given <= FRESH_FOR.total_seconds()


def require_password(
    request: HttpRequest, user: User, *, project_id: int, subject: str, now: datetime
) -> None:
    """Pass when the session's password is fresh, or when it is posted with this request.

    A wrong one is written to the security log of the project. After `MOST_WRONG` within five
    minutes not even the right one counts until the first of them is five minutes old. Raises
    PasswordRefused.
    """
    if is_fresh(request, now):
        return
    if not user.has_usable_password():
        raise PasswordRefused(
            _("You have no password. Sign in again with your passkey, then take the key.")
        )
    password = request.POST.get("password", "")
    if not password:
        raise PasswordRefused(
            _("Give your password to take the key; the last time was over five minutes ago.")
        )
    _refuse_after_too_many(user, now)
    if not user.check_password(password):
        audit.record(
            project_id=project_id, actor=user, action=WRONG_PASSWORD, subject=subject, now=now
        )
        raise PasswordRefused(
            _("That is not your password, and this was written to the security log. Try again.")
        )
    remember_password(request, now)


def _refuse_after_too_many(user: User, now: datetime) -> None:
    wrong = AuditEntry.objects.filter(
        actor=user.email, action=WRONG_PASSWORD, at__gt=now - FRESH_FOR
    ).order_by("-at")[:MOST_WRONG]
    times = [entry.at for entry in wrong]
    if len(times) == MOST_WRONG:
        raise PasswordRefused(
            _("The password was wrong %(count)d times. Wait until %(until)s UTC, then try again.")
            % {"count": MOST_WRONG, "until": f"{times[-1] + FRESH_FOR:%H:%M:%S}"}
        )


@receiver(user_logged_in)
def note_sign_in(sender: Any, request: HttpRequest, user: AbstractBaseUser, **_rest: Any) -> None:
    """The view's own moment: signing in is the only place where this room reads the clock."""
    now = datetime.now(UTC)
    remember_password(request, now)
    if isinstance(user, User):
        log_for(user, "sign_in", now)


@receiver(user_login_failed)
def note_failed_sign_in(sender: Any, credentials: dict[str, Any], **_rest: Any) -> None:
    now = datetime.now(UTC)
    email = str(credentials.get("username") or credentials.get("email") or "")[:200].lower()
    user = User.objects.filter(email=email).first()
    if user is not None:
        log_for(user, "sign_in.failed", now)
    else:
        audit.record(
            project_id=None,
            actor=Machine("nobody"),
            action="sign_in.failed",
            subject="unknown address",
            now=now,
        )


def log_for(user: User, action: str, now: datetime) -> None:
    """One entry in the log of every project of this person, or in the house's own."""
    rooms: list[int | None] = [*user.memberships.values_list("project_id", flat=True)]
    for project_id in rooms or [None]:
        audit.record(project_id=project_id, actor=user, action=action, subject=user.email, now=now)

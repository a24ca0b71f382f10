"""Where a person is signed in: listed, and ended one by one or all but this one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from accounts.devices import device_of
from accounts.models import User
from accounts.sign_in import log_for


@dataclass(frozen=True)
class SignedIn:
    """One browser in which a person is signed in."""

    pk: int
    device: str
    ip: str
    since: datetime
    is_here: bool


def sessions_of(request: HttpRequest, user: User, now: datetime) -> list[SignedIn]:
    """Newest first, this one before all. Two queries, however many there are."""
    rows = list(UserSession.objects.filter(user=user).order_by("-created_at", "-pk"))
    living = set(
        Session.objects.filter(
            session_key__in=[row.session_key for row in rows], expire_date__gt=now
        ).values_list("session_key", flat=True)
    )
    here = request.session.session_key
    found = [
        SignedIn(row.pk, device_of(row.user_agent), row.ip, row.created_at, row.session_key == here)
        for row in rows
        if row.session_key in living
    ]
    return sorted(found, key=lambda each: not each.is_here)


def end(session: UserSession, now: datetime) -> None:
    """Whoever holds its cookie is signed out."""
    session.end()
    log_for(session.user, "session.ended", now)


def end_others(request: HttpRequest, user: User, now: datetime) -> int:
    """End every session but the one of this request; answers how many there were."""
    others = list(UserSession.objects.filter(user=user))
    others = [row for row in others if row.session_key != request.session.session_key]
    for row in others:
        row.end()
    if others:
        log_for(user, "sessions.ended", now)
    return len(others)

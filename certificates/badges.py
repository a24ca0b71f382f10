"""The state badge: the label of a status, and the tone that says whose turn it is for the customer.

The tone is an icon, words and a colour together (`static/icons.svg` has an icon a tone).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from certificates.applications import Application
from certificates.lifecycle import Status
from certificates.proving import challenges_of
from certificates.story import Certificate
from verification.causes import Turn
from verification.turns import OF_OTHERS, all_stand

SOON, VERY_SOON = timedelta(days=30), timedelta(days=7)


@dataclass(frozen=True)
class Badge:
    tone: str  # you, ca, done, problem, ended
    label: str
    progress: int | None = None  # percent; None when it is not drawn


def badge(certificate: Certificate, application: Application | None) -> Badge:
    """The badge of a certificate; `application` is the one that is open, if any."""
    if certificate.unsubscribed_at is not None:
        return Badge("ended", _("Given back"))
    progress = certificate.progress
    return Badge(
        tone=tone(certificate, application),
        label=str(certificate.get_status_display()),
        progress=progress if progress is not None and progress < 100 else None,
    )


def tone(certificate: Certificate, application: Application | None) -> str:
    """While the authority's mail or question waits for an answer, it is the customer's turn; while
    every proof waits for somebody else, such as the host of the DNS, or people look at the names,
    it is theirs."""
    if application is not None and (application.is_held or application.waiting_code in OF_OTHERS):
        return "ca"
    asked = application is not None and application.asked_at is not None
    if certificate.status == Status.REISSUING and asked:
        return "you"
    questioned = application is not None and application.question_at is not None
    if certificate.status == Status.CHECKING_ORG and questioned:
        return "you"
    if certificate.status == Status.CHECKING_DOMAIN and application is not None:
        stand = all_stand(challenges_of(application))
        return "ca" if stand is not None and stand.turn != Turn.YOU else "you"
    return certificate.tone


def time_left_tone(ends_at: datetime, now: datetime) -> str:
    left = ends_at - now
    if left <= timedelta():
        return "ended"
    if left <= VERY_SOON:
        return "problem"
    return "you" if left <= SOON else "done"

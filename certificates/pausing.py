"""Names that were looked at in vain for days: nobody looks by themselves until somebody resumes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Action, may
from accounts.actors import Actor
from certificates import emails
from certificates.applications import Application
from certificates.obstacles import Obstacle, Refused
from certificates.proving import challenges_of
from certificates.story import Certificate, turning
from verification.challenges import Challenge, Status
from verification.looking import resume


def paused_challenges(application: Application | None) -> list[Challenge]:
    """The names that still wait for their proof, and that nobody looks at any more."""
    asked = challenges_of(application)
    return [each for each in asked if each.status == Status.OPEN and each.paused_at is not None]


def resume_obstacles(certificate: Certificate, actor: Actor, now: datetime) -> list[Obstacle]:
    """All reasons why `actor` cannot let us go on looking at `now`; empty when none holds."""
    found = []
    if not paused_challenges(certificate.open_application):
        message = _("No domain of this certificate is paused; we look by ourselves.")
        found.append(Obstacle("resume.not_paused", message))
    if not may(actor, Action.CHECK, certificate):
        message = _("Your role does not check domains; ask an operator of the project.")
        found.append(Obstacle("resume.forbidden", message))
    return found


def resume_looking(*, certificate: Certificate, actor: Actor, now: datetime) -> int:
    """Look again, promptly at first, at every name that was paused; answers how many they are.

    The value and its end stay; the days after which we stop again are counted from now.
    """
    if obstacles := resume_obstacles(certificate, actor, now):
        raise Refused(obstacles)
    application = certificate.open_application
    assert application is not None
    assert application.proof_id is not None
    with transaction.atomic():
        # The names' locks come before the certificate's, as where a look is kept.
        resumed = resume(application.proof_id, now)
        with turning(certificate.pk, "resume_looking", actor=actor, now=now) as row:
            # Whoever pressed first has resumed: the second press finds nothing paused.
            if not resumed:
                raise Refused(resume_obstacles(row, actor, now))
    return resumed


def tell_paused(application_id: int, now: datetime) -> None:
    """Write to the contact, once for what was paused together; a repeat writes nothing."""
    with transaction.atomic():
        application = Application.objects.select_for_update().get(pk=application_id)
        if not application.is_open:
            return
        told_at = application.paused_told_at
        news = [
            each
            for each in paused_challenges(application)
            if each.paused_at is not None and (told_at is None or each.paused_at > told_at)
        ]
        if not news:
            return
        emails.paused(application, application.certificate, news, now)
        application.paused_told_at = max(each.paused_at for each in news if each.paused_at)
        application.save(update_fields=["paused_told_at"])

"""The customer's "check now": a look at everything that is still to be proved."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.access import Action, may
from accounts.actors import Actor
from certificates.applications import Application
from certificates.obstacles import Obstacle, Refused
from certificates.story import Certificate
from verification.challenges import Challenge, Status, look

if TYPE_CHECKING:
    from verification.network import Network


def challenges_of(application: Application | None) -> list[Challenge]:
    if application is None or application.proof is None:
        return []
    return list(application.proof.challenges.order_by("pk"))


def check_obstacles(certificate: Certificate, actor: Actor) -> list[Obstacle]:
    found = []
    if not challenges_of(certificate.last_application):
        message = _("Nothing is asked to be proved for this certificate at the moment.")
        found.append(Obstacle("check.nothing_to_prove", message))
    if not may(actor, Action.CHECK, certificate):
        message = _("Your role does not check domains; ask an operator of the project.")
        found.append(Obstacle("check.forbidden", message))
    return found


def check_now(
    *, certificate: Certificate, actor: Actor, now: datetime, network: Network
) -> list[Challenge]:
    """Look at every open challenge of the last application; answers all of them as they stand.

    What is proved moves the certificate on by the same road as a scheduled look.
    """
    obstacles = check_obstacles(certificate, actor)
    if obstacles:
        raise Refused(obstacles)
    for challenge in challenges_of(certificate.last_application):
        if challenge.status == Status.OPEN:
            look(challenge, now, network)
    return challenges_of(certificate.last_application)

"""The customer's "check now": a look at everything that is still to be proved.

Looks go to other people's servers, so that only so many may be asked for in an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from accounts import kept_sentences
from accounts.access import Action, may
from accounts.actors import Actor, label
from certificates.applications import Application
from certificates.obstacles import Obstacle, Refused
from certificates.story import Certificate
from verification.challenges import Attempt, Challenge, Proof, Status
from verification.looking import look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verification.network import Network

MOST_ASKED = 10  # looks a challenge that people may ask for within COUNTED_FOR
MOST_OF_A_PROJECT = 200  # looks that the people of a project may ask for within COUNTED_FOR
COUNTED_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Allowance:
    """How often one may still press; from when on again, if not at all.

    `is_of_project`: it is the project that has asked for so much, not this certificate.
    """

    left: int
    again_at: datetime | None = None
    is_of_project: bool = False


def challenges_of(application: Application | None) -> list[Challenge]:
    """What is to be proved for it, each name in the way that was chosen last."""
    if application is None or application.proof is None:
        return []
    # Filtered here: a page of many rows has read them all beforehand.
    asked = [each for each in application.proof.challenges.all() if each.status != Status.REPLACED]
    prefetch_related_objects(asked, "publication__zone")
    return sorted(asked, key=lambda each: each.pk)


def allowance(asked: Sequence[Challenge], now: datetime) -> Allowance:
    """What is left for all open challenges together: one press looks at every one of them."""
    waiting = {each.pk: each for each in asked if each.status == Status.OPEN}
    if not waiting:
        return Allowance(MOST_ASKED)
    of_proof = next(iter(waiting.values())).proof_id
    asked_for = Attempt.objects.exclude(asked_by="").filter(
        at__gt=now - COUNTED_FOR,
        challenge__proof__project=Proof.objects.filter(pk=of_proof).values("project")[:1],
    )
    times: dict[int, list[datetime]] = {}
    of_project: list[datetime] = []
    for challenge_id, at in asked_for.order_by("at").values_list("challenge_id", "at"):
        of_project.append(at)
        if challenge_id in waiting:
            times.setdefault(challenge_id, []).append(at)
    most = max(times.values(), key=len, default=[])
    left = max(MOST_ASKED - len(most), 0)
    own = Allowance(left, None if left else most[-MOST_ASKED] + COUNTED_FOR)
    return min(_left_to_project(of_project, len(waiting)), own, key=_how_free)


def _left_to_project(asked_for: Sequence[datetime], names: int) -> Allowance:
    """What the project may still press where one press looks at so many names."""
    a_press = min(names, MOST_OF_A_PROJECT)
    left = max(MOST_OF_A_PROJECT - len(asked_for), 0) // a_press
    too_many = len(asked_for) + a_press - MOST_OF_A_PROJECT
    again_at = None if left else asked_for[too_many - 1] + COUNTED_FOR
    return Allowance(left, again_at, is_of_project=True)


def _how_free(one: Allowance) -> tuple[int, float]:
    """Of two limits the narrower is told, of two that are used up the one that lasts longer."""
    return one.left, -one.again_at.timestamp() if one.again_at else 0


def check_obstacles(
    certificate: Certificate, actor: Actor, now: datetime, *, is_limited: bool = True
) -> list[Obstacle]:
    """All reasons why `actor` cannot ask for a look at `now`; empty when none holds."""
    found = []
    asked = challenges_of(certificate.last_application)
    if not asked:
        message = _("Nothing is asked to be proved for this certificate at the moment.")
        found.append(Obstacle("check.nothing_to_prove", message))
    if not may(actor, Action.CHECK, certificate):
        message = _("Your role does not check domains; ask an operator of the project.")
        found.append(Obstacle("check.forbidden", message))
    left = allowance(asked, now) if is_limited else Allowance(MOST_ASKED)
    if left.again_at is not None:
        told = {"count": MOST_ASKED, "at": f"{left.again_at:%H:%M:%S}"}
        if left.is_of_project:
            told["count"] = MOST_OF_A_PROJECT
            message = _(
                "Your project asked for %(count)d looks within an hour. Ask again from %(at)s UTC"
                " on; we go on looking by ourselves."
            )
            found.append(Obstacle("check.project_too_often", message % told))
        else:
            message = _(
                "You asked for %(count)d looks within an hour. Ask again from %(at)s UTC on; we go"
                " on looking by ourselves."
            )
            found.append(Obstacle("check.too_often", message % told))
    return found


def check_now(
    *,
    certificate: Certificate,
    actor: Actor,
    now: datetime,
    network: Network,
    is_limited: bool = True,
) -> list[Challenge]:
    """Look at every open challenge of the last application; answers all of them as they stand.

    What is proved moves the certificate on by the same road as a scheduled look. Only who runs
    the portal asks without the limit.
    """
    obstacles = check_obstacles(certificate, actor, now, is_limited=is_limited)
    if obstacles:
        raise Refused(obstacles)
    # A look of the operator's counts for nobody's ten: it is as one that came by itself.
    asked_by = label(actor) if is_limited else ""
    for challenge in challenges_of(certificate.last_application):
        if challenge.status == Status.OPEN:
            with kept_sentences.in_the_portals_language():
                look(challenge, now, network, asked_by=asked_by)
    return challenges_of(certificate.last_application)

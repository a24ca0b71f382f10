"""The customer's "check now": a look at everything that is still to be proved.

Looks go to other people's servers, so that only so many may be asked for in an hour. A look counts
from the press on, whenever it is made.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from accounts import kept_sentences
from accounts.access import Action, may
from accounts.actors import Actor, label
from accounts.models import Project
from authorities import port
from authorities.port import AuthorityError
from certificates.applications import Application
from certificates.obstacles import Obstacle, Refused
from certificates.story import Certificate
from verification import asked_looks
from verification.challenges import Attempt, Challenge, Proof, Status
from work.failpoints import reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verification.network import Network

log = logging.getLogger(__name__)

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
    times: dict[int, list[datetime]] = {}
    of_project: list[datetime] = []
    for challenge_id, at in _asked_for(next(iter(waiting.values())).proof_id, now):
        of_project.append(at)
        if challenge_id in waiting:
            times.setdefault(challenge_id, []).append(at)
    most = max(times.values(), key=len, default=[])
    left = max(MOST_ASKED - len(most), 0)
    own = Allowance(left, None if left else most[-MOST_ASKED] + COUNTED_FOR)
    return min(_left_to_project(of_project, len(waiting)), own, key=_how_free)


def _asked_for(of_proof: int, now: datetime) -> list[tuple[int, datetime]]:
    """What the people of this proof's project asked for lately, the earliest first: challenge and
    time, of looks that were made and of those that are still to be made."""
    project = Proof.objects.filter(pk=of_proof).values("project")[:1]
    since = now - COUNTED_FOR
    made = Attempt.objects.exclude(asked_by="").filter(
        at__gt=since, challenge__proof__project=project
    )
    to_come = Challenge.objects.filter(
        asked_at__gt=since, status=Status.OPEN, proof__project=project
    )
    found = list(made.values_list("challenge_id", "at"))
    found += [(pk, at) for pk, at in to_come.values_list("pk", "asked_at") if at is not None]
    return sorted(found, key=lambda each: each[1])


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
    *, certificate: Certificate, actor: Actor, now: datetime, network: Network
) -> list[Challenge]:
    """Ask for a look at every open challenge of the last application.

    In this order: the looks are noted and counted, then a few names are looked at while the person
    waits; the workers look at many, and at what takes longer. What is proved moves the certificate
    on by the same road as a scheduled look. Answers those that were to be looked at here, as they
    stand, which are none of many; `asked_at` says which of them still wait for their look.
    """
    with transaction.atomic():
        # Who presses at the same time waits here, and then finds these looks counted.
        Project.objects.select_for_update().get(pk=certificate.project_id)
        if obstacles := check_obstacles(certificate, actor, now):
            raise Refused(obstacles)
        asked = _open_of(certificate)
        asked_looks.note(asked, label(actor), now)
        held = asked_looks.hold(asked, now)
    reach("portal.asked")
    if len(asked) <= asked_looks.FEW:
        with kept_sentences.in_the_portals_language():
            asked_looks.look_here(asked, held, now, network)
    # Afterwards, so that the two do not compete for the places at one domain.
    _look_at_the_rest(certificate, now)
    if len(asked) > asked_looks.FEW:
        return []
    here = {each.pk for each in asked}
    return [each for each in challenges_of(certificate.last_application) if each.pk in here]


def check_all_now(
    *, certificate: Certificate, actor: Actor, now: datetime, network: Network
) -> list[Challenge]:
    """Look at every open challenge, for who runs the portal: without the limit, and to the end.

    It counts for nobody's ten: it is as a look that came by itself. Answers all challenges of the
    last application as they stand.
    """
    if obstacles := check_obstacles(certificate, actor, now, is_limited=False):
        raise Refused(obstacles)
    _look_at_the_rest(certificate, now)
    with kept_sentences.in_the_portals_language():
        asked_looks.look_at_all(_open_of(certificate), now, network)
    return challenges_of(certificate.last_application)


def _look_at_the_rest(certificate: Certificate, now: datetime) -> None:
    """What the authority looks at besides the proofs: CAA. It does that by itself too."""
    application = certificate.last_application
    assert application is not None
    request = application.ca_request
    try:
        port.open_counter(request.adapter).look_again(request.pk, now)
    except AuthorityError as error:
        log.warning("The authority was not asked to look again: %s", error)


def _open_of(certificate: Certificate) -> list[Challenge]:
    asked = challenges_of(certificate.last_application)
    return [each for each in asked if each.status == Status.OPEN]

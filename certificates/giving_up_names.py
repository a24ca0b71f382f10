"""A customer gives a name up: what was proved for it counts no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.access import Action, may
from accounts.actors import Actor
from accounts.models import Project, User
from certificates.applied_names import asked_below, in_force_below
from certificates.obstacles import Obstacle, Refused
from certificates.story import turning
from pki.authorization import covers
from verification.challenges import Challenge
from verification.giving_up import GivenUp, give_up, proofs_within, standing
from verification.reuse import newest_proof


@dataclass(frozen=True)
class Loss:
    """What giving a name up ends, said before: the proofs at it and below, the proof above it that
    stands for it no more, and the certificates in force that name it."""

    proofs: tuple[Challenge, ...]
    above: Challenge | None
    certificates: tuple[str, ...]  # by id


def loss(project_id: int, name: str, now: datetime) -> Loss:
    proofs = proofs_within(project_id, name)
    newest = newest_proof(project_id, name, now)
    above = newest if newest is not None and newest not in proofs else None
    named = tuple(dict.fromkeys(in_force_below(project_id, name)))
    return Loss(tuple(proofs), above, named)


def holds(project_id: int, name: str, now: datetime) -> bool:
    """Whether the customer has proved the name, or one below it, and nobody made that void."""
    near = standing(project_id).filter(domain__endswith=name).iterator(chunk_size=50)
    if any(covers(name, each.proved_at_name) for each in near):  # the first of thousands is enough
        return True
    return newest_proof(project_id, name, now) is not None


def release_obstacles(project_id: int, name: str, actor: Actor, now: datetime) -> list[Obstacle]:
    """All reasons why `actor` cannot give `name` up at `now`; empty when none holds."""
    found = []
    if not holds(project_id, name, now):
        message = _("Nothing that you proved counts for %(name)s: there is nothing to give up.")
        found.append(Obstacle("release.nothing", message % {"name": name}))
    asking = next(asked_below(project_id, name), None)
    if asking is not None:
        message = _(
            "%(certificate)s is being applied for with %(name)s. Withdraw that application, or wait"
            " until it ends."
        )
        told = {"certificate": asking, "name": name}
        found.append(Obstacle("release.in_progress", message % told))
    if not may(actor, Action.APPLY, GivenUp(project_id=project_id)):
        message = _("Your role does not give names up; ask an operator of the project.")
        found.append(Obstacle("release.forbidden", message))
    return found


def release_domain(*, project_id: int, name: str, actor: User, now: datetime) -> Loss:
    """Give up `name` and all names below it: no proof made until now counts for them.

    Certificates stay as they are. Each that names it tells it in its story, and the security log
    says who did it. The name can be proved anew at any time.
    """
    _refuse(release_obstacles(project_id, name, actor, now))
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project_id)
        _refuse(release_obstacles(project_id, name, actor, now))
        lost = loss(project_id, name, now)
        give_up(project_id, name, actor=actor, now=now)
        audit.record(
            project_id=project_id,
            actor=actor,
            action="name.given_up",
            subject=name[:100],
            now=now,
            detail={"proofs": len(lost.proofs)},
        )
        for certificate_id in lost.certificates:
            with turning(certificate_id, "give_up_name", actor=actor, now=now, reason=name):
                pass
    return lost


def _refuse(obstacles: list[Obstacle]) -> None:
    if obstacles:
        raise Refused(obstacles)

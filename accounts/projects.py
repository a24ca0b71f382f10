"""Projects and their people: founded, renamed, roles changed, members removed.

Every verb holds the project's row while it judges, so that of two administrators who remove each
other at once one stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.access import Action, may
from accounts.models import Invitation, Membership, Project, Role, User
from accounts.refusals import Obstacle, Refused

LONGEST_NAME = 100


@dataclass(frozen=True)
class Room:
    """A project as `may` asks for it."""

    project_id: int


def may_found(person: User) -> bool:
    """Staff help customers and never become one."""
    return person.is_active and not person.is_staff


@contextmanager
def managing(project_id: int, actor: User) -> Iterator[Project]:
    """The project, held until the end of the transaction, for who manages its people.

    Raises Refused. The right is judged while nobody else can change it.
    """
    with transaction.atomic():
        project = Project.objects.select_for_update().get(pk=project_id)
        if not may(actor, Action.MANAGE, Room(project_id)):
            message = _(
                "Your role does not decide who belongs to the project; ask an administrator of it."
            )
            raise Refused([Obstacle("people.forbidden", message)])
        yield project


def found(*, name: str, actor: User, now: datetime) -> Project:
    """A new project, whose first administrator is who founds it."""
    if not may_found(actor):
        message = _("Support staff hold no certificates; a customer founds their own project.")
        raise Refused([Obstacle("project.staff", message)])
    with transaction.atomic():
        project = Project.objects.create(name=_named(name), created_at=now)
        Membership.objects.create(project=project, user=actor, role=Role.ADMINISTRATOR, since=now)
        audit.record(
            project_id=project.pk,
            actor=actor,
            action="project.founded",
            subject=project.name,
            now=now,
        )
    return project


def rename(*, project_id: int, name: str, actor: User, now: datetime) -> Project:
    with managing(project_id, actor) as project:
        before, project.name = project.name, _named(name)
        if project.name == before:
            return project
        project.save(update_fields=["name"])
        audit.record(
            project_id=project_id,
            actor=actor,
            action="project.renamed",
            subject=project.name,
            now=now,
            detail={"from": before},
        )
    return project


def change_role(
    *, project_id: int, membership_id: int, role: str, actor: User, now: datetime
) -> Membership:
    """The new role holds from the member's next request on."""
    with managing(project_id, actor):
        member = _member(project_id, membership_id)
        before = member.role
        if before == role:
            return member
        if role != Role.ADMINISTRATOR:
            refuse_the_last(member)
        member.role = Role(role)
        member.save(update_fields=["role"])
        audit.record(
            project_id=project_id,
            actor=actor,
            action="member.role",
            subject=member.user.email,
            now=now,
            detail={"from": before, "to": role},
        )
    return member


def remove_member(*, project_id: int, membership_id: int, actor: User, now: datetime) -> None:
    """The member's rights end with the transaction, and the invitations that they sent and nobody
    answered; what they did stays told.
    """
    with managing(project_id, actor):
        member = _member(project_id, membership_id)
        refuse_the_last(member)
        member.delete()
        withdraw_invitations_of(member, actor=actor, now=now)
        audit.record(
            project_id=project_id,
            actor=actor,
            action="member.removed",
            subject=member.user.email,
            now=now,
            detail={"role": member.role},
        )


def withdraw_invitations_of(member: Membership, *, actor: User, now: datetime) -> None:
    """No link that this member sent opens the project any more. The project is held meanwhile."""
    sent = Invitation.objects.filter(
        project_id=member.project_id,
        invited_by=member.user,
        accepted_at=None,
        withdrawn_at=None,
        expires_at__gt=now,
    )
    for invitation in sent.order_by("pk"):
        Invitation.objects.filter(pk=invitation.pk).update(withdrawn_at=now, due_at=None)
        audit.record(
            project_id=member.project_id,
            actor=actor,
            action="invitation.withdrawn",
            subject=invitation.email,
            now=now,
            detail={"role": invitation.role},
        )


def is_the_last_administrator(member: Membership) -> bool:
    """Whether nobody else could decide about the project without this member."""
    if member.role != Role.ADMINISTRATOR:
        return False
    others = Membership.objects.filter(
        project_id=member.project_id, role=Role.ADMINISTRATOR, user__is_active=True
    )
    return not others.exclude(pk=member.pk).exists()


def _member(project_id: int, membership_id: int) -> Membership:
    rows = Membership.objects.select_related("user", "project").filter(project_id=project_id)
    member = rows.filter(pk=membership_id).first()
    if member is None:
        message = _("This member was removed from the project meanwhile.")
        raise Refused([Obstacle("people.gone", message)])
    return member


def hold_all_of(person: User) -> list[Membership]:
    """Where a person belongs, every such project held until the end of the transaction."""
    rooms = Membership.objects.filter(user=person).values("project_id")
    list(Project.objects.select_for_update().filter(pk__in=rooms).order_by("pk"))
    rows = Membership.objects.select_related("user", "project").filter(user=person)
    return list(rows.order_by("project_id"))


def refuse_the_last(*members: Membership) -> None:
    """Raises Refused: one reason for each project that would be left without an administrator."""
    message = _(
        "%(project)s needs an administrator, and %(email)s is the last one. Another member has to"
        " become administrator first, under People."
    )
    obstacles = [
        Obstacle(
            "people.last_administrator",
            message % {"project": each.project.name, "email": each.user.email},
        )
        for each in members
        if is_the_last_administrator(each)
    ]
    if obstacles:
        raise Refused(obstacles)


def _named(name: str) -> str:
    """The name on one line. Raises Refused."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        message = _("A project's name has 1 to 100 characters.")
        raise Refused([Obstacle("project.name", message)])
    return name

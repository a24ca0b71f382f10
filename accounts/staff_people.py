"""People in the hands of superusers: teams of staff, accounts closed and opened again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit, projects
from accounts.access import Team
from accounts.models import User
from accounts.refusals import Obstacle, Refused


def set_teams(
    person: User, *, is_staff: bool, teams: Sequence[str], actor: User, now: datetime
) -> None:
    """Make somebody staff in these teams, or take both from them."""
    _demand(actor)
    if teams and not is_staff:
        message = _("Teams are for staff; tick that too, or leave the teams out.")
        raise Refused([Obstacle("teams.not_staff", message)])
    if person.pk == actor.pk and not is_staff:
        message = _("You would shut yourself out; ask another superuser to do it.")
        raise Refused([Obstacle("teams.yourself", message)])
    known = {team.value for team in Team}
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=person.pk)
        row.is_staff = is_staff
        row.save(update_fields=["is_staff"])
        row.groups.set(Group.objects.filter(name__in=known & set(teams)))
        _log(actor, "staff.teams", person, now, is_staff=is_staff, teams=sorted(teams))


def close_account(person: User, *, actor: User, now: datetime) -> None:
    """Nobody signs in as this person any more; their sessions and open invitations end.

    Raises Refused while a project has no other administrator.
    """
    _demand(actor)
    if person.pk == actor.pk:
        message = _("You would shut yourself out; ask another superuser to do it.")
        raise Refused([Obstacle("account.yourself", message)])
    with transaction.atomic():
        memberships = projects.hold_all_of(person)
        projects.refuse_the_last(*memberships)
        _switch(person, is_active=False, action="account.closed", actor=actor, now=now)
        for each in memberships:
            projects.withdraw_invitations_of(each, actor=actor, now=now)
    for session in UserSession.objects.filter(user=person):
        session.end()


def open_account(person: User, *, actor: User, now: datetime) -> None:
    """The person may sign in again, with what they had before."""
    _demand(actor)
    _switch(person, is_active=True, action="account.opened", actor=actor, now=now)


def _switch(person: User, *, is_active: bool, action: str, actor: User, now: datetime) -> None:
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=person.pk)
        if row.is_active == is_active:
            message = _("Somebody did that already.")
            raise Refused([Obstacle("account.unchanged", message)])
        row.is_active = is_active
        row.save(update_fields=["is_active"])
        _log(actor, action, person, now)


def _demand(actor: User) -> None:
    if not (actor.is_active and actor.is_superuser):
        message = _("Only superusers decide about accounts and teams.")
        raise Refused([Obstacle("staff.forbidden", message)])


def _log(actor: User, action: str, person: User, now: datetime, **detail: object) -> None:
    audit.record(
        project_id=None, actor=actor, action=action, subject=person.email, now=now, detail=detail
    )

"""Who may do what: the one file that says so.

Everything that is owned carries a project (`Owned`). Strangers see nothing at all; the doors turn
"not visible" into 404. Machines carry answers of the certificate authority onwards and may do
nothing else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet

from accounts.actors import Actor, Machine
from accounts.models import Membership, Role, User


class Action(StrEnum):
    VIEW = "view"
    BUY = "buy"
    APPLY = "apply"
    REISSUE = "reissue"
    CHECK = "check"
    ANSWER = "answer"
    DOWNLOAD_KEY = "download_key"
    RECORD = "record"  # write down what the certificate authority answered
    MANAGE = "manage"  # the project's people, roles and invitations
    KEEP_CONTACTS = "keep_contacts"
    KEEP_ZONES = "keep_zones"  # the DNS zones of the project, and the keys to write into them
    AUDIT = "audit"  # read the security log
    # Support staff only:
    DECIDE = "decide"  # the desk of the certificate authority
    REVOKE_PROOF = "revoke_proof"  # a proof of a name that should not be relied on
    RESEND = "resend"  # send a mail again
    UNSTICK = "unstick"  # try stuck work again, or set it aside
    PUBLISH = "publish"  # publish an authority's CRL now
    ANNOUNCE = "announce"  # bulletins and holidays
    RECORD_PAYMENT = "record_payment"  # money that came in, money that went back
    SET_TERMS = "set_terms"  # products' terms from a day on


class Owned(Protocol):
    """Anything that belongs to a project."""

    @property
    def project_id(self) -> int: ...


_OPERATOR = {
    Action.VIEW,
    Action.BUY,
    Action.APPLY,
    Action.REISSUE,
    Action.CHECK,
    Action.ANSWER,
    Action.KEEP_CONTACTS,
}
ROLES: dict[str, set[Action]] = {
    Role.VIEWER: {Action.VIEW},
    Role.OPERATOR: _OPERATOR,
    Role.ADMINISTRATOR: _OPERATOR
    | {Action.DOWNLOAD_KEY, Action.KEEP_ZONES, Action.MANAGE, Action.AUDIT},
}


class Team(StrEnum):
    """The teams of support staff: Django groups of these names."""

    SUPPORT = "Support"
    AUDITOR = "Auditor"
    CA_OPERATOR = "CA operator"


# Staff help and decide at the desk; they never act as the customer and never see a customer's key.
STAFF = {Action.VIEW}
TEAMS: dict[str, set[Action]] = {
    Team.SUPPORT: {Action.RESEND, Action.UNSTICK, Action.RECORD_PAYMENT},
    Team.AUDITOR: {Action.AUDIT},
    Team.CA_OPERATOR: {
        Action.DECIDE,
        Action.REVOKE_PROOF,
        Action.RESEND,
        Action.UNSTICK,
        Action.PUBLISH,
        Action.ANNOUNCE,
        Action.SET_TERMS,
    },
}

M = TypeVar("M", bound=Model)


def may(actor: Actor | AnonymousUser, action: Action, owned: Owned) -> bool:
    if isinstance(actor, Machine):
        return action == Action.RECORD
    if not isinstance(actor, User) or not actor.is_active:
        return False
    if may_as_staff(actor, action):
        return True
    membership = Membership.objects.filter(user=actor, project_id=owned.project_id).first()
    return membership is not None and action in ROLES[membership.role]


def may_as_staff(actor: Actor | AnonymousUser | AbstractBaseUser, action: Action) -> bool:
    """Whether support staff may do this anywhere. A superuser is in every team."""
    if not isinstance(actor, User) or not (actor.is_active and actor.is_staff):
        return False
    if action in STAFF:
        return True
    teams = [name for name, actions in TEAMS.items() if action in actions]
    return bool(teams) and (actor.is_superuser or actor.groups.filter(name__in=teams).exists())


def rooms_where(actor: Actor | AnonymousUser, action: Action) -> set[int]:
    """The projects in which the actor's role allows `action`: one query for a page of many rows."""
    if not isinstance(actor, User) or not actor.is_active:
        return set()
    roles = [role for role, actions in ROLES.items() if action in actions]
    rows = Membership.objects.filter(user=actor, role__in=roles)
    return set(rows.values_list("project_id", flat=True))


def visible(
    queryset: QuerySet[M], actor: Actor | AnonymousUser | Any, action: Action = Action.VIEW
) -> QuerySet[M]:
    """The rows of `queryset` (each with a project) on which the actor may do `action`."""
    if not isinstance(actor, User) or not actor.is_active:
        return queryset.none()
    if may_as_staff(actor, action):
        return queryset
    return queryset.filter(project_id__in=rooms_where(actor, action))

"""Who may do what: the one file that says so.

Everything that is owned carries a project (`Owned`). Strangers see nothing at all; the doors turn
"not visible" into 404. Machines carry answers of the certificate authority onwards and may do
nothing else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol, TypeVar

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
    DECIDE = "decide"  # the desk of the certificate authority: support staff only


class Owned(Protocol):
    """Anything that belongs to a project."""

    @property
    def project_id(self) -> int: ...


_OPERATOR = {Action.VIEW, Action.BUY, Action.APPLY, Action.REISSUE, Action.CHECK, Action.ANSWER}
ROLES: dict[str, set[Action]] = {
    Role.VIEWER: {Action.VIEW},
    Role.OPERATOR: _OPERATOR,
    Role.ADMINISTRATOR: _OPERATOR | {Action.DOWNLOAD_KEY},
}
# Staff help and decide at the desk; they never act as the customer and never see a customer's key.
STAFF = {Action.VIEW, Action.DECIDE}

M = TypeVar("M", bound=Model)


def may(actor: Actor | AnonymousUser, action: Action, owned: Owned) -> bool:
    if isinstance(actor, Machine):
        return action == Action.RECORD
    if not isinstance(actor, User) or not actor.is_active:
        return False
    if actor.is_staff and action in STAFF:
        return True
    membership = Membership.objects.filter(user=actor, project_id=owned.project_id).first()
    return membership is not None and action in ROLES[membership.role]


def visible(
    queryset: QuerySet[M], actor: Actor | AnonymousUser | Any, action: Action = Action.VIEW
) -> QuerySet[M]:
    """The rows of `queryset` (each with a project) on which the actor may do `action`."""
    if not isinstance(actor, User) or not actor.is_active:
        return queryset.none()
    if actor.is_staff and action in STAFF:
        return queryset
    roles = [role for role, actions in ROLES.items() if action in actions]
    rooms = Membership.objects.filter(user=actor, role__in=roles).values("project_id")
    return queryset.filter(project_id__in=rooms)

"""What every verb of the support staff shares: who may, and how it says no."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.access import Action, may_as_staff
from accounts.actors import Actor, Machine
from accounts.refusals import Obstacle, Refused


class StaffRefused(Refused):
    """Staff cannot do that now: one reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__([Obstacle(code, message)])
        self.code = code


def demand(actor: Actor, action: Action) -> None:
    """Raise StaffRefused unless the actor's team may do this."""
    if isinstance(actor, Machine) or not may_as_staff(actor, action):
        raise StaffRefused("staff.forbidden", _("Your team may not do this. Ask a colleague's."))

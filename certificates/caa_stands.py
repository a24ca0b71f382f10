"""What CAA says of the names of an order, as its certificate's page and programs read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.kept_sentences import as_read
from authorities.models import CaaAsking, CaaLook
from certificates.lifecycle import Status
from certificates.sightings import Saw, what_caa_said
from certificates.story import Certificate
from verification.causes import UNREAD, whose_turn
from verification.diagnosis import PROVED, Told

# While an application waits for something else, CAA is looked at now and then.
WATCHED = frozenset({Status.CHECKING_DOMAIN, Status.CHECKING_ORG})
MOST_SHOWN = 20  # names that CAA permits, with what was asked and seen


@dataclass(frozen=True)
class Permission:
    """One name for which the authority may sign, as far as CAA goes."""

    look: CaaLook

    @property
    def saw(self) -> list[Saw]:
        return what_caa_said(self.look.name, self.look.code, self.look.evidence)


@dataclass(frozen=True)
class Refusal:
    """One name for which the authority may not sign, or does not know whether it may."""

    look: CaaLook
    told: Told
    is_told: bool  # its sentence stands elsewhere on the page

    @property
    def tone(self) -> str:
        """Wrong is what a record forbids; what could not be read is waited for."""
        return "ca" if self.is_unread else "problem"

    @property
    def is_unread(self) -> bool:
        return self.told.cause in UNREAD

    @property
    def turn(self) -> str:
        return "" if self.told.turn is None else str(self.told.turn.label)

    @property
    def saw(self) -> list[Saw]:
        return what_caa_said(self.look.name, self.look.code, self.look.evidence)


@dataclass(frozen=True)
class CaaStand:
    """`code` is why the authority does not sign now, or did not; `fix` is the corrected line of the
    name that was told first, "" where none is known; `refusals` are all names that CAA keeps from
    us, `permits` those that it does not; of `total` names some may not have been looked at.

    `is_foreseen`: nothing hangs on it yet, because the application waits for something else.
    """

    code: str
    fix: str
    refusals: Sequence[Refusal]
    permits: Sequence[Permission]
    total: int
    is_foreseen: bool = False
    next_look: datetime | None = None

    @property
    def looked_at(self) -> int:
        return len(self.refusals) + len(self.permits)

    @property
    def is_unread(self) -> bool:
        """Nothing is forbidden or permitted: no record could be read."""
        return not self.permits and all(each.is_unread for each in self.refusals)

    @property
    def shown(self) -> Sequence[Permission]:
        return self.permits[:MOST_SHOWN]


def caa_stand(certificate: Certificate) -> CaaStand | None:
    """While CAA holds the order, or when it ended the last one, or while it is watched because the
    order waits for something else; otherwise None, without a query."""
    opened, last = certificate.open_application, certificate.last_application
    code, message = certificate.failure_code, certificate.failure_message
    if opened is not None:
        code, message = opened.waiting_code, opened.waiting_message
    is_watched = opened is not None and certificate.status in WATCHED
    is_held = code.startswith("caa.")
    if last is None or not (is_held or is_watched):
        return None
    looks = list(CaaLook.objects.filter(order__request_id=last.ca_request_id))
    kept = [
        Refusal(look, _told(look), is_told=look.message == message)
        for look in looks
        if look.code != PROVED
    ]
    if not (is_held or looks):
        return None
    # The one that was told first, whose sentence the order keeps; before that what forbids.
    kept.sort(
        key=lambda each: (not each.is_told, each.look.code != code, not is_held and each.is_unread)
    )
    fix = kept[0].told.fix if kept else ""
    permits = [Permission(look) for look in looks if look.code == PROVED]
    if is_held:
        next_look = opened.waiting_until if opened is not None else None
        return CaaStand(code, fix, kept, permits, len(last.sans), next_look=next_look)
    watching = CaaAsking.objects.filter(set_aside_at__isnull=True)
    asking = watching.filter(order__request_id=last.ca_request_id).first()
    return CaaStand(
        kept[0].look.code if kept else "",
        fix,
        kept,
        permits,
        len(last.sans),
        is_foreseen=True,
        next_look=asking.due_at if asking is not None else None,
    )


def caa_seen_at(certificate: Certificate) -> datetime | None:
    """When CAA was looked at last while the application waits for something else."""
    last = certificate.last_application
    if last is None or certificate.status not in WATCHED:
        return None
    looks = CaaLook.objects.filter(order__request_id=last.ca_request_id)
    newest = looks.order_by("-at").first()
    return None if newest is None else newest.at


def _told(look: CaaLook) -> Told:
    line = str(look.evidence.get("fix", ""))
    return Told(look.code, whose_turn(look.code), as_read(look.message), line)

"""What CAA says of the names of an order, as its certificate's page and programs read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.kept_sentences import as_read
from authorities.models import CaaLook
from certificates.sightings import Saw, what_caa_said
from certificates.story import Certificate
from verification.causes import UNREAD, whose_turn
from verification.diagnosis import PROVED, Told


@dataclass(frozen=True)
class Refusal:
    """One name for which the authority may not sign, or does not know whether it may."""

    look: CaaLook
    told: Told
    is_told: bool  # its sentence stands elsewhere on the page

    @property
    def tone(self) -> str:
        """Wrong is what a record forbids; what could not be read is waited for."""
        return "ca" if self.told.cause in UNREAD else "problem"

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
    us, `permitted` counts the others."""

    code: str
    fix: str
    refusals: Sequence[Refusal]
    permitted: int

    @property
    def total(self) -> int:
        return len(self.refusals) + self.permitted


def caa_stand(certificate: Certificate) -> CaaStand | None:
    """While CAA holds the order, or when it ended the last one; else None, without a query."""
    opened, last = certificate.open_application, certificate.last_application
    code, message = certificate.failure_code, certificate.failure_message
    if opened is not None:
        code, message = opened.waiting_code, opened.waiting_message
    if last is None or not code.startswith("caa."):
        return None
    looks = list(CaaLook.objects.filter(order__request_id=last.ca_request_id))
    kept = [
        Refusal(look, _told(look), is_told=look.message == message)
        for look in looks
        if look.code != PROVED
    ]
    # The one that was told first, whose sentence the order keeps.
    kept.sort(key=lambda each: (not each.is_told, each.look.code != code))
    fix = kept[0].told.fix if kept else ""
    return CaaStand(code, fix, kept, len(looks) - len(kept))


def _told(look: CaaLook) -> Told:
    line = str(look.evidence.get("fix", ""))
    return Told(look.code, whose_turn(look.code), as_read(look.message), line)

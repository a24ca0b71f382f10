"""The one turn of a certificate's page: whose it is, what to do, the one button that does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.utils.translation import gettext as _

from authorities.brands import Brand
from authorities.calendar import Calendar
from certificates.lifecycle import Status
from certificates.proving import Allowance
from certificates.story import Certificate
from certificates.telling import Turn, turn
from certificates.turn_lines import turn_line
from verification import challenges
from verification.causes import ANOTHER_MAILBOX
from verification.challenges import Challenge, Method


class Press(StrEnum):
    """What the primary button of the turn does."""

    NOTHING = ""
    APPLY = "apply"  # the wizard, for the first time or again
    CHECK = "check"  # look at the domains now
    RESUME = "resume"  # go on looking at domains that were paused
    REPLY = "reply"  # the form below that answers the authority's question
    INBOX = "inbox"  # the demo's inbox, where the mail lies that waits for an answer
    MAILBOX = "mailbox"  # another mailbox or way for a name whose mail did not arrive


@dataclass(frozen=True)
class TurnPanel:
    turn: Turn
    heading: str
    press: Press = Press.NOTHING
    next_look: datetime | None = None
    allowance: Allowance | None = None
    looking: int = 0  # names that somebody asked for a look at, which was not made yet
    undelivered: Challenge | None = None  # whose mail did not arrive


def turn_panel(
    certificate: Certificate,
    asked: Sequence[Challenge],
    left: Allowance,
    now: datetime,
    calendar: Calendar,
    *,
    may_check: bool,
    may_apply: bool,
    may_choose: bool,
) -> TurnPanel:
    whose = turn(certificate, asked)
    line = turn_line(certificate, now, calendar)
    # What to do stands in the heading, by when in the sentence below it.
    is_told = whose.tone == "you" and line.who
    heading = f"{line.who}: {line.what}" if is_told else whose.title
    application = certificate.open_application
    is_asked = application is not None and application.question_at is not None
    if is_asked and whose.tone == "you":
        # A row of the list shows its beginning; here it stands below, whole.
        brand = Brand(certificate.product.brand).label
        heading = _("Your turn: answer %(brand)s's question") % {"brand": brand}
    panel = TurnPanel(whose, heading, next_look=whose.next_look)
    if may_apply:
        return replace(panel, press=Press.APPLY)
    if application is None or (whose.tone != "you" and whose.stand is None):
        return panel
    in_mail = settings.ENVIRONMENT == "demo"
    if certificate.status == Status.REISSUING:
        return replace(panel, press=Press.INBOX if in_mail else Press.NOTHING)
    if is_asked:
        return replace(panel, press=Press.REPLY)
    waiting = [each for each in asked if each.status == challenges.Status.OPEN]
    looked_for = [each for each in waiting if each.method != Method.EMAIL]
    is_paused = may_check and any(each.paused_at is not None for each in waiting)
    lost = next((each for each in waiting if each.problem_code in ANOTHER_MAILBOX), None)
    if not looked_for and lost is not None and not is_paused:
        press = Press.MAILBOX if may_choose else Press.NOTHING
        return replace(panel, press=press, undelivered=lost)
    looked_for = [each for each in waiting if each.is_looked_for]
    if not looked_for and not is_paused:
        return replace(panel, press=Press.INBOX if in_mail and waiting else Press.NOTHING)
    unasked = [each for each in looked_for if each.asked_at is None]
    due = [each.due_at for each in unasked if each.is_looked_at and each.due_at is not None]
    press = Press.CHECK if may_check and left.left and unasked else Press.NOTHING
    if is_paused:
        press = Press.RESUME
    return replace(
        panel,
        press=press,
        next_look=min(due, default=None),
        allowance=left if may_check else None,
        looking=sum(each.asked_at is not None for each in waiting),
    )

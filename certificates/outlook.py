"""What is still to come for an application, and when: working days, holidays, suspensions counted.

An outlook is a forecast for people and binds nobody. What happened is told by Events.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from authorities.calendar import Bulletin, Calendar, calendar_from
from authorities.simulated.held_names import LOOK_DAYS
from certificates.applications import Application, Kind
from certificates.catalogue import Product
from certificates.lifecycle import Status
from verification.answers import VALID_FOR

# The mail that asks for the confirmation leaves within one to two working days.
MAIL_DAYS = (1, 2)
HOLD_DAYS = (0, LOOK_DAYS)
ISSUE_TAKES = timedelta(minutes=10)


class Stage(StrEnum):
    HOLD = "hold"  # people of the authority look at the names
    MAIL = "mail"  # the authority writes to the contact
    CONFIRM = "confirm"  # the contact answers; the original is cancelled at once
    PROVE = "prove"
    REVIEW = "review"
    ISSUE = "issue"
    WITHDRAW = "withdraw"  # the authority decides whether it gives the application back


@dataclass(frozen=True)
class Ahead:
    """One thing to come. `earliest` and `latest` hold if the customer acts without delay."""

    stage: Stage
    is_yours: bool
    earliest: datetime
    latest: datetime
    days: tuple[int, int] = (0, 0)  # working days it takes, least and most
    closed: tuple[Bulletin, ...] = ()  # suspensions that are counted in


@dataclass(frozen=True)
class Outlook:
    ahead: tuple[Ahead, ...]

    @property
    def issued(self) -> Ahead:
        return self.ahead[-1]

    @property
    def without_certificate(self) -> tuple[timedelta, timedelta] | None:
        """How long no version will be valid, least and most; None when none is cancelled."""
        confirmed = next((each for each in self.ahead if each.stage == Stage.CONFIRM), None)
        if confirmed is None:
            return None
        last = self.issued
        return last.earliest - confirmed.earliest, last.latest - confirmed.latest


def of_reissue(
    product: Product,
    *,
    is_changed: bool,
    must_prove: bool,
    is_compromise: bool,
    now: datetime,
    is_held: bool = False,
) -> Outlook:
    """What would follow if a reissue were submitted at `now`."""
    stages = [*_hold(is_held), Stage.MAIL, Stage.CONFIRM]
    stages += [Stage.PROVE] if is_changed or must_prove else []
    if product.needs_organization and is_changed:
        stages.append(Stage.REVIEW)
    mail_days = (0, 0) if is_compromise else MAIL_DAYS
    return _walk(product, [*stages, Stage.ISSUE], now, mail_days)


def of_first(
    product: Product, *, must_prove: bool, now: datetime, is_held: bool = False
) -> Outlook:
    """What would follow if a first issue, or another try, were submitted at `now`."""
    stages = _hold(is_held)
    stages += [Stage.PROVE] if must_prove else []
    stages += [Stage.REVIEW] if product.needs_organization else []
    return _walk(product, [*stages, Stage.ISSUE], now)


def _hold(is_held: bool) -> list[Stage]:
    return [Stage.HOLD] if is_held else []


def of_application(
    application: Application, product: Product, now: datetime, calendar: Calendar | None = None
) -> Outlook:
    """What is still to come for an open application as it stands at `now`.

    A page of many applications reads the `calendar` once and gives it.
    """
    status = Status(application.certificate.status)
    if status == Status.CANCELCHECKING:
        return _walk(product, [Stage.WITHDRAW], now, calendar=calendar)
    stages = _hold(application.is_held)
    if application.kind == Kind.REISSUE and status == Status.REISSUING:
        stages += [] if application.asked_at else [Stage.MAIL]
        stages.append(Stage.CONFIRM)
    changes = application.ca_request.request().is_changed
    if status == Status.CHECKING_DOMAIN or (status == Status.REISSUING and changes):
        stages.append(Stage.PROVE)
    reviews = product.needs_organization and (changes or application.kind == Kind.FIRST)
    if reviews and status != Status.ISSUING:
        stages.append(Stage.REVIEW)
    # A review that began earlier is not put off by every new look at the page.
    began = now
    if status == Status.CHECKING_ORG:
        began = min(application.certificate.changed_at + application.waited_for_you(now), now)
    elif application.is_held:
        began = min(application.submitted_at, now)
    return _walk(product, [*stages, Stage.ISSUE], now, began=began, calendar=calendar)


def _walk(
    product: Product,
    stages: list[Stage],
    now: datetime,
    mail_days: tuple[int, int] = MAIL_DAYS,
    *,
    began: datetime | None = None,
    calendar: Calendar | None = None,
) -> Outlook:
    """Each stage begins where the one before it ended, as early and as late as that was.

    The first began at `began`; what is still to come never lies before `now`.
    """
    began = began or now
    calendar = calendar or calendar_from(began)
    terms, about = product.terms(now), (product.brand, product.type)
    takes = {
        Stage.HOLD: HOLD_DAYS,
        Stage.MAIL: mail_days,
        Stage.REVIEW: (terms.review_days_least, terms.review_days_most),
    }
    ahead: list[Ahead] = []
    earliest = latest = began
    for stage in stages:
        start, days = earliest, takes.get(stage, (0, 0))
        if stage in takes:
            earliest = max(now, calendar.add_working_days(earliest, days[0], *about))
            latest = max(now, calendar.add_working_days(latest, days[1], *about))
            held = tuple(calendar.suspensions(product.brand, start, latest, product.type))
        elif stage == Stage.ISSUE:
            earliest = _not_suspended(calendar, product, earliest)[0] + ISSUE_TAKES
            latest, held = _not_suspended(calendar, product, latest)
            latest += ISSUE_TAKES
        else:
            held = ()
        is_yours = stage in (Stage.CONFIRM, Stage.PROVE)
        ahead.append(Ahead(stage, is_yours, earliest, latest, days, held))
    return Outlook(tuple(ahead))


def _not_suspended(
    calendar: Calendar, product: Product, at: datetime
) -> tuple[datetime, tuple[Bulletin, ...]]:
    """Issuing needs no people, so only a suspension holds it: when it goes on, and what held it."""
    held = []
    while (suspension := calendar.suspension(product.brand, at, product.type)) is not None:
        held.append(suspension)
        at = suspension.ends_at
    return at, tuple(held)


def confirm_by(mail: Ahead) -> datetime:
    """Until when the mail can be answered, if it leaves as late as forecast."""
    return mail.latest + VALID_FOR

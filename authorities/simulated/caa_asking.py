"""Asking for the CAA records of an order's names (RFC 8659), in rounds: servers that hang hold no
worker that other orders wait for.

The order says what it wants and waits; the row asks, many orders at once and at a domain twice at
most, keeps every verdict, and wakes the order when all is known or when a name is kept from us.
Killed at any line, what has no verdict is asked again.

While an order waits for its proof or for the desk, the row looks now and then, for the customer's
sake: who must change a record hears of it then, not by a refusal afterwards. That decides nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db import models, transaction

from accounts.kept_sentences import in_the_portals_language
from authorities import accounts
from authorities.simulated.caa_looks import FRESH, OK, keep, unasked, unseen
from authorities.simulated.orders import CaOrder, State
from verification.caa import CaaVerdict
from verification.caa_records import Applicant
from verification.outcome import Problem
from verification.places import holding
from work.claims import try_again
from work.failpoints import reach
from work.models import Lane, WaitingRow
from work.nudge import wake
from work.steps import Step

if TYPE_CHECKING:
    from verification.network import Network

# Seconds in which names are begun in one step, before the climbs that go on (caa.LONGEST_CLIMB): an
# order of many names on slow servers is asked for in several, each shorter than a worker's lease.
BEGUN_WITHIN = 5.0
BUSY_WAIT = timedelta(seconds=3)  # when as much is asked of all its domains as may be
FREE_WITHIN = 1.0  # seconds that a name waits for its place
WATCHED = frozenset({State.PROVING, State.REVIEWING})
# Every hour in the order's first day, when people set their records, then four times a day.
WATCHED_EVERY, WATCHED_LATER = timedelta(hours=1), timedelta(hours=6)
FIRST_DAY = timedelta(days=1)
OLD_AFTER = timedelta(minutes=50)  # names of one order are looked at together, not one by one
# People who press more often get a look as often. While a proof is asked for, presses are counted
# with the looks at it (certificates/proving.py).
PRESSED_EVERY = {State.PROVING: timedelta(seconds=30), State.REVIEWING: timedelta(minutes=5)}

log = logging.getLogger(__name__)


@dataclass
class Answers:
    """What a step that began at `asked_at` learned, and our own mistake that ended it, if one did.

    What is known is as old as its question: between that and its end a machine may have slept.
    """

    asked_at: datetime
    verdicts: dict[str, CaaVerdict] = field(default_factory=dict)
    mistake: Exception | None = None


@dataclass(frozen=True)
class Stand:
    """What CAA says of an order: the first name that it keeps from us, and whether a later look may
    differ (RFC 8659); or that some names are still asked for; or, of neither, that it permits."""

    problem: Problem | None = None
    is_retryable: bool = False
    is_awaited: bool = False


class CaaAsking(WaitingRow):
    """The question of one order: wanted since then, and answered by the looks of `answered_at`.

    `goes_on`: one step did not answer it. `watched_since`: what was seen before is too old for who
    waits, such as for who changed a record and asked for a look.
    """

    order = models.OneToOneField(CaOrder, on_delete=models.PROTECT, related_name="caa_asking")
    wanted_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    goes_on = models.BooleanField(default=False)
    watched_since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"CAA · {self.order}"

    @classmethod
    def lanes(cls) -> tuple[Lane, ...]:
        """The newest waits for nobody. What was asked for in vain, or goes on for many names, may
        well hang again; what is only watched keeps nobody from being asked."""
        is_watched = models.Q(order__state__in=WATCHED)
        fresh = models.Q(order__looks=0, goes_on=False)
        return (
            Lane(fresh & ~is_watched, "-due_at", part=4),
            Lane(~fresh & ~is_watched, "due_at", part=8, is_slow=True),
            Lane(is_watched, "due_at", part=16, is_slow=True),
        )

    def begin(self, now: datetime, *, known: object = None) -> Step | Callable[[Network], Answers]:
        if self.order.state in WATCHED:
            left = unseen(self.order, now, self._too_old(now))
            if not left:
                return Step(self._next_watch(now), changed=False)
            return partial(_ask, left, now, is_watched=True)
        is_wanted = self.wanted_at is not None and self.answered_at is None
        if not is_wanted or not self.order.is_open():
            return Step(None, changed=False)
        left = unasked(self.order, now)
        return partial(_ask, left, now) if left else self.end(now, Answers(now))

    def end(self, now: datetime, seen: Answers) -> Step:
        reach("caa.asked")
        if self.order.state in WATCHED:
            return self._watched(now, seen)
        with transaction.atomic():
            keep(self.order, seen.verdicts, seen.asked_at)
            refuses = any(not verdict.allowed for verdict in seen.verdicts.values())
            is_done = refuses or (seen.mistake is None and not unasked(self.order, now))
            if is_done:
                CaaAsking.objects.filter(pk=self.pk).update(answered_at=seen.asked_at)
                wake(CaOrder, self.order_id, now)
            else:
                CaaAsking.objects.filter(pk=self.pk).update(goes_on=True)
        if is_done:
            if seen.mistake is not None:  # it changes nothing: somebody refuses already
                log.error("%s", self, exc_info=seen.mistake)
            return Step(None, changed=True)
        if seen.mistake is not None:
            raise seen.mistake
        return Step(now if seen.verdicts else now + BUSY_WAIT, changed=bool(seen.verdicts))

    def _watched(self, now: datetime, seen: Answers) -> Step:
        """A name that could not be asked for yet is asked for soon, the others not before time."""
        with transaction.atomic():
            keep(self.order, seen.verdicts, seen.asked_at)
        if seen.mistake is not None:
            raise seen.mistake
        moved = bool(seen.verdicts)
        if left := unseen(self.order, now, self._too_old(now)):
            # Who asked for a look by a clock that is ahead of ours does not make us ask in a row.
            goes_on = moved and any(name not in seen.verdicts for name in left)
            return Step(now if goes_on else now + BUSY_WAIT, changed=moved)
        return Step(self._next_watch(now), changed=moved)

    def _next_watch(self, now: datetime) -> datetime:
        assert self.order.proof is not None
        is_new = now < self.order.proof.created_at + FIRST_DAY
        return now + (WATCHED_EVERY if is_new else WATCHED_LATER)

    def _too_old(self, now: datetime) -> datetime:
        """Looked at before then, a name is looked at again while it is watched."""
        oldest = now - OLD_AFTER
        return oldest if self.watched_since is None else max(oldest, self.watched_since)

    def gave_up(self, now: datetime) -> None:
        """Of an order that only waits nothing hangs on it."""
        if self.order.state not in WATCHED:
            self.order.gave_up(now)


def stand(order: CaOrder, now: datetime) -> Stand:
    """What is known for this state of the order; what is not is asked for, and wakes the order."""
    left = unasked(order, now)
    if not left:
        return Stand()
    asking, _new = CaaAsking.objects.get_or_create(order=order)
    if asking.wanted_at is not None and asking.answered_at is not None:
        answer = order.caa_looks.filter(state=order.state, at=asking.answered_at)
        refused = answer.filter(at__gt=now - FRESH)  # an older one is asked for anew
        kept = {look.name: look for look in refused.exclude(code=OK) if look.name in left}
        # The question is over: whoever is killed before the answer is written down asks anew.
        CaaAsking.objects.filter(pk=asking.pk).update(wanted_at=None, answered_at=None)
        asking.refresh_from_db()
        if kept:
            # Who forbids is told before who cannot be read: waiting for that one leads to nothing.
            names = order.request().names
            first = min(kept.values(), key=lambda look: (look.is_unread, names.index(look.name)))
            problem = Problem(first.code, first.message, str(first.evidence.get("fix", "")))
            return Stand(problem, is_retryable=first.is_unread)
    if asking.wanted_at is None or asking.due_at is None or asking.set_aside_at is not None:
        with transaction.atomic():
            # What went wrong while it was only watched counts no more.
            try_again(CaaAsking, asking.pk, now)
            wanted = {"wanted_at": now, "answered_at": None, "goes_on": False}
            CaaAsking.objects.filter(pk=asking.pk).update(**wanted)
            wake(CaaAsking, asking.pk, now)
    return Stand(is_awaited=True)


def watch(order: CaOrder, now: datetime) -> None:
    """Look now and then at what CAA says of an order that waits for something else."""
    if order.state not in WATCHED:
        return
    asking, _new = CaaAsking.objects.get_or_create(order=order)
    # A step that answered the order may still have to say that it has nothing more to do.
    is_idle = asking.due_at is None or bool(asking.lease_token)
    if is_idle and asking.set_aside_at is None:
        with transaction.atomic():
            wake(CaaAsking, asking.pk, now)


def look_again(order: CaOrder, now: datetime) -> None:
    """Somebody wants to know it now. Only while it is watched: else it is asked for anyway."""
    asking = _watching(order)
    if asking is not None:
        before = asking.watched_since
        at = now if before is None else max(now, before + PRESSED_EVERY[State(order.state)])
        if asking.due_at is not None and not asking.lease_token:
            at = min(at, asking.due_at)
        CaaAsking.objects.filter(pk=asking.pk).update(watched_since=now)
        wake(CaaAsking, asking.pk, at)


def ways_changed(order: CaOrder, now: datetime) -> None:
    """CAA may bind ways of proof (RFC 8657 4): the names that are proved in another one now are
    looked at, and no others."""
    asking = _watching(order)
    if asking is not None:
        wake(CaaAsking, asking.pk, now)


def _watching(order: CaOrder) -> CaaAsking | None:
    """What looks at CAA of an order that waits, unless people must mend it first."""
    if order.state not in WATCHED:
        return None
    return CaaAsking.objects.filter(order=order, set_aside_at__isnull=True).first()


def _ask(
    askers: Mapping[str, Applicant], now: datetime, network: Network, *, is_watched: bool = False
) -> Answers:
    """Ask for as many names as time allows, without the database."""
    answers = Answers(now)
    hold = partial(holding, network=network, patience=FREE_WITHIN, is_first=not is_watched)
    try:
        with in_the_portals_language():
            found = accounts.may_issue_each(askers, network, seconds=BEGUN_WITHIN, hold=hold)
            for name, verdict in found:
                answers.verdicts[name] = verdict
    except Exception as error:  # noqa: BLE001  # kept are the verdicts that came before it
        answers.mistake = error
    return answers

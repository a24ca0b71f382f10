"""Asking for the CAA records of an order's names (RFC 8659), in rounds: servers that hang hold no
worker that other orders wait for.

The order says what it wants and waits; the row asks, many orders at once and at a domain twice at
most, keeps every verdict, and wakes the order when all is known or when a name is kept from us.
Killed at any line, what has no verdict is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db import models, transaction

from accounts.kept_sentences import in_the_portals_language
from authorities import accounts
from authorities.simulated.caa_looks import OK, keep, unasked
from authorities.simulated.orders import CaOrder
from verification import pace
from verification.caa import LONGEST_CLIMB, Applicant, CaaVerdict
from verification.outcome import Problem
from verification.patience import resolvers_of
from verification.slots import held, slots_from_settings
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
LONGEST_HOLD = LONGEST_CLIMB + 10.0  # with the question whether our own resolver answers at all


@dataclass
class Answers:
    """What a step learned, and our own mistake that ended it, if one did."""

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
    """The question of one order: wanted since then, answered then."""

    order = models.OneToOneField(CaOrder, on_delete=models.PROTECT, related_name="caa_asking")
    wanted_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"CAA · {self.order}"

    @classmethod
    def lanes(cls) -> tuple[Lane, ...]:
        """The newest that was never in vain waits for nobody; others may well hang again."""
        fresh = models.Q(order__looks=0)
        return (
            Lane(fresh, "-due_at", part=4),
            Lane(~fresh, "due_at", part=8, is_slow=True),
        )

    def begin(self, now: datetime, *, known: object = None) -> Step | Callable[[Network], Answers]:
        is_wanted = self.wanted_at is not None and self.answered_at is None
        if not is_wanted or not self.order.is_open():
            return Step(None, changed=False)
        left = unasked(self.order, now)
        return partial(_ask, left) if left else self.end(now, Answers())

    def end(self, now: datetime, seen: Answers) -> Step:
        reach("caa.asked")
        with transaction.atomic():
            keep(self.order, seen.verdicts, now)
            refuses = any(not verdict.allowed for verdict in seen.verdicts.values())
            is_done = refuses or (seen.mistake is None and not unasked(self.order, now))
            if is_done:
                CaaAsking.objects.filter(pk=self.pk).update(answered_at=now)
                wake(CaOrder, self.order_id, now)
        if is_done:
            return Step(None, changed=True)
        if seen.mistake is not None:
            raise seen.mistake
        return Step(now if seen.verdicts else now + BUSY_WAIT, changed=bool(seen.verdicts))

    def gave_up(self, now: datetime) -> None:
        self.order.gave_up(now)


def stand(order: CaOrder, now: datetime) -> Stand:
    """What is known for this state of the order; what is not is asked for, and wakes the order."""
    left = unasked(order, now)
    if not left:
        return Stand()
    asking, _new = CaaAsking.objects.get_or_create(order=order)
    if asking.wanted_at is not None and asking.answered_at is not None:
        refused = order.caa_looks.filter(state=order.state, at__gte=asking.wanted_at)
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
    if asking.wanted_at is None or asking.due_at is None:
        with transaction.atomic():
            CaaAsking.objects.filter(pk=asking.pk).update(wanted_at=now, answered_at=None)
            wake(CaaAsking, asking.pk, now)
    return Stand(is_awaited=True)


def _ask(askers: Mapping[str, Applicant], network: Network) -> Answers:
    """Ask for as many names as time allows, without the database."""
    answers = Answers()
    try:
        with in_the_portals_language():
            for name, verdict in accounts.may_issue_each(
                askers, network, seconds=BEGUN_WITHIN, hold=_holding(network)
            ):
                answers.verdicts[name] = verdict
    except Exception as error:  # noqa: BLE001  # kept are the verdicts that came before it
        answers.mistake = error
    return answers


def _holding(network: Network) -> Callable[[str], AbstractContextManager[None]]:
    """Holds the places of a name while it is asked for: its domain's, as a look does."""
    resolvers: dict[str, int] = {}
    for resolver in resolvers_of(network):
        resolvers |= pace.at_resolver(resolver, is_first=True)

    def hold(name: str) -> AbstractContextManager[None]:
        places = pace.aimed_at(name, {}) | resolvers
        return held(slots_from_settings(), places, seconds=LONGEST_HOLD, patience=FREE_WITHIN)

    return hold

"""Looks that people ask for: noted first, then made, so that a kill at any line loses none.

A name that is asked for is due at once and says who wants the look; the look that answers takes
that over (looking.record). A few names are looked at while the person waits for the page. Many
names, and what takes longer, are the workers'.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from typing import Any

from django.db.models import F, Q

from verification.challenges import Challenge, Status
from verification.looking import Look, begin, end, prepare, record, see
from verification.network import Network
from verification.outcome import Outcome
from verification.slots import BusyError
from work import claims
from work.claims import Claim
from work.failpoints import reach
from work.nudge import nudge, nudge_after_commit
from work.run import problem_of
from work.steps import Step

log = logging.getLogger(__name__)

FEW = 3  # names that are looked at while the person waits
LONGEST_WAIT = 8.0  # seconds that the person waits for them all together
PATIENCE = 3.0  # seconds that a look waits for its places
POLL = 0.2  # seconds between two looks whether another's look at the same name has ended
AT_ONCE = 20  # looks that the portal's operator has under way at once

Ask = Callable[[Any], Any]
Held = list[tuple[Challenge, Claim]]  # names with the right to look at them


def note(asked: Sequence[Challenge], by: str, now: datetime) -> int:
    """Note that `by` wants a look at each open one now; answers for how many it is news.

    Call it in the verb's transaction. A look that is asked for and was not made yet answers this
    one too: nothing is noted, or counted, twice.
    """
    news = Challenge.objects.select_for_update().filter(
        pk__in=[each.pk for each in asked], status=Status.OPEN, asked_at__isnull=True
    )
    found = list(news.order_by("pk").values_list("pk", flat=True))
    Challenge.objects.filter(pk__in=found).update(
        asked_by=by, asked_at=now, due_at=now, wakes=F("wakes") + 1
    )
    nudge_after_commit()
    return len(found)


def hold(asked: Sequence[Challenge], now: datetime) -> Held:
    """Keep a few that were asked for from the workers; none of many. Call it behind `note`."""
    if len(asked) > FEW:
        return []
    return claims.take_some(Challenge, now, FEW, _wanted(asked), "asked_at")


def look_here(asked: Sequence[Challenge], held: Held, now: datetime, network: Network) -> None:
    """Look at these few, at all of them at once, for as long as somebody may wait for a page.

    A name that somebody else looks at already is waited for. What is not over in time goes back to
    the workers, still asked for. Runs outside any transaction.
    """
    until = time.monotonic() + LONGEST_WAIT
    under_way: dict[Future[Any], tuple[Challenge, Claim]] = {}
    pool = ThreadPoolExecutor(FEW, "asked")
    try:
        while time.monotonic() < until:
            for row, own in held:
                if (ask := _begin(row, own, now)) is not None:
                    under_way[pool.submit(ask, network)] = row, own
            if under_way:
                for one in wait(under_way, POLL, FIRST_COMPLETED).done:
                    _end(one, *under_way.pop(one), now)
            elif _is_held_by_others(asked, now):
                time.sleep(POLL)
            else:
                return
            held = claims.take_some(Challenge, now, FEW, _wanted(asked), "asked_at")
    finally:
        # A thread ends by itself, with nobody who would keep what it saw.
        pool.shutdown(wait=False, cancel_futures=True)
        left = [own for _row, own in [*held, *under_way.values()]]
        for each in left:  # a right that was used up already gives nothing back
            claims.give_back(each)
        if left:
            nudge()


def look_at_all(asked: Sequence[Challenge], now: datetime, network: Network) -> None:
    """Look at every one of them, many at once; over when each was looked at.

    What finds its places taken is tried until they are free. Nothing is kept from the workers: a
    look of theirs at the same name is another look.
    """
    pool = ThreadPoolExecutor(AT_ONCE, "asked")
    under_way: dict[Future[Any], tuple[Challenge, Look]] = {}

    def begin_look(challenge: Challenge, look: Look) -> None:
        under_way[pool.submit(see, look, now, network, PATIENCE)] = challenge, look

    try:
        for challenge in asked:
            prepared = prepare(challenge, now)
            if isinstance(prepared, Outcome):
                record(challenge, now, prepared)
            else:
                begin_look(challenge, prepared)
        while under_way:
            for one in wait(under_way, return_when=FIRST_COMPLETED).done:
                challenge, look = under_way.pop(one)
                try:
                    end(challenge, now, one.result())
                except BusyError:
                    begin_look(challenge, look)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _wanted(asked: Sequence[Challenge]) -> Q:
    return Q(pk__in=[each.pk for each in asked], status=Status.OPEN, asked_at__isnull=False)


def _is_held_by_others(asked: Sequence[Challenge], now: datetime) -> bool:
    """Whether somebody looks at one, or it is to be claimed a moment later: also where who pressed
    at the same time noted it by a clock that is ahead of `now`."""
    is_near = Q(lease_until__gt=now) | Q(due_at__lte=now)
    return Challenge.objects.filter(_wanted(asked), is_near, set_aside_at__isnull=True).exists()


def _begin(row: Challenge, own: Claim, now: datetime) -> Ask | None:
    """What is to be asked for a name; None when nothing is."""
    reach("work.claimed")
    try:
        begun = begin(row, now, waits=PATIENCE)
    except Exception as error:  # noqa: BLE001  # our own bug, which the workers try again
        _fail(own, row, error, now)
        return None
    if isinstance(begun, Step):
        claims.finish(own, begun)
        return None
    return begun


def _end(asked: Future[Any], row: Challenge, own: Claim, now: datetime) -> None:
    try:
        step = end(row, now, asked.result())
    except Exception as error:  # noqa: BLE001  # our own bug, which the workers try again
        _fail(own, row, error, now)
        return
    claims.finish(own, step)


def _fail(own: Claim, row: Challenge, error: Exception, now: datetime) -> None:
    log.error("%s %s failed", own.label, own.pk, exc_info=error)
    claims.fail(own, row, problem_of(error), now)

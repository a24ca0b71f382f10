"""Many looks that ended at the same time and saw nothing new to tell: nearly all of them.

They are kept together, since what a look writes sets the pace. What is proved, paused or too old
closes proofs and tells other rooms: that is done one by one (verification/looking.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from verification import pace
from verification.challenges import Attempt, Challenge, Status
from verification.looking import Seen, is_to_be_paused, noted
from verification.outcome import Outcome


def keep(seen: Mapping[Challenge, Seen | None], now: datetime) -> set[Challenge]:
    """Keep what was seen at those that just wait on; answers which. Runs in a transaction.

    A challenge is left out when it does not stand as it stood when its look began: somebody asked
    for a look meanwhile, or for another method.
    """
    kept, history = set(), []
    for challenge in sorted(seen, key=lambda each: each.pk):
        outcome = seen[challenge]
        as_it_stood = Challenge.objects.filter(
            pk=challenge.pk,
            status=Status.OPEN,
            paused_at=None,
            looks=challenge.looks,
            wakes=challenge.wakes,
            asked_at=challenge.asked_at,
        )
        if outcome is None:  # its places were taken, so it was no look
            if as_it_stood.update(due_at=pace.busy_until(challenge.pk, now)):
                kept.add(challenge)
        elif isinstance(outcome, Outcome) and _waits_on(challenge, outcome, now):
            attempt = noted(challenge, now, outcome, challenge.asked_by)
            if as_it_stood.update(
                asked_by="",
                asked_at=None,
                last_checked_at=now,
                looks=challenge.looks,
                problem_code=challenge.problem_code,
                problem_message=challenge.problem_message,
                is_silent=challenge.is_silent,
                due_at=challenge.next_look(now, pace.kept_until(outcome.evidence)),
            ):
                kept.add(challenge)
                history.append(attempt)
    Attempt.objects.bulk_create(history)
    return kept


def _waits_on(challenge: Challenge, outcome: Outcome, now: datetime) -> bool:
    is_over = outcome.proved or now >= challenge.expires_at
    # A record of ours that is not seen may be lost: that is told to its publication.
    return not is_over and not challenge.is_automatic and not is_to_be_paused(challenge, now)

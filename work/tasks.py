"""The Celery tasks: find what is due, run one row of it, run many that wait for others."""

from __future__ import annotations

from datetime import UTC, datetime

from celery import shared_task
from django.conf import settings

from work import claims
from work.loop import clock
from work.models import WaitingRow
from work.rounds import Round
from work.run import network, run

# Rounds have a queue of their own, so that a worker of their own can fetch them.
ROUNDS = "rounds"


@shared_task(name="work.tick")
def tick() -> int:
    """Claim what is due and hand it to the workers; what cannot be handed over is given back.

    Rows that wait for others are not handed out one by one: thousands in the broker would stand
    before a fresh one. A round is called for, which claims as it has room.
    """
    now = datetime.now(UTC)
    due = claims.kinds_due(now)
    waiting = [kind for kind in due if issubclass(kind, WaitingRow)]
    claimed = [
        claim for kind in due if kind not in waiting for claim in claims.claim_some(kind, now)
    ]
    handed = 0
    try:
        for claim in claimed:
            run_row.apply_async((claim.label, claim.pk, claim.token), retry=False)
            handed += 1
    finally:
        for claim in claimed[handed:]:
            claims.give_back(claim)
    if waiting:
        run_round.apply_async(queue=ROUNDS, retry=False, expires=max(5, settings.WORK_TICK))
        handed += 1
    return handed


@shared_task(name="work.run_row")
def run_row(label: str, pk: str, token: str) -> None:
    """Run one claimed row. Late, repeated and unknown deliveries find no claim and do nothing."""
    run(claims.Claim(label, pk, token), datetime.now(UTC), network())


@shared_task(name="work.run_round")
def run_round() -> int:
    """Run due rows that wait for others, of all kinds, many at once, until none is due or the round
    is over."""
    kinds = [kind for kind in claims.due_models() if issubclass(kind, WaitingRow)]
    return Round(kinds, network(), clock, settings.WORK_AT_ONCE).run()

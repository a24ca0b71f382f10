"""The two Celery tasks: find what is due, and run one row of it."""

from __future__ import annotations

from datetime import UTC, datetime

from celery import shared_task

from work import claims
from work.run import network, run


@shared_task(name="work.tick")
def tick() -> int:
    """Claim what is due and hand it to the workers; what cannot be handed over is given back."""
    claimed = list(claims.claim(datetime.now(UTC)))
    handed = 0
    try:
        for claim in claimed:
            run_row.apply_async((claim.label, claim.pk, claim.token), retry=False)
            handed += 1
    finally:
        for claim in claimed[handed:]:
            claims.give_back(claim)
    return handed


@shared_task(name="work.run_row")
def run_row(label: str, pk: str, token: str) -> None:
    """Run one claimed row. Late, repeated and unknown deliveries find no claim and do nothing."""
    run(claims.Claim(label, pk, token), datetime.now(UTC), network())

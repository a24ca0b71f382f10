"""Work that nobody takes: due for long, and no worker has begun it.

A row that fails is seen by itself. Where no worker fetches a queue nothing fails: rows stay due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from work.claims import BEGUN, due_models
from work.models import DueRow, WaitingRow
from work.tasks import ROUNDS

LATE_AFTER = timedelta(minutes=10)
CELERY = "celery"  # the queue of everything that is not done in rounds


@dataclass(frozen=True)
class Late:
    """So many rows of a kind, the first due since then, and the queue whose worker is missed."""

    kind: type[DueRow]
    count: int
    since: datetime
    queue: str


def is_late(now: datetime) -> Q:
    """A claim that no worker has fetched is not begun: the broker may hold it for nobody."""
    is_begun = Q(lease_token__startswith=BEGUN, lease_until__gt=now)
    return Q(set_aside_at__isnull=True, due_at__lte=now - LATE_AFTER) & ~is_begun


def late(now: datetime) -> list[Late]:
    """Every kind that has any: one query a kind."""
    found = []
    for kind in due_models():
        rows = kind._default_manager.filter(is_late(now))
        told = rows.aggregate(count=Count("pk"), since=Min("due_at"))
        if told["count"]:
            queue = ROUNDS if issubclass(kind, WaitingRow) else CELERY
            found.append(Late(kind, told["count"], told["since"], queue))
    return found

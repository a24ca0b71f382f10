"""Claiming due rows and finishing them: who holds a row, until when, and what comes next.

Every change is a conditional UPDATE, so that it holds on every database; where the database can
skip locked rows, two ticks at once do not even wait for each other.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from work.models import MOST_ATTEMPTS, DueRow
from work.steps import Step, back_off

log = logging.getLogger(__name__)
Row = TypeVar("Row", bound=DueRow)

# Marks the token of a lease under which the step has begun; without it nobody ever fetched it.
BEGUN = "-"
MOST = 100  # rows of one kind that are claimed together


@dataclass(frozen=True)
class Claim:
    """The right to run one row's step, good while the row still carries `token`."""

    label: str
    pk: str
    token: str
    wakes: int = 0  # as it stood when the row was read; the step may read the row again

    @property
    def model(self) -> type[DueRow]:
        return due_model(self.label)


def due_models() -> list[type[DueRow]]:
    """Every model with due work, in the order of the installed apps (ground floor first)."""
    return [model for model in apps.get_models() if issubclass(model, DueRow)]


def due_model(label: str) -> type[DueRow]:
    model = apps.get_model(label)
    if not issubclass(model, DueRow):
        raise LookupError(f"{label} holds no due work")
    return model


def _open(model: type[Row]) -> QuerySet[Row]:
    return model._default_manager.filter(set_aside_at__isnull=True, due_at__isnull=False)


def _free(now: datetime) -> Q:
    """Rows that no worker holds."""
    return Q(lease_until__isnull=True) | Q(lease_until__lte=now)


def _claimable(model: type[Row], now: datetime) -> QuerySet[Row]:
    return _open(model).filter(_free(now), due_at__lte=now)


def lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.WORK_LEASE)


def kinds_due(now: datetime, kinds: Sequence[type[DueRow]] | None = None) -> list[type[DueRow]]:
    """The kinds of which something can be claimed at `now`, in their order. One query."""
    asked = tuple(kinds or due_models())
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(_is_due_sql(asked), [moment] * 2 * len(asked))
        due = {label for (label,) in cursor.fetchall()}
    return [model for model in asked if model._meta.label in due]


@lru_cache
def _is_due_sql(kinds: tuple[type[DueRow], ...]) -> str:
    """What `_claimable` says, for all kinds at once: idle workers ask nothing else.

    Written out, since the ORM takes fifty times as long to put it together as the database to
    answer it.
    """
    return " UNION ALL ".join(
        f"SELECT '{model._meta.label}' WHERE EXISTS ("  # noqa: S608  # names of our own tables
        f"SELECT 1 FROM {connection.ops.quote_name(model._meta.db_table)}"
        " WHERE set_aside_at IS NULL AND due_at <= %s"
        " AND (lease_until IS NULL OR lease_until <= %s))"
        for model in kinds
    )


def claim(
    now: datetime, limit: int = MOST, kinds: Sequence[type[DueRow]] | None = None
) -> Iterator[Claim]:
    """Claim what is due at `now`, at most `limit` rows of each kind; set aside what gave up."""
    later = list(kinds or due_models())
    due = kinds_due(now, later)
    while due:
        del later[: later.index(due[0]) + 1]
        yield from claim_some(due[0], now, limit)
        # What ran meanwhile may have made rows of the kinds that follow due.
        due = kinds_due(now, later) if later else []


def claim_some(model: type[DueRow], now: datetime, limit: int = MOST) -> list[Claim]:
    """Claim at most `limit` due rows of one kind, for workers who take them one by one."""
    claims = []
    with transaction.atomic():
        for row in _willing(_claimable(model, now).order_by("due_at")[:limit], now):
            token = secrets.token_hex(15)
            if _lease([row], token, now):
                claims.append(Claim(model._meta.label, str(row.pk), token))
    return claims


def take_some(
    model: type[Row], now: datetime, limit: int, among: Q, order: str
) -> list[tuple[Row, Claim]]:
    """Claim at most `limit` due rows of those that `among` names, and begin them all at once."""
    wanted = _claimable(model, now).filter(among).order_by(order)
    # Mostly nothing is due: a look that needs no lock comes before the one that does.
    if not wanted.exists():
        return []
    token = BEGUN + secrets.token_hex(15)
    with transaction.atomic():
        rows = list(_willing(wanted[:limit], now))
        for attempts in {row.attempts for row in rows}:
            _lease([row for row in rows if row.attempts == attempts], token, now)
    return [(row, Claim(model._meta.label, str(row.pk), token, row.wakes)) for row in rows]


def _willing(wanted: QuerySet[Row], now: datetime) -> Iterator[Row]:
    """The wanted rows, locked (SQLite locks all there is), each with this try counted; what was
    tried too often is set aside."""
    if connection.features.has_select_for_update_skip_locked:
        wanted = wanted.select_for_update(skip_locked=True, of=("self",))
    for row in wanted:
        # A claim that no worker fetched in time (a long queue, a broker that forgot) was counted
        # and is no try: it is claimed again without counting.
        is_counted = bool(row.lease_token) and not row.lease_token.startswith(BEGUN)
        if row.attempts >= MOST_ATTEMPTS and not is_counted:
            _set_aside(row, now)
            continue
        row.attempts += 0 if is_counted else 1
        yield row


def _lease(rows: Sequence[DueRow], token: str, now: datetime) -> int:
    """Lease rows of as many tries to who knows `token`; how many that were."""
    held = _claimable(type(rows[0]), now).filter(pk__in=[row.pk for row in rows])
    return held.update(attempts=rows[0].attempts, lease_token=token, lease_until=lease_end(now))


def _set_aside(row: DueRow, now: datetime) -> None:
    ended = f"the worker ended {row.attempts} times without finishing"
    if not _mark_aside(row, row.last_problem or ended, now):
        return
    try:
        with transaction.atomic():
            row.gave_up(now)
    except Exception:  # one bad row must not stop the others; it stays set aside and is seen
        log.exception("%s %s was set aside, and nobody could be told", row._meta.label, row.pk)


def _mark_aside(row: DueRow, problem: str, now: datetime) -> bool:
    row.last_problem = problem
    facts = {"set_aside_at": now, "lease_token": "", "lease_until": None, "last_problem": problem}
    return bool(_open(type(row)).filter(_free(now), pk=row.pk).update(**facts))


def resume(now: datetime) -> int:
    """Give every row that was set aside another chance, after people mended what was wrong."""
    fresh = {"set_aside_at": None, "attempts": 0, "last_problem": "", "due_at": now}
    return sum(
        model._default_manager.filter(set_aside_at__isnull=False).update(
            **fresh, wakes=F("wakes") + 1
        )
        for model in due_models()
    )


def try_again(model: type[DueRow], pk: object, now: datetime) -> bool:
    """Give one row another chance at once. False: a worker holds it, or it waits for nothing."""
    stuck = Q(set_aside_at__isnull=False) | Q(due_at__isnull=False)
    fresh = {"set_aside_at": None, "attempts": 0, "due_at": now, "lease_token": ""}
    rows = model._default_manager.filter(stuck, _free(now), pk=pk)
    return bool(rows.update(**fresh, lease_until=None, wakes=F("wakes") + 1))


def set_aside(model: type[DueRow], pk: object, problem: str, now: datetime) -> bool:
    """Stop trying, as after too many tries. False: a worker holds it, or it waits for nothing.

    Unlike there, an error of `gave_up` is raised: people are here who see it.
    """
    with transaction.atomic():
        row = _open(model).filter(_free(now), pk=pk).first()
        changed = row is not None and _mark_aside(row, problem, now)
        if row is not None and changed:
            row.gave_up(now)
    return changed


def take(claim: Claim, now: datetime) -> tuple[DueRow, Claim] | None:
    """Begin a claimed row, once: the token is exchanged, so a second delivery finds nothing."""
    own = BEGUN + secrets.token_hex(15)
    rows = claim.model._default_manager.filter(pk=claim.pk)
    if not rows.filter(lease_token=claim.token).update(lease_token=own, lease_until=lease_end(now)):
        return None
    row = rows.get()
    return row, Claim(claim.label, claim.pk, own, row.wakes)


def finish(claim: Claim, step: Step) -> None:
    """Give the row back with its next time, unless a nudge meanwhile asked for an earlier look."""
    mine = claim.model._default_manager.filter(pk=claim.pk, lease_token=claim.token)
    done = {"lease_token": "", "lease_until": None, "attempts": 0, "last_problem": ""}
    if not mine.filter(wakes=claim.wakes).update(due_at=step.due_at, **done):
        mine.update(**done)


def release(claims: Iterable[Claim]) -> None:
    """Give rows of one kind back whose next times their ends have written already."""
    held = list(claims)
    if held:
        held[0].model._default_manager.filter(
            pk__in=[each.pk for each in held], lease_token__in={each.token for each in held}
        ).update(lease_token="", lease_until=None, attempts=0, last_problem="")


def fail(claim: Claim, seen: DueRow, problem: str, now: datetime) -> None:
    """Give the row back after an exception: tried again later, set aside after a few tries."""
    claim.model._default_manager.filter(pk=claim.pk, lease_token=claim.token).update(
        lease_token="",
        lease_until=None,
        last_problem=problem[:2000],
        due_at=now + back_off(seen.attempts),
    )


def give_back(claim: Claim) -> None:
    """Undo a claim that could not be handed to a worker: it does not count as a try."""
    claim.model._default_manager.filter(pk=claim.pk, lease_token=claim.token).update(
        lease_token="", lease_until=None, attempts=F("attempts") - 1
    )


def next_due(kinds: Sequence[type[DueRow]] | None = None) -> datetime | None:
    """When the next row wants a look, leased ones at the end of their lease. One query."""
    times = [
        _open(model).order_by().values(at=Coalesce("lease_until", "due_at"))
        for model in kinds or due_models()
    ]
    first = times[0].union(*times[1:], all=True).order_by("at").first()
    return None if first is None else first["at"]


def set_aside_count() -> int:
    """How many rows of every kind wait for people because their steps kept failing."""
    return sum(m._default_manager.filter(set_aside_at__isnull=False).count() for m in due_models())

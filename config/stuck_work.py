"""Stuck work: what is due, held, failing or set aside in every room, and what staff may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from accounts import audit, kept_sentences, staff
from accounts.access import Action
from accounts.actors import Actor, label
from accounts.staff import StaffRefused
from work import claims
from work.late import LATE_AFTER, is_late
from work.models import DueRow

MOST_ROWS = 25  # of each kind on one page


def _held(now: datetime) -> Q:
    return Q(lease_until__gt=now)


def _failing(now: datetime) -> Q:
    """Tried without success and tried again later."""
    return ~_held(now) & Q(set_aside_at__isnull=True) & (Q(attempts__gt=0) | ~Q(last_problem=""))


def choices(now: datetime) -> dict[str, Q]:
    """What the page can show, by its name in the address; the first is shown unasked."""
    open_rows = Q(set_aside_at__isnull=True, due_at__isnull=False)
    return {
        "stuck": Q(set_aside_at__isnull=False) | _failing(now),
        "late": is_late(now),
        "due": open_rows & Q(due_at__lte=now) & ~_held(now),
        "held": _held(now),
        "waiting": open_rows & Q(due_at__gt=now) & ~_held(now),
    }


@dataclass(frozen=True)
class Kind:
    """How many rows of one kind there are, by what the page can show."""

    name: str
    numbers: dict[str, int]


def counts(now: datetime) -> list[Kind]:
    """One query a kind."""
    asked = {name: Count("pk", filter=wanted) for name, wanted in choices(now).items()}
    return [
        Kind(str(model._meta.verbose_name_plural), model._default_manager.aggregate(**asked))
        for model in claims.due_models()
    ]


def rows(show: str, now: datetime) -> list[DueRow]:
    """The rows of every kind to show, those longest due first: one query a kind."""
    wanted = choices(now)[show]
    found = [
        row
        for model in claims.due_models()
        for row in model._default_manager.filter(wanted).order_by("due_at", "pk")[:MOST_ROWS]
    ]
    return sorted(found, key=lambda row: row.due_at or now)


def tone(row: DueRow, now: datetime) -> tuple[str, str]:
    """The badge of a row: its tone and what it says."""
    if row.set_aside_at is not None:
        return "problem", _("Set aside")
    if row.lease_until is not None and row.lease_until > now:
        return "ca", _("A worker has it")
    if row.attempts or row.last_problem:
        return "you", _("Failing")
    if row.due_at is not None and row.due_at <= now - LATE_AFTER:
        return "problem", _("Late")
    if row.due_at is not None and row.due_at <= now:
        return "ca", _("Due")
    return "ca", _("Waiting")


def try_again(row: DueRow, *, actor: Actor, now: datetime) -> None:
    """Let the workers take this row at once, its tries forgotten."""
    staff.demand(actor, Action.UNSTICK)
    with transaction.atomic():
        if not claims.try_again(type(row), row.pk, now):
            raise _not_now()
        _log(row, "work.try_again", actor, now)


def set_aside(row: DueRow, *, reason: str, actor: Actor, now: datetime) -> None:
    """Let nobody try this row any more; whoever waits for it is told as after too many tries."""
    staff.demand(actor, Action.UNSTICK)
    with transaction.atomic():
        with kept_sentences.in_the_portals_language():
            is_done = claims.set_aside(type(row), row.pk, f"{label(actor)}: {reason}", now)
        if not is_done:
            raise _not_now()
        _log(row, "work.set_aside", actor, now, reason=reason)


def _not_now() -> StaffRefused:
    return StaffRefused(
        "work.not_waiting",
        _("A worker has this row right now, or it waits for nothing. Look again in a minute."),
    )


def _log(row: DueRow, action: str, actor: Actor, now: datetime, **detail: str) -> None:
    subject = f"{row._meta.label} {row.pk}"
    audit.record(
        project_id=None, actor=actor, action=action, subject=subject, now=now, detail=detail
    )

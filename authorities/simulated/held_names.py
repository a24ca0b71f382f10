"""Orders whose names people look at before anything else happens: why, and until when.

Held is an order before the customer is mailed or asked for proof, so that nothing of theirs is at
risk: the original of a reissue stays as it is while somebody looks.
"""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.dates import day
from authorities.brands import Brand
from authorities.calendar import Calendar, calendar_from
from authorities.port import Kind, Request, Stage
from authorities.simulated.orders import CaOrder, State, locked
from pki import held_names
from pki.findings import Finding
from verification.outcome import Problem
from work.steps import Step

LOOK_DAYS = 1  # working days in which somebody looks


def reasons(order: CaOrder) -> list[Finding]:
    """Why people look at the names of an order. A reissue's names that the original carries were
    looked at then."""
    request = order.request()
    known = _issued(request) if request.kind == Kind.REISSUE else set()
    new = [name for name in request.names if name not in known]
    return [found for name in new for found in held_names.reasons(name)]


def open_reason(order: CaOrder) -> Finding | None:
    """Of several reasons the first, unless somebody has looked already."""
    return next(iter(reasons(order)), None) if order.names_seen_at is None else None


def _issued(request: Request) -> set[str]:
    """The names of the original, where it is this customer's."""
    replaced = CaOrder.objects.filter(
        issued__serial=request.replaces, issued__authority__brand=request.brand
    )
    requests = [order.request() for order in replaced]
    return {name for each in requests if each.customer == request.customer for name in each.names}


def look_by(order: CaOrder, calendar: Calendar | None = None) -> datetime:
    """Until when somebody of the brand looks."""
    held = next((told for told in order.history if told["stage"] == Stage.HELD), None)
    since = datetime.fromisoformat(held["at"]) if held else order.received_at
    request, known = order.request(), calendar or calendar_from(since)
    return known.add_working_days(since, LOOK_DAYS, request.brand, request.type)


def told(reason: Finding, brand: str, until: datetime) -> Problem:
    """A reason as the customer reads it while they wait."""
    sentences = {
        held_names.MIXED_SCRIPTS: _(
            "Held for review because %(name)s mixes letters of several scripts (%(scripts)s) in"
            " one label. The staff of %(brand)s look at it by %(day)s."
        ),
        held_names.PRIVATE_SUFFIX: _(
            "Held for review because %(name)s would speak for every customer who has a name below"
            " %(suffix)s. The staff of %(brand)s look at it by %(day)s."
        ),
    }
    words = {**reason.params, "brand": Brand(brand).label, "day": day(until)}
    return Problem(reason.code, sentences[reason.code] % words)


def hold(row: CaOrder, reason: Finding, now: datetime) -> None:
    """Let the order wait for people (inside `locked`)."""
    request = row.request()
    until = calendar_from(now).add_working_days(now, LOOK_DAYS, request.brand, request.type)
    problem = told(reason, request.brand, until)
    row.looks, row.problem_code, row.problem_message = 0, problem.code, problem.message
    row.state = State.HELD
    row.note(Stage.HELD, now, problem.code, problem.message)


def hold_at_issue(order: CaOrder, reason: Finding, now: datetime) -> Step:
    """Names that came to be held by a newer list while the order was under way wait at its end."""
    with locked(order.pk, now) as row:
        if row.state == State.ISSUING:
            hold(row, reason, now)
    return Step(None, changed=True)

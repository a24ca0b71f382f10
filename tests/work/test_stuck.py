"""One stuck row: tried again or set aside by people, never while a worker holds it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.work.test_claims import KINDS, NOW, row
from verification.mail import OutgoingMail
from work import claims
from work.loop import run_due
from work.models import MOST_ATTEMPTS

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


def facts(held: OutgoingMail) -> dict[str, Any]:
    return dict(OutgoingMail.objects.filter(pk=held.pk).values().get())


def test_one_row_is_tried_again_and_its_neighbour_is_not(mailoutbox: list[Any]) -> None:
    one, other = row(), row()
    OutgoingMail.objects.update(set_aside_at=NOW, attempts=MOST_ATTEMPTS, last_problem="x")
    assert claims.try_again(OutgoingMail, one.pk, LATER)
    kept = facts(one)
    assert (kept["set_aside_at"], kept["attempts"], kept["due_at"]) == (None, 0, LATER)
    assert kept["wakes"] == 1
    run_due(LATER, None, KINDS)
    assert facts(one)["sent_at"] == LATER
    assert facts(other)["set_aside_at"] == NOW


def test_a_row_that_waits_between_tries_is_hurried() -> None:
    waiting = row(NOW + timedelta(days=1))
    assert claims.try_again(OutgoingMail, waiting.pk, LATER)
    assert facts(waiting)["due_at"] == LATER


def test_a_row_is_set_aside_and_says_so(mailoutbox: list[Any]) -> None:
    waiting = row()
    assert claims.set_aside(OutgoingMail, waiting.pk, "sam: loops", NOW)
    kept = facts(waiting)
    assert (kept["set_aside_at"], kept["last_problem"]) == (NOW, "sam: loops")
    assert (kept["failed_at"], kept["problem"]) == (NOW, "sam: loops")
    run_due(LATER, None, KINDS)
    assert mailoutbox == []
    assert not claims.set_aside(OutgoingMail, waiting.pk, "again", LATER)
    assert facts(waiting)["last_problem"] == "sam: loops"


@pytest.mark.parametrize("verb", ["try_again", "set_aside"])
def test_a_row_that_a_worker_holds_is_left_alone(verb: str) -> None:
    held = row()
    assert len(list(claims.claim(NOW, kinds=KINDS))) == 1
    before = facts(held)
    more = ["because"] if verb == "set_aside" else []
    assert not getattr(claims, verb)(OutgoingMail, held.pk, *more, NOW)
    assert facts(held) == before


@pytest.mark.parametrize("verb", ["try_again", "set_aside"])
def test_a_row_that_waits_for_nothing_is_left_alone(verb: str) -> None:
    done = row(None)
    before = facts(done)
    more = ["because"] if verb == "set_aside" else []
    assert not getattr(claims, verb)(OutgoingMail, done.pk, *more, NOW)
    assert facts(done) == before


def test_a_dead_workers_lease_binds_nobody() -> None:
    held = row()
    assert len(list(claims.claim(NOW, kinds=KINDS))) == 1
    late = claims.lease_end(NOW)
    assert claims.set_aside(OutgoingMail, held.pk, "dead", late)
    assert facts(held)["lease_token"] == ""

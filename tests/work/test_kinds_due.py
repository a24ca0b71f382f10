"""Which kinds have work: what idle workers ask again and again, so that it is one query."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.invitations import Invitation
from tests.cast import World
from tests.verification.test_pace import ask
from tests.work.test_claims import KINDS, row
from verification.challenges import Challenge
from verification.mail import OutgoingMail
from work import claims
from work.loop import run_due
from work.nudge import wake
from work.steps import Step
from work.tasks import tick

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MOMENTS = [None, NOW - timedelta(seconds=1), NOW, NOW + timedelta(seconds=1)]


@pytest.mark.parametrize("facts", [*product(MOMENTS, MOMENTS, [None, NOW])])
def test_a_kind_is_due_when_a_row_of_it_can_be_claimed(
    facts: tuple[datetime | None, datetime | None, datetime | None],
) -> None:
    due_at, lease_until, set_aside_at = facts
    mail = row(due_at)
    OutgoingMail.objects.update(lease_until=lease_until, set_aside_at=set_aside_at)
    is_due = claims.kinds_due(NOW, KINDS) == KINDS
    assert is_due == (claims.claim_some(OutgoingMail, NOW) != []), mail


def test_the_kinds_that_are_due_are_told_in_their_order(world: World) -> None:
    assert claims.kinds_due(NOW, claims.due_models()) == claims.kinds_due(NOW)
    row()
    ask(world)
    found = claims.kinds_due(NOW, [Challenge, Invitation, OutgoingMail])
    assert found == [Challenge, OutgoingMail]


def test_idle_workers_ask_one_question(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        assert tick() == 0
    with django_assert_num_queries(1):
        assert run_due(NOW, None) == {}


def test_what_a_step_makes_due_in_a_kind_that_follows_is_run_in_the_same_round(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row()
    (challenge,) = ask(world)
    Challenge.objects.update(due_at=None)

    def tells(_self: OutgoingMail, now: datetime, _network: object) -> Step:
        wake(Challenge, challenge.pk, now)
        return Step(None, changed=True)

    monkeypatch.setattr(OutgoingMail, "step", tells)
    monkeypatch.setattr(Challenge, "step", lambda *_arguments: Step(None, changed=True))
    assert run_due(NOW, None, [OutgoingMail, Challenge])["run"] == 2
    OutgoingMail.objects.update(due_at=NOW)
    assert run_due(NOW, None, [Challenge, OutgoingMail])["run"] == 1


@pytest.fixture
def world() -> World:
    return World(now=NOW)

"""Looks in vain that are kept together: the same as one by one, and nothing but those."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from tests.cast import World
from tests.verification.test_pace import ask
from verification import pace
from verification.challenges import Attempt, Challenge, Status
from verification.looking import Seen, end
from verification.outcome import Outcome, Problem
from verification.vain_looks import keep
from work.nudge import wake

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ABSENT = Outcome(False, Problem("dns.absent", "It is not there."), {"status": "NODATA"})
CACHED = Outcome(
    False,
    Problem("dns.cached_negative", "Not seen yet."),
    {"kept_until": (NOW + timedelta(minutes=20)).isoformat()},
)


@pytest.fixture
def world() -> World:
    return World(now=NOW)


def everything() -> list[Any]:
    attempts = [
        {name: value for name, value in each.items() if name != "id"}
        for each in Attempt.objects.values()
    ]
    return [*Challenge.objects.order_by("pk").values(), *attempts]


@pytest.mark.parametrize("seen", [ABSENT, CACHED, None])
def test_it_is_kept_as_it_is_kept_alone(world: World, seen: Seen | None) -> None:
    (challenge,) = ask(world)
    with transaction.atomic():
        step = end(Challenge.objects.get(), NOW, seen)
        Challenge.objects.update(due_at=step.due_at)  # what finishing the step does
        alone = everything()
        transaction.set_rollback(True)
    assert keep({challenge: seen}, NOW) == {challenge}
    assert everything() == alone


@pytest.mark.parametrize(
    ("facts", "seen", "now"),
    [
        ({"wakes": 7}, ABSENT, NOW),
        ({"wakes": 7}, None, NOW),
        ({"looks": 3}, ABSENT, NOW),
        ({"status": Status.REPLACED}, ABSENT, NOW),
        ({"paused_at": NOW}, ABSENT, NOW),
        ({}, Outcome(True, None, {}), NOW),
        ({}, ABSENT, NOW + pace.pause_after()),
        ({}, ABSENT, NOW + timedelta(days=30)),
    ],
    ids=["woken", "woken, busy", "looked at", "replaced", "paused", "proved", "in vain", "lapsed"],
)
def test_what_changed_or_tells_somebody_is_left_to_be_ended_alone(
    world: World, facts: dict[str, object], seen: Seen | None, now: datetime
) -> None:
    changed, other = ask(world, "shop.example.com", "other.example.com")
    Challenge.objects.filter(pk=changed.pk).update(**facts)
    before = Challenge.objects.filter(pk=changed.pk).values().get()
    assert keep({changed: seen, other: ABSENT}, now) == ({other} if now == NOW else set())
    assert Challenge.objects.filter(pk=changed.pk).values().get() == before
    assert not Attempt.objects.filter(challenge=changed).exists()


def test_a_nudge_during_a_look_is_not_lost(world: World) -> None:
    (challenge,) = ask(world)
    wake(Challenge, challenge.pk, NOW)
    assert keep({challenge: ABSENT}, NOW) == set()
    assert end(challenge, NOW, ABSENT).due_at == NOW
    assert Attempt.objects.count() == 1

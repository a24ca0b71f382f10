"""Rounds: many rows at once, with few statements; one bad row stops no other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import World
from verification import asking
from verification.challenges import Attempt, Challenge, Status
from verification.dictionary import DictionaryNetwork
from verification.network import DnsAnswer
from verification.writing import Letter
from work.rounds import Round
from work.steps import Step

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LETTER = Letter("desk@geotrust.example", "GeoTrust", "scs0000000000000", "alice@acme.example")
MANY = 40


@pytest.fixture
def world() -> World:
    return World(now=NOW)


def ask(world: World, *domains: str) -> list[Challenge]:
    proof = asking.demand(
        project_id=world.acme.pk,
        domains=domains,
        method="DNS",
        mailbox="",
        letter=LETTER,
        now=world.now,
    )
    return list(proof.challenges.order_by("pk"))


def names(count: int) -> list[str]:
    return [f"shop{number}.com" for number in range(count)]


def run(world: World, network: object = None, at_once: int = 4 * MANY) -> int:
    return Round([Challenge], network or world.network, lambda: world.now, at_once).run()


def looks() -> list[int]:
    return list(Challenge.objects.order_by("pk").values_list("looks", flat=True))


def assert_all_given_back() -> None:
    assert not Challenge.objects.exclude(lease_token="", lease_until=None, attempts=0).exists()


@pytest.mark.parametrize("looks_before", [0, 1])
def test_a_look_costs_one_statement_and_its_share(world: World, looks_before: int) -> None:
    ask(world, *names(MANY))
    if looks_before:
        run(world)
        Challenge.objects.update(due_at=NOW)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert run(world) == MANY
    assert looks() == [looks_before + 1] * MANY
    assert Attempt.objects.count() == MANY * (looks_before + 1)
    assert len(queries) <= 2 * MANY
    assert_all_given_back()


def test_who_is_proved_is_told_and_the_others_wait_on(world: World) -> None:
    challenges = ask(world, *names(6))
    for challenge in challenges[::2]:
        world.txt[f"_dnsauth.{challenge.domain}"] = [challenge.value]
    assert run(world) == 6
    rows = Challenge.objects.order_by("pk")
    assert [row.status for row in rows] == [Status.PROVED, Status.OPEN] * 3
    assert [row.due_at is None for row in rows] == [True, False] * 3
    assert Attempt.objects.count() == 6
    assert_all_given_back()


class Broken(DictionaryNetwork):
    """Its door breaks at one name, which is our own bug."""

    def txt(self, name: str) -> DnsAnswer:
        if name.endswith("shop3.com"):
            raise RuntimeError("out of order")
        return super().txt(name)


def test_one_bad_look_stops_no_other(world: World) -> None:
    ask(world, *names(6))
    assert run(world, Broken()) == 6
    bad = Challenge.objects.get(domain="shop3.com")
    assert (bad.looks, bad.last_problem) == (0, "RuntimeError: out of order")
    assert bad.due_at is not None
    assert bad.due_at > NOW
    assert looks() == [1, 1, 1, 0, 1, 1]


def test_what_cannot_be_kept_together_is_kept_one_by_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(world, *names(6))
    kept_together = Challenge.end_many

    def breaks(now: datetime, seen: Mapping[Challenge, Any]) -> Collection[Challenge]:
        kept_together(now, seen)
        raise RuntimeError("half done")

    monkeypatch.setattr(Challenge, "end_many", breaks)
    assert run(world) == 6
    assert (looks(), Attempt.objects.count()) == ([1] * 6, 6)
    assert_all_given_back()


def test_a_row_that_cannot_begin_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(world, *names(3))
    begins = Challenge.begin

    def breaks(self: Challenge, now: datetime, **more: Any) -> Step | Callable[[Any], Any]:
        if self.domain == "shop1.com":
            raise RuntimeError("out of order")
        return begins(self, now, **more)

    monkeypatch.setattr(Challenge, "begin", breaks)
    assert run(world) == 2
    assert looks() == [1, 0, 1]
    assert Challenge.objects.get(domain="shop1.com").last_problem == "RuntimeError: out of order"

"""The loop without Celery: when it goes on, when it waits, and when it ends."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command

from verification.mail import OutgoingMail
from work import loop
from work.loop import run_until
from work.models import MOST_ATTEMPTS
from work.steps import Step

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Time:
    """A clock that only sleeping and working move on."""

    def __init__(self) -> None:
        self.now = START

    def read(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @property
    def passed(self) -> float:
        return (self.now - START).total_seconds()


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    # The command first: if it is imported here, it must find the real clock to go back to.
    monkeypatch.setattr("work.management.commands.work_due.clock", clock.read)
    monkeypatch.setattr(loop, "clock", clock.read)
    # The loop's own name for the module only: `time.sleep` itself is also called by threads that
    # earlier tests left to end by themselves, and each of their sleeps would move this clock.
    monkeypatch.setattr(loop, "time", SimpleNamespace(sleep=clock.sleep))
    return clock


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[datetime], Step]], list[float]]:
    def install(act: Callable[[datetime], Step]) -> list[float]:
        ran: list[float] = []

        def step(self: OutgoingMail, now: datetime, network: Any) -> Step:
            ran.append((now - START).total_seconds())
            return act(now)

        monkeypatch.setattr(OutgoingMail, "step", step)
        return ran

    return install


def row(after: float = 0) -> None:
    OutgoingMail.objects.create(
        kind="test",
        about="scs0000000000000",
        sender="desk@geotrust.example",
        recipient="alice@acme.example",
        subject="Subject",
        text="text",
        html="<p>text</p>",
        created_at=START,
        due_at=START + timedelta(seconds=after),
    )


def until_idle(seconds: float) -> dict[str, int]:
    return dict(run_until(lambda: False, None, idle=seconds))


def test_without_rows_it_ends_at_once(time: Time) -> None:
    assert until_idle(30) == {}
    assert time.passed == 0


def test_rows_that_fall_due_later_than_the_limit_are_not_waited_for(
    time: Time, steps: Callable[..., list[float]]
) -> None:
    row(31)
    ran = steps(lambda _now: Step(None, changed=True))
    until_idle(30)
    assert ran == []
    assert time.passed == 0


def test_a_row_that_falls_due_in_time_is_waited_for(
    time: Time, steps: Callable[..., list[float]]
) -> None:
    row(29)
    ran = steps(lambda _now: Step(None, changed=True))
    assert until_idle(30)["changed"] == 1
    assert ran == [29.0]
    assert time.passed == 29


def test_polls_that_see_nothing_new_do_not_prolong_it(
    time: Time, steps: Callable[..., list[float]]
) -> None:
    row()
    ran = steps(lambda now: Step(now + timedelta(seconds=8), changed=False))
    until_idle(30)
    assert ran == [0, 8, 16, 24]
    assert time.passed <= 30


def test_a_change_prolongs_it(time: Time, steps: Callable[..., list[float]]) -> None:
    row()
    ran = steps(lambda now: Step(now + timedelta(seconds=20), changed=time.passed <= 20))
    until_idle(30)
    assert ran == [0, 20, 40]  # changed at 0 and 20; 60 is too far from 20
    assert time.passed <= 50


def test_a_row_that_is_always_due_does_not_spin_for_ever(
    time: Time, steps: Callable[..., list[float]]
) -> None:
    row()
    steps(lambda now: Step(now, changed=False))
    until_idle(2)
    assert time.passed <= 3


def test_it_ends_when_it_is_done(time: Time, steps: Callable[..., list[float]]) -> None:
    row()
    ran = steps(lambda now: Step(now + timedelta(seconds=1), changed=True))
    run_until(lambda: len(ran) >= 3, None, idle=60, limit=60)
    assert ran == [0, 1, 2]


def test_it_ends_at_its_limit_and_waits_for_it_though_nothing_is_due(time: Time) -> None:
    run_until(lambda: False, None, idle=5, limit=5)
    assert 5 <= time.passed <= 6


def work_due(*options: str) -> tuple[str, int]:
    out, code = io.StringIO(), 0
    try:
        call_command("work_due", *options, stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    return out.getvalue(), code


def test_the_command_does_what_is_due_and_prints_counts(
    time: Time, steps: Callable[..., list[float]]
) -> None:
    row()
    row(5)
    steps(lambda _now: Step(None, changed=True))
    assert work_due() == ("1 steps, 1 changes, 0 failed, 0 set aside\n", 0)
    assert work_due("--until-idle", "10") == ("1 steps, 1 changes, 0 failed, 0 set aside\n", 0)


def test_the_command_fails_only_when_a_row_was_set_aside(
    time: Time, steps: Callable[..., list[float]]
) -> None:
    def fails(_now: datetime) -> Step:
        raise RuntimeError("broken")

    row()
    ran = steps(fails)
    assert work_due() == ("1 steps, 0 changes, 1 failed, 0 set aside\n", 0)
    OutgoingMail.objects.update(attempts=MOST_ATTEMPTS, due_at=START)
    assert work_due() == ("0 steps, 0 changes, 0 failed, 1 set aside\n", 1)
    assert work_due() == ("0 steps, 0 changes, 0 failed, 0 set aside\n", 0)
    assert len(ran) == 1
    steps(lambda _now: Step(None, changed=True))
    assert work_due("--resume") == ("1 steps, 1 changes, 0 failed, 0 set aside\n", 0)

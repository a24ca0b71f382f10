"""Claims: who holds a row, until when, how often it was tried, and what a nudge does meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from certificates.invariants import broken_invariants
from verification.mail import OutgoingMail
from work import claims, nudge
from work.claims import Claim
from work.loop import run_due
from work.models import MOST_ATTEMPTS
from work.nudge import wake
from work.run import run
from work.steps import BACK_OFF, Step
from work.tasks import run_row, tick

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=settings.WORK_LEASE)
KINDS = [OutgoingMail]
Act = Callable[[OutgoingMail, datetime], Step]


def row(due_at: datetime | None = NOW) -> OutgoingMail:
    """A row with due work; what its step does is said by the `steps` fixture."""
    return OutgoingMail.objects.create(
        kind="test",
        about="scs0000000000000",
        sender="desk@geotrust.example",
        recipient="alice@acme.example",
        subject="Subject",
        text="text",
        html="<p>text</p>",
        created_at=NOW,
        due_at=due_at,
    )


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Callable[[Act], list[int]]:
    """Let every row do this when its step runs; answers the list of the rows that ran."""

    def install(act: Act) -> list[int]:
        ran: list[int] = []

        def step(self: OutgoingMail, now: datetime, network: Any) -> Step:
            ran.append(self.pk)
            return act(self, now)

        monkeypatch.setattr(OutgoingMail, "step", step)
        return ran

    return install


def nothing_more(_row: OutgoingMail, _now: datetime) -> Step:
    return Step(None, changed=True)


def fails(_row: OutgoingMail, _now: datetime) -> Step:
    raise RuntimeError("out of order\nDETAIL: Failing row contains (secret).")


def claim(now: datetime = NOW) -> list[Claim]:
    return list(claims.claim(now, kinds=KINDS))


def fresh(mail: OutgoingMail) -> OutgoingMail:
    return OutgoingMail.objects.get(pk=mail.pk)


def test_a_due_row_is_claimed_once() -> None:
    mail = row()
    (mine,) = claim()
    assert (mine.label, mine.pk) == ("verification.OutgoingMail", str(mail.pk))
    assert claim() == []
    held = fresh(mail)
    assert held.lease_token == mine.token
    assert held.lease_until == NOW + LEASE
    assert held.attempts == 1


@pytest.mark.parametrize("due_at", [None, NOW + timedelta(seconds=1)])
def test_a_row_that_is_not_due_is_left_alone(due_at: datetime | None) -> None:
    row(due_at)
    assert claim() == []


def test_the_oldest_are_claimed_first_and_no_more_than_asked_for() -> None:
    late, early = row(NOW), row(NOW - timedelta(minutes=1))
    (first,) = claims.claim(NOW, limit=1, kinds=KINDS)
    (second,) = claims.claim(NOW, limit=1, kinds=KINDS)
    assert [first.pk, second.pk] == [str(early.pk), str(late.pk)]


def test_a_lease_that_ran_out_is_claimed_by_somebody_else() -> None:
    mail = row()
    (dead,) = claim()
    assert claim(NOW + LEASE - timedelta(seconds=1)) == []
    (living,) = claim(NOW + LEASE)
    assert living.token != dead.token
    assert claims.take(dead, NOW + LEASE) is None
    taken = claims.take(living, NOW + LEASE)
    assert taken is not None
    assert taken[0].pk == mail.pk


def test_a_second_delivery_does_nothing(steps: Callable[[Act], list[int]]) -> None:
    mail = row()
    ran = steps(nothing_more)
    (mine,) = claim()
    for _delivery in range(5):
        run_row(mine.label, mine.pk, mine.token)
    assert ran == [mail.pk]


def test_two_deliveries_at_the_same_time_begin_one_step() -> None:
    row()
    (mine,) = claim()
    assert claims.take(mine, NOW) is not None
    assert claims.take(mine, NOW) is None


def test_deliveries_out_of_order_and_for_unknown_rows(steps: Callable[[Act], list[int]]) -> None:
    row(), row()
    ran = steps(nothing_more)
    one, two = claim()  # both due at one time, in either order
    run_row("verification.OutgoingMail", "999999", one.token)
    run_row(one.label, two.pk, one.token)
    assert ran == []
    run_row(two.label, two.pk, two.token)
    run_row(one.label, one.pk, one.token)
    assert ran == [int(two.pk), int(one.pk)]


def test_a_finished_step_forgets_its_tries(steps: Callable[[Act], list[int]]) -> None:
    mail = row()
    OutgoingMail.objects.update(attempts=4, last_problem="RuntimeError: earlier")
    steps(lambda _row, now: Step(now + timedelta(hours=1), changed=False))
    run_due(NOW, None, KINDS)
    done = fresh(mail)
    assert (done.attempts, done.last_problem, done.lease_token, done.lease_until) == (
        0,
        "",
        "",
        None,
    )
    assert done.due_at == NOW + timedelta(hours=1)


def test_tries_are_counted_at_the_claim_and_end_in_setting_aside(
    steps: Callable[[Act], list[int]],
) -> None:
    """A row that kills its worker never comes to its end, and is seen all the same."""
    mail, now = row(), NOW
    for number in range(1, MOST_ATTEMPTS + 1):
        (mine,) = claim(now)
        assert fresh(mail).attempts == number
        assert claims.take(mine, now) is not None  # and here the worker dies
        now += LEASE
    assert claim(now) == []
    aside = fresh(mail)
    assert aside.set_aside_at == now
    assert aside.last_problem == f"the worker ended {MOST_ATTEMPTS} times without finishing"
    assert aside.failed_at == now  # what this kind of row does when it gives up
    assert claim(now + timedelta(days=1)) == []
    assert claims.set_aside_count() == 1
    assert [broken.code for broken in broken_invariants()] == ["work.set_aside"]


def test_claims_that_no_worker_fetched_are_no_tries() -> None:
    """A long queue, or a broker that forgets: leases end, yet nobody has tried anything."""
    mail, now = row(), NOW
    for _round in range(3 * MOST_ATTEMPTS):
        (mine,) = claim(now)
        assert fresh(mail).attempts == 1
        now += LEASE
    assert claims.take(mine, now) is not None
    claim(now + LEASE)
    assert fresh(mail).attempts == 2


def test_a_failing_step_is_tried_later_and_set_aside_after_a_few(
    steps: Callable[[Act], list[int]],
) -> None:
    mail, now = row(), NOW
    ran = steps(fails)
    for number in range(MOST_ATTEMPTS):
        assert run_due(now, None, KINDS)["failed"] == 1
        failed = fresh(mail)
        assert failed.due_at == now + BACK_OFF[number]
        assert failed.last_problem == "RuntimeError: out of order"  # and nothing of the detail
        assert failed.due_at is not None
        now = failed.due_at
    assert run_due(now, None, KINDS)["run"] == 0
    assert len(ran) == MOST_ATTEMPTS
    aside = fresh(mail)
    assert aside.set_aside_at == now
    assert aside.problem == "RuntimeError: out of order"


def test_one_bad_row_stops_no_other(steps: Callable[[Act], list[int]]) -> None:
    bad, good = row(NOW - timedelta(seconds=1)), row()
    ran = steps(lambda mail, now: (fails if mail.pk == bad.pk else nothing_more)(mail, now))
    assert run_due(NOW, None, KINDS) == {
        "run": 2,
        "failed": 1,
        "changed": 1,
        "verification.OutgoingMail": 2,
    }
    assert ran == [bad.pk, good.pk]


def test_a_row_that_cannot_even_give_up_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = row(NOW - timedelta(seconds=1)), row()
    OutgoingMail.objects.filter(pk=bad.pk).update(attempts=MOST_ATTEMPTS)

    def gave_up(self: OutgoingMail, now: datetime) -> None:
        OutgoingMail.objects.update(subject="half done")
        raise RuntimeError("no")

    monkeypatch.setattr(OutgoingMail, "gave_up", gave_up)
    (mine,) = claim()
    assert mine.pk == str(good.pk)
    assert fresh(bad).set_aside_at == NOW
    assert fresh(bad).subject == "Subject"


def test_what_was_set_aside_can_be_taken_up_again() -> None:
    mail = row()
    OutgoingMail.objects.update(set_aside_at=NOW, attempts=MOST_ATTEMPTS, last_problem="x")
    later = NOW + timedelta(hours=1)
    assert claim(later) == []
    assert claims.resume(later) == 1
    (mine,) = claim(later)
    assert (mine.pk, fresh(mail).attempts) == (str(mail.pk), 1)


def test_a_nudge_during_a_step_is_not_lost(steps: Callable[[Act], list[int]]) -> None:
    mail, soon = row(), NOW + timedelta(seconds=3)

    def nudged(_row: OutgoingMail, now: datetime) -> Step:
        wake(OutgoingMail, mail.pk, soon)
        return Step(now + timedelta(hours=1), changed=False)

    steps(nudged)
    run_due(NOW, None, KINDS)
    assert fresh(mail).due_at == soon
    assert fresh(mail).lease_token == ""


def test_a_nudge_before_a_step_says_nothing_about_its_end(
    steps: Callable[[Act], list[int]],
) -> None:
    mail = row()
    wake(OutgoingMail, mail.pk, NOW)
    steps(lambda _row, now: Step(now + timedelta(hours=1), changed=False))
    run_due(NOW, None, KINDS)
    assert fresh(mail).due_at == NOW + timedelta(hours=1)


def test_a_step_that_outlived_its_lease_changes_nothing(
    steps: Callable[[Act], list[int]],
) -> None:
    mail = row()
    (slow,) = claim()
    taken = claims.take(slow, NOW)
    assert taken is not None
    (quick,) = claim(NOW + LEASE)
    claims.finish(taken[1], Step(None, changed=True))
    claims.fail(taken[1], taken[0], "RuntimeError: late", NOW)
    held = fresh(mail)
    assert (held.lease_token, held.due_at, held.last_problem) == (quick.token, NOW, "")


def test_what_is_given_back_does_not_count() -> None:
    mail = row()
    (mine,) = claim()
    claims.give_back(mine)
    back = fresh(mail)
    assert (back.attempts, back.lease_token, back.due_at) == (0, "", NOW)
    claims.give_back(mine)
    assert fresh(mail).attempts == 0
    assert len(claim()) == 1


def test_a_tick_without_broker_gives_everything_back(monkeypatch: pytest.MonkeyPatch) -> None:
    mails = [row(datetime(2020, 1, 1, tzinfo=UTC)) for _i in range(3)]
    handed: list[str] = []

    def apply_async(arguments: tuple[str, str, str], retry: bool) -> None:
        if handed:
            raise ConnectionError
        handed.append(arguments[1])

    monkeypatch.setattr(run_row, "apply_async", apply_async)
    with pytest.raises(ConnectionError):
        tick()
    tries = {str(mail.pk): fresh(mail).attempts for mail in mails}
    assert sorted(tries.values()) == [0, 0, 1]
    assert tries[handed[0]] == 1


def test_the_next_due_time_counts_the_end_of_leases() -> None:
    assert claims.next_due(KINDS) is None
    row(NOW + timedelta(minutes=5))
    assert claims.next_due(KINDS) == NOW + timedelta(minutes=5)
    row()
    assert claims.next_due(KINDS) == NOW
    claim()
    assert claims.next_due(KINDS) == NOW + LEASE


def test_a_step_that_somebody_else_has_is_not_run(steps: Callable[[Act], list[int]]) -> None:
    row()
    ran = steps(nothing_more)
    (mine,) = claim()
    claims.take(mine, NOW)
    assert run(mine, NOW, None) is None
    assert ran == []


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_makes_many_rows_due_nudges_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[bool] = []

    def told_once() -> None:
        told.append(connection.in_atomic_block)

    monkeypatch.setattr(nudge, "nudge", told_once)
    mails = [row() for _i in range(3)]

    def doomed(*inside: OutgoingMail) -> None:
        """Make rows due in a transaction, or a part of one, that is rolled back."""
        with transaction.atomic():
            for mail in inside:
                wake(OutgoingMail, mail.pk, NOW)
            transaction.set_rollback(True)

    with transaction.atomic():
        wake(OutgoingMail, mails[0].pk, NOW)
        doomed(mails[1])
        wake(OutgoingMail, mails[2].pk, NOW)
    assert told == [False]
    doomed(*mails)
    assert told == [False]
    with transaction.atomic():
        doomed(mails[1])
        wake(OutgoingMail, mails[2].pk, NOW)
    assert told == [False, False]


def test_trouble_with_the_broker_is_logged_once_and_swallowed(
    settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(nudge, "_trouble_logged", False)

    def away(**_options: object) -> None:
        raise ConnectionError("refused")

    monkeypatch.setattr(tick, "apply_async", away)
    nudge.nudge()
    nudge.nudge()
    assert len(caplog.records) == 1

"""CAA asked for in rounds: what is old counts as old, and nobody keeps others from being asked."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import Any, ClassVar
from unittest.mock import patch

import pytest

from authorities.models import CaaAsking, CaOrder
from authorities.simulated import caa_asking, caa_looks
from authorities.simulated.caa_asking import Answers
from authorities.simulated.orders import State
from certificates.catalogue import Type
from certificates.proving import check_now
from certificates.story import Certificate
from certificates.taking_back import choose_method
from tests.cast import World
from verification.dictionary import DictionaryNetwork
from verification.network import CaaAnswer, CaaRecord, DnsStatus
from work import claims
from work.claims import due_models
from work.loop import run_due
from work.models import MOST_ATTEMPTS
from work.steps import Step

pytestmark = pytest.mark.django_db
NAME = "www.shop.example.com"
OTHER = CaaRecord(0, "issue", "other.example")


class Counting(DictionaryNetwork):
    asked: ClassVar[list[str]] = []

    def caa(self, name: str) -> CaaAnswer:
        self.asked.append(name)
        return super().caa(name)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(autouse=True)
def nothing_asked() -> None:
    Counting.asked.clear()


def sees(world: World, *forbidden: str, **more: Any) -> None:
    """From now on CAA forbids these names."""
    caa = {name: [OTHER] for name in forbidden}
    world.network = Counting(txt=world.txt, cname=world.cname, caa=caa, **more)


def row_of(world: World, certificate: Certificate) -> CaaAsking:
    return CaaAsking.objects.get(order=world.order(certificate))


def others_work(world: World) -> None:
    """All due work but that of the rounds in which CAA is asked for."""
    kinds = [kind for kind in due_models() if kind.__name__ not in ("Authority", "CaaAsking")]
    for _turn in range(6):
        run_due(world.now, world.network, kinds)


def received(world: World, *names: str) -> Certificate:
    """An application whose order waits for CAA, which nobody asked for yet."""
    certificate = world.sent_in(*names)
    others_work(world)
    assert world.order(certificate).state == State.RECEIVED
    return world.fresh(certificate)


def issuing(world: World) -> Certificate:
    """A proved application whose order waits for CAA before the signature."""
    certificate = world.submitted(NAME)
    world.publish(certificate)
    press(world, certificate)
    others_work(world)
    assert world.order(certificate).state == State.ISSUING
    return certificate


def press(world: World, certificate: Certificate) -> None:
    """Check now."""
    check_now(
        certificate=world.fresh(certificate),
        actor=certificate.bought_by,
        now=world.now,
        network=world.network,
    )


def question(row: CaaAsking, world: World, *, skew: timedelta = timedelta()) -> Answers:
    begun = row.begin(world.now - skew)
    assert not isinstance(begun, Step)
    return begun(world.network)


def test_a_permission_is_as_old_as_its_question(world: World) -> None:
    """Between question and end a machine may sleep for hours: nothing is signed on that."""
    certificate = issuing(world)
    row = row_of(world, certificate)
    seen = question(row, world)
    sees(world, NAME)
    world.now += timedelta(hours=10)
    row.end(world.now, seen)
    assert set(caa_looks.unasked(world.order(certificate), world.now)) == {NAME}
    others_work(world)
    assert world.order(certificate).state == State.ISSUING
    world.work()
    assert world.fresh(certificate).failure_code == "caa.forbids"


def test_a_refusal_of_some_days_ago_is_asked_for_again(world: World) -> None:
    certificate = issuing(world)
    sees(world, NAME)
    run_due(world.now, world.network, [CaaAsking])
    sees(world)  # mended at once, while the order's own worker is away
    world.now += timedelta(days=3)
    world.work()
    assert world.fresh(certificate).status == "ISSUED"


@pytest.mark.parametrize("skew", [-2.0, -0.5, 0.5, 2.0])
def test_clocks_of_two_machines_may_differ(world: World, skew: float) -> None:
    certificate = received(world, NAME)
    sees(world, NAME)
    row = row_of(world, certificate)
    row.end(world.now, question(row, world, skew=timedelta(seconds=skew)))
    others_work(world)
    assert world.order(certificate).state == State.REFUSED


def test_who_presses_by_a_clock_that_is_ahead_does_not_make_us_ask_in_a_row(world: World) -> None:
    certificate = world.submitted(NAME)
    caa_asking.look_again(world.order(certificate), world.now + timedelta(seconds=5))
    row = row_of(world, certificate)
    step = row.end(world.now, question(row, world))
    assert step.due_at == world.now + caa_asking.BUSY_WAIT


def test_a_look_that_began_before_a_press_does_not_answer_it(world: World) -> None:
    certificate = world.submitted(NAME)
    sees(world, NAME)
    world.now += timedelta(minutes=61)
    watched = CaaAsking.lanes()[2]
    ((row, own),) = claims.take_some(CaaAsking, world.now, 1, watched.among, watched.order)
    seen = question(row, world)
    sees(world)
    caa_asking.look_again(world.order(certificate), world.now + timedelta(seconds=2))
    world.now += timedelta(seconds=5)
    claims.finish(own, row.end(world.now, seen))
    world.work()
    (look,) = world.order(certificate).caa_looks.all()
    assert look.code == "ok"


def test_presses_in_a_row_are_one_look_every_five_minutes(world: World) -> None:
    """While the desk reviews no look at a proof counts them."""
    certificate = world.submitted(NAME, world.product("SYMANTEC", Type.OV_SSL_CERT))
    world.publish(certificate)
    world.look(certificate)
    assert world.fresh(certificate).status == "CHECKING_ORG"
    world.later(minutes=10)
    sees(world)
    for _press in range(60):
        world.later(seconds=10)
        press(world, certificate)
        world.work()
    assert 2 <= Counting.asked.count(NAME) <= 3
    pressed = world.now
    world.later(minutes=5)
    (look,) = world.order(certificate).caa_looks.all()
    assert look.at >= pressed, "the last press is not forgotten"


def test_another_way_for_one_name_asks_for_no_other(world: World) -> None:
    names = [f"n{number}.shop{number}.org" for number in range(6)]
    certificate = received(world, *names)
    world.work()
    sees(world)
    choose_method(
        certificate=world.fresh(certificate),
        domain=names[0],
        method="FILE",
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    others_work(world)
    run_due(world.now, world.network, [CaaAsking])
    assert {name for name in Counting.asked if name in names} == {names[0]}
    look = world.order(certificate).caa_looks.get(name=names[0])
    assert look.evidence["method"] == "ca-file"


def claimed(world: World, lane: int) -> list[str]:
    """The first name of the order that is asked for next in that lane; "" when none is."""
    which = CaaAsking.lanes()[lane]
    taken = claims.take_some(CaaAsking, world.now, 1, which.among, which.order)
    for _row, own in taken:
        claims.give_back(own)
    return [row.order.request().names[0] for row, _own in taken]


def test_an_order_that_goes_on_for_long_lets_the_others_pass(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"n{number}.slow{number}.org" for number in range(8)]
    slow = received(world, *names)
    world.now += timedelta(seconds=1)
    received(world, "www.victim.com")
    world.now += timedelta(seconds=25)
    monkeypatch.setattr(caa_asking, "BEGUN_WITHIN", 0.0)  # none of them is reached in this step
    row = row_of(world, slow)
    step = row.end(world.now, question(row, world))
    CaaAsking.objects.filter(pk=row.pk).update(due_at=step.due_at)
    world.now += caa_asking.BUSY_WAIT
    assert claimed(world, 0) == ["www.victim.com"]
    assert claimed(world, 1) == [names[0]]


def test_what_is_only_watched_keeps_nobody_from_being_asked(world: World) -> None:
    for number in range(3):
        world.submitted(f"w{number}.example.com")
    CaaAsking.objects.update(due_at=world.now)
    world.now += timedelta(seconds=1)
    victim = received(world, "www.victim.com")
    sees(world, statuses={"www.victim.com": DnsStatus.SERVFAIL})
    row = row_of(world, victim)
    row.end(world.now, question(row, world))
    others_work(world)
    world.now += timedelta(minutes=1)
    others_work(world)
    assert claimed(world, 1) == ["www.victim.com"]


def test_an_order_that_is_faster_than_its_answer_is_watched_all_the_same(world: World) -> None:
    certificate = received(world, NAME)
    fresh = CaaAsking.lanes()[0]
    ((row, own),) = claims.take_some(CaaAsking, world.now, 1, fresh.among, fresh.order)
    step = row.end(world.now, question(row, world))
    run_due(world.now, world.network, [CaOrder])
    assert world.order(certificate).state == State.PROVING
    claims.finish(own, step)
    assert row_of(world, certificate).due_at is not None


def test_what_went_wrong_while_it_was_watched_does_not_count_at_the_signature(
    world: World,
) -> None:
    """Not even where it is set aside just when the order wants to know."""
    certificate = issuing(world)
    row = row_of(world, certificate)
    wants_nothing = {"wanted_at": None, "answered_at": None, "due_at": world.now}
    CaaAsking.objects.filter(pk=row.pk).update(attempts=MOST_ATTEMPTS, **wants_nothing)
    get_or_create = CaaAsking.objects.get_or_create

    def and_then_set_aside(**given: Any) -> tuple[CaaAsking, bool]:
        found = get_or_create(**given)
        CaaAsking.objects.filter(pk=row.pk).update(set_aside_at=world.now)
        return found

    with patch.object(CaaAsking.objects, "get_or_create", and_then_set_aside):
        assert caa_asking.stand(world.order(certificate), world.now).is_awaited
    row = row_of(world, certificate)
    assert (row.attempts, row.set_aside_at, row.wanted_at) == (0, None, world.now)
    world.work()
    assert world.fresh(certificate).status == "ISSUED"


def test_a_mistake_of_ours_beside_a_refusal_is_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    certificate = received(world, NAME)
    sees(world, NAME)
    row = row_of(world, certificate)
    seen = question(row, world)
    seen.mistake = RuntimeError("ours")
    row.end(world.now, seen)
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [seen.mistake]
    others_work(world)
    assert world.order(certificate).state == State.REFUSED


def test_who_only_watches_leaves_places_at_resolvers_to_others(world: World) -> None:
    certificate, taken = world.submitted(NAME), []

    def holding(_name: str, *, is_first: bool, **_more: object) -> Any:
        taken.append(is_first)
        return nullcontext()

    with patch.object(caa_asking, "holding", holding):
        world.later(minutes=61)
        world.publish(certificate)
        world.look(certificate)
    assert world.fresh(certificate).status == "ISSUED"
    assert taken == [False, True]

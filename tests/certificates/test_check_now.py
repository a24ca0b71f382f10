"""Check now: every look is noted and counted at the press, made once, and lost by no death."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from certificates import proving
from certificates.obstacles import Refused
from certificates.orders import submit
from certificates.proving import allowance, challenges_of, check_all_now, check_now
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.browsing import page_of
from tests.certificates.listed import words
from verification import asked_looks, looking
from verification.challenges import Attempt, Challenge
from verification.dictionary import DictionaryNetwork
from verification.network import DnsAnswer
from verification.slots import OwnSlots
from work import claims, failpoints

pytestmark = pytest.mark.django_db
ALICE = "alice@acme.example"


class Killed(BaseException):
    """As SIGKILL: nothing below it is caught or tidied up."""


class Counting(DictionaryNetwork):
    """Counts what is asked through it, and lets a question wait as long as a test wants."""

    asked = 0
    before: Callable[[], object] = staticmethod(lambda: None)

    def txt(self, name: str) -> DnsAnswer:
        type(self).asked += 1
        type(self).before()
        return super().txt(name)


def way_out() -> Counting:
    return Counting()


@pytest.fixture(autouse=True)
def counting(settings: Settings) -> Iterator[type[Counting]]:
    settings.WORK_NETWORK = f"{__name__}.way_out"
    Counting.asked, Counting.before = 0, staticmethod(lambda: None)
    yield Counting
    failpoints.install(None)


def with_names(world: World, count: int, **wish: object) -> Certificate:
    """An application for so many names, each looked at by itself."""
    product = world.product("SYMANTEC", "OV_SSL_CERT", "MULTI_DOMAIN")
    certificate = world.bought(product)
    Certificate.objects.filter(pk=certificate.pk).update(domain_count=count)
    names = [f"shop{number}.com" for number in range(count)]
    submit(
        certificate=world.fresh(certificate),
        wish=world.wish(names[0], more_domains=tuple(names[1:]), **wish),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.later(seconds=5)
    assert Challenge.objects.filter(looks__gt=0).count() == count
    return world.fresh(certificate)


def press(world: World, certificate: Certificate, network: object = None) -> list[Challenge]:
    return check_now(
        certificate=world.fresh(certificate),
        actor=world.alice,
        now=world.now,
        network=network or Counting(),  # type: ignore[arg-type]
    )


def pending() -> int:
    return Challenge.objects.filter(asked_at__isnull=False, asked_by=ALICE).count()


def made() -> int:
    assert not Challenge.objects.filter(asked_at__isnull=True).exclude(asked_by="").exists()
    return Attempt.objects.filter(asked_by=ALICE).count()


def left(world: World, certificate: Certificate) -> int:
    return allowance(challenges_of(world.fresh(certificate).last_application), world.now).left


# Who looks.


def test_many_names_are_the_workers(world: World, alice: Client) -> None:
    certificate = with_names(world, 5)
    looks = Attempt.objects.count()
    answer = alice.post(f"/certificates/{certificate.pk}/check/", follow=True)
    assert (Counting.asked, Attempt.objects.count() - looks) == (0, 0)
    assert pending() == 5
    page = answer.content.decode()
    told = words(page)
    assert "We are looking at 5 names now." in told
    assert "Reload this page in a moment to see what we saw." in told
    assert 'data-moves="by-itself" hidden' in page, "only script knows that it does"
    assert "We look now, asked for by alice@acme.example at" in told
    assert "Next look" not in told
    assert 'id="check"' not in page
    assert "9 of 10 checks left this hour" in told
    assert 'role="status"' not in page, "what the page says of it goes when it is over"
    world.now += timedelta(minutes=1)
    world.work()
    assert (pending(), made()) == (0, 5)
    page = page_of(alice, certificate)
    assert "We are looking at" not in words(page)
    assert 'id="check"' in page


def test_the_page_moves_with_the_looks_and_says_when_they_are_over(
    world: World, alice: Client
) -> None:
    certificate = with_names(world, 4)
    before = alice.get(f"/certificates/{certificate.pk}/").context
    alice.post(f"/certificates/{certificate.pk}/check/")
    during = alice.get(f"/certificates/{certificate.pk}/").context
    assert during["token"] != before["token"]
    assert during["announcement"] == before["announcement"] + ". We are looking at the names now."
    one = Challenge.objects.filter(asked_at__isnull=False).first()
    assert one is not None
    asked_looks.look_at_all([one], world.now, Counting())
    after = alice.get(f"/certificates/{certificate.pk}/").context
    assert after["token"] != during["token"]
    assert after["said"] == during["said"], "not told anew with every look"
    assert after["panel"].looking == 3
    world.now += timedelta(minutes=1)
    world.work()
    over = alice.get(f"/certificates/{certificate.pk}/").context
    assert over["said"] == before["said"] != during["said"]


def test_a_few_names_are_looked_at_at_once_while_the_person_waits(
    world: World, alice: Client, counting: type[Counting]
) -> None:
    certificate = with_names(world, 3)
    counting.before = staticmethod(threading.Barrier(3, timeout=20).wait)
    answer = alice.post(f"/certificates/{certificate.pk}/check/", follow=True)
    told = words(answer.content.decode())
    assert told.count("does not exist in the DNS") >= 3
    assert told.count("We looked for the proofs of 3 names at ") == 1
    assert "We are looking at" not in told
    assert (pending(), made()) == (0, 3)
    assert not Challenge.objects.exclude(lease_token="").exists()


def test_check_now_opened_as_a_page_leads_to_the_certificate(world: World, alice: Client) -> None:
    certificate = world.submitted()
    answer = alice.get(f"/certificates/{certificate.pk}/check/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert f'href="/certificates/{certificate.pk}/"' in answer.content.decode()
    assert made() == 0


def test_what_takes_too_long_goes_to_the_workers(
    world: World, alice: Client, counting: type[Counting], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = with_names(world, 2)
    monkeypatch.setattr(asked_looks, "LONGEST_WAIT", 0.5)
    slow, asked = threading.Event(), []

    def one_is_slow() -> None:
        asked.append(1)
        if len(asked) == 1:
            slow.wait(20)

    counting.before = staticmethod(one_is_slow)
    answer = alice.post(f"/certificates/{certificate.pk}/check/", follow=True)
    told = words(answer.content.decode())
    assert "We are looking at 1 name now." in told
    assert (pending(), made()) == (1, 1)
    waiting = Challenge.objects.get(asked_at__isnull=False)
    assert (waiting.lease_token, waiting.attempts) == ("", 0)
    slow.set()
    world.now += timedelta(minutes=1)
    world.work()
    assert (pending(), made()) == (0, 2)


def test_a_look_that_finds_no_place_counts_and_is_made(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = with_names(world, 2)
    slots = OwnSlots()
    monkeypatch.setattr(looking, "slots_from_settings", lambda: slots)
    monkeypatch.setattr(asked_looks, "PATIENCE", 0)
    taken = slots.take({"domain shop0.com": 1}, 60), slots.take({"domain shop0.com": 2}, 60)
    assert all(taken)
    looked = press(world, certificate)
    assert [each.domain for each in looked if each.asked_at] == ["shop0.com"]
    assert (pending(), made(), left(world, certificate)) == (1, 1, 9)
    for hold in taken:
        slots.give_back({"domain shop0.com": 2}, hold)
    world.later(seconds=5)
    assert (pending(), made(), left(world, certificate)) == (0, 2, 9)


def test_a_look_that_began_before_the_press_does_not_answer_it(world: World) -> None:
    certificate = with_names(world, 4)
    world.later(seconds=15)
    looks = Attempt.objects.count()
    row = Challenge.objects.order_by("pk")[0]
    Challenge.objects.filter(pk=row.pk).update(due_at=world.now)
    (claim,) = claims.claim_some(Challenge, world.now, 1)
    taken = claims.take(claim, world.now)
    assert taken is not None
    begun, own = taken
    ask = begun.begin(world.now)  # type: ignore[attr-defined]
    press(world, certificate)
    claims.finish(own, begun.end(world.now, ask(Counting())))  # type: ignore[attr-defined]
    assert (pending(), made(), Attempt.objects.count() - looks) == (4, 0, 1)
    row.refresh_from_db()
    assert row.due_at == world.now
    world.work()
    assert (pending(), made()) == (0, 4)


# What counts.


def test_a_press_counts_at_once_and_a_second_one_meanwhile_does_not(world: World) -> None:
    certificate = with_names(world, 5)
    for _again in range(3):
        press(world, certificate)
    assert (pending(), left(world, certificate)) == (5, 9)
    assert {each.asked_at for each in Challenge.objects.all()} == {world.now}
    world.work()
    assert (made(), left(world, certificate)) == (5, 9)
    world.later(hours=1, seconds=1)
    assert left(world, certificate) == 10


def test_what_is_still_to_be_looked_at_is_counted_in_both_limits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, other = with_names(world, 5), world.submitted()
    monkeypatch.setattr(proving, "MOST_ASKED", 1)
    press(world, certificate)
    with pytest.raises(Refused) as refused:
        press(world, certificate)
    assert [each.code for each in refused.value.obstacles] == ["check.too_often"]
    monkeypatch.setattr(proving, "MOST_OF_A_PROJECT", 5)
    world.work()
    with pytest.raises(Refused) as refused:
        press(world, other)
    assert [each.code for each in refused.value.obstacles] == ["check.project_too_often"]
    assert made() == 5


def test_what_is_asked_for_no_more_counts_no_more(world: World) -> None:
    certificate = with_names(world, 5)
    press(world, certificate)
    Challenge.objects.filter(domain__in=["shop0.com", "shop1.com"]).update(status="CLOSED")
    asked = challenges_of(world.fresh(certificate).last_application)
    assert len(proving._asked_for(asked[0].proof_id, world.now)) == 3


# Deaths.


@pytest.mark.parametrize("count", [2, 5])
def test_killed_between_the_press_and_the_look(world: World, count: int) -> None:
    certificate = with_names(world, count)
    failpoints.install(lambda name: die(name, "portal.asked"))
    with pytest.raises(Killed):
        press(world, certificate)
    failpoints.install(None)
    assert (pending(), left(world, certificate)) == (count, 9)
    world.later(minutes=2)
    assert (pending(), made(), left(world, certificate)) == (0, count, 9)


def test_killed_while_it_looks(world: World) -> None:
    certificate = with_names(world, 2)
    failpoints.install(lambda name: die(name, "work.claimed"))
    with pytest.raises(Killed):
        press(world, certificate)
    failpoints.install(None)
    assert pending() == 2
    world.later(minutes=2)
    assert (pending(), made(), left(world, certificate)) == (0, 2, 9)


def die(name: str, point: str) -> None:
    if name == point:
        raise Killed


def test_our_own_bug_is_tried_again_and_lets_the_others_go_on(
    world: World, counting: type[Counting], caplog: pytest.LogCaptureFixture
) -> None:
    certificate = with_names(world, 2)
    times: list[int] = []

    def break_once() -> None:
        times.append(1)
        if len(times) == 1:
            raise RuntimeError("broken")

    counting.before = staticmethod(break_once)
    press(world, certificate)
    assert (pending(), made()) == (1, 1)
    assert "RuntimeError: broken" in caplog.text
    world.later(minutes=2)
    assert (pending(), made()) == (0, 2)


# Names that nobody looks at by themselves.


@pytest.mark.parametrize("count", [2, 5])
def test_a_paused_name_is_looked_at_and_stays_paused(world: World, count: int) -> None:
    certificate = with_names(world, count)
    Challenge.objects.update(looking_since=world.now - timedelta(days=8))
    world.later(minutes=2)
    paused = {each.pk: each.paused_at for each in Challenge.objects.all()}
    assert all(paused.values())
    press(world, certificate)
    world.later(minutes=1)
    assert (pending(), made()) == (0, count)
    for each in Challenge.objects.all():
        assert (each.paused_at, each.due_at) == (paused[each.pk], each.expires_at)


@pytest.mark.parametrize("count", [2, 5])
def test_names_that_wait_for_a_mail_s_answer_ask_no_network(world: World, count: int) -> None:
    certificate = with_names(world, count, method="EMAIL", mailbox="webmaster")
    press(world, certificate)
    world.work()
    assert (pending(), made(), Counting.asked) == (0, count, 0)
    for each in Challenge.objects.all():
        assert (each.problem_code, each.due_at) == ("mail.unanswered", each.expires_at)


# The operator's own.


def test_the_operator_s_looks_run_at_once_and_to_the_end(
    world: World, counting: type[Counting], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = with_names(world, 6)
    slots = OwnSlots()
    monkeypatch.setattr(looking, "slots_from_settings", lambda: slots)
    monkeypatch.setattr(asked_looks, "PATIENCE", 0)
    hold = slots.take({"domain shop0.com": 1}, 1) and slots.take({"domain shop0.com": 2}, 1)
    assert hold, "taken for a second"
    counting.before = staticmethod(threading.Barrier(5, timeout=20, action=release).wait)
    looks = Attempt.objects.count()
    asked = check_all_now(
        certificate=certificate, actor=world.alice, now=world.now, network=Counting()
    )
    assert [each.last_checked_at for each in asked] == [world.now] * 6
    assert (Attempt.objects.count() - looks, made()) == (6, 0)
    assert left(world, certificate) == 10


def release() -> None:
    """The five that are free have met: the sixth comes alone."""
    Counting.before = staticmethod(lambda: None)


def test_the_operator_s_look_answers_who_asked_before(world: World) -> None:
    certificate = with_names(world, 5)
    press(world, certificate)
    check_all_now(certificate=certificate, actor=world.alice, now=world.now, network=Counting())
    assert (pending(), made(), left(world, certificate)) == (0, 5, 9)

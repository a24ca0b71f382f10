"""Check now with real workers: they look at many names, the page only asks; and at two at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from certificates import proving
from certificates.obstacles import Refused
from certificates.proving import Allowance, challenges_of, check_now
from certificates.story import Certificate
from tests.cast import World
from tests.flows.portal import Portal, fresh
from tests.flows.test_pace import counting
from verification.challenges import Attempt, Challenge, Status
from verification.dictionary import DictionaryNetwork
from verification.network import DnsAnswer
from work import failpoints
from work.loop import clock

pytestmark = pytest.mark.django_db(transaction=True)
ALICE = "alice@acme.example"
ASKED = Challenge.objects.filter(asked_at__isnull=False)
MADE = Attempt.objects.filter(asked_by=ALICE)


class Inline(DictionaryNetwork):
    """The way out of the web server: counts what is asked inside a request."""

    questions = 0

    def txt(self, name: str) -> DnsAnswer:
        type(self).questions += 1
        return super().txt(name)


def way_out() -> Inline:
    return Inline()


def with_names(world: World, names: list[str]) -> Certificate:
    certificate = world.sent_in(*names)
    world.work()
    assert len(challenges_of(fresh(certificate).last_application)) == len(names)
    return fresh(certificate)


def press(world: World, certificate: Certificate) -> str:
    """Alice's browser; answers the page that comes back."""
    browser = Client()
    browser.force_login(world.alice)
    answer = browser.post(f"/certificates/{certificate.pk}/check/", follow=True)
    return " ".join(answer.content.decode().split())


@pytest.fixture(autouse=True)
def inline(settings: Settings) -> type[Inline]:
    settings.WORK_NETWORK = f"{__name__}.way_out"
    Inline.questions = 0
    return Inline


def test_many_names_are_looked_at_by_workers_many_at_once(quiet: Portal, world: World) -> None:
    names = [f"shop{number}.com" for number in range(60)]
    certificate = with_names(world, names)
    # Nothing comes by itself for an hour: what is looked at was asked for.
    Challenge.objects.update(looks=7, due_at=world.now.replace(year=world.now.year + 1))
    quiet.publish(certificate)
    with counting(quiet, 0.2) as most:
        quiet.start_worker()
        page = press(world, certificate)
        assert Inline.questions == 0
        assert "We are looking at" in page
        quiet.wait(lambda: not ASKED.exists(), "all looks that were asked for")
    assert Counter(MADE.values_list("challenge__domain", flat=True)) == Counter(names)
    assert not Challenge.objects.exclude(status=Status.PROVED).exists()
    assert most[""] > 10
    quiet.wait_for_status(certificate, "CHECKING_ORG")


def test_a_killed_worker_loses_no_look_and_counts_none_twice(quiet: Portal, world: World) -> None:
    names = [f"shop{number}.com" for number in range(12)]
    certificate = with_names(world, names)
    Challenge.objects.update(looks=7, due_at=world.now.replace(year=world.now.year + 1))
    press(world, certificate)
    worker = quiet.start_worker("work.claimed")
    quiet.wait(lambda: worker.poll() is not None, "the death of the worker")
    assert worker.returncode == -signal.SIGKILL
    assert ASKED.count() == len(names)
    quiet.start_worker()
    quiet.wait(lambda: not ASKED.exists(), "all looks that were asked for")
    assert Counter(MADE.values_list("challenge__domain", flat=True)) == Counter(names)


def test_two_presses_at_once_pass_the_limit_of_the_project_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [
        with_names(world, [f"{shop}{number}.com" for number in range(4)])
        for shop in ("east", "west")
    ]
    monkeypatch.setattr(proving, "MOST_OF_A_PROJECT", 6)
    both, count = threading.Barrier(2), proving.allowance

    def slowly(*given: Any) -> Allowance:
        """Both would have counted before either noted anything, if they could."""
        left = count(*given)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(1)
        return left

    monkeypatch.setattr(proving, "allowance", slowly)
    results: list[str] = []

    def ask(certificate: Certificate) -> None:
        try:
            check_now(certificate=certificate, actor=world.alice, now=clock(), network=Inline())
            results.append("noted")
        except Refused as refused:
            results.append(" ".join(each.code for each in refused.obstacles))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[fresh(each)]) for each in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["check.project_too_often", "noted"]
    assert ASKED.count() == 4


def test_four_presses_at_once_on_one_name_are_one_look(world: World) -> None:
    certificate = world.submitted()
    Challenge.objects.update(looks=7, due_at=world.now.replace(year=world.now.year + 1))
    noted, looked = threading.Barrier(4), list[Challenge]()

    def meet(name: str) -> None:
        if name == "portal.asked":
            noted.wait(20)

    def ask() -> None:
        by, now, network = world.alice, clock(), Inline()
        try:
            looked.extend(
                check_now(certificate=fresh(certificate), actor=by, now=now, network=network)
            )
        finally:
            connection.close()

    failpoints.install(meet)
    threads = [threading.Thread(target=ask) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failpoints.install(None)
    assert [each.asked_at for each in looked] == [None] * 4, "all have waited for the one look"
    assert MADE.count() == 1

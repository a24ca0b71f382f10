"""Pages ask where looks ask, and no more at once: who finds a domain's places taken is told that,
and is kept from nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from certificates import preview
from certificates.applications import Application
from certificates.wishes import caa_obstacles
from tests.cast import World
from tests.certificates.test_every_page import faults
from verification import places
from verification.challenges import Challenge
from verification.dictionary import DictionaryNetwork
from verification.network import CaaAnswer, CaaRecord
from verification.places import holding
from verification.slots import MOST_AT_A_TARGET, BusyError

pytestmark = pytest.mark.django_db
NAME = "www.newname.org"


class Forbidding(DictionaryNetwork):
    def __init__(self) -> None:
        super().__init__(caa={"newname.org": [CaaRecord(0, "issue", "other-ca.example")]})


@pytest.fixture(autouse=True)
def _no_time(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """A page waits for no place."""
    monkeypatch.setattr(places, "PAGE_WAITS", 0.0)
    settings.WORK_NETWORK = f"{__name__}.Forbidding"
    cache.clear()


@contextmanager
def crowded() -> Iterator[None]:
    """Two are at the domain already."""
    there = DictionaryNetwork()
    with holding("a.newname.org", there, patience=0), holding(NAME, there, patience=0):
        with pytest.raises(BusyError), holding(NAME, there, patience=0):
            pass
        yield


def test_nobody_is_refused_for_want_of_a_place(world: World) -> None:
    ask = ([NAME], world.bought(), "DNS", Forbidding(), world.now)
    with crowded():
        assert caa_obstacles(*ask) == []
        world.submitted(NAME)
    assert Application.objects.count() == 1
    assert [each.code for each in caa_obstacles(*ask)] == ["caa.forbids"]


def test_the_preview_says_that_it_did_not_look(world: World) -> None:
    ask = ([NAME], "DNS", world.bought(), Forbidding(), world.now)
    with crowded():
        found = preview.look(*ask, is_changed=False)
    told = [each for each in found["seen"] if each["subject"] == "DNS"]
    assert [each["text"].partition(",")[0] for each in told] == [f"{NAME}: not looked at yet"]
    assert not preview.forbids(found["seen"])


def test_the_domains_page_asks_to_look_again(world: World, alice: Client) -> None:
    world.issued(NAME)
    with crowded():
        answer = alice.post(f"/projects/{world.acme.pk}/caa/", {"name": NAME})
    page = answer.content.decode()
    assert "could not be looked up within 10 seconds. Look again in a while." in page
    assert faults(page) == []


def test_mailboxes_are_looked_up_again_in_a_while(world: World, alice: Client) -> None:
    certificate = world.submitted(NAME, method="EMAIL", mailbox="admin")
    address = f"/certificates/{certificate.pk}/proofs/{Challenge.objects.get().pk}/method/"
    with crowded():
        page = alice.post(address, {"contacts": "look"}).content.decode()
    assert "could not be looked up within 10 seconds. Look again in a while." in page


def test_names_of_one_domain_are_asked_two_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "PAGE_WAITS", 5.0)
    most, now, lock = [0], [0], threading.Lock()

    class Counting(DictionaryNetwork):
        def caa(self, name: str) -> CaaAnswer:
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.05)
            with lock:
                now[0] -= 1
            return super().caa(name)

    names = [f"n{number}.newname.org" for number in range(6)]
    found = preview.look(names, "DNS", world.bought(), Counting(), world.now, is_changed=False)
    assert most == [MOST_AT_A_TARGET]
    assert not [each for each in found["seen"] if "not looked at" in each["text"]]

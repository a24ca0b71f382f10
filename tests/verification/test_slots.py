"""The places of other people's servers: two at once, for all processes, and after a kill too."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from verification.slots import (
    BrokerSlots,
    BusyError,
    OwnSlots,
    Slots,
    Within,
    at_server,
    client_url,
    held,
)

PLACE = at_server("192.0.2.1")
HOLDER = """
import sys, time
from verification.slots import BrokerSlots, at_server
slots = BrokerSlots(sys.argv[1])
print(slots.take(at_server("192.0.2.9"), 2) and slots.take(at_server("192.0.2.9"), 2), flush=True)
time.sleep(60)
"""


@pytest.fixture(params=["own", "broker"])
def slots(request: pytest.FixtureRequest) -> Slots:
    if request.param == "own":
        return OwnSlots()
    return BrokerSlots(request.getfixturevalue("redis_url"))


def test_two_are_there_at_once_and_the_next_one_when_one_left(slots: Slots) -> None:
    first, second = slots.take(PLACE, 5), slots.take(PLACE, 5)
    assert first
    assert second
    assert slots.take(PLACE, 5) == ""
    assert slots.take(at_server("192.0.2.2"), 0.05), "another place is free"
    slots.give_back(PLACE, first)
    third = slots.take(PLACE, 5)
    assert third
    for hold in (second, third):
        slots.give_back(PLACE, hold)


def test_of_several_places_all_are_taken_or_none(slots: Slots) -> None:
    full, free = at_server("192.0.2.3"), at_server("192.0.2.4")
    holds = [slots.take(full, 5), slots.take(full, 5)]
    assert slots.take(free | full, 5) == ""
    assert [bool(slots.take(free, 5)) for _each in range(3)] == [True, True, False]
    for hold in holds:
        slots.give_back(full, hold)


def test_a_hold_ends_by_itself(slots: Slots) -> None:
    place = at_server("192.0.2.5")
    assert slots.take(place, 1)
    assert slots.take(place, 5)
    assert slots.take(place, 5) == ""
    time.sleep(1.1)
    assert slots.take(place, 0.05)


def test_who_waits_gets_the_place_or_is_told_that_it_is_busy(slots: Slots) -> None:
    place = at_server("192.0.2.6")
    with (
        held(slots, place, seconds=5),
        held(slots, place, seconds=5),
        pytest.raises(BusyError),
        held(slots, place, seconds=5, patience=0.1),
    ):
        raise AssertionError("there was no place")
    with held(slots, place, seconds=5):
        pass


def test_a_place_that_a_look_holds_is_not_taken_twice_by_it(slots: Slots) -> None:
    place = at_server("192.0.2.7")
    with held(slots, place, seconds=5), held(slots, place, seconds=5):
        within = Within(slots, place)
        with held(within, place, seconds=5):
            pass
        assert slots.take(place, 5) == ""


def test_the_places_of_a_killed_process_become_free(redis_url: str) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, redis_url], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip()
    ours = BrokerSlots(redis_url)
    assert ours.take(at_server("192.0.2.9"), 5) == ""
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with held(ours, at_server("192.0.2.9"), seconds=1, patience=10):
        pass


def test_without_its_broker_a_process_counts_for_itself() -> None:
    slots = BrokerSlots("redis+socket:///nowhere/broker.sock")
    holds = [slots.take(PLACE, 5) for _each in range(3)]
    assert [bool(hold) for hold in holds] == [True, True, False]
    slots.give_back(PLACE, holds[0])
    assert slots.take(PLACE, 5)


@pytest.mark.parametrize(
    ("url", "client"),
    [
        ("redis://:secret@broker:6379/2", "redis://:secret@broker:6379/2"),
        ("redis+socket:///run/broker.sock", "unix:///run/broker.sock?db=0"),
        ("redis+socket:///run/b.sock?virtual_host=3", "unix:///run/b.sock?db=3"),
    ],
)
def test_the_brokers_address_is_spelled_for_the_client(url: str, client: str) -> None:
    assert client_url(url) == client

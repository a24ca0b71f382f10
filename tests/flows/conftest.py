"""A portal of real parts for each module, with one worker for all its tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cast import World
from tests.flows.portal import Portal, running_portal
from work.loop import clock


@pytest.fixture(scope="module")
def parts(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, redis_url: str
) -> Iterator[Portal]:
    with running_portal(tmp_path_factory.mktemp("portal"), redis_url) as portal:
        yield portal


@pytest.fixture
def quiet(parts: Portal, transactional_db: None) -> Iterator[Portal]:
    """The portal without a worker: the test starts and kills its own."""
    parts.stop()
    parts.mail.messages.clear()
    yield parts
    parts.stop()


@pytest.fixture
def portal(parts: Portal, transactional_db: None) -> Portal:
    """The portal with its worker, started by the first test that needs it."""
    parts.mail.messages.clear()
    if not parts.processes:
        parts.start_worker()
    return parts


@pytest.fixture
def world(transactional_db: None) -> World:
    """Certificates issued a moment ago, in process; what follows is the workers'."""
    return World(now=clock(), is_live=True)

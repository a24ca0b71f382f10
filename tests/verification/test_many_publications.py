"""Records of many customers are published at once: a name server that hangs delays nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event, Lock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from dns.update import UpdateMessage

from tests.cast import World
from tests.dns_bind import SECRET
from verification.challenges import Challenge, Status
from verification.dictionary import DictionaryNetwork
from verification.network import Carried
from verification.publishing import Publication, State, let_go
from verification.zone_book import Connection, add_zone
from work import claims
from work.rounds import Round
from work.steps import Step

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HANGS, ANSWERS = "ns.hangs.com", "ns.answers.com"


class TwoServers(DictionaryNetwork):
    """One server hangs until the other one has answered all that it is to be asked."""

    def __init__(self, expected: int) -> None:
        super().__init__()
        self.expected = expected
        self.all_answered = Event()
        self.waited: list[bool] = []
        self._lock = Lock()

    def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
        if host == HANGS:
            self.waited.append(self.all_answered.wait(20))
            return Carried("timeout", "198.51.100.1")
        with self._lock:
            self.expected -= 1
            if not self.expected:
                self.all_answered.set()
        return Carried()


def wanted(world: World, server: str, *names: str) -> None:
    for name in names:
        given = Connection(name, server, 53, "reseal-key", "hmac-sha256", SECRET)
        add_zone(project_id=world.acme.pk, given=given, actor=world.alice, now=world.now)
        world.submitted(name, method="DNS", is_automatic=True)


def states(server: str) -> list[tuple[str, str]]:
    rows = Publication.objects.filter(zone_name__startswith=server).order_by("pk")
    return list(rows.values_list("state", "problem_code"))


@pytest.mark.parametrize("tries", [0, 1])
def test_half_of_the_servers_hang_and_the_other_half_is_done_meanwhile(tries: int) -> None:
    world, network = World(now=NOW), TwoServers(expected=3)
    wanted(world, HANGS, "hangs1.com", "hangs2.com", "hangs3.com")
    wanted(world, ANSWERS, "answers1.com", "answers2.com", "answers3.com")
    Publication.objects.update(tries=tries, due_at=NOW)
    assert Round([Publication], network, lambda: NOW, at_once=24).run() == 6
    assert network.waited == [True] * 3, "nobody waited for those that hang"
    assert states("answers") == [(State.PUBLISHED, "")] * 3
    assert states("hangs") == [(State.WAITING, "zone.timeout")] * 3


def test_one_round_looks_and_publishes() -> None:
    world, network = World(now=NOW), TwoServers(expected=1)
    world.submitted("looked-at.com")
    wanted(world, ANSWERS, "answers1.com")
    Challenge.objects.update(due_at=NOW)
    Publication.objects.update(due_at=NOW)
    before = dict(Challenge.objects.values_list("domain", "looks"))
    assert Round([Challenge, Publication], network, lambda: NOW, at_once=8).run() >= 3
    assert states("answers") == [(State.PUBLISHED, "")]
    after = dict(Challenge.objects.values_list("domain", "looks"))
    assert after["looked-at.com"] == before["looked-at.com"] + 1


def test_the_database_is_not_held_while_a_server_is_asked() -> None:
    world = World(now=NOW)
    wanted(world, ANSWERS, "answers1.com")
    row = Publication.objects.get()
    call = row.begin(NOW)
    assert callable(call)
    with CaptureQueriesContext(connection) as queries:
        called = call(TwoServers(expected=1))
    assert len(queries) == 0
    assert row.end(NOW, called).changed


class Server(DictionaryNetwork):
    """One that takes what it is asked, or where there is no place."""

    is_busy = False

    def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
        return Carried("busy" if self.is_busy else "", "198.51.100.1")


def test_who_finds_no_place_for_minutes_is_told_so_without_a_try_counted() -> None:
    world, server = World(now=NOW), Server()
    server.is_busy = True
    wanted(world, ANSWERS, "answers1.com")
    Publication.objects.update(due_at=NOW, tries=0, problem_code="", state=State.WAITING)
    now, told = NOW, dict[str, timedelta]()
    while now < NOW + timedelta(minutes=6):
        row = Publication.objects.get()
        told.setdefault(row.problem_code, now - NOW)
        step = row.step(now, server)
        assert step.due_at is not None
        now = step.due_at
    row = Publication.objects.get()
    assert (row.tries, row.problem_code) == (0, "zone.busy")
    assert timedelta(minutes=5) <= told["zone.busy"] < timedelta(minutes=5, seconds=10)
    assert "tried again by itself" in row.problem_message
    server.is_busy = False
    row.step(now, server)
    row = Publication.objects.get()
    assert (row.state, row.problem_code) == (State.PUBLISHED, "")


def test_what_a_worker_publishes_late_is_taken_away_all_the_same() -> None:
    """It slept past its lease, and another one has taken down already what was not there."""
    world, server = World(now=NOW), Server()
    wanted(world, ANSWERS, "answers1.com")
    fresh = {"tries": 0, "problem_code": "", "zone": None, "attempted_at": None}
    Publication.objects.update(due_at=NOW, state=State.WAITING, published_at=None, **fresh)
    lane = Publication.lanes()[0]
    ((row, own),) = claims.take_some(Publication, NOW, 1, lane.among, lane.order)
    call = row.begin(NOW)
    assert not isinstance(call, Step)
    later = NOW + timedelta(minutes=5)
    Challenge.objects.update(status=Status.REPLACED)
    let_go(Challenge.objects.all(), later)
    assert Round([Publication], server, lambda: later, at_once=4).run() == 1
    assert Publication.objects.get().state == State.REMOVED
    claims.finish(own, row.end(later, call(server)))
    assert Publication.objects.get().due_at == later
    Round([Publication], server, lambda: later, at_once=4).run()
    assert Publication.objects.get().state == State.REMOVED

"""What CAA said of each name is kept with the order, whatever it said."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorities import accounts
from authorities.models import CaaLook, CaOrder
from authorities.simulated import caa_asking
from authorities.simulated.caa_asking import CaaAsking, Stand
from authorities.simulated.orders import State
from certificates.story import Certificate
from tests.authorities.asking import judge_names
from tests.cast import World
from tests.certificates.browsing import shown
from verification.dictionary import DictionaryNetwork
from verification.network import CaaAnswer, CaaRecord, DnsStatus

pytestmark = pytest.mark.django_db


def test_a_permission_is_kept_with_the_record_that_gave_it() -> None:
    world = World()
    certificate = world.submitted("www.shop.example.com")
    order = world.order(certificate)
    (look,) = order.caa_looks.all()
    assert (look.name, look.code, look.message) == ("www.shop.example.com", "ok", "")
    assert [row["name"] for row in look.evidence["asked"]] == [
        "www.shop.example.com", "shop.example.com", "example.com", "com",
    ]  # fmt: skip


def test_the_newest_verdict_of_a_name_replaces_the_one_before() -> None:
    world = World()
    name = "shop.example.com"
    world.network = DictionaryNetwork(statuses={name: DnsStatus.TIMEOUT})
    certificate = world.submitted(name)
    (look,) = CaaLook.objects.all()
    assert (look.code, look.evidence["asked"][0]["status"]) == ("caa.unreachable", "TIMEOUT")
    identity = str(look.evidence["identities"][0])
    world.network = DictionaryNetwork(caa={name: [CaaRecord(0, "issue", identity)]})
    world.later(minutes=10)
    (look,) = CaaLook.objects.all()
    assert (look.code, look.order) == ("ok", world.order(certificate))
    assert look.evidence["decided_by"] == {"flags": 0, "tag": "issue", "value": identity}


def test_the_desk_sees_what_was_asked() -> None:
    world = World(now=datetime.now(UTC))
    certificate = world.submitted()
    client = Client()
    client.force_login(world.sam)
    order = world.order(certificate)
    page = shown(client, f"/admin/authorities/caorder/{order.pk}/change/")
    assert 'id="caa"' in page
    # In any order: PostgreSQL keeps the parts of such a value in its own.
    for part in ("name: shop.example.com", "status: NXDOMAIN", "resolver: demo data"):
        assert part in page
    assert "Not looked at yet." not in page
    order.payload = order.payload | {"names": [*order.payload["names"], "later.example.com"]}
    order.save()
    page = shown(client, f"/admin/authorities/caorder/{order.pk}/change/")
    assert page.count("Not looked at yet.") == 1


NAMES = tuple(f"n{number}.example{number}.org" for number in range(24))


class Slow(DictionaryNetwork):
    """Whose answers about the names themselves take a while; it counts them, and may break."""

    def __init__(self, *args: object, seconds: float = 0.1, broken: str = "") -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.asked: Counter[str] = Counter()
        self.seconds, self.broken = seconds, broken

    def caa(self, name: str) -> CaaAnswer:
        if name in NAMES:
            self.asked[name] += 1
            time.sleep(self.seconds)
            if name == self.broken:
                raise SystemError("Our own mistake.")
        return super().caa(name)


def received(world: World, names: tuple[str, ...] = NAMES) -> CaOrder:
    """An order for these names that nobody has judged yet."""
    sent_in(world, names)
    return CaOrder.objects.latest("pk")


def sent_in(world: World, names: tuple[str, ...] = NAMES) -> Certificate:
    certificate = world.sent_in(*names)
    world.work()
    CaOrder.objects.update(state=State.RECEIVED, proof=None)
    CaaLook.objects.all().delete()
    return world.fresh(certificate)


def test_many_names_on_slow_servers_are_judged_in_several_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    order = received(world)
    monkeypatch.setattr(caa_asking, "BEGUN_WITHIN", 0.15)
    slow = Slow()
    assert order.step(world.now, slow).due_at is None
    assert slow.asked == Counter(), "the order asks nobody itself"
    done: list[int] = []
    while done[-1:] != [len(NAMES)]:
        step = CaaAsking.objects.get(order=order).step(world.now, slow)
        done.append(order.caa_looks.count())
        assert step.due_at == (None if done[-1] == len(NAMES) else world.now)
    assert len(done) > 2
    assert sorted(set(done)) == done  # each step kept more
    assert slow.asked == Counter(NAMES)  # each name once
    order.refresh_from_db()
    assert order.due_at == world.now, "it was woken"
    order.step(world.now, slow)
    order.refresh_from_db()
    assert order.state == State.PROVING


def test_what_was_judged_before_a_mistake_is_kept() -> None:
    world = World()
    order = received(world)
    order.step(world.now, Slow())
    with pytest.raises(SystemError):
        CaaAsking.objects.get().step(world.now, Slow(seconds=0, broken=NAMES[-1]))
    kept = set(order.caa_looks.values_list("name", flat=True))
    assert len(kept) > len(NAMES) / 2
    again = Slow(seconds=0)
    CaaAsking.objects.get().step(world.now, again)
    assert set(again.asked) == set(NAMES) - kept


def test_a_permission_is_good_for_an_hour_one_state_and_who_asked() -> None:
    world = World()
    names = NAMES[:3]
    order = received(world, names)

    def asks(after: timedelta = timedelta()) -> set[str]:
        slow = Slow(seconds=0)
        assert judge_names(order, slow, world.now + after) == Stand()
        return set(slow.asked)

    assert asks() == set(names)
    assert asks(timedelta(minutes=59)) == set()
    assert asks(timedelta(minutes=60)) == set(names)
    order.state = State.ISSUING
    assert asks(timedelta(minutes=61)) == set(names)
    assert asks(timedelta(minutes=62)) == set()
    order.payload = order.payload | {"method": "CNAME"}
    assert asks(timedelta(minutes=63)) == set(names)


def test_one_name_that_cannot_be_read_ends_the_looks_of_a_step() -> None:
    """Many that fail slowly would be asked in vain: there is a wait before the next step."""
    world = World()
    order = received(world)
    broken = Slow({}, {}, {}, dict.fromkeys(NAMES, DnsStatus.TIMEOUT), seconds=0.05)
    stand = judge_names(order, broken, world.now)
    assert stand.problem is not None
    assert (stand.problem.code, stand.is_retryable) == ("caa.unreachable", True)
    assert len(broken.asked) <= accounts.AT_ONCE
    assert order.caa_looks.count() == len(broken.asked)


def test_who_forbids_is_told_before_who_cannot_be_read() -> None:
    world = World()
    order = received(world, NAMES[:2])
    other = {NAMES[1]: [CaaRecord(0, "issue", "other-ca.example")]}
    network = Slow({}, other, {}, {NAMES[0]: DnsStatus.TIMEOUT}, seconds=0.1)
    stand = judge_names(order, network, world.now)
    assert stand.problem is not None
    assert (stand.problem.code, stand.is_retryable) == ("caa.forbids", False)


def test_the_desk_sees_the_corrected_record_of_what_forbids() -> None:
    world = World(now=datetime.now(UTC))
    order = world.order(world.submitted("shop.example.com"))
    forbids = [CaaRecord(0, "issue", "ca2.example.net")]
    world.network = DictionaryNetwork(caa={"shop.example.com": forbids})
    world.later(minutes=61)  # while it waits for its proof it is looked at every hour
    (look,) = order.caa_looks.all()
    assert look.evidence["fix"] == 'shop.example.com. CAA 0 issue "geotrust.com"'
    assert look.evidence["permits"] == []
    client = Client()
    client.force_login(world.sam)
    page = shown(client, f"/admin/authorities/caorder/{order.pk}/change/")
    assert "shop.example.com. CAA 0 issue &quot;geotrust.com&quot;" in page

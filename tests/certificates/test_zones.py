"""The pages and verbs of a project's DNS zones."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import dns.message
import dns.rcode
import dns.rdataclass
import pytest
from django.core.cache import cache
from django.test import Client
from dns.update import UpdateMessage
from pytest_django.fixtures import Settings

from tests.cast import World
from tests.certificates.browsing import shown
from tests.certificates.test_every_page import faults
from verification.dictionary import DictionaryNetwork
from verification.network import Carried
from verification.publishing import Publication, State
from verification.zone_book import TEST_LABEL, Connection, add_zone, try_zone
from verification.zones import Zone

pytestmark = pytest.mark.django_db
SECRET = "c2VjcmV0LW9mLXRoZS10ZXN0LXNlY3JldC1vZi10aGU="
LONG = ".".join(["a" * 60] * 3 + ["b" * 45]) + "."  # leaves no room for the test record
FIELDS = {
    "name": "Example.COM.",
    "server": "ns1.example.com",
    "port": "53",
    "key_name": "reseal-key",
    "algorithm": "hmac-sha256",
    "secret": SECRET,
}


@pytest.fixture(autouse=True)
def offline(settings: Settings) -> None:
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"
    cache.clear()


def zone_of(world: World, name: str = "example.com") -> Zone:
    given = Connection(name, "ns1.example.com", 53, "reseal-key", "hmac-sha256", SECRET)
    return add_zone(project_id=world.acme.pk, given=given, actor=world.alice, now=world.now)


def codes(answer: object) -> dict[str, list[str]]:
    form = answer.context["form"]  # type: ignore[attr-defined]
    return {
        field: [str(each.code) for each in errors]
        for field, errors in form.errors.as_data().items()
    }


def test_a_zone_is_added_and_its_secret_never_shown(world: World, alice: Client) -> None:
    address = f"/projects/{world.acme.pk}/zones/new/"
    assert faults(shown(alice, address)) == []
    answer = alice.post(address, FIELDS, follow=True)
    page = answer.content.decode()
    zone = Zone.objects.get()
    assert (zone.name, zone.server, zone.project) == ("example.com", "ns1.example.com", world.acme)
    assert "example.com is kept." in page
    for shown_page in (page, shown(alice, f"/zones/{zone.pk}/"), shown(alice, "/security-log/")):
        assert SECRET not in shown_page
        assert faults(shown_page) == []
    assert "DNS zone added" in shown(alice, "/security-log/")


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"name": "no zone!"}, {"name": ["zone.name"]}),
        ({"name": "*.example.com"}, {"name": ["zone.name"]}),
        ({"name": "com"}, {"name": ["zone.name"]}),
        ({"name": "kept.example.com"}, {"name": ["zone.twice"]}),
        ({"name": f"{LONG}b.example.com"}, {"name": ["zone.too_long"]}),
        ({"server": "127.1"}, {"server": ["zone.server"]}),
        ({"server": "http://ns/"}, {"server": ["zone.server"]}),
        ({"server": "ns1 .example.com"}, {"server": ["zone.server"]}),
        ({"server": "127.0.0.1"}, {"server": ["zone.address_refused"]}),
        ({"server": "fe80::1"}, {"server": ["zone.address_refused"]}),
        ({"name": "shop example.com"}, {"name": ["zone.name"]}),
        ({"port": "25"}, {"port": ["zone.port"]}),
        ({"key_name": "a key;"}, {}),
        ({"key_name": "-key"}, {"key_name": ["zone.key_name"]}),
        ({"algorithm": "hmac-md5"}, {"algorithm": ["invalid_choice"]}),
        ({"secret": "c2hvcnQ="}, {"secret": ["zone.secret"]}),
        ({"secret": "no base64!" * 5}, {"secret": ["zone.secret"]}),
    ],
)
def test_what_is_wrong_with_a_zone_stands_at_its_field(
    world: World, alice: Client, changes: dict[str, str], found: dict[str, list[str]]
) -> None:
    zone_of(world, "kept.example.com")
    answer = alice.post(f"/projects/{world.acme.pk}/zones/new/", FIELDS | changes)
    if changes == {"key_name": "a key;"}:
        found = {"key_name": ["zone.key_name"]}
    assert codes(answer) == found
    page = answer.content.decode()
    assert faults(page) == []
    assert (FIELDS | changes)["secret"] not in page
    assert "Enter it again: what was typed here is not sent back." in page
    assert Zone.objects.count() == 1


def test_the_longest_zone_still_takes_the_records(world: World, alice: Client) -> None:
    zone = zone_of(world, f"{LONG}example.com")
    assert len(f"{TEST_LABEL}.{zone.name}") == 253
    assert alice.post(f"/zones/{zone.pk}/try/").status_code == 302
    zone.refresh_from_db()
    assert (zone.works, zone.problem_code) == (False, "zone.unreachable")


def test_a_try_that_dies_is_no_success(world: World) -> None:
    """Not even where an earlier one succeeded; the page says that it did not end."""

    class Dying(DictionaryNetwork):
        def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
            raise MemoryError

    zone = zone_of(world)
    with pytest.raises(MemoryError):
        try_zone(zone=zone, actor=world.alice, now=world.now, network=Dying())
    zone.refresh_from_db()
    assert (zone.tried_at, zone.works, zone.problem_code) == (world.now, False, "zone.trying")
    assert zone.problem_message.startswith("A try of example.com is under way")
    world.now += timedelta(minutes=1)
    wrong = try_zone(zone=zone, actor=world.alice, now=world.now, network=DictionaryNetwork())
    zone.refresh_from_db()
    assert wrong is not None
    assert zone.problem_code == wrong.code == "zone.unreachable"


def test_the_test_record_goes_even_where_nobody_knows_whether_it_came(world: World) -> None:
    """A server that is slow may have taken what we no longer waited for."""

    class Slow(DictionaryNetwork):
        sent: ClassVar[list[str]] = []

        def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
            (change,) = message.update[-1:]
            self.sent.append(dns.rdataclass.to_text(change.deleting or change.rdclass))
            return Carried("timeout" if len(self.sent) == 1 else "", host)

    zone = zone_of(world)
    wrong = try_zone(zone=zone, actor=world.alice, now=world.now, network=Slow())
    assert wrong is not None
    assert (wrong.code, Slow.sent) == ("zone.timeout", ["IN", "NONE"])


def test_a_test_record_that_could_not_be_taken_away_yet_is_told_and_goes_with_the_next_try(
    world: World,
) -> None:
    """A server without a free place says nothing of the zone; but now our record stands there."""

    class Crowded(DictionaryNetwork):
        there: ClassVar[set[str]] = set()
        crowd: ClassVar[list[str]] = ["", "busy"]

        def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
            (change,) = message.update[-1:]
            if self.crowd and (problem := self.crowd.pop(0)):
                return Carried(problem, host)
            (self.there.discard if change.deleting else self.there.add)(change[0].to_text())
            return Carried("", host)

    zone = zone_of(world)
    wrong = try_zone(zone=zone, actor=world.alice, now=world.now, network=Crowded())
    zone.refresh_from_db()
    assert wrong is not None
    assert (zone.tried_at, zone.problem_code) == (world.now, wrong.code) == (world.now, "zone.busy")
    assert len(Crowded.there) == 1
    world.now += timedelta(minutes=1)
    Crowded.crowd[:] = ["busy"]  # this one was no try at all
    assert try_zone(zone=zone, actor=world.alice, now=world.now, network=Crowded()) is not None
    zone.refresh_from_db()
    assert zone.tried_at == world.now - timedelta(minutes=1)
    assert try_zone(zone=zone, actor=world.alice, now=world.now, network=Crowded()) is None
    zone.refresh_from_db()
    assert (zone.works, Crowded.there) == (True, set())


def test_an_unsigned_refusal_leaves_open_whether_the_record_stands(world: World) -> None:
    class Refusing(DictionaryNetwork):
        def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
            refused = dns.message.make_response(message)
            refused.set_rcode(dns.rcode.REFUSED)
            refused.tsig = None
            return Carried("", host, refused)

    zone = zone_of(world)
    world.network = Refusing()
    world.submitted(method="DNS", is_automatic=True)
    row = Publication.objects.get()
    assert (row.state, row.problem_code) == (State.WAITING, "zone.refused")
    assert (row.zone, row.attempted_at) == (zone, world.now)


def test_a_delegated_label_is_a_zone(world: World) -> None:
    assert zone_of(world, "_dnsauth.shop.example.com").covers("_dnsauth.shop.example.com")


def test_another_key_and_its_removal(world: World, alice: Client) -> None:
    zone = zone_of(world)
    other = "YW5vdGhlci1zZWNyZXQtb2YtdGhlLXRlc3QtYW5vdGg="
    answer = alice.post(f"/zones/{zone.pk}/", FIELDS | {"secret": other, "port": "5353"})
    assert answer.status_code == 302
    again = Zone.objects.get()
    assert (again.port, again.key_version) == (5353, 2)
    assert again.open_plaintext() != zone.open_plaintext()
    page = shown(alice, f"/zones/{zone.pk}/remove/")
    assert faults(page) == []
    assert "The portal forgets the key" in page
    assert "Domains below it are proved by hand from then on" in page
    assert alice.post(f"/zones/{zone.pk}/remove/").status_code == 302
    assert not Zone.objects.exists()


def test_where_a_zone_goes_the_one_above_takes_its_place(world: World, alice: Client) -> None:
    zone_of(world)
    near = zone_of(world, "shop.example.com")
    page = " ".join(shown(alice, f"/zones/{near.pk}/remove/").split())
    assert faults(page) == []
    assert "Records of domains below it are published in example.com from then on" in page
    assert "by hand" not in page


def test_a_try_that_fails_says_why(world: World, alice: Client) -> None:
    zone = zone_of(world)
    answer = alice.post(f"/zones/{zone.pk}/try/", follow=True)
    page = answer.content.decode()
    assert "Nothing answers at ns1.example.com port 53 over TCP" in page
    assert "Does not work" in page
    assert faults(page) == []
    assert (
        "It was tried a moment ago"
        in alice.post(f"/zones/{zone.pk}/try/", follow=True).content.decode()
    )

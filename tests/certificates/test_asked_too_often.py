"""What pages and verbs may ask of others, and how often: names are typed by whoever likes to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from certificates import looks_outside, preview
from certificates.obstacles import Refused
from certificates.story import Certificate
from certificates.taking_back import AN_HOUR, LEAST_CHANGES, choose_method
from tests.cast import World
from verification import contacts
from verification.challenges import Challenge, Status
from verification.dictionary import DictionaryNetwork
from verification.mail import OutgoingMail
from verification.network import CaaAnswer, CaaRecord, DnsAnswer
from verification.writing import MOST_TO_A_CONTACT, MOST_TO_A_MAILBOX

pytestmark = pytest.mark.django_db
NAME = "shop.example.com"


class Counting(DictionaryNetwork):
    asked = 0

    def caa(self, name: str) -> CaaAnswer:
        Counting.asked += 1
        return super().caa(name)

    def txt(self, name: str) -> DnsAnswer:
        Counting.asked += 1
        return super().txt(name)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(autouse=True)
def counted() -> Iterator[None]:
    cache.clear()
    Counting.asked = 0
    yield
    cache.clear()


def use_up(world: World) -> None:
    for _ in range(looks_outside.MOST):
        assert looks_outside.may_look(world.acme.pk)


def change(world: World, certificate: Certificate, method: str, mailbox: str = "") -> list[str]:
    try:
        choose_method(
            certificate=world.fresh(certificate),
            domain=NAME,
            method=method,
            mailbox=mailbox,
            actor=world.alice,
            now=world.now,
            network=world.network,
        )
    except Refused as refused:
        return [each.code for each in refused.obstacles]
    world.work()
    return []


def test_a_page_looks_for_contacts_when_a_button_is_pressed_and_not_without_end(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = world.submitted(NAME, method="EMAIL", mailbox="admin")
    monkeypatch.setattr("certificates.taking_back_pages.network", Counting)
    monkeypatch.setattr("certificates.taking_back_pages.clock", lambda: world.now)
    client.force_login(world.alice)
    address = f"/certificates/{certificate.pk}/proofs/{Challenge.objects.get().pk}/method/"
    client.get(address, {"contacts": "look"})
    assert Counting.asked == 0, "a link that somebody else makes us open asks nobody"
    page = client.post(address, {"contacts": "look"}).content.decode()
    assert Counting.asked > 0
    assert "publishes no contact" in page
    assert Challenge.objects.count() == 1, "nothing is changed by it"
    while looks_outside.may_look(world.acme.pk):
        pass
    Counting.asked = 0
    page = client.post(address, {"contacts": "look"}).content.decode()
    assert Counting.asked == 0
    assert "asked for 60 looks within an hour" in page


def test_the_wizard_asks_nobody_once_the_project_asked_too_often(world: World) -> None:
    certificate = world.bought()
    use_up(world)
    assert not looks_outside.may_look(world.acme.pk)
    assert looks_outside.may_look(world.acme.pk + 1), "another project has looks of its own"
    seen = preview.look([NAME], "DNS", certificate, None, world.now, is_changed=False)
    assert ["asked for 60 looks" in each["text"] for each in seen["seen"]] == [True]


def test_a_mailbox_is_written_to_ten_times_a_day_whoever_asks(world: World) -> None:
    certificate = world.submitted(NAME, method="EMAIL", mailbox="webmaster")
    refused: list[list[str]] = []
    for turn in range(4 * MOST_TO_A_MAILBOX):
        refused.append(change(world, certificate, "EMAIL", ["admin", "webmaster"][turn % 2]))
        if "method.too_often" in refused[-1]:
            world.now += AN_HOUR
    sent = OutgoingMail.objects.filter(kind="prove_domain")
    for box in ("admin", "webmaster"):
        assert sent.filter(recipient=f"{box}@{NAME}").count() <= MOST_TO_A_MAILBOX
    assert ["mailbox.too_often"] in refused
    assert change(world, certificate, "DNS") == []
    with pytest.raises(Refused) as told:
        world.submitted(NAME, method="EMAIL", mailbox="webmaster")
    assert [each.code for each in told.value.obstacles] == ["mailbox.too_often"]


def test_ways_are_changed_so_many_times_an_hour(world: World) -> None:
    certificate = world.submitted(NAME)
    ways = ["CNAME", "DNS"]
    for turn in range(LEAST_CHANGES):
        assert change(world, certificate, ways[turn % 2]) == []
    assert change(world, certificate, ways[LEAST_CHANGES % 2]) == ["method.too_often"]
    world.now += AN_HOUR
    assert change(world, certificate, ways[LEAST_CHANGES % 2]) == []


def test_a_contact_that_got_many_mails_is_written_to_later(world: World) -> None:
    contact = "somebody@example.org"
    records = [CaaRecord(0, "contactemail", contact)]
    world.network = DictionaryNetwork(txt=world.txt, caa={NAME: records})
    (found,) = contacts.published(NAME, world.network).contacts
    for number in range(MOST_TO_A_CONTACT):
        OutgoingMail.objects.create(
            kind="prove_domain",
            about=str(number),
            sender="a@b.example",
            recipient=contact,
            subject="x",
            text="x",
            html="x",
            created_at=world.now,
            sent_at=world.now,
        )
    certificate = world.submitted(NAME, method="EMAIL", mailbox=found.id)
    challenge = Challenge.objects.get(status=Status.OPEN)
    assert (challenge.problem_code, challenge.answer_id) == ("mail.unsent", None)
    assert "We write to it within a day" in challenge.problem_message
    world.later(hours=30)
    challenge.refresh_from_db()
    assert challenge.answer_id is not None
    assert challenge.mailbox == contact
    assert world.fresh(certificate).asks_for_proof()

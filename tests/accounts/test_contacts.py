"""Contacts: cards that operators keep, viewers read, and applications copy."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.contact_book import Card, add_contact, change_contact, remove_contact
from accounts.models import AuditEntry, Contact
from accounts.refusals import Refused
from tests.accounts.browser import browser, codes, shown
from tests.cast import World

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
CARLA = {"name": "Carla Cole", "email": "carla@acme.example", "phone": "+44 20 7946 0123"}


@pytest.fixture
def carla(world: World) -> Contact:
    return add_contact(project_id=world.acme.pk, card=Card(**CARLA), actor=world.bob, now=world.now)


def doors(world: World, contact: Contact) -> list[str]:
    return [
        f"/projects/{world.acme.pk}/contacts/new/",
        f"/contacts/{contact.pk}/",
        f"/contacts/{contact.pk}/remove/",
    ]


def state() -> list[Any]:
    return list(Contact.objects.values())


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_who_may_apply_keeps_contacts(world: World, who: str) -> None:
    client = browser(getattr(world, who))
    assert "Contacts will stand here" in shown(client, "/contacts/")
    answer = client.post(f"/projects/{world.acme.pk}/contacts/new/", CARLA)
    assert answer["Location"] == "/contacts/"
    assert "carla@acme.example" in shown(client, "/contacts/")
    contact = Contact.objects.get()
    page = shown(client, f"/contacts/{contact.pk}/")
    assert 'value="Carla Cole"' in page
    assert client.post(f"/contacts/{contact.pk}/", CARLA | {"phone": ""}).status_code == 302
    contact.refresh_from_db()
    assert contact.phone == ""
    assert client.post(f"/contacts/{contact.pk}/remove/").status_code == 302
    assert not Contact.objects.exists()
    actions = AuditEntry.objects.filter(action__startswith="contact.").order_by("pk")
    told = actions.values_list("action", flat=True)
    assert list(told) == ["contact.added", "contact.changed", "contact.removed"]


@pytest.mark.parametrize("who", ["victor", "sam"])
@pytest.mark.parametrize("method", METHODS)
def test_who_only_looks_sees_the_cards_and_no_door(
    world: World, carla: Contact, who: str, method: str
) -> None:
    client, before = browser(getattr(world, who)), state()
    page = shown(client, f"/contacts/?project={world.acme.pk}")
    assert carla.email in page
    assert "New contact" not in page
    for door in doors(world, carla):
        assert getattr(client, method)(door).status_code == 404
    assert state() == before


@pytest.mark.parametrize("method", METHODS)
def test_a_stranger_finds_nothing(world: World, carla: Contact, method: str) -> None:
    client, before = browser(world.mallory), state()
    for door in doors(world, carla):
        assert getattr(client, method)(door, CARLA).status_code == 404
    assert client.get(f"/contacts/?project={world.acme.pk}").status_code == 404
    assert carla.email not in shown(client, "/contacts/")
    assert state() == before


def test_who_is_not_signed_in_is_led_back_to_a_page(world: World, carla: Contact) -> None:
    answer = Client().post(f"/contacts/{carla.pk}/remove/")
    assert answer["Location"] == "/sign-in/?next=/contacts/"
    assert Contact.objects.exists()


@pytest.mark.parametrize("who", ["victor", "mallory", "sam"])
def test_the_verbs_refuse_everybody_else(world: World, carla: Contact, who: str) -> None:
    actor, before = getattr(world, who), state()
    facts: dict[str, Any] = {"actor": actor, "now": world.now}
    card = Card("Other", "other@acme.example")
    for verb, more in (
        (add_contact, {"project_id": world.acme.pk, "card": card}),
        (change_contact, {"contact": carla, "card": card}),
        (remove_contact, {"contact": carla}),
    ):
        with pytest.raises(Refused) as refused:
            verb(**facts, **more)
        assert [each.code for each in refused.value.obstacles] == ["contact.forbidden"]
    assert state() == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "x" * 101}, "contact.name"),
        ({"email": "carla"}, "contact.email"),
        ({"phone": "call me"}, "contact.phone"),
        ({"name": "Carla  Cole", "email": "CARLA@acme.example"}, "contact.twice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_kept_as_typed(
    world: World, carla: Contact, change: dict[str, str], code: str
) -> None:
    client, before = browser(world.bob), state()
    typed = {"name": "Cleo", "email": "cleo@acme.example", "phone": ""} | change
    answer = client.post(f"/projects/{world.acme.pk}/contacts/new/", typed)
    assert codes(answer) == [code]
    assert f'value="{next(iter(change.values()))}"' in answer.content.decode()
    assert state() == before


def test_a_card_may_be_kept_as_it_is(world: World, carla: Contact) -> None:
    answer = browser(world.bob).post(f"/contacts/{carla.pk}/", CARLA)
    assert answer.status_code == 302


def test_two_projects_may_know_the_same_person(world: World, carla: Contact) -> None:
    add_contact(project_id=world.other.pk, card=Card(**CARLA), actor=world.mallory, now=world.now)
    assert Contact.objects.count() == 2


def test_a_removed_card_takes_nothing_from_an_application(world: World, carla: Contact) -> None:
    certificate = world.submitted(contact_name=carla.name, contact_email=carla.email)
    remove_contact(contact=carla, actor=world.bob, now=world.now)
    application = certificate.last_application
    assert application is not None
    application.refresh_from_db()
    assert (application.contact_name, application.contact_email) == (CARLA["name"], CARLA["email"])


def test_thirty_cards_cost_as_many_queries_as_one(world: World, carla: Contact) -> None:
    client, costs = browser(world.bob), []
    for count in (0, 29):
        for number in range(count):
            card = Card(f"Person {number}", f"p{number}@acme.example")
            add_contact(project_id=world.acme.pk, card=card, actor=world.bob, now=world.now)
        with CaptureQueriesContext(connection) as cost:
            shown(client, "/contacts/")
        costs.append(len(cost))
    assert costs[0] == costs[1]

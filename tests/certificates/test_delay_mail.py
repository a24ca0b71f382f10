"""Suspensions: for the types that they name, told once to every project that they delay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from authorities.announcing import announce
from authorities.brands import Type
from authorities.calendar import Bulletin, suspension
from certificates.delay_mail import DelayTold
from certificates.story import Certificate
from tests.authorities.asking import state
from tests.authorities.desk_scenes import in_review
from tests.cast import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings: Any) -> World:
    settings.CA_WORKING_DAY = 86_400
    return World()


def bulletin(world: World, brand: str = "SYMANTEC", **more: Any) -> Bulletin:
    facts = {
        "starts_at": world.now,
        "ends_at": world.now + timedelta(days=20),
        "suspends": True,
        "title": "Closed for the move",
        "text": "We move house.\nSee http://evil.example/",
    }
    return Bulletin(brand=brand, **{**facts, **more})


def publish(world: World, told: Bulletin) -> list[Any]:
    """Announce it and let the workers work; the mails about delays that left."""
    announce(told, actor=world.sam, now=world.now)
    world.work()
    return [each for each in mail.outbox if "delays" in each.subject]


def ready(world: World, domain: str, kind: str) -> Certificate:
    """Checked by Sam, waiting for Sol."""
    certificate = in_review(world, domain, kind)
    world.check(certificate)
    return certificate


def test_a_project_gets_one_mail_that_lists_its_delayed_certificates(world: World) -> None:
    first, second = in_review(world, "a.example.com"), in_review(world, "b.example.com")
    world.submitted("dv.example.com")  # of another brand
    (letter,) = publish(world, bulletin(world))
    assert letter.to == ["alice@acme.example"]
    assert letter.subject == "DigiCert delays 2 certificates of yours"
    text = str(letter.body)
    for certificate in (first, second):
        assert f"{certificate.domain} ({certificate.pk})" in text
    assert "dv.example.com" not in text
    assert "http://evil" not in text
    assert "/bulletins/" in text


def test_every_project_is_told_of_its_own(world: World) -> None:
    in_review(world, "a.example.com")
    theirs = world.submitted(
        "theirs.example.com", world.product("SYMANTEC", Type.OV_SSL_CERT), owner=world.mallory
    )
    letters = publish(world, bulletin(world))
    told = {each.to[0]: str(each.body) for each in letters}
    assert set(told) == {"alice@acme.example", "mallory@other.example"}
    assert theirs.pk in told["mallory@other.example"]
    assert theirs.pk not in told["alice@acme.example"]


def test_a_change_tells_nobody_twice_but_whom_it_delays_only_now(world: World) -> None:
    in_review(world, "a.example.com")
    told = bulletin(world, ends_at=world.now + timedelta(days=2))
    assert len(publish(world, told)) == 1
    theirs = world.submitted(
        "theirs.example.com", world.product("SYMANTEC", Type.OV_SSL_CERT), owner=world.mallory
    )
    told.ends_at += timedelta(days=20)
    letters = publish(world, told)
    assert [each.to for each in letters] == [["alice@acme.example"], ["mallory@other.example"]]
    assert theirs.pk in str(letters[1].body)
    assert DelayTold.objects.count() == 2
    told.title = "Closed"
    assert len(publish(world, told)) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"suspends": False},
        {"brand": "CFCA"},
        {"types": ["EV_SSL_CERT"]},
        {"starts_at": None},
    ],
)
def test_what_delays_nothing_writes_nothing(world: World, change: dict[str, Any]) -> None:
    in_review(world)
    if "starts_at" in change:  # long after everything is issued
        late = world.now + timedelta(days=90)
        change = {"starts_at": late, "ends_at": late + timedelta(days=1)}
    assert publish(world, bulletin(world, **change)) == []
    assert DelayTold.objects.count() == 0


def test_without_an_administrator_the_contact_is_told(world: World) -> None:
    in_review(world)
    world.alice.is_active = False
    world.alice.save()
    (letter,) = publish(world, bulletin(world))
    assert letter.to == ["alice@acme.example"]


# Types


def test_a_suspension_of_ev_holds_ev_and_nothing_else(world: World) -> None:
    only_ev = bulletin(world, types=["EV_SSL_CERT", "EV_SSL_CERT_PRO"])
    announce(only_ev, actor=world.sam, now=world.now)
    assert suspension("SYMANTEC", world.now, "EV_SSL_CERT") == only_ev
    for kind in ("OV_SSL_CERT", "DV_SSL_CERT_BASIC", ""):
        assert suspension("SYMANTEC", world.now, kind) is None
    held = ready(world, "ev.example.com", Type.EV_SSL_CERT)
    free = ready(world, "ov.example.com", Type.OV_SSL_CERT)
    for certificate in (held, free):
        world.approve(certificate)
    assert (state(world, held), state(world, free)) == ("ISSUING", "ISSUED")
    only_ev.types = ["OV_SSL_CERT"]
    announce(only_ev, actor=world.sam, now=world.now)
    world.work()
    assert state(world, held) == "ISSUED"


def test_the_delays_of_a_bulletin_are_those_of_its_types(world: World) -> None:
    in_review(world, "ov.example.com")
    ev = in_review(world, "ev.example.com", Type.EV_SSL_CERT)
    (letter,) = publish(world, bulletin(world, types=["EV_SSL_CERT"]))
    assert letter.subject == "DigiCert delays 1 certificate of yours"
    assert ev.pk in str(letter.body)
    assert "ov.example.com" not in str(letter.body)
    assert "DigiCert EV: nothing is reviewed" in str(letter.body)

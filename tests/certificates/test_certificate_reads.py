"""The page of a certificate with a long life: the same queries at 1 and 30 of everything."""

from __future__ import annotations

import copy
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certificates.story import Certificate, Event
from tests.cast import World
from tests.certificates.browsing import shown
from tests.certificates.listed import words
from verification.challenges import Attempt

pytestmark = pytest.mark.django_db
MANY = 30


def live_long(certificate: Certificate) -> None:
    """`MANY` versions, applications, events and looks, as if life had gone on."""
    first = certificate.versions.get()
    application = first.application
    request = application.ca_request
    before = first
    for number in range(2, MANY + 1):
        again = copy.copy(request)
        again.pk, again._state.adding = uuid.uuid4().hex, True
        again.save(force_insert=True)
        sent_in = copy.copy(application)
        sent_in.pk, sent_in.number, sent_in.ca_request = None, number, again
        sent_in.save(force_insert=True)
        version = copy.copy(first)
        version.pk, version.number, version.application = None, number, sent_in
        version.serial, version.replaces = f"{number:032x}", before
        version.is_current = False
        version.save(force_insert=True)
        before = version
    event = certificate.events.latest("pk")
    Event.objects.bulk_create(
        Event(
            certificate=certificate,
            at=event.at + timedelta(minutes=number),
            actor=event.actor,
            user=event.user,
            verb="received",
            after=event.after,
            application=application,
        )
        for number in range(MANY)
    )
    assert application.proof is not None
    challenge = application.proof.challenges.get()
    Attempt.objects.bulk_create(
        Attempt(
            challenge=challenge,
            at=event.at + timedelta(minutes=number),
            proved=False,
            code="dns.nxdomain",
            message="It does not exist. Publish it.",
            evidence={},
            asked_by="alice@acme.example",
        )
        for number in range(MANY)
    )


def queries(client: Client, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as seen:
        shown(client, address)
    return [each["sql"] for each in seen.captured_queries]


@pytest.mark.parametrize("tail", ["", "compare/"])
def test_queries_do_not_grow_with_a_long_life(world: World, alice: Client, tail: str) -> None:
    certificate = world.issued()
    address = f"/certificates/{certificate.pk}/{tail}"
    shown(alice, address)
    few = queries(alice, address)
    live_long(certificate)
    many = queries(alice, address)
    assert len(many) == len(few), [sql for sql in many if sql not in few]


def test_queries_of_the_watch_do_not_grow(world: World, alice: Client) -> None:
    certificate = world.issued()
    address = f"/certificates/{certificate.pk}/watch/?seen=x&wait=2"
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as seen:
            answer = alice.get(address, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        counts.append(len(seen))
        if len(counts) == 1:
            live_long(certificate)
    assert counts[0] == counts[1]


def test_a_long_life_is_folded_but_whole(world: World, alice: Client) -> None:
    certificate = world.issued()
    live_long(certificate)
    page = words(shown(alice, f"/certificates/{certificate.pk}/"))
    total = certificate.events.count() + 1  # and the looks that found the same, as one
    assert f"All {total} events" in page
    assert "Certificate bought" in page
    assert page.count("Replaced by") == MANY - 1

"""The page of stuck work: counts, rows, and the two verbs of whoever may unstick."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.access import Team
from accounts.audit import AuditEntry
from accounts.models import User
from tests.cast import World
from tests.certificates.browsing import shown
from verification.mail import OutgoingMail
from work.claims import claim
from work.loop import run_due

pytestmark = pytest.mark.django_db

PAGE = "/admin/stuck/"


@pytest.fixture
def world() -> World:
    return World(now=datetime.now(UTC))


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def row(world: World, **facts: Any) -> OutgoingMail:
    return OutgoingMail.objects.create(
        **{
            "kind": "test",
            "about": "scs0000000000000",
            "sender": "desk@geotrust.example",
            "recipient": "alice@acme.example",
            "subject": "A mail",
            "text": "text",
            "html": "<p>text</p>",
            "created_at": world.now,
            "due_at": world.now + timedelta(hours=1),
            **facts,
        }
    )


def address(mail: OutgoingMail, verb: str) -> str:
    return f"{PAGE}verification.OutgoingMail/{mail.pk}/{verb}/"


def facts(mail: OutgoingMail) -> tuple[Any, ...]:
    entries = AuditEntry.objects.exclude(action__startswith="sign_in").count()
    return OutgoingMail.objects.filter(pk=mail.pk).values().get(), entries


def test_rows_stand_where_they_belong(world: World) -> None:
    rows = {
        "stuck": row(world, subject="aside", set_aside_at=world.now, last_problem="KeyError: x"),
        "due": row(world, subject="at once", due_at=world.now - timedelta(hours=1)),
        "held": row(
            world, subject="taken", lease_token="t", lease_until=world.now + timedelta(hours=1)
        ),
        "waiting": row(world, subject="later"),
    }
    sam = signed_in(world.sam)
    for show in rows:
        text = shown(sam, f"{PAGE}?show={show}")
        for where, each in rows.items():
            assert (f">{each}</a>" in text) is (where == show), (show, where)
    text = shown(sam, PAGE)
    assert "KeyError: x" in text
    assert "Set aside" in text
    assert sam.get(PAGE + "?show=nothing").status_code == 404
    assert f'href="{PAGE}"' in shown(sam, "/admin/")


def test_a_failing_row_is_stuck_before_it_is_set_aside(world: World) -> None:
    failing = row(world, attempts=2, last_problem="RuntimeError: x")
    assert f">{failing}</a>" in shown(signed_in(world.sam), PAGE)


def test_thirty_rows_take_as_many_queries_as_one(world: World) -> None:
    sam = signed_in(world.sam)
    row(world, set_aside_at=world.now)
    shown(sam, PAGE)
    with CaptureQueriesContext(connection) as one:
        shown(sam, PAGE)
    for _number in range(29):
        row(world, set_aside_at=world.now)
    with CaptureQueriesContext(connection) as thirty:
        assert shown(sam, PAGE).count("Set aside…") == 0
    assert len(thirty) == len(one)


def test_what_was_set_aside_is_tried_again(world: World, mailoutbox: list[Any]) -> None:
    mail = row(world, set_aside_at=world.now, attempts=6, last_problem="x")
    sue = signed_in(world.staff("sue", Team.SUPPORT))
    assert address(mail, "try-again") in shown(sue, PAGE)
    before = facts(mail)
    shown(sue, address(mail, "try-again"))
    assert facts(mail) == before
    assert sue.post(address(mail, "try-again")).headers["Location"] == PAGE
    run_due(datetime.now(UTC), None, [OutgoingMail])
    assert len(mailoutbox) == 1
    entry = AuditEntry.objects.get(action="work.try_again")
    assert (entry.actor, entry.subject) == (
        "sue@reseal.example",
        f"verification.OutgoingMail {mail.pk}",
    )


def test_a_row_is_set_aside_with_a_reason(world: World) -> None:
    mail, sam = row(world), signed_in(world.sam)
    before = facts(mail)
    assert sam.post(address(mail, "set-aside"), {"reason": ""}).status_code == 200
    assert facts(mail) == before
    sam.post(address(mail, "set-aside"), {"reason": "It loops."})
    mail.refresh_from_db()
    assert mail.set_aside_at is not None
    assert mail.failed_at is not None
    assert mail.last_problem == f"{world.sam.email}: It loops."
    assert AuditEntry.objects.get(action="work.set_aside").detail == {"reason": "It loops."}
    assert address(mail, "set-aside") not in shown(sam, PAGE)


@pytest.mark.parametrize("verb", ["try-again", "set-aside"])
def test_a_row_that_a_worker_holds_is_left_alone(world: World, verb: str) -> None:
    mail = row(world, due_at=world.now)
    assert len(list(claim(datetime.now(UTC), kinds=[OutgoingMail]))) == 1
    before = facts(mail)
    answer = signed_in(world.sam).post(address(mail, verb), {"reason": "x"})
    assert "work.not_waiting" in answer.content.decode()
    assert facts(mail) == before


@pytest.mark.parametrize("verb", ["try-again", "set-aside"])
def test_who_may_not_changes_nothing(world: World, verb: str) -> None:
    mail = row(world, set_aside_at=None)
    before = facts(mail)
    ada = signed_in(world.staff("ada", Team.AUDITOR))
    assert address(mail, verb) not in shown(ada, PAGE + "?show=waiting")
    for method in ("get", "post"):
        assert getattr(ada, method)(address(mail, verb), {"reason": "x"}).status_code == 403
        for person in (world.alice, world.mallory):
            answer = getattr(signed_in(person), method)(address(mail, verb), follow=True)
            assert answer.status_code == 404
    assert facts(mail) == before


@pytest.mark.parametrize(
    "path",
    [
        "verification.OutgoingMail/0/try-again/",
        "accounts.User/1/try-again/",
        "x/1/try-again/",
        "no.such/1/try-again/",
        "verification.OutgoingMail/x/try-again/",
    ],
)
def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    assert signed_in(world.sam).get(PAGE + path).status_code == 404

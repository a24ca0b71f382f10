"""What nobody takes is told: by the command, to monitors, and to staff."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from config import overview
from tests.cast import World
from tests.certificates.browsing import shown
from tests.certificates.test_every_page import faults
from verification.challenges import Challenge
from verification.mail import OutgoingMail
from work.claims import claim_some, due_models, take
from work.late import late

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """A name that waits, with nothing else due."""
    world = World(now=datetime.now(UTC))
    world.submitted("a.example.com")
    for kind in due_models():
        kind._default_manager.exclude(due_at=None).update(due_at=world.now + timedelta(days=1))
    return world


def told() -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("work_due", late=True, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def due(now: datetime, **ago: float) -> None:
    Challenge.objects.update(due_at=now - timedelta(**ago))


def test_a_name_that_no_worker_looks_at_is_late_after_ten_minutes(world: World) -> None:
    due(world.now, minutes=9)
    assert told() == (0, "Nothing waits for a worker.\n")
    due(world.now, minutes=11)
    code, text = told()
    assert code == 1
    assert text.startswith("verification.Challenge: 1 due for ten minutes or longer, the first")
    assert text.endswith("Does a worker fetch the queue rounds?\n")
    assert Challenge.objects.get().looks == 1  # it only tells; once was looked when it was asked


def test_other_work_waits_for_the_other_queue(world: World) -> None:
    facts: dict[str, Any] = {"kind": "test", "about": "x", "sender": "a@b.example"}
    facts |= {"recipient": "c@d.example", "subject": "A", "text": "t", "html": "t"}
    OutgoingMail.objects.create(
        **facts, created_at=world.now, due_at=world.now - timedelta(hours=1)
    )
    (found,) = late(world.now)
    assert (found.kind, found.queue) == (OutgoingMail, "celery")


def test_what_a_worker_has_begun_is_not_late_and_what_the_broker_holds_is(world: World) -> None:
    due(world.now, hours=1)
    (claim,) = claim_some(Challenge, world.now, 10)
    assert [each.count for each in late(world.now)] == [1]
    assert take(claim, world.now) is not None
    assert late(world.now) == []
    assert [each.count for each in late(world.now + timedelta(hours=1))] == [1]


def test_what_was_set_aside_is_told_elsewhere(world: World) -> None:
    due(world.now, hours=1)
    Challenge.objects.update(set_aside_at=world.now)
    assert late(world.now) == []


def test_staff_see_it_and_which_worker_is_missed(world: World) -> None:
    due(world.now, hours=1)
    (line,) = [each for each in overview.lines(world.now) if each.name == "Late work"]
    assert (line.count, line.badge["tone"]) == (1, "problem")
    sam = Client()
    sam.force_login(world.sam)
    page = shown(sam, line.address)
    assert faults(page) == []
    assert "a.example.com" in page
    assert "a worker of the queue “rounds”" in page
    assert "a worker of the queue “rounds”" not in shown(sam, "/admin/stuck/")

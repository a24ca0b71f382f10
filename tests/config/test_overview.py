"""The first page of the administration: what needs work, counted, each with its address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.access import Team
from authorities.calendar import Bulletin
from authorities.hierarchy import Authority, Crl
from certificates.applications import Application
from config import overview
from tests.authorities.desk_scenes import alarmed, in_review, stopped
from tests.cast import World
from tests.certificates.browsing import shown
from verification.mail import OutgoingMail

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """At the time of the machine: the page reads its clock."""
    world = World(now=datetime.now(UTC))
    # The cast copies authorities that it made for the first test, which may be of an earlier day.
    Authority.objects.filter(due_at__lt=world.now).update(due_at=world.now)
    return world


def counts(now: datetime) -> dict[str, int]:
    return {line.name: line.count for line in overview.lines(now) if line.count}


def test_where_nothing_waits_every_line_says_so(world: World) -> None:
    world.issued()
    assert counts(world.now) == {}
    assert {line.badge["label"] for line in overview.lines(world.now)} == {"Nothing"}


def test_a_review_is_ours_and_late_after_its_days(world: World) -> None:
    in_review(world)
    assert counts(world.now) == {"CA desk": 1, "Certificates": 1}
    late = counts(world.now + timedelta(days=30))
    assert late["CA desk, late"] == 1


def test_alarms_and_stopped_requests_are_told_apart(world: World) -> None:
    alarmed(world)
    stopped(world)
    line = next(each for each in overview.lines(world.now) if each.name == "CA desk")
    assert (line.count, line.detail) == (2, "0 in review, 1 alarms, 1 stopped by the linter")


def test_stuck_work_failed_mail_old_lists_and_suspensions_are_counted(world: World) -> None:
    world.submitted("mail.example.com", method="EMAIL")
    Application.objects.update(set_aside_at=world.now)
    OutgoingMail.objects.update(failed_at=world.now)
    overdue = Crl.objects.earliest("pk")
    Crl.objects.filter(pk=overdue.pk).update(next_update=world.now)
    for brand in ("GEOTRUST", "CFCA"):
        Bulletin.objects.create(
            brand=brand,
            starts_at=world.now,
            ends_at=world.now + timedelta(days=1),
            suspends=True,
            title="Holiday",
        )
    assert counts(world.now) == {
        "Certificates": 1,
        "Stuck work": 1,
        "Failed mail": 1,
        "Revocation lists": 1,
        "Suspensions": 2,
    }


def test_every_address_leads_somewhere_for_every_team(world: World) -> None:
    for team in (*Team, None):
        client = Client()
        client.force_login(
            world.staff(f"t{team}".lower().replace(" ", ""), *([team] if team else []))
        )
        page = shown(client, "/admin/")
        for line in overview.lines(world.now):
            assert f'href="{line.address}"' in page
            assert client.get(line.address).status_code == 200


def test_the_side_stands_in_our_order(world: World) -> None:
    client = Client()
    client.force_login(world.staff("ada", Team.AUDITOR))
    page = shown(client, "/admin/certificates/certificate/")
    names = ["CA desk", "Bulletins", "Calendar", "Issuing CAs", "Certificates", "Products"]
    names += ["Stuck work", "Outgoing mail", "Users", "Projects", "Security log", "Records"]
    found = [page.index(f">{name}</a>", page.index("nav-sidebar")) for name in names]
    assert found == sorted(found)

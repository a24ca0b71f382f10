"""The security log page: who reads what, in which order, in which words."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.access import Team
from accounts.audit import record
from accounts.models import AuditEntry, Membership, Project, Role, User
from accounts.security_log import ROWS
from accounts.security_words import WORDS
from tests.accounts.browser import browser, shown
from tests.cast import World

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


def write(
    world: World, project: Project | None, action: str, *, count: int = 1, **more: object
) -> None:
    for number in range(count):
        record(
            project_id=project.pk if project else None,
            actor=world.alice,
            action=action,
            subject=f"subject {number}",
            now=world.now + timedelta(seconds=number),
            detail=dict(more),
        )


def subjects(page: str) -> list[str]:
    return re.findall(r"subject \d+", page)


@pytest.fixture
def written(world: World) -> None:
    write(world, world.acme, "key.download")
    write(world, world.other, "project.renamed")
    write(world, None, "crl.publish")


@pytest.mark.usefixtures("written")
def test_an_administrator_reads_their_own_project(world: World) -> None:
    page = shown(browser(world.alice), "/security-log/")
    assert '<span class="strong">Private key downloaded</span>' in page
    assert '<span class="strong">Project renamed</span>' not in page
    assert "CRL published by hand" not in page


@pytest.mark.parametrize("who", ["bob", "victor", "sam", "sue"])
@pytest.mark.parametrize("method", METHODS)
def test_others_find_nothing(world: World, who: str, method: str) -> None:
    reader = world.staff("sue", Team.SUPPORT) if who == "sue" else getattr(world, who)
    client = browser(reader)
    for query in ("", f"?project={world.acme.pk}", "?project=house"):
        assert getattr(client, method)(f"/security-log/{query}").status_code == 404
    assert 'href="/security-log/' not in shown(client, "/people/")


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("place", ["other", "house", "99999", "x"])
def test_an_administrator_reads_nobody_elses(world: World, place: str) -> None:
    asked = str(world.other.pk) if place == "other" else place
    assert browser(world.alice).get(f"/security-log/?project={asked}").status_code == 404


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("who", ["auditor", "superuser"])
def test_auditors_read_everything_and_the_house_too(world: World, who: str) -> None:
    if who == "auditor":
        client = browser(world.staff("ada", Team.AUDITOR))
    else:
        client = browser(User.objects.create_superuser("root@reseal.example", "secret-root"))
    page = shown(client, "/security-log/")
    for action in ("key.download", "project.renamed", "crl.publish"):
        assert f'<span class="strong">{WORDS[action]}</span>' in page
    page = shown(client, "/security-log/?project=house")
    assert f'<span class="strong">{WORDS["crl.publish"]}</span>' in page
    assert f'<span class="strong">{WORDS["key.download"]}</span>' not in page


def test_who_is_not_signed_in_is_asked_to(world: World) -> None:
    assert Client().get("/security-log/")["Location"] == "/sign-in/?next=/security-log/"


def test_newest_first_and_page_by_page_each_entry_once(world: World) -> None:
    write(world, world.acme, "contact.added", count=ROWS + 7)
    client, seen = browser(world.alice), []
    address = "/security-log/?action=contact.added"
    while address:
        page = shown(client, address)
        seen += subjects(page)
        found = re.search(r'rel="next"\s+href="([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert seen == [f"subject {number}" for number in reversed(range(ROWS + 7))]


def test_the_log_is_filtered_by_action_and_person(world: World) -> None:
    write(world, world.acme, "key.download")
    record(
        project_id=world.acme.pk,
        actor=world.bob,
        action="contact.added",
        subject="Carla",
        now=world.now,
    )
    client = browser(world.alice)
    page = shown(client, "/security-log/?action=contact.added")
    assert "Carla" in page
    assert subjects(page) == []
    assert "Carla" in shown(client, "/security-log/?person=BOB@acme")
    assert subjects(shown(client, "/security-log/?person=bob@acme.example")) == []
    assert "No entry fits" in shown(client, "/security-log/?person=nobody%00")
    assert "Carla" in shown(client, "/security-log/?before=x")


def test_an_action_without_words_is_shown_as_it_was_written(world: World) -> None:
    write(world, world.acme, "teapot.boiled", role="VIEWER", why="<b>tea</b>")
    page = shown(browser(world.alice), "/security-log/")
    assert '<span class="strong">teapot.boiled</span>' in page
    assert "Role: Viewer · why: &lt;b&gt;tea&lt;/b&gt;" in page
    assert '<option value="teapot.boiled"' in page


def test_what_an_entry_tells_is_told_in_words(world: World) -> None:
    write(world, world.acme, "desk.note_review", order="GT-1", item="registry", is_good=True)
    write(world, world.acme, "terms.set", review=[2, 4], methods=["DNS", "FILE"])
    page = shown(browser(world.alice), "/security-log/")
    assert "Methods: DNS, FILE · Review in working days: 2, 4" in page
    assert "Found right: yes · Looked at: registry · Order: GT-1" in page


def test_the_page_says_whether_the_chain_is_whole(world: World) -> None:
    write(world, world.acme, "key.download", count=3)
    write(world, world.other, "key.download")
    client = browser(world.alice)
    assert "Unbroken" not in shown(client, "/security-log/")
    page = shown(client, "/security-log/?check=1")
    assert "Unbroken, 4 entries." in page  # the sign-in too
    last = AuditEntry.objects.get(project=world.acme, number=4)
    assert f"Entry 4 ends it with <code>{last.digest}</code>" in page
    broken = AuditEntry.objects.filter(project=world.acme, number=2)
    broken.update(subject="nothing of note")
    page = shown(client, "/security-log/?check=1")
    assert "1 entry is not what was written." in page
    assert "number 2" in page
    assert "Unbroken, 2 entries." in shown(browser(world.mallory), "/security-log/?check=1")


def test_an_administrator_of_two_projects_reads_both_or_one(world: World) -> None:
    Membership.objects.create(
        user=world.alice, project=world.other, role=Role.ADMINISTRATOR, since=world.now
    )
    write(world, world.acme, "key.download")
    write(world, world.other, "contact.removed")
    client = browser(world.alice)
    page = shown(client, "/security-log/")
    assert len(subjects(page)) == 2
    page = shown(client, f"/security-log/?project={world.other.pk}")
    assert len(subjects(page)) == 1
    assert '<span class="strong">Contact removed</span>' in page


def test_thirty_entries_cost_as_many_queries_as_one(world: World) -> None:
    client, costs = browser(world.alice), []
    for count in (1, 29):
        write(world, world.acme, "key.download", count=count)
        with CaptureQueriesContext(connection) as cost:
            shown(client, "/security-log/")
        costs.append(len(cost))
    assert costs[0] == costs[1]

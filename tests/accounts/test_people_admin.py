"""People and the security log in the administration: teams, accounts, the chain."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.access import Team
from accounts.audit import AuditEntry
from accounts.models import Role, User
from accounts.projects import found
from accounts.refusals import Refused
from accounts.staff_people import close_account
from tests.cast import World
from tests.certificates.browsing import shown

pytestmark = pytest.mark.django_db
LOG = "/admin/accounts/auditentry/"


@pytest.fixture
def world() -> World:
    """At the time of the machine: the pages read its clock."""
    return World(now=datetime.now(UTC))


@pytest.fixture
def root(world: World) -> User:
    return User.objects.create_superuser("root@reseal.example", "secret-root")


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def verb(person: User, name: str) -> str:
    return f"/admin/accounts/user/{person.pk}/{name}/"


def facts() -> tuple[Any, ...]:
    people = User.objects.order_by("pk").values("is_active", "is_staff", "is_superuser", "groups")
    return list(people), AuditEntry.objects.exclude(action__startswith="sign_in").count()


VERBS: dict[str, dict[str, Any]] = {
    "teams": {"is_staff": "on", "teams": ["Support"]},
    "close": {},
}


def test_a_superuser_puts_somebody_into_teams(world: World, root: User) -> None:
    sam = signed_in(root)
    assert 'value="CA operator" checked' not in shown(sam, verb(world.alice, "teams"))
    assert "checked" in shown(sam, verb(world.sam, "teams"))
    answer = sam.post(verb(world.sam, "teams"), {"is_staff": "on", "teams": ["Support", "Auditor"]})
    assert answer.status_code == 302
    names = world.sam.groups.order_by("name").values_list("name", flat=True)
    assert list(names) == ["Auditor", "Support"]
    entry = AuditEntry.objects.get(action="staff.teams")
    assert (entry.actor, entry.subject) == (root.email, world.sam.email)
    assert entry.detail == {"is_staff": True, "teams": ["Auditor", "Support"]}


def test_who_is_no_staff_any_more_loses_the_teams(world: World, root: User) -> None:
    signed_in(root).post(verb(world.sam, "teams"), {})
    sam = User.objects.get(pk=world.sam.pk)
    assert (sam.is_staff, sam.groups.count()) == (False, 0)


def test_teams_are_for_staff(world: World, root: User) -> None:
    before = facts()
    page = signed_in(root).post(verb(world.alice, "teams"), {"teams": ["Support"]})
    assert "teams.not_staff" in page.content.decode()
    assert facts() == before


def test_an_unknown_team_is_refused(world: World, root: User) -> None:
    before = facts()
    page = signed_in(root).post(
        verb(world.alice, "teams"), {"is_staff": "on", "teams": ["Emperors"]}
    )
    assert page.status_code == 200
    assert facts() == before


def test_a_closed_account_ends_its_sessions_and_can_be_opened(world: World, root: User) -> None:
    bob = Client()
    bob.post("/sign-in/", {"login": world.bob.email, "password": "secret-bob"})
    assert bob.get("/certificates/").status_code == 200
    boss = signed_in(root)
    boss.post(verb(world.bob, "close"))
    assert bob.get("/certificates/").status_code == 302
    page = boss.post(verb(world.bob, "close")).content.decode()
    assert "account.unchanged" in page
    boss.post(verb(world.bob, "open"))
    assert User.objects.get(pk=world.bob.pk).is_active
    assert bob.get("/certificates/").status_code == 302  # the old session stays ended
    actions = AuditEntry.objects.filter(actor=root.email, action__startswith="account.")
    assert [each.action for each in actions] == ["account.closed", "account.opened"]


def test_nobody_shuts_themselves_out(world: World, root: User) -> None:
    boss, before = signed_in(root), facts()
    assert "account.yourself" in boss.post(verb(root, "close")).content.decode()
    assert "teams.yourself" in boss.post(verb(root, "teams"), {}).content.decode()
    assert facts() == before


def test_a_project_s_last_administrator_keeps_the_account(world: World, root: User) -> None:
    boss, before = signed_in(root), facts()
    page = boss.post(verb(world.alice, "close")).content.decode()
    assert "people.last_administrator" in page
    assert f"Acme needs an administrator, and {world.alice.email} is the last one." in page
    assert facts() == before
    world.person("ann@acme.example", world.acme, Role.ADMINISTRATOR)
    assert boss.post(verb(world.alice, "close")).status_code == 302
    assert not User.objects.get(pk=world.alice.pk).is_active


def test_each_project_that_would_be_left_alone_is_named(world: World, root: User) -> None:
    found(name="Night shift", actor=world.alice, now=world.now)
    with pytest.raises(Refused) as refused:
        close_account(world.alice, actor=root, now=world.now)
    told = [each.message.partition(" needs")[0] for each in refused.value.obstacles]
    assert told == ["Acme", "Night shift"]


@pytest.mark.parametrize("name", VERBS)
@pytest.mark.parametrize("team", [*Team, None])
def test_no_team_decides_about_people(world: World, team: Team | None, name: str) -> None:
    person = world.staff("tess", *([team] if team else []))
    client, before = signed_in(person), facts()
    address = verb(world.bob, name)
    assert client.get(address).status_code == 403
    assert client.post(address, VERBS[name]).status_code == 403
    assert address not in shown(client, "/admin/accounts/user/")
    assert facts() == before


@pytest.mark.parametrize("name", VERBS)
def test_who_is_no_superuser_any_more_presses_in_vain(world: World, root: User, name: str) -> None:
    client = signed_in(root)
    shown(client, verb(world.bob, name))
    User.objects.filter(pk=root.pk).update(is_superuser=False)
    before = facts()
    assert client.post(verb(world.bob, name), VERBS[name]).status_code == 403
    assert facts() == before


def test_people_are_looked_at_without_their_secrets(world: World, root: User) -> None:
    client = signed_in(world.sam)
    page = shown(client, f"/admin/accounts/user/{world.alice.pk}/change/")
    assert "Acme" in page
    assert "Not set up" in page
    assert User.objects.get(pk=world.alice.pk).password not in page


@pytest.mark.parametrize("team", [*Team, None])
def test_the_security_log_is_for_auditors(world: World, team: Team | None) -> None:
    world.issued()
    client = signed_in(world.staff("tess", *([team] if team else [])))
    reads = team == Team.AUDITOR
    assert (LOG in shown(client, "/admin/")) == reads
    entry = AuditEntry.objects.first()
    assert entry is not None
    for address in (LOG, f"{LOG}{entry.pk}/change/", f"{LOG}{entry.pk}/history/"):
        assert client.get(address).status_code == (200 if reads else 403)
    assert client.post(LOG, {"check": "1"}).status_code == (302 if reads else 403)


def test_the_chain_is_followed_and_a_changed_entry_found(world: World, root: User) -> None:
    world.issued()
    client = signed_in(root)
    client.post(verb(world.bob, "close"))
    page = client.post(LOG, {"check": "1"}, follow=True).content.decode()
    assert "The chain is whole" in page
    entry = AuditEntry.objects.filter(action="account.closed").get()
    AuditEntry.objects.filter(pk=entry.pk).update(actor="mallory@other.example")
    page = client.post(LOG, {"check": "1"}, follow=True).content.decode()
    assert f"1 entry is not what was written: {entry.pk}" in page


def test_thirty_people_take_as_many_queries_as_few(world: World, root: User) -> None:
    client = signed_in(root)
    lists = ("/admin/accounts/user/", "/admin/accounts/project/", LOG)

    def count(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    few = [count(address) for address in lists]
    for number in range(30):
        world.staff(f"more{number}", Team.SUPPORT)
        signed_in(world.bob)
    assert [count(address) for address in lists] == few

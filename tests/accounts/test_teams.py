"""The teams of support staff and what each may do, whoever's the project is."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from accounts.access import STAFF, TEAMS, Action, Team, may, may_as_staff, rooms_where
from accounts.models import User
from tests.cast import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("team", Team)
@pytest.mark.parametrize("action", Action)
def test_a_team_may_what_its_row_says(team: Team, action: Action) -> None:
    world = World()
    person = world.staff("tess", team)
    expected = action in STAFF | TEAMS[team]
    assert may_as_staff(person, action) is expected
    assert may(person, action, world.bought()) is expected


@pytest.mark.parametrize("action", Action)
def test_staff_never_act_as_a_customer(action: Action) -> None:
    world = World()
    root = User.objects.create_superuser("root@reseal.example", "secret-root")
    customers = {
        Action.BUY,
        Action.APPLY,
        Action.REISSUE,
        Action.CHECK,
        Action.ANSWER,
        Action.DOWNLOAD_KEY,
        Action.MANAGE,
        Action.KEEP_CONTACTS,
        Action.KEEP_ZONES,
        Action.RECORD,
    }
    assert may(root, action, world.bought()) is (action not in customers)


def test_staff_without_a_team_only_look() -> None:
    world = World()
    person = world.staff("new")
    assert {action for action in Action if may_as_staff(person, action)} == STAFF


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_a_team_counts_for_active_staff_only(change: dict[str, bool]) -> None:
    world = World()
    User.objects.filter(pk=world.sam.pk).update(**change)
    assert not may_as_staff(User.objects.get(pk=world.sam.pk), Action.DECIDE)


def test_a_customer_in_a_group_of_that_name_is_no_staff() -> None:
    world = World()
    world.alice.groups.set(Group.objects.all())
    assert not any(may_as_staff(world.alice, action) for action in Action)


def test_the_teams_are_there_from_the_start() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == {team.value for team in Team}


def test_rooms_are_those_where_the_role_allows_it() -> None:
    world = World()
    assert rooms_where(world.alice, Action.REISSUE) == {world.acme.pk}
    assert rooms_where(world.victor, Action.REISSUE) == set()
    assert rooms_where(world.sam, Action.REISSUE) == set()

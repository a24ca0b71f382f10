"""The people of a project: who sees them, who changes them, and that one administrator stays."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.audit import broken_links
from accounts.models import AuditEntry, Membership, Project, Role, User
from accounts.projects import change_role, found, remove_member, rename
from accounts.refusals import Refused
from tests.accounts.browser import browser, codes, shown
from tests.cast import World

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


def place(world: World, person: User) -> Membership:
    return Membership.objects.get(project=world.acme, user=person)


def doors(world: World) -> list[str]:
    """Every address that changes something about Acme's people."""
    bob = place(world, world.bob).pk
    acme = world.acme.pk
    return [
        f"/people/{bob}/role/",
        f"/people/{bob}/remove/",
        f"/projects/{acme}/invite/",
        f"/projects/{acme}/name/",
    ]


def state() -> list[Any]:
    return [*Membership.objects.order_by("pk").values_list("pk", "user", "role")]


# --- looking


@pytest.mark.parametrize("who", ["alice", "bob", "victor", "sam"])
def test_members_and_staff_see_who_belongs_to_the_project(world: World, who: str) -> None:
    page = shown(browser(getattr(world, who)), f"/people/?project={world.acme.pk}")
    for member in (world.alice, world.bob, world.victor):
        assert member.email in page
    assert ("Invite a person" in page) is (who == "alice")
    assert ("Remove…" in page) is (who == "alice")


@pytest.mark.parametrize("method", METHODS)
def test_a_stranger_finds_nothing_at_any_door(world: World, method: str) -> None:
    mallory, before = browser(world.mallory), state()
    for door in doors(world):
        assert getattr(mallory, method)(door).status_code == 404, door
    assert mallory.get(f"/people/?project={world.acme.pk}").status_code == 404
    assert state() == before


def test_a_stranger_sees_their_own_people_only(world: World) -> None:
    page = shown(browser(world.mallory), "/people/")
    assert world.mallory.email in page
    assert world.alice.email not in page


@pytest.mark.parametrize("who", ["bob", "victor", "sam"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_administrators_find_the_doors_that_change(
    world: World, who: str, method: str
) -> None:
    client, before = browser(getattr(world, who)), state()
    for door in doors(world):
        assert getattr(client, method)(door, {"role": "VIEWER"}).status_code == 404, door
    assert state() == before


def test_who_is_not_signed_in_is_asked_to(world: World) -> None:
    for door in [*doors(world), "/people/", "/projects/new/"]:
        answer = Client().get(door)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in/")


def test_the_page_tells_last_sign_in_and_second_factor(world: World) -> None:
    User.objects.filter(pk=world.bob.pk).update(last_login=world.now)
    Authenticator.objects.create(user=world.bob, type=Authenticator.Type.TOTP, data={})
    Authenticator.objects.create(user=world.victor, type="recovery_codes", data={})
    page = shown(browser(world.victor), "/people/")
    assert page.count("Set up") == 1
    assert page.count("Password alone") == 2
    assert page.count("Not yet") == 1  # Alice; Victor has just signed in


def test_the_page_tells_since_when_each_belongs_to_the_project(world: World) -> None:
    began = world.now - timedelta(days=40)
    Membership.objects.filter(user=world.bob).update(since=began)
    page = shown(browser(world.victor), "/people/")
    assert f'<td data-l="Member since">{began:%-d %b %Y}</td>' in page


def test_who_belongs_nowhere_is_shown_the_way_in(world: World) -> None:
    nobody = User.objects.create_user("new@acme.example", "a secret that is long")
    assert "New project" in shown(browser(nobody), "/people/")


def test_a_page_of_thirty_costs_as_many_queries_as_one_of_one(world: World) -> None:
    mallory = browser(world.mallory)
    costs = []
    for count in (0, 29):
        for number in range(count):
            person = world.person(f"p{number}@other.example", world.other, Role.VIEWER)
            Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
        shown(mallory, "/people/")
        with CaptureQueriesContext(
            connection,
        ) as cost:
            shown(mallory, "/people/")
        costs.append(len(cost))
    assert costs[0] == costs[1]


# --- changing


def test_an_administrator_changes_a_role_by_post_alone(world: World) -> None:
    alice, bob = browser(world.alice), place(world, world.bob)
    shown(alice, f"/people/{bob.pk}/role/")
    assert place(world, world.bob).role == Role.OPERATOR
    assert alice.post(f"/people/{bob.pk}/role/", {"role": "VIEWER"}).status_code == 302
    assert place(world, world.bob).role == Role.VIEWER
    entry = AuditEntry.objects.get(action="member.role")
    assert (entry.actor, entry.subject) == (world.alice.email, world.bob.email)
    assert entry.detail == {"from": "OPERATOR", "to": "VIEWER"}
    assert broken_links() == []


def test_a_role_that_does_not_exist_is_refused_at_its_field(world: World) -> None:
    bob = place(world, world.bob)
    answer = browser(world.alice).post(f"/people/{bob.pk}/role/", {"role": "EMPEROR"})
    assert "Choose one of the three roles." in answer.content.decode()
    assert place(world, world.bob).role == Role.OPERATOR


def test_a_new_role_holds_at_the_next_request(world: World) -> None:
    bob = browser(world.bob)
    assert bob.get(f"/projects/{world.acme.pk}/invite/").status_code == 404
    change_role(
        project_id=world.acme.pk,
        membership_id=place(world, world.bob).pk,
        role=Role.ADMINISTRATOR,
        actor=world.alice,
        now=world.now,
    )
    shown(bob, f"/projects/{world.acme.pk}/invite/")


def test_a_removed_member_is_a_stranger_at_the_next_request(world: World) -> None:
    certificate = world.bought()
    bob = browser(world.bob)
    shown(bob, f"/certificates/{certificate.pk}/")
    alice, member = browser(world.alice), place(world, world.bob)
    shown(alice, f"/people/{member.pk}/remove/")
    assert Membership.objects.filter(pk=member.pk).exists()
    assert alice.post(f"/people/{member.pk}/remove/").status_code == 302
    assert bob.get(f"/certificates/{certificate.pk}/").status_code == 404
    assert bob.get(f"/people/?project={world.acme.pk}").status_code == 404
    entry = AuditEntry.objects.get(action="member.removed")
    assert (entry.project_id, entry.subject) == (world.acme.pk, world.bob.email)


@pytest.mark.parametrize("way", ["remove", "role"])
def test_the_last_administrator_stays(world: World, way: str) -> None:
    alice, before = place(world, world.alice), state()
    answer = browser(world.alice).post(f"/people/{alice.pk}/{way}/", {"role": "VIEWER"})
    assert codes(answer) == ["people.last_administrator"]
    assert state() == before
    assert not AuditEntry.objects.filter(action__startswith="member.").exists()


def test_an_administrator_who_is_switched_off_does_not_count(world: World) -> None:
    other = world.person("ann@acme.example", world.acme, Role.ADMINISTRATOR)
    User.objects.filter(pk=other.pk).update(is_active=False)
    answer = browser(world.alice).post(f"/people/{place(world, world.alice).pk}/remove/", {"a": 1})
    assert codes(answer) == ["people.last_administrator"]


def test_one_of_two_administrators_may_leave(world: World) -> None:
    world.person("ann@acme.example", world.acme, Role.ADMINISTRATOR)
    client = browser(world.alice)
    answer = client.post(f"/people/{place(world, world.alice).pk}/remove/", {"a": "1"})
    assert answer["Location"] == "/people/"
    assert world.bob.email not in shown(client, "/people/")


@pytest.mark.parametrize("who", ["bob", "victor", "mallory", "sam"])
def test_the_verbs_refuse_everybody_else(world: World, who: str) -> None:
    actor, before = getattr(world, who), state()
    facts: dict[str, Any] = {"project_id": world.acme.pk, "actor": actor, "now": world.now}
    bob = place(world, world.bob).pk
    for verb, more in (
        (change_role, {"membership_id": bob, "role": Role.VIEWER}),
        (remove_member, {"membership_id": bob}),
        (rename, {"name": "Ours"}),
    ):
        with pytest.raises(Refused) as refused:
            verb(**facts, **more)
        assert [each.code for each in refused.value.obstacles] == ["people.forbidden"]
    assert state() == before
    assert not Project.objects.filter(name="Ours").exists()


def test_a_member_of_another_project_is_not_reached_through_ones_own(world: World) -> None:
    with pytest.raises(Refused, match=r"people\.gone"):
        remove_member(
            project_id=world.other.pk,
            membership_id=place(world, world.bob).pk,
            actor=world.mallory,
            now=world.now,
        )
    assert place(world, world.bob)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_remove_each_other_leave_one(transactional_db: None) -> None:
    world = World()
    ann = world.person("ann@acme.example", world.acme, Role.ADMINISTRATOR)
    start = threading.Barrier(2)
    refused: list[str] = []

    def remove(actor: User, other: User) -> None:
        start.wait(10)
        try:
            remove_member(
                project_id=world.acme.pk,
                membership_id=place(world, other).pk,
                actor=actor,
                now=world.now,
            )
        except Refused as error:
            refused.extend(each.code for each in error.obstacles)
        finally:
            connection.close()

    pairs = ((world.alice, ann), (ann, world.alice))
    threads = [threading.Thread(target=remove, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    heads = Membership.objects.filter(project=world.acme, role=Role.ADMINISTRATOR)
    assert heads.count() == 1
    assert refused == ["people.forbidden"]


# --- projects


def test_a_customer_founds_a_project_and_administers_it(world: World) -> None:
    victor = browser(world.victor)
    answer = victor.post("/projects/new/", {"name": "  Night   shift "})
    project = Project.objects.get(name="Night shift")
    assert answer["Location"] == f"/people/?project={project.pk}"
    assert "Invite a person" in shown(victor, answer["Location"])
    assert AuditEntry.objects.get(action="project.founded").project_id == project.pk


def test_staff_found_no_project(world: World) -> None:
    sam = browser(world.sam)
    assert sam.get("/projects/new/").status_code == 404
    assert sam.post("/projects/new/", {"name": "Ours"}).status_code == 404
    with pytest.raises(Refused, match=r"project\.staff"):
        found(name="Ours", actor=world.sam, now=world.now)
    assert not Project.objects.filter(name="Ours").exists()


def test_an_administrator_renames_the_project(world: World) -> None:
    answer = browser(world.alice).post(f"/projects/{world.acme.pk}/name/", {"name": "Acme 2"})
    assert answer.status_code == 302
    world.acme.refresh_from_db()
    assert world.acme.name == "Acme 2"
    assert AuditEntry.objects.get(action="project.renamed").detail == {"from": "Acme"}


def test_a_name_that_is_too_long_is_refused_at_its_field(world: World) -> None:
    answer = browser(world.alice).post(f"/projects/{world.acme.pk}/name/", {"name": "x" * 101})
    assert codes(answer) == ["project.name"]
    world.acme.refresh_from_db()
    assert world.acme.name == "Acme"

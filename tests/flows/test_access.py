"""Everybody × every address of the portal × every method: exact answers, and who may change what.

The resolver is walked, so that a new address without a row here fails the test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.audit import AuditEntry
from accounts.models import User
from authorities.calendar import Holiday
from tests.cast import World
from tests.flows.access_desk import ADDED, ADMIN_MODELS
from tests.flows.access_matrix import CERTIFICATE, ROWS, WRITES, routes
from tests.flows.access_rows import METHODS, PEOPLE
from tests.flows.access_scene import Scene

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
PRESSED = {"decision": "confirm"}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def scene(settings: Settings, tmp_path: Path) -> Scene:
    made = Scene.make(settings, tmp_path)
    Holiday.objects.create(day=made.world.now.date(), name="a holiday")
    cache.clear()
    return made


@contextmanager
def watched() -> Iterator[list[str]]:
    """What is written meanwhile, undone afterwards."""
    writes: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.split(None, 1)[0].upper() in {"INSERT", "UPDATE", "DELETE"}:
            writes.append(sql)
        return execute(sql, params, many, context)

    point = transaction.savepoint()
    with connection.execute_wrapper(watch):
        yield writes
    transaction.savepoint_rollback(point)


def ask(
    session: str,
    method: str,
    address: str,
    *,
    strict: bool = False,
    data: dict[str, str] | None = None,
) -> HttpResponse:
    client = Client(enforce_csrf_checks=strict, raise_request_exception=True)
    if session:
        client.cookies["sessionid"] = session
    if method == "POST":
        return client.post(address, data or {})  # type: ignore[return-value]
    return client.generic(method, address)  # type: ignore[return-value]


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert sorted(set(routes())) == sorted(ROWS)


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_gets_exactly_the_answers_of_the_matrix(scene: Scene, person: str) -> None:
    session, wrong = scene.session(person), []
    for route, expected in ROWS.items():
        for method, code in zip(METHODS, expected[person].split(), strict=True):
            with watched() as writes:
                answer = ask(session, method, scene.address(route))
            told = f"{method} /{route}"
            if answer.status_code != int(code):
                wrong.append(f"{told}: {answer.status_code}, not {code}")
            if bool(writes) != (person in WRITES.get((route, method), ())):
                wrong.append(f"{told} wrote {writes}")
    assert wrong == [], "\n".join(wrong)


def test_who_is_not_signed_in_is_brought_to_sign_in_and_back_to_a_page(scene: Scene) -> None:
    page = f"/certificates/{scene.certificate.pk}/"
    came_from = {
        page: page,
        page + "1/chain.pem": page + "1/chain.pem",
        page + "check/": page,  # a form's address shows nothing
        page + "1/key/": page,
        "/certificates/": "/certificates/",
    }
    for address, back in came_from.items():
        for method in METHODS:
            answer = ask("", method, address)
            assert answer.headers["Location"] == f"/sign-in/?next={back}", (method, address)


def test_a_stranger_cannot_tell_a_certificate_of_others_from_none(scene: Scene) -> None:
    """The same answer to the byte, whatever the method, with the form's token and without."""
    stranger = scene.session("stranger")
    for route in (route for route in ROWS if route.startswith(CERTIFICATE)):
        theirs = scene.address(route)
        none = theirs.replace(scene.certificate.pk, "scs0000000000000")
        for method in METHODS:
            for strict in (False, True):
                answers = [ask(stranger, method, each, strict=strict) for each in (theirs, none)]
                is_stopped = strict and method not in ("GET", "HEAD", "OPTIONS")
                codes = [answer.status_code for answer in answers]
                assert codes == [403 if is_stopped else 404] * 2, (method, route, strict)
                assert told(answers[0]) == told(answers[1]), (method, route, strict)


def told(answer: HttpResponse) -> tuple[str, dict[str, str]]:
    """Body and headers without the form's token, which is masked anew each time."""
    return TOKEN.sub("", answer.content.decode()), dict(answer.headers)


@pytest.mark.parametrize(
    "odd", ["%00", "scs%00", "x", "scs1", "scs00000000000000", "*", "%27", "é"]
)
def test_what_is_no_id_is_not_found_by_anybody(world: World, odd: str) -> None:
    """Least of all with an error of the database."""
    client = Client()
    for tail in ("", "check/", "1/chain.pem", "1/key/"):
        for method in (client.get, client.post):
            assert method(f"/certificates/{odd}/{tail}").status_code == 404
    client.force_login(world.alice)
    assert client.get(f"/certificates/{odd}/").status_code == 404


def test_a_number_without_a_version_is_not_found(scene: Scene) -> None:
    owner, page = scene.session("owner"), f"/certificates/{scene.certificate.pk}/"
    assert ask(owner, "GET", page + "2/chain.pem").status_code == 404
    assert ask(owner, "POST", page + "2/key/").status_code == 404


@pytest.mark.parametrize("person", ["owner", "staff", "anonymous"])
def test_nothing_is_changed_by_a_form_of_another_site(scene: Scene, person: str) -> None:
    session = scene.session(person)
    for route in ROWS:
        if route.startswith("pki/"):
            continue  # signed answers, the same for everyone; nothing there reads a cookie
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            with watched() as writes:
                answer = ask(session, method, scene.address(route), strict=True, data=PRESSED)
            assert (answer.status_code, writes) == (403, []), (method, route)


def test_a_role_that_does_not_check_is_told_so(scene: Scene) -> None:
    page = f"/certificates/{scene.certificate.pk}/"
    sentence = "Your role does not check domains; ask an operator of the project."
    for person in ("viewer", "staff"):
        client = Client()
        client.cookies["sessionid"] = scene.session(person)
        shown = client.post(page + "check/", follow=True)
        assert shown.redirect_chain == [(page, 302)]
        assert sentence in shown.content.decode()


def test_who_is_switched_off_is_signed_out_at_once(scene: Scene) -> None:
    session = scene.session("owner")
    User.objects.filter(pk=scene.world.alice.pk).update(is_active=False)
    answer = ask(session, "GET", f"/certificates/{scene.certificate.pk}/")
    assert answer.headers["Location"].startswith("/sign-in/")


def test_who_leaves_the_project_sees_nothing_of_it_any_more(scene: Scene) -> None:
    session = scene.session("owner")
    scene.world.alice.memberships.all().delete()
    assert ask(session, "GET", f"/certificates/{scene.certificate.pk}/").status_code == 404
    page = ask(session, "GET", "/certificates/").content.decode()
    assert scene.certificate.pk not in page


def test_the_list_holds_what_one_may_see_and_nothing_else(scene: Scene) -> None:
    other = scene.world.bought(owner=scene.world.mallory)
    seen = {
        person: {
            pk
            for pk in (scene.certificate.pk, other.pk)
            if pk in ask(scene.session(person), "GET", "/certificates/").content.decode()
        }
        for person in PEOPLE
    }
    mine, theirs = {scene.certificate.pk}, {other.pk}
    assert seen == {
        "owner": mine,
        "colleague": mine,
        "viewer": mine,
        "stranger": theirs,
        "staff": mine | theirs,
        "anonymous": set(),
    }


def test_the_list_does_not_start_at_a_certificate_of_others(scene: Scene) -> None:
    """`after` is no oracle: an id that one may not see is as good as none."""
    stranger = scene.session("stranger")
    pages = [
        told(ask(stranger, "GET", f"/certificates/?after={pk}"))
        for pk in (scene.certificate.pk, "scs0000000000000")
    ]
    assert pages[0] == pages[1]


def admin_pages(scene: Scene) -> Iterator[tuple[str, str]]:
    staff = scene.session("staff")
    for route in ROWS:
        if route.startswith("admin/") and "password" not in route and "log" not in route:
            yield route, ask(staff, "GET", scene.address(route)).content.decode()


def test_no_stored_key_is_anywhere_in_the_administration(scene: Scene) -> None:
    from accounts.custody import sealed_models
    from verification.zones import Zone

    registered = set(admin.site._registry)
    # Where a zone is may be seen; its admin reads no column of the secret (test_zone_admin).
    assert registered & set(sealed_models()) == {Zone}
    version = scene.certificate.versions.get()
    assert version.key is not None
    for route, page in admin_pages(scene):
        assert str(version.key_id) not in page, route
        assert "kek" not in TOKEN.sub("", page).lower(), route


def test_not_even_a_superuser_adds_changes_or_deletes_a_row(scene: Scene) -> None:
    root = User.objects.create_user("root@reseal.example", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(root)
    session = str(client.cookies["sessionid"].value)
    for app, models in ADMIN_MODELS.items():
        for model in models:
            if model in ADDED:
                continue  # in Django's own forms; tests of its own
            at, pk = f"/admin/{app}/{model}/", scene._row(app, model)
            forms = {
                at + "add/": {},
                f"{at}{pk}/change/": {"status": "ISSUED", "email": "x@example.com"},
                f"{at}{pk}/delete/": {"post": "yes"},
                at: {"action": "delete_selected", "_selected_action": pk, "post": "yes"},
            }
            for address, data in forms.items():
                with watched() as writes:
                    answer = ask(session, "POST", address, data=data)
                assert writes == [], address
                assert answer.status_code == (200 if address == at else 403), address


def test_a_customer_who_asks_for_the_administration_finds_nothing(scene: Scene) -> None:
    for person in ("owner", "colleague", "viewer", "stranger"):
        client = Client()
        client.cookies["sessionid"] = scene.session(person)
        shown = client.get("/admin/certificates/certificate/", follow=True)
        assert shown.status_code == 404
        assert scene.certificate.pk not in shown.content.decode()


def test_staff_sign_in_by_the_one_door_and_come_back_to_the_administration(
    world: World,
) -> None:
    client = Client()
    shown = client.get("/admin/certificates/certificate/", follow=True)
    assert shown.redirect_chain[-1][0] == "/sign-in/?next=/admin/certificates/certificate/"
    answer = client.post(
        "/sign-in/?next=/admin/certificates/certificate/",
        {"login": "sam@reseal.example", "password": "secret-sam"},
    )
    assert answer.headers["Location"] == "/admin/certificates/certificate/"
    assert AuditEntry.objects.filter(action="sign_in", actor="sam@reseal.example").count() == 1

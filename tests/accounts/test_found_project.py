"""The operator's first customer: nobody can sign up, and staff hold no projects."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Membership, Project, Role, User

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("found_project", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_new_person_administers_the_project_and_sets_a_password_by_mail(client: Client) -> None:
    out, err = run("Acme", "Ann@Acme.example")
    project = Project.objects.get(name="Acme")
    assert out == f"{project.pk}\n"
    assert err.startswith("ann@acme.example sets a password at http")
    membership = Membership.objects.get(project=project)
    assert (membership.user.email, membership.role) == ("ann@acme.example", Role.ADMINISTRATOR)
    assert not membership.user.has_usable_password()
    assert client.get(err.split()[-1].partition("localhost:8000")[2]).status_code == 200


def test_who_has_an_account_keeps_it() -> None:
    ann = User.objects.create_user("ann@acme.example", "a long password")
    _out, err = run("Acme", "ann@acme.example")
    ann.refresh_from_db()
    assert err == ""
    assert ann.check_password("a long password")
    assert Membership.objects.get().user == ann


@pytest.mark.parametrize(
    ("name", "email", "told"),
    [
        ("Acme", "ann", "ann is not an e-mail address"),
        ("", "ann@acme.example", "project.name"),
        ("Acme", "sam@reseal.example", "project.staff"),
    ],
)
def test_a_refusal_changes_nothing(name: str, email: str, told: str) -> None:
    User.objects.create_user("sam@reseal.example", "secret-sam", is_staff=True)
    with pytest.raises(CommandError, match=told):
        run(name, email)
    assert (Project.objects.count(), User.objects.count()) == (0, 1)

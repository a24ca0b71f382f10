"""Invitations: asked once, mailed at least once, answered once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from accounts.audit import broken_links
from accounts.invitations import VALID_FOR, Invitation, MailState, State
from accounts.inviting import MOST_A_DAY, accept, invite, join, resend, withdraw
from accounts.models import AuditEntry, Membership, Role, User
from accounts.projects import remove_member
from accounts.refusals import Refused
from accounts.sign_in import is_fresh
from accounts.staff_people import close_account
from tests.accounts.browser import browser, codes, shown
from tests.accounts.signing_in import SECRET, sign_in
from tests.cast import World
from work.loop import clock

IVY = "ivy@acme.example"


@pytest.fixture
def asked(world: World) -> Invitation:
    return ask(world)


def ask(world: World, email: str = IVY, **more: Any) -> Invitation:
    facts: dict[str, Any] = {"role": Role.OPERATOR, "actor": world.alice, "now": world.now}
    return invite(project_id=world.acme.pk, email=email, **(facts | more))


def path(invitation: Invitation) -> str:
    return f"/invitations/{invitation.token()}/"


def passwords(first: str = SECRET, second: str = SECRET) -> dict[str, str]:
    return {"password1": first, "password2": second}


def refusal(verb: Callable[..., Any], **facts: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        verb(**facts)
    return [each.code for each in refused.value.obstacles]


# --- asking


def test_an_administrator_invites_and_the_mail_leaves(world: World) -> None:
    form = {"email": " Ivy@Acme.example ", "role": "OPERATOR"}
    answer = browser(world.alice).post(f"/projects/{world.acme.pk}/invite/", form)
    assert answer.status_code == 302
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role) == (IVY, Role.OPERATOR)
    assert invitation.expires_at - invitation.created_at == VALID_FOR
    world.now = clock()
    world.work()
    (message,) = mail.outbox
    assert message.to == [IVY]
    assert invitation.link() in str(message.body)
    assert "alice@acme.example" in str(message.body)
    invitation.refresh_from_db()
    assert invitation.mail_state == MailState.SENT
    assert IVY in shown(browser(world.victor), "/people/")
    assert AuditEntry.objects.get(action="invitation.invited").subject == IVY


def test_the_token_is_nowhere_in_the_database(asked: Invitation, world: World) -> None:
    world.work()
    mac = asked.token().partition("-")[2]
    for model in (Invitation, AuditEntry):
        for row in model.objects.values():
            assert mac not in str(row)


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("no address", "invitation.email"),
        ("x" * 99 + "@acme.example", "invitation.email"),
        ("BOB@acme.example", "invitation.member"),
        ("IVY@acme.example", "invitation.open"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_the_field(
    world: World, asked: Invitation, email: str, code: str
) -> None:
    form = {"email": email, "role": "VIEWER"}
    answer = browser(world.alice).post(f"/projects/{world.acme.pk}/invite/", form)
    assert codes(answer) == [code]
    assert f'value="{email}"' in answer.content.decode()
    assert list(Invitation.objects.all()) == [asked]


def test_one_that_ran_out_gives_way_to_a_new_one(world: World, asked: Invitation) -> None:
    later = asked.expires_at + timedelta(hours=1)
    second = ask(world, now=later)
    asked.refresh_from_db()
    assert (asked.state(later), second.state(later)) == (State.RUN_OUT, State.OPEN)


def test_a_project_invites_so_many_a_day(world: World) -> None:
    for number in range(MOST_A_DAY):
        ask(world, f"p{number}@acme.example")
    assert refusal(ask, world=world) == ["invitation.too_many"]
    assert Invitation.objects.count() == MOST_A_DAY
    assert ask(world, now=world.now + timedelta(days=1, seconds=1)).pk


@pytest.mark.parametrize("who", ["bob", "victor", "mallory", "sam"])
def test_nobody_else_invites_resends_or_withdraws(
    world: World, asked: Invitation, who: str
) -> None:
    actor, before = getattr(world, who), list(Invitation.objects.values())
    facts = {"project_id": world.acme.pk, "actor": actor, "now": world.now}
    assert refusal(invite, email="a@b.example", role="VIEWER", **facts) == ["people.forbidden"]
    for verb in (resend, withdraw):
        assert refusal(verb, invitation_id=asked.pk, **facts) == ["people.forbidden"]
    client = browser(actor)
    for what in ("resend", "withdraw"):
        for method in ("get", "head", "post", "put", "patch", "delete", "options"):
            answer = getattr(client, method)(f"/people/invited/{asked.pk}/{what}/")
            assert answer.status_code == 404
    assert list(Invitation.objects.values()) == before


def test_sent_again_it_lives_seven_more_days_and_the_old_link_too(
    world: World, asked: Invitation
) -> None:
    world.work()
    link, world.now = asked.link(), world.now + timedelta(days=6)
    facts: dict[str, Any] = {"project_id": world.acme.pk, "actor": world.alice}
    resend(invitation_id=asked.pk, now=world.now, **facts)
    world.work()
    first, second = mail.outbox
    assert link in str(first.body)
    assert link in str(second.body)
    assert first.extra_headers["Message-ID"] != second.extra_headers["Message-ID"]
    asked.refresh_from_db()
    assert asked.expires_at == world.now + VALID_FOR
    soon = world.now + timedelta(minutes=5)
    codes_of_second = refusal(resend, invitation_id=asked.pk, now=soon, **facts)
    assert codes_of_second == ["invitation.too_soon"]


@pytest.mark.parametrize("way", ["removed", "closed"])
def test_open_invitations_go_with_who_sent_them(world: World, asked: Invitation, way: str) -> None:
    ann = world.person("ann@acme.example", world.acme, Role.ADMINISTRATOR)
    hers = ask(world, "joe@acme.example", actor=ann)
    used = ask(world, "kim@acme.example", actor=ann)
    join(invitation_id=used.pk, password=SECRET, now=world.now)
    root = User.objects.create_superuser("root@reseal.example", SECRET)
    if way == "removed":
        actor, member = world.alice, Membership.objects.get(user=ann)
        remove_member(project_id=world.acme.pk, membership_id=member.pk, actor=actor, now=world.now)
    else:
        actor = root
        close_account(ann, actor=root, now=world.now)
    rows = {each.email: each.state(world.now) for each in Invitation.objects.all()}
    assert rows == {
        IVY: State.OPEN,
        "joe@acme.example": State.WITHDRAWN,
        "kim@acme.example": State.ACCEPTED,
    }
    assert (
        "This invitation was withdrawn" in Client().post(path(hers), passwords()).content.decode()
    )
    entry = AuditEntry.objects.get(action="invitation.withdrawn")
    told = (entry.project_id, entry.actor, entry.subject)
    assert told == (world.acme.pk, actor.email, "joe@acme.example")
    assert broken_links() == []


# --- answering


def test_opening_the_link_shows_and_changes_nothing(world: World, asked: Invitation) -> None:
    page = shown(Client(), path(asked))
    for told in ("Join Acme", "alice@acme.example", IVY, "Operator"):
        assert told in page
    asked.refresh_from_db()
    assert asked.state(world.now) == State.OPEN
    assert not User.objects.filter(email=IVY).exists()


def test_a_forged_link_is_not_there(asked: Invitation) -> None:
    number, _dash, mac = asked.token().partition("-")
    forged = (f"{number}-{mac[:-1]}", f"{asked.pk + 1}-{mac}", number, f"{'9' * 30}-{mac}", "x")
    for token in forged:
        for method in ("get", "post"):
            assert getattr(Client(), method)(f"/invitations/{token}/").status_code == 404


def test_a_newcomer_makes_an_account_and_is_signed_in_freshly(
    world: World, asked: Invitation
) -> None:
    client = Client()
    answer = client.post(path(asked), passwords())
    assert (answer.status_code, answer["Location"]) == (302, "/certificates/")
    person = User.objects.get(email=IVY)
    assert person.check_password(SECRET)
    assert Membership.objects.get(user=person).role == Role.OPERATOR
    assert "You belong to Acme now." in shown(client, "/certificates/")
    session = client.session
    request: Any = type("Request", (), {"session": session})()
    assert is_fresh(request, clock())
    assert session["_auth_user_backend"] == "allauth.account.auth_backends.AuthenticationBackend"
    actions = set(AuditEntry.objects.filter(actor=IVY).values_list("action", flat=True))
    assert actions == {"invitation.accepted", "sign_in"}
    assert broken_links() == []


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("short", "short", "password_too_short"),
        ("ivy@acme.example", "ivy@acme.example", "password_too_similar"),
        (SECRET, SECRET + "r", "sign_in.passwords_differ"),
    ],
)
def test_a_weak_or_mistyped_password_makes_no_account(
    asked: Invitation, first: str, second: str, code: str
) -> None:
    answer = Client().post(path(asked), passwords(first, second))
    assert answer.status_code == 200
    assert code in answer.content.decode()
    assert f'value="{first}"' not in answer.content.decode()
    assert not User.objects.filter(email=IVY).exists()


def test_who_has_an_account_signs_in_first(world: World) -> None:
    asked = ask(world, world.mallory.email)
    client = Client()
    assert f"/sign-in/?next={path(asked)}" in shown(client, path(asked))
    assert client.post(path(asked), passwords()).status_code == 200
    assert not Membership.objects.filter(user=world.mallory, project=world.acme).exists()
    client.force_login(world.mallory)
    assert "Join the project" in shown(client, path(asked))
    assert not Membership.objects.filter(user=world.mallory, project=world.acme).exists()
    assert client.post(path(asked)).status_code == 302
    assert Membership.objects.get(user=world.mallory, project=world.acme).role == Role.OPERATOR


def test_signing_in_leads_back_to_the_invitation(world: World) -> None:
    mallory = User.objects.get(pk=world.mallory.pk)
    mallory.set_password(SECRET)
    mallory.save()
    asked = ask(world, mallory.email)
    answer = sign_in(Client(), mallory.email, next=path(asked))
    assert (answer.status_code, answer["Location"]) == (302, path(asked))


def test_a_newcomer_sees_this_session_and_may_set_up_a_second_factor(asked: Invitation) -> None:
    client = Client()
    client.post(path(asked), passwords())
    assert "This browser" in shown(client, "/account/sessions/")
    shown(client, "/account/second-factor/app/")  # asks for no password again


def test_a_link_is_kept_by_no_cache_and_no_search_engine(asked: Invitation) -> None:
    page = Client().get(path(asked))
    assert "no-store" in page["Cache-Control"]
    assert page["X-Robots-Tag"] == "noindex"


def test_signed_in_with_another_address_one_is_told_so(world: World, asked: Invitation) -> None:
    client = browser(world.mallory)
    page = shown(client, path(asked))
    assert f"You are signed in as {world.mallory.email}." in page
    client.post(path(asked))
    assert not Membership.objects.filter(user=world.mallory, project=world.acme).exists()
    facts = {"invitation_id": asked.pk, "actor": world.mallory, "now": world.now}
    assert refusal(accept, **facts) == ["invitation.other_address"]
    answer = client.post("/sign-out/", {"next": path(asked)})
    assert answer["Location"] == path(asked)


def test_staff_join_no_project(world: World) -> None:
    asked = ask(world, world.sam.email)
    facts = {"invitation_id": asked.pk, "actor": world.sam, "now": world.now}
    assert refusal(accept, **facts) == ["invitation.staff"]
    browser(world.sam).post(path(asked))
    assert not Membership.objects.filter(user=world.sam).exists()


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("withdrawn", "This invitation was withdrawn"),
        ("used", "This invitation was accepted"),
        ("old", "This invitation has run out"),
    ],
)
def test_an_ended_invitation_says_what_happened(world: World, end: str, words: str) -> None:
    asked = ask(world, now=world.now - (timedelta(days=8) if end == "old" else timedelta()))
    if end == "withdrawn":
        withdraw(project_id=world.acme.pk, invitation_id=asked.pk, actor=world.alice, now=world.now)
    if end == "used":
        join(invitation_id=asked.pk, password=SECRET, now=world.now)
    people = User.objects.count()
    for answer in (Client().get(path(asked)), Client().post(path(asked), passwords())):
        assert answer.status_code == 200
        assert words in answer.content.decode()
    assert User.objects.count() == people


def test_the_second_of_two_tabs_sees_that_it_is_done(world: World, asked: Invitation) -> None:
    client = Client()
    assert client.post(path(asked), passwords()).status_code == 302
    answer = client.post(path(asked), passwords())
    assert "You joined Acme on" in answer.content.decode()
    assert Membership.objects.filter(user__email=IVY).count() == 1
    assert AuditEntry.objects.filter(action="invitation.accepted").count() == 1


def test_who_belongs_there_already_keeps_their_role(world: World, asked: Invitation) -> None:
    ivy = world.person(IVY, world.acme, Role.ADMINISTRATOR)
    accept(invitation_id=asked.pk, actor=ivy, now=world.now)
    assert Membership.objects.get(user=ivy).role == Role.ADMINISTRATOR


def test_who_joins_belongs_there_from_that_moment_on(world: World, asked: Invitation) -> None:
    person = join(invitation_id=asked.pk, password=SECRET, now=world.now)
    assert Membership.objects.get(user=person).since == world.now


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_account", [True, False])
def test_two_answers_at_once_end_in_one_membership(
    transactional_db: None, has_account: bool
) -> None:
    world = World()
    asked = ask(world)
    ivy = User.objects.create_user(IVY, SECRET) if has_account else None
    start = threading.Barrier(4)
    refused: list[str] = []
    raised: list[BaseException] = []

    def answer() -> None:
        start.wait(10)
        try:
            if ivy is not None:
                accept(invitation_id=asked.pk, actor=ivy, now=world.now)
            else:
                join(invitation_id=asked.pk, password=SECRET, now=world.now)
        except Refused as error:
            refused.extend(each.code for each in error.obstacles)
        except Exception as error:  # noqa: BLE001  # for the test to judge
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=answer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert raised == []
    assert set(refused) <= {"invitation.closed", "invitation.account_exists"}
    assert len(refused) == 3
    assert User.objects.filter(email=IVY).count() == 1
    assert Membership.objects.filter(user__email=IVY).count() == 1
    assert AuditEntry.objects.filter(action="invitation.accepted").count() == 1
    assert broken_links() == []


def test_two_projects_at_once_make_one_account(world: World, asked: Invitation) -> None:
    other = invite(
        project_id=world.other.pk, email=IVY, role="VIEWER", actor=world.mallory, now=world.now
    )
    join(invitation_id=asked.pk, password=SECRET, now=world.now)
    facts = {"invitation_id": other.pk, "password": "another " + SECRET, "now": world.now}
    assert refusal(join, **facts) == ["invitation.account_exists"]
    assert User.objects.get(email=IVY).check_password(SECRET)
    other.refresh_from_db()
    assert other.state(world.now) == State.OPEN

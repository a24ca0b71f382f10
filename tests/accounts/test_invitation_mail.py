"""The mail of an invitation over real SMTP: at least once, the same each time, given up visibly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from accounts.invitations import Invitation, MailState
from accounts.inviting import invite, resend, withdraw
from accounts.models import Role
from tests.accounts.browser import browser, shown
from tests.cast import World
from tests.flows.portal import Mailbox
from tests.ports import free_port
from work import failpoints
from work.claims import due_models
from work.loop import clock, run_due

IVY = "ivy@acme.example"


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield box
    server.stop()


@pytest.fixture
def asked(world: World) -> Invitation:
    return invite(
        project_id=world.acme.pk,
        email=IVY,
        role=Role.OPERATOR,
        actor=world.alice,
        now=world.now,
    )


def work(world: World, **later: float) -> None:
    world.now += timedelta(**later)
    run_due(world.now, world.network, [Invitation])


def fresh(invitation: Invitation) -> Invitation:
    return Invitation.objects.get(pk=invitation.pk)


def test_invitations_are_due_work_like_any_other() -> None:
    assert Invitation in due_models()


def test_the_mail_says_what_it_is_about_in_text_and_html(
    world: World, mailbox: Mailbox, asked: Invitation
) -> None:
    work(world)
    (message,) = mailbox.to(IVY)
    assert message["Subject"] == "You are invited to Acme on Reseal"
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        text = body.get_content()
        assert asked.link() in text
        for told in ("alice@acme.example", "Acme", "Operator", IVY):
            assert told in text
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    found = re.search(r"https?://[^/\s]+(/invitations/\S+)", text)
    assert found is not None
    assert "Join Acme" in shown(browser(world.mallory), found[1])
    assert fresh(asked).mail_state == MailState.SENT


def test_killed_between_send_and_record_the_same_mail_leaves_again(
    world: World, mailbox: Mailbox, asked: Invitation
) -> None:
    class Killed(BaseException):
        """As SIGKILL: nobody handles it."""

    def die(name: str) -> None:
        if name == "invitation.mailed":
            raise Killed

    failpoints.install(die)
    try:
        with pytest.raises(Killed):
            work(world)
    finally:
        failpoints.install(None)
    assert fresh(asked).mail_state == MailState.WAITING
    work(world, hours=1)
    first, second = mailbox.to(IVY)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]
    assert fresh(asked).mail_state == MailState.SENT
    work(world, hours=1)
    assert len(mailbox.messages) == 2


def test_a_busy_server_is_tried_again_and_the_page_says_when(
    world: World, mailbox: Mailbox, asked: Invitation
) -> None:
    mailbox.refuse_with = f"451 busy with {asked.token()}"
    work(world)
    row = fresh(asked)
    assert (row.mail_state, row.tries) == (MailState.TRYING, 1)
    assert row.problem == "451 busy with …"
    page = shown(browser(world.alice), "/people/")
    assert "Tried again" in page
    assert asked.token() not in page
    mailbox.refuse_with = ""
    work(world, minutes=1)
    assert fresh(asked).mail_state == MailState.SENT
    assert fresh(asked).problem == ""


def test_a_lasting_refusal_is_given_up_visibly_and_can_be_sent_again(
    world: World, mailbox: Mailbox, asked: Invitation
) -> None:
    mailbox.refuse_with = "550 no such mailbox"
    work(world)
    assert fresh(asked).mail_state == MailState.FAILED
    page = shown(browser(world.alice), "/people/")
    assert "Not delivered" in page
    assert "550 no such mailbox" in page
    mailbox.refuse_with = ""
    work(world, minutes=1)
    assert mailbox.messages == []
    resend(project_id=world.acme.pk, invitation_id=asked.pk, actor=world.alice, now=world.now)
    work(world)
    assert fresh(asked).mail_state == MailState.SENT


def test_after_three_days_it_is_given_up(world: World, mailbox: Mailbox, asked: Invitation) -> None:
    mailbox.refuse_with = "451 busy"
    work(world)
    work(world, days=3, minutes=1)
    assert fresh(asked).mail_state == MailState.FAILED
    assert fresh(asked).due_at is None


def test_one_that_was_withdrawn_is_not_mailed(
    world: World, mailbox: Mailbox, asked: Invitation
) -> None:
    withdraw(project_id=world.acme.pk, invitation_id=asked.pk, actor=world.alice, now=world.now)
    work(world, hours=1)
    assert mailbox.messages == []


def test_a_name_with_line_breaks_adds_no_header(world: World, mailbox: Mailbox) -> None:
    type(world.acme).objects.filter(pk=world.acme.pk).update(name="A\r\nBcc: all@x.example")
    invite(project_id=world.acme.pk, email=IVY, role=Role.VIEWER, actor=world.alice, now=clock())
    work(world, minutes=1)
    (message,) = mailbox.messages
    assert message["Bcc"] is None

"""One plain address or a fault; and no address or name ends a header of a mail that leaves."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.contact_book import Card, add_contact
from accounts.invitations import Invitation
from accounts.inviting import invite
from accounts.mail_addresses import UNSEEN, fault
from accounts.models import Contact, Project, Role
from accounts.refusals import Refused
from tests.accounts.browser import browser
from tests.cast import World
from tests.flows.portal import Mailbox
from tests.ports import free_port
from verification.mail import OutgoingMail
from work.loop import run_due

HOSTILE = {
    "eve@evil.example\nBcc: all@evil.example": "_control_character",
    "eve@evil.example\r\nBcc: all@evil.example": "_control_character",
    "eve\x0b@evil.example": "_control_character",
    '"eve\x01"@evil.example': "_control_character",
    "eve\u2028@evil.example": "_control_character",
    "eve\u202e@evil.example": "_control_character",
    "eve\x85@evil.example": "_control_character",
    "eve@evil.example,all@evil.example": "_several",
    "eve@evil.example; all@evil.example": "_several",
    "e" * 260 + "@evil.example": "_too_long",
    "eve": "",
    "": "",
    "Eve <eve@evil.example>": "",
}


@pytest.mark.parametrize(("text", "kind"), HOSTILE.items(), ids=map(str, range(len(HOSTILE))))
def test_each_fault_has_its_kind_and_a_sentence_on_one_line(text: str, kind: str) -> None:
    found = fault(text)
    assert found is not None
    assert found.kind == kind
    assert found.message.isprintable()
    assert len(found.message) < 250


@pytest.mark.parametrize(
    "text", ["alice@acme.example", "a.b+c@sub.acme.example", "x@bücher.example", "o'neil@1.example"]
)
def test_plain_addresses_are_taken(text: str) -> None:
    assert fault(text) is None


@given(st.text(st.characters() | st.sampled_from('@.\r\n\0\u202e<>,;:" ')))
def test_what_is_taken_stands_on_one_line(text: str) -> None:
    if fault(text) is None:
        assert text.count("@") == 1
        assert not {unicodedata.category(sign) for sign in text} & UNSEEN
        assert not set(text) & set('\r\n\0 ,;<>"')


@pytest.mark.parametrize(("text", "kind"), HOSTILE.items(), ids=map(str, range(len(HOSTILE))))
@pytest.mark.django_db
def test_no_such_address_is_invited_or_kept(world: World, text: str, kind: str) -> None:
    people = {"project_id": world.acme.pk, "actor": world.alice, "now": world.now}
    with pytest.raises(Refused) as refused:
        invite(email=text, role=Role.VIEWER, **people)  # type: ignore[arg-type]
    assert [each.code for each in refused.value.obstacles] == [f"invitation.email{kind}"]
    with pytest.raises(Refused) as refused:
        add_contact(card=Card("Eve", text), **people)  # type: ignore[arg-type]
    assert [each.code for each in refused.value.obstacles] == [f"contact.email{kind}"]
    assert not Invitation.objects.exists()
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "text", ["eve\u202e@evil.example", "eve\0@evil.example", "a@b.c\nBcc: x@y.z"]
)
@pytest.mark.django_db
def test_the_pages_tell_it_at_the_field(world: World, text: str) -> None:
    alice, given_facts = browser(world.alice), {"email": text, "role": "VIEWER", "name": "Eve"}
    for page, code in (
        ("invite", "invitation.email_control_character"),
        ("contact-new", "contact.email_control_character"),
    ):
        answer = alice.post(reverse(page, args=[world.acme.pk]), given_facts)
        assert answer.status_code == 200
        codes = [error.code for error in answer.context["form"].errors.as_data()["email"]]
        assert codes == [code]
    answer = Client().post(reverse("account_login"), {"login": text, "password": "x"})
    codes = [error.code for error in answer.context["form"].errors.as_data()["login"]]
    assert codes == ["sign_in.no_address_control_character"]


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


END = "\r\nBcc: all@evil.example\r\nSubject: Hello\r\n\r\nOther text"


def heads(mailbox: Mailbox) -> list[tuple[list[str], list[str], list[str]]]:
    """Of each mail that arrived: its subjects, whom it names, and its other lines of Bcc."""
    return [
        (mail.get_all("Subject", []), mail.get_all("To", []), mail.get_all("Bcc", []))
        for mail in mailbox.messages + mailbox.letters
    ]


@pytest.mark.django_db
def test_no_name_ends_a_header_of_an_invitation(world: World, mailbox: Mailbox) -> None:
    Project.objects.filter(pk=world.acme.pk).update(name="Acme" + END)
    people = {"project_id": world.acme.pk, "actor": world.alice, "now": world.now}
    invite(email="ivy@acme.example", role=Role.VIEWER, **people)  # type: ignore[arg-type]
    run_due(world.now, world.network, [Invitation])
    ((subjects, to, bcc),) = heads(mailbox)
    assert (len(subjects), to, bcc) == (1, ["ivy@acme.example"], [])
    assert "Hello" in subjects[0]  # it stands there as words, and opens nothing


@pytest.mark.parametrize("place", ["recipient", "sender", "subject"])
@pytest.mark.django_db
def test_a_row_that_somebody_forged_never_leaves(
    world: World, mailbox: Mailbox, place: str
) -> None:
    facts = {"recipient": "ivy@acme.example", "sender": "desk@ca.example", "subject": "Prove it"}
    OutgoingMail.objects.create(
        kind="prove",
        about="scs1",
        text="Text",
        html="<p>Text</p>",
        created_at=world.now,
        due_at=world.now,
        **facts | {place: facts[place] + END},
    )
    run_due(world.now, world.network, [OutgoingMail])
    assert heads(mailbox) == []
    assert OutgoingMail.objects.get().sent_at is None

"""Passwords: what a good one is, changing it, and a new one for who forgot it."""

from __future__ import annotations

import re
import smtplib

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from pytest_django import Settings

from accounts.audit import AuditEntry
from accounts.models import Project, User
from tests.accounts.signing_in import SECRET, set_up_app, sign_in

pytestmark = pytest.mark.django_db
CHANGE, FORGOTTEN = "/account/password/", "/account/password/forgotten/"
NEW = "violet harbour lantern"


def change(client: Client, new: str, again: str = "", old: str = SECRET) -> str:
    """The page that answers; empty when the password was changed."""
    form = {"oldpassword": old, "password1": new, "password2": again or new}
    answer = client.post(CHANGE, form)
    return "" if answer.status_code == 302 else answer.content.decode()


def works(email: str, password: str) -> bool:
    return sign_in(Client(), email, password).status_code == 302


def log(project: Project) -> list[str]:
    rows = AuditEntry.objects.filter(project=project).exclude(action__startswith="sign_in")
    return list(rows.values_list("action", flat=True))


def test_a_new_password_counts_at_once_and_ends_every_other_session(
    here: Client, alice: User, acme: Project
) -> None:
    other = Client()
    sign_in(other, alice.email)
    assert change(here, NEW) == ""
    assert here.get("/certificates/").status_code == 200
    assert other.get("/certificates/").status_code == 302
    assert (works(alice.email, SECRET), works(alice.email, NEW)) == (False, True)
    assert log(acme) == ["password.changed", "sessions.ended"]
    (message,) = mail.outbox
    assert (message.to, message.subject) == ([alice.email], "Reseal: Your password was changed")
    assert NEW not in message.body


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("elevenchars", "password_too_short"),
        ("983457239845792834", "password_entirely_numeric"),
        ("1q2w3e4r5t6y", "password_too_common"),
        ("alice@acme.example", "password_too_similar"),
        ("", "required"),
    ],
)
def test_a_weak_password_is_refused_at_its_field(
    here: Client, alice: User, new: str, code: str
) -> None:
    page = change(here, new)
    assert 'id="id_password1_error"' in page
    assert code in page
    assert works(alice.email, SECRET)


def test_what_was_typed_differently_or_wrongly_is_refused_at_its_field(
    here: Client, alice: User
) -> None:
    page = change(here, NEW, NEW + "s")
    assert 'id="id_password2_error"' in page
    assert "sign_in.passwords_differ" in page
    page = change(here, NEW, old="not this")
    assert 'id="id_oldpassword_error"' in page
    assert "sign_in.enter_current_password" in page
    assert works(alice.email, SECRET)


def test_the_password_of_today_cannot_be_guessed_here(here: Client, alice: User) -> None:
    for number in range(5):
        change(here, NEW, old=f"guess {number}")
    answer = here.post(CHANGE, {"oldpassword": SECRET, "password1": NEW, "password2": NEW})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert re.search(r"Wait until <strong>\d\d:\d\d:\d\d UTC</strong>", answer.content.decode())
    assert works(alice.email, SECRET)


def test_who_has_no_password_gets_the_first_one_by_mail(here: Client, alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    client = Client()
    client.force_login(alice)
    assert client.get(CHANGE).headers["Location"] == FORGOTTEN
    client.post(FORGOTTEN, {"email": alice.email})
    assert "/account/password/new/" in mail.outbox[0].body


# --- forgotten ----------------------------------------------------------------------------------


def link() -> str:
    text = str(mail.outbox[-1].body)
    found = re.search(r"http://localhost:\d+(/account/password/new/\S+)", text)
    assert found, text
    return found[1]


def set_new(client: Client, address: str, new: str = NEW) -> str:
    """Where the link leads to in the end; the page when it is dead or the password is refused."""
    opened = client.get(address)
    if opened.status_code != 302:
        return opened.content.decode()
    answer = client.post(opened.headers["Location"], {"password1": new, "password2": new})
    return answer.headers.get("Location") or answer.content.decode()


def test_a_link_by_mail_sets_a_new_password_once(here: Client, alice: User, acme: Project) -> None:
    client = Client(headers={"host": "127.0.0.1"})
    answer = client.post(FORGOTTEN, {"email": "Alice@Acme.example"})
    assert answer.headers["Location"] == "/account/password/forgotten/sent/"
    assert mail.outbox[0].to == [alice.email]
    assert "The link works once, until " in mail.outbox[0].body
    address = link()
    assert client.get(address).headers["Location"].endswith("-set-password/"), (
        "the secret part does not stay in the address"
    )
    assert set_new(client, address) == "/sign-in/"
    assert here.get("/certificates/").status_code == 302, "every session has ended"
    assert (works(alice.email, SECRET), works(alice.email, NEW)) == (False, True)
    assert "This link opens nothing any more" in set_new(Client(), address)
    assert log(acme) == ["password.reset", "sessions.ended"]
    assert mail.outbox[1].subject == "Reseal: A new password was set by a link that we mailed you"


def test_opening_the_link_changes_nothing(here: Client, alice: User) -> None:
    Client().post(FORGOTTEN, {"email": alice.email})
    Client().get(link(), follow=True)
    assert works(alice.email, SECRET)
    assert here.get("/certificates/").status_code == 200


def test_a_weak_new_password_is_refused_there_too(client: Client, alice: User) -> None:
    client.post(FORGOTTEN, {"email": alice.email})
    assert "password_too_short" in set_new(client, link(), "short")
    assert works(alice.email, SECRET)


def test_a_link_does_not_pass_the_second_factor(here: Client, alice: User) -> None:
    set_up_app(here)
    client = Client()
    client.post(FORGOTTEN, {"email": alice.email})
    mail.outbox = [message for message in mail.outbox if "/password/new/" in message.body]
    assert set_new(client, link()) == "/sign-in/"
    answer = sign_in(client, alice.email, NEW)
    assert answer.headers["Location"].startswith("/account/second-factor/sign-in/")


def test_every_address_gets_the_same_answer_and_a_mail(client: Client, alice: User) -> None:
    User.objects.create_user("gone@acme.example", SECRET, is_active=False)
    answers = []
    for email in (alice.email, "nobody@acme.example", "gone@acme.example"):
        answer = client.post(FORGOTTEN, {"email": email}, follow=True)
        answers.append((answer.redirect_chain, answer.content))
    assert len({str(answer) for answer in answers}) == 1
    subjects = [message.subject for message in mail.outbox]
    unknown = "No account of Reseal under this address"
    assert subjects == ["Set a new password for Reseal", unknown, unknown]


def test_who_is_switched_off_meanwhile_sets_no_password(client: Client, alice: User) -> None:
    client.post(FORGOTTEN, {"email": alice.email})
    User.objects.update(is_active=False)
    assert "This link opens nothing any more" in set_new(client, link())


def test_nobodys_mailbox_is_flooded(client: Client, alice: User) -> None:
    codes = [client.post(FORGOTTEN, {"email": alice.email}).status_code for _ in range(4)]
    assert codes == [302, 302, 302, 429]
    assert len(mail.outbox) == 3


def test_a_new_password_ends_the_wait_after_wrong_ones(client: Client, alice: User) -> None:
    for _ in range(6):
        assert not works(alice.email, "wrong")
    assert not works(alice.email, SECRET)
    client.post(FORGOTTEN, {"email": alice.email})
    set_new(client, link())
    assert works(alice.email, NEW)


class AwayBackend(BaseEmailBackend):
    """A mail server that hangs up."""

    def send_messages(self, messages: object) -> int:
        raise smtplib.SMTPServerDisconnected("away")


def test_a_mail_server_that_is_away_breaks_no_page(
    here: Client, alice: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.AwayBackend"
    pages = [
        Client().post(FORGOTTEN, {"email": email}, follow=True).content.decode()
        for email in (alice.email, "nobody@acme.example")
    ]
    assert pages[0] == pages[1]
    assert "Our mail server took no mail just now. Ask again in ten minutes." in pages[0]
    assert change(here, NEW) == ""
    assert works(alice.email, NEW)


def test_mails_have_a_text_and_the_same_as_html(here: Client, alice: User) -> None:
    headers = {"user-agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0 <b>evil</b>"}
    here.post(CHANGE, {"oldpassword": SECRET, "password1": NEW, "password2": NEW}, headers=headers)
    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    (html,) = message.alternatives
    for text in (str(message.body), str(html[0])):
        assert "Firefox on Linux, 127.0.0.1" in text
        assert "evil<" not in text
        assert "evil&" not in text
        assert "/account/password/forgotten/" in text

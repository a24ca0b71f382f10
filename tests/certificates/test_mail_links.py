"""The link in a mail is the right to answer: it cannot be made up, and it is kept nowhere."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.core import mail
from django.test import Client

from tests.certificates.mailed import Asked, everything, press
from verification.answers import MailAnswer
from verification.mail import OutgoingMail

pytestmark = pytest.mark.django_db


def forged(token: str) -> Iterator[str]:
    number, _dash, mac = token.partition("-")
    yield from (token[:-1], token[:-5], token + "A", token + "=", number, f"{number}-", f"-{mac}")
    yield from (f"{int(number) + 1}-{mac}", f"0{token}", f" {token}", f"+{token}", token.upper())
    yield from (f"{number}-{mac.swapcase()}", f"{number}-{mac[::-1]}", f"{number}--{mac}")
    yield from (
        "9" * 30 + "-" + mac,
        f"-1-{mac}",
        f"٣-{mac}",
        "x",
        "None-None",
        f"{number}-é",
        f"{number}-%00",
        "%00",
    )
    yield token.replace(mac[0], "A" if mac[0] != "A" else "B", 1)


def test_a_forged_link_is_not_found_and_answers_nothing(either: Asked) -> None:
    page = either.link.rsplit("/", 2)[0]
    for token in forged(either.token):
        for answer in (Client().get(f"{page}/{token}/"), press(f"{page}/{token}/", "confirm")):
            assert answer.status_code == 404, token
    assert either.answer.decision == ""


def test_a_link_of_one_purpose_is_none_of_the_other(either: Asked) -> None:
    other = {"confirm": "prove", "prove": "confirm"}[either.link.split("/")[2]]
    link = f"/ca/{other}/{either.token}/"
    assert Client().get(link).status_code == 404
    assert press(link, "confirm").status_code == 404
    assert either.answer.decision == ""


def test_a_link_without_its_order_is_not_found(asked: Asked) -> None:
    world_order = asked.world.order(asked.certificate)
    type(world_order).objects.filter(pk=world_order.pk).update(answer=None)
    assert Client().get(asked.link).status_code == 404


def test_the_token_is_the_same_whenever_it_is_computed(either: Asked) -> None:
    once, again = (MailAnswer.objects.get(pk=either.answer.pk) for _i in range(2))
    assert once.token() == again.token() == either.token
    assert once.link().endswith(either.link)


def test_two_mails_of_one_answer_carry_the_same_link(either: Asked) -> None:
    """As after a kill between the server's yes and our record."""
    sent = OutgoingMail.objects.latest("pk")
    OutgoingMail.objects.filter(pk=sent.pk).update(sent_at=None)
    again = OutgoingMail.objects.get(pk=sent.pk)
    again.step(either.world.now, None)
    first, second = mail.outbox[-2:]
    assert (first.body, first.extra_headers) == (second.body, second.extra_headers)
    assert either.token in str(second.body)


def test_another_installation_s_key_makes_another_token(
    either: Asked, settings: pytest.FixtureRequest
) -> None:
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    assert Client().get(either.link).status_code == 404


# Where the token must not be.


def test_no_table_holds_the_token(either: Asked) -> None:
    mac = either.token.partition("-")[2]
    press(either.link, "confirm")
    either.status()
    rows = list(everything())
    assert any(table == "verification_outgoingmail" for table, _row in rows)
    assert [table for table, row in rows if mac in row] == []


def test_no_page_of_the_administration_shows_the_token_or_what_it_is_made_of(
    either: Asked,
) -> None:
    mac, nonce = either.token.partition("-")[2], either.answer.nonce
    staff = Client()
    staff.force_login(either.world.sam)
    for model in admin.site._registry:
        at = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        addresses = [at] + [f"{at}{each.pk}/change/" for each in model._default_manager.all()[:20]]
        for address in addresses:
            page = staff.get(address).content.decode()
            assert mac not in page, address
            assert nonce not in page, address


def test_what_is_printed_of_an_answer_does_not_give_the_token_away(either: Asked) -> None:
    mac = either.token.partition("-")[2]
    rows = [either.answer, OutgoingMail.objects.latest("pk")]
    for row in rows:
        for text in (repr(row), str(row)):
            assert mac not in text
            assert either.answer.nonce not in text


def test_no_line_of_the_log_holds_the_token(either: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler that the settings name, as it prints: refused, not found, and broken pages."""
    mac = either.token.partition("-")[2]
    handler = next(
        each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler
    )
    printed = io.StringIO()
    previous = handler.setStream(printed)
    try:
        Client(enforce_csrf_checks=True).post(either.link)
        Client().get(either.link.replace(mac, mac[:-1]))
        Client().put(either.link)
        monkeypatch.setattr(MailAnswer, "is_open", None)
        broken = Client(raise_request_exception=False)
        assert broken.get(either.link).status_code == 500
    finally:
        handler.setStream(previous)
    told = printed.getvalue()
    for sign in ("Forbidden", "Not Found", "Method Not Allowed", "Internal Server Error"):
        assert sign in told
    assert mac[:-1] not in told

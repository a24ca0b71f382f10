"""What the desk writes often: offered in the customer's language, changed by CA operators."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.access import Team
from accounts.audit import AuditEntry
from accounts.models import User
from accounts.staff import StaffRefused
from authorities.simulated.canned import (
    FIRST,
    CannedMessage,
    Use,
    add_message,
    change_message,
    language_of,
    load_canned_messages,
    offered,
)
from tests.authorities.desk_scenes import in_review
from tests.cast import World
from tests.certificates.browsing import shown

pytestmark = pytest.mark.django_db

AT = "/admin/authorities/cannedmessage/"


@pytest.fixture
def world(settings: Any) -> World:
    """At the time of the machine: the pages read its clock."""
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    return World(now=datetime.now(UTC))


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def german(code: str = "nobody-answers") -> CannedMessage:
    return CannedMessage.objects.create(
        code=code, language="de", use=Use.ASK, title="Niemand da", text="Wann sind Sie da?"
    )


def test_the_first_messages_are_loaded_once(world: World) -> None:
    assert CannedMessage.objects.count() == len(FIRST)
    assert load_canned_messages() == 0


def test_each_is_offered_in_the_customers_language_or_else_in_english(world: World) -> None:
    german()
    told = {row.code: row.language for row in offered(Use.ASK, "de")}
    assert told["nobody-answers"] == "de"
    assert told["registry-differs"] == "en"
    assert "not-in-register" not in told
    assert {row.language for row in offered(Use.ASK, "fr")} == {"en"}


def test_the_language_is_the_applicants(world: World) -> None:
    order = world.order(in_review(world))
    assert language_of(order) == "en"
    User.objects.filter(pk=world.alice.pk).update(language="de")
    assert language_of(order) == "de"
    order.payload["requested_by"] = "gone@acme.example"
    assert language_of(order) == "en"


def test_the_forms_start_from_a_message_and_send_what_was_written(world: World) -> None:
    german()
    User.objects.filter(pk=world.alice.pk).update(language="de")
    order, sam = world.order(in_review(world)), signed_in(world.sam)
    address = f"/admin/authorities/caorder/{order.pk}/ask/"
    asks = shown(sam, address)
    assert 'href="?start=nobody-answers"' in asks
    assert "Niemand da" in asks
    assert "Wann sind Sie da?" not in asks
    assert "Wann sind Sie da?" in shown(sam, address + "?start=nobody-answers")
    assert "Wann sind Sie da?" not in shown(sam, address + "?start=nowhere")
    refuses = f"/admin/authorities/caorder/{order.pk}/refuse/"
    assert "does not know this company" in shown(sam, refuses + "?start=not-in-register")
    sam.post(address + "?start=nobody-answers", {"text": "Wann morgen?"})
    assert order.messages.get().text == "Wann morgen?"


def test_operators_change_and_add_messages(world: World) -> None:
    row, sam = CannedMessage.objects.get(code="nobody-answers"), signed_in(world.sam)
    words = {"title": "Nobody there", "text": "When are you there?"}
    assert sam.post(f"{AT}{row.pk}/words/", words).status_code == 302
    row.refresh_from_db()
    assert (row.title, row.text) == ("Nobody there", "When are you there?")
    new = {"code": row.code, "language": "de", "title": "Niemand", "text": "Wann?"}
    assert sam.post(f"{AT}{row.pk}/another/", new).status_code == 302
    added = CannedMessage.objects.get(language="de")
    assert (added.code, added.use, added.text) == (row.code, Use.ASK, "Wann?")
    assert "canned.known" in sam.post(f"{AT}{row.pk}/another/", new).content.decode()
    assert "Niemand" in shown(sam, AT)
    actions = AuditEntry.objects.filter(action__startswith="canned.").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["canned.change", "canned.add"]


def test_nobody_else_does_and_empty_words_are_refused(world: World) -> None:
    row = CannedMessage.objects.get(code="nobody-answers")
    add = {"code": "x", "language": "en", "title": "x", "text": "x"}
    cases: list[tuple[User, dict[str, str], str]] = [
        (world.alice, {}, "staff.forbidden"),
        (world.staff("sue", Team.SUPPORT), {}, "staff.forbidden"),
        (world.sam, {"text": " "}, "canned.words"),
        (world.sam, {"title": ""}, "canned.words"),
        (world.sam, {"text": "x" * 2001}, "canned.words"),
        (world.sam, {"language": "xx"}, "canned.language"),
    ]
    for who, change, code in cases:
        with pytest.raises(StaffRefused) as refused:
            add_message(row, actor=who, now=world.now, **(add | change))
        assert refused.value.code == code
    with pytest.raises(StaffRefused):
        change_message(row, title="x", text="", actor=world.sam, now=world.now)
    assert CannedMessage.objects.count() == len(FIRST)
    assert not AuditEntry.objects.filter(action__startswith="canned").exists()

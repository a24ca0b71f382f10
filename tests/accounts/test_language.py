"""Mails are in their reader's language; what is kept is in the portal's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.inviting import invite
from accounts.kept_sentences import as_read
from accounts.roles import Role
from certificates.proving import challenges_of
from tests.accounts.signing_in import SECRET
from tests.cast import World
from tests.certificates.browsing import page_of
from verification.answers import Decision, decide

pytestmark = pytest.mark.django_db
ENGLISH, GERMAN = "Issued: your certificate for", "Ausgestellt: Ihr Zertifikat für"


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    translation.activate("en")  # a request leaves its language to the thread


@pytest.fixture
def world(world: World) -> World:
    world.alice.language = "de"
    world.alice.save()
    return world


def subjects() -> list[str]:
    return [str(each.subject) for each in mail.outbox]


def test_a_contact_with_an_account_is_written_to_in_their_language(world: World) -> None:
    world.issued()
    assert subjects()[-1].startswith(GERMAN)
    message = mail.outbox[-1]
    assert isinstance(message, EmailMultiAlternatives)
    html = str(message.alternatives[0][0])
    assert '<html lang="de">' in html
    assert "Laden Sie es mit" in html


def test_a_contact_without_one_in_the_language_of_who_applied(world: World) -> None:
    world.issued(contact_email="post@acme.example")
    assert subjects()[-1].startswith(GERMAN)


@pytest.mark.parametrize("chosen", ["", "tlh"])
def test_else_in_that_of_the_portal_whatever_page_it_was_sent_from(
    world: World, chosen: str
) -> None:
    world.alice.language = chosen
    world.alice.save()
    with translation.override("de"):
        world.issued(contact_email="post@acme.example")
    assert subjects()[-1].startswith(ENGLISH)


def test_the_authority_asks_and_answers_in_german(world: World) -> None:
    certificate = world.issued()
    world.reissue(certificate, reason="WRONG_INFORMATION")
    world.later(days=3)
    assert subjects()[-1].startswith("Bestätigen: Zertifikat für")
    assert "Die Angaben sind falsch" in str(mail.outbox[-1].body)
    decide(world.order(certificate).answer.pk, Decision.DECLINE, by="the link", now=world.now)
    world.work()
    assert subjects()[-1].startswith("Beibehalten:")
    assert "Sie haben den Widerruf abgelehnt." in " ".join(str(mail.outbox[-1].body).split())


def test_who_is_invited_is_written_to_in_the_language_of_who_invites(world: World) -> None:
    invite(
        project_id=world.acme.pk, email="ivy@acme.example", role=Role.VIEWER,
        actor=world.alice, now=world.now,
    )  # fmt: skip
    world.work()
    assert subjects()[-1] == "Sie sind zu Acme auf Reseal eingeladen"


def test_a_link_for_a_password_is_in_the_language_of_the_account(world: World) -> None:
    world.alice.set_password(SECRET)
    world.alice.save()
    Client().post(reverse("account_reset_password"), {"email": world.alice.email})
    assert subjects()[-1] == "Neues Passwort für Reseal setzen"


def test_what_a_german_reader_lets_be_looked_at_is_kept_in_english(
    world: World,
) -> None:
    certificate = world.submitted()
    with translation.override("de"):
        world.look(certificate)
    (challenge,) = challenges_of(certificate.last_application)
    assert challenge.problem_message.startswith("The name ")


def test_a_kept_sentence_is_read_in_ones_language_with_its_values() -> None:
    lapsed = "The domain was not proved within 30 days. Apply again to get a new value."
    wrong = (
        "At _dnsauth.a.example we found TXT “x. y”, not the value of this order. Publish a TXT"
        " record with the value 2026abc; other records may stay. A changed record may take 60"
        " seconds to be seen."
    )
    caa = (
        "The CAA records at a.example let only others sign for www.a.example (issue “b.example”)."
        ' Publish there: a.example. CAA 0 issue "digicert.com"'
    )
    typed = "The register knows no Acme."
    assert [as_read(each) for each in ("", lapsed, wrong)] == ["", lapsed, wrong]
    with translation.override("de"):
        assert as_read("") == ""
        assert as_read(typed) == typed
        assert as_read(lapsed).startswith("Die Domain wurde nicht binnen 30 Tagen nachgewiesen.")
        assert as_read(wrong) == (
            "Unter _dnsauth.a.example fanden wir TXT “x. y”, nicht den Wert dieses Auftrags."
            " Veröffentlichen Sie einen TXT-Eintrag mit dem Wert 2026abc; andere Einträge dürfen"
            " bleiben. Bis ein geänderter Eintrag gesehen wird, kann es 60 Sekunden dauern."
        )
        assert as_read(caa).endswith('Sie dort: a.example. CAA 0 issue "digicert.com"')


def test_the_doctor_speaks_german_about_what_was_kept_in_english(
    world: World, client: Client
) -> None:
    certificate = world.submitted()
    world.look(certificate)
    client.force_login(world.alice)
    page = page_of(client, certificate)
    assert "gibt es im DNS nicht." in page
    assert "Veröffentlichen Sie beim DNS-Anbieter der Domain" in page
    assert "does not exist" not in page

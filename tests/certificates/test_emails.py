"""The mails of a reissue: what each says, to whom, once, and what none of them may hold."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.html import strip_tags
from pytest_django.fixtures import Settings

from authorities import port
from authorities.simulated.desk import refuse_organization
from certificates import progress
from certificates.catalogue import Type
from certificates.story import Certificate
from tests.cast import World
from verification import answers
from verification.answers import Decision
from verification.mail import OutgoingMail

pytestmark = pytest.mark.django_db
ANSWER_LINK = re.compile(r"https?://[^/\s]+(/ca/\S+)")
FORGED = '"http://localhost:8000/ca/confirm/1-x/"@acme.example'


@pytest.fixture
def world() -> World:
    return World()


def kinds(certificate: Certificate) -> list[str]:
    rows = OutgoingMail.objects.filter(about=certificate.pk).order_by("pk")
    return list(rows.values_list("kind", flat=True))


def decide(world: World, certificate: Certificate, decision: Decision) -> None:
    answer = world.order(certificate).answer
    answers.decide(answer.pk, decision, by="the link", now=world.now)
    world.work()


def reissue(world: World, certificate: Certificate, decision: Decision, **wish: Any) -> None:
    world.reissue(certificate, **wish)
    world.later(minutes=2)
    decide(world, certificate, decision)


def last() -> EmailMultiAlternatives:
    message = mail.outbox[-1]
    assert isinstance(message, EmailMultiAlternatives)
    return message


def html_of(message: EmailMultiAlternatives) -> str:
    content = message.alternatives[0][0]
    assert isinstance(content, str)
    return content


def words(html: str) -> str:
    """What a reader of the HTML sees."""
    seen = re.sub(r"<(title|style).*?</\1>", "", html, flags=re.DOTALL)
    return " ".join(unescape(strip_tags(seen)).split())


# Which mails there are.


def test_a_reissue_with_a_new_domain_is_told_step_by_step(world: World) -> None:
    certificate = world.issued()
    assert kinds(certificate) == ["issued"]
    reissue(world, certificate, Decision.CONFIRM, domain="new.example.org")
    assert kinds(certificate) == ["issued", "confirm_cancellation", "prove"]
    world.publish(certificate)
    world.look(certificate)
    assert kinds(certificate) == ["issued", "confirm_cancellation", "prove", "issued"]
    assert {each.to[0] for each in mail.outbox} == {"alice@acme.example"}


def test_who_applies_for_the_first_time_reads_on_the_page_what_to_publish(world: World) -> None:
    assert kinds(world.submitted()) == []


def test_declined_tells_that_the_original_was_kept(world: World) -> None:
    certificate = world.issued()
    reissue(world, certificate, Decision.DECLINE)
    assert kinds(certificate)[2:] == ["kept"]
    body = str(last().body)
    assert "You declined the cancellation." in body.replace("\n", " ")
    assert "Ask for a new reissue on its page, until" in body.replace("\n", " ")


def test_silence_for_thirty_days_tells_that_the_original_was_kept(world: World) -> None:
    certificate = world.issued()
    world.reissue(certificate)
    world.later(days=33)
    assert kinds(certificate)[2:] == ["kept"]
    assert "The time in which it can be reissued is over." in str(last().body)


def test_a_reissue_that_ends_with_its_certificate_is_told(world: World) -> None:
    certificate = world.issued()
    world.reissue(certificate)
    world.later(minutes=2)
    certificate.versions.update(not_after=world.now - timedelta(seconds=1))
    Certificate.objects.filter(pk=certificate.pk).update(due_at=world.now)
    world.work()
    assert world.fresh(certificate).status == "EXPIRED"
    assert kinds(certificate)[-1] == "expired"
    assert last().to == ["alice@acme.example"]
    told = " ".join(str(last().body).split())
    assert "expired before its reissue was finished. The reissue ended with it on" in told
    assert "Buy a new certificate for www.shop.example.com and apply for it." in told
    sentences = told.partition(" Open its page")[0].split(". ")
    assert [each for each in sentences if each not in words(html_of(last()))] == []
    world.later(days=40)
    assert kinds(certificate).count("expired") == 1


def test_a_certificate_that_expires_without_a_reissue_sends_no_such_mail(world: World) -> None:
    certificate = world.issued()
    world.later(days=400)
    assert world.fresh(certificate).status == "EXPIRED"
    assert kinds(certificate) == ["issued"]


def test_refused_by_the_desk_tells_why_and_what_to_do(world: World) -> None:
    certificate = world.submitted("ov.example.com", world.product("SYMANTEC", Type.OV_SSL_CERT))
    world.publish(certificate)
    world.look(certificate)
    order = world.order(certificate)
    refuse_organization(order.pk, message="The register knows no Acme.", actor=world.sam,
                        now=world.now)  # fmt: skip
    world.work()
    assert world.fresh(certificate).status == "UNPASSED"
    assert kinds(certificate) == ["refused"]
    body = str(last().body).replace("\n", " ")
    assert "The register knows no Acme." in body
    assert "organization.refused" in body
    assert "apply again on its page" in body


def test_a_refused_reissue_tells_that_the_original_was_not_touched(world: World) -> None:
    product = world.product("SYMANTEC", Type.OV_SSL_CERT)
    certificate = world.issued("ov.example.com", product)
    wrong = {"name": "Acme", "country": "ZZ", "province": "", "city": "London"}
    world.reissue(certificate, organization=wrong, key_algorithm="EC_P256")
    assert world.fresh(certificate).failure_code == "ca.lint"
    assert kinds(certificate) == ["issued", "refused"]
    assert "The original was not touched" in str(last().body)


def test_a_contact_that_takes_no_mail_is_not_written_to_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asked is told instead."""
    deliver = EmailMultiAlternatives.send

    def send(message: EmailMultiAlternatives) -> int:
        if message.to == ["gone@acme.example"]:
            raise smtplib.SMTPRecipientsRefused({message.to[0]: (550, b"no such user")})
        return deliver(message)

    certificate = world.issued()
    monkeypatch.setattr("verification.mail.EmailMultiAlternatives.send", send)
    world.reissue(certificate, contact_email="gone@acme.example")
    world.later(minutes=2)
    told = OutgoingMail.objects.get(kind="kept")
    assert told.recipient == "alice@acme.example"
    assert "gone@acme.example" in told.text


def test_a_milestone_that_is_followed_twice_is_told_once(world: World) -> None:
    certificate = world.issued()
    application = certificate.last_application
    assert application is not None
    request = application.ca_request
    answer = port.open_counter(request.adapter).fetch(request.pk, world.now)
    for _again in range(3):
        progress.follow(application.pk, answer, world.now)
    assert kinds(certificate) == ["issued"]


# What they say.


def test_text_and_html_say_the_same(world: World) -> None:
    certificate = world.issued()
    reissue(world, certificate, Decision.CONFIRM, domain="new.example.org")
    world.publish(certificate)
    world.look(certificate)
    reissue(world, world.issued("two.example.com"), Decision.DECLINE)
    mailed = world.submitted("mail.example.com", method="EMAIL")
    moved = world.issued("three.example.com")
    reissue(world, moved, Decision.CONFIRM, domain="file.example.org", method="FILE")
    assert kinds(mailed) == ["prove_domain"]
    assert {row.kind for row in OutgoingMail.objects.all()} == {
        "issued", "confirm_cancellation", "prove", "kept", "prove_domain",
    }  # fmt: skip
    for message in mail.outbox:
        assert isinstance(message, EmailMultiAlternatives)
        seen = words(html_of(message))
        for paragraph in str(message.body).partition("\n-- \n")[0].split("\n\n"):
            rows = paragraph.splitlines() if paragraph.startswith("  ") else [paragraph]
            for row in rows:
                told = " ".join(row.split())
                if "://" in told and ".well-known" not in told:  # the button's words, its address
                    told, address = told.split(": ")
                    assert f'href="{address}"' in html_of(message)
                assert told in seen, (message.subject, told)
        assert " ".join(str(message.subject).split()) in html_of(message)


def test_every_line_of_ours_is_short_enough_to_be_read(world: World) -> None:
    certificate = world.issued()
    reissue(world, certificate, Decision.CONFIRM, domain="new.example.org")
    for message in mail.outbox:
        for line in str(message.body).splitlines():
            assert len(line) <= 72 or line.startswith(("  ", "http")), line


def test_no_mail_of_ours_holds_a_key_or_an_answer_link(world: World) -> None:
    certificate = world.issued()
    reissue(world, certificate, Decision.CONFIRM, domain="new.example.org")
    world.publish(certificate)
    world.look(certificate)
    ours = [each for each in mail.outbox if each.from_email.startswith("Reseal <no-reply@")]
    assert len(ours) == 3
    for message in ours:
        assert isinstance(message, EmailMultiAlternatives)
        for text in (str(message.body), html_of(message)):
            assert ANSWER_LINK.search(text) is None
            assert "/ca/" not in text
            assert "BEGIN" not in text
            assert f"http://localhost:8000/certificates/{certificate.pk}/" in text


def test_the_mail_to_prove_holds_the_record_to_publish(world: World) -> None:
    certificate = world.issued()
    reissue(world, certificate, Decision.CONFIRM, domain="new.example.org")
    challenge = world.fresh(certificate).applications.get(number=2).proof.challenges.get()  # type: ignore[union-attr]
    body = str(last().body)
    assert re.search(r"^  Name +_dnsauth\.new\.example\.org$", body, re.MULTILINE)
    assert re.search(rf"^  Value +{challenge.value}$", body, re.MULTILINE)


def test_the_authority_s_mail_says_what_is_asked_by_whom_until_when(world: World) -> None:
    certificate = world.issued()
    world.reissue(certificate, domain="new.example.org")
    world.later(minutes=2)
    message, answer = last(), world.order(certificate).answer
    body = str(message.body)
    flat = " ".join(body.split())
    for told in (
        "Shall we cancel the certificate for www.shop.example.com?",
        f"alice@acme.example asked for a reissue of {certificate.pk} on 24 Nov 2026, 09:00 UTC.",
        "Reason The domain changed, to new.example.org",
        "You prove new.example.org next; then it is issued.",
        f"until {answer.expires_at:%-d %b %Y, %H:%M} UTC",
        "No answer counts as declined",
    ):
        assert told in flat
    typed_by_people = max(body.rindex("alice@acme.example"), body.rindex("new.example.org"))
    assert body.index("/ca/confirm/") > typed_by_people
    assert "You decide: confirm or decline by" in words(html_of(message))


def test_a_leaked_key_is_asked_about_with_its_own_consequence(world: World) -> None:
    certificate = world.issued()
    world.reissue(certificate, reason="KEY_COMPROMISE", key_algorithm="EC_P256")
    flat = " ".join(str(last().body).split())
    assert "do not answer within 24 hours, the people of GeoTrust decide" in flat
    assert "counts as declined" not in flat


def test_an_organization_that_changes_is_said_to_be_checked(world: World) -> None:
    certificate = world.issued("ov.example.com", world.product("SYMANTEC", Type.OV_SSL_CERT))
    world.reissue(certificate, domain="new.example.org")
    world.later(minutes=2)
    flat = " ".join(str(last().body).split())
    assert "then DigiCert checks the organization, which takes up to 5 working days." in flat


def test_outside_the_demo_nothing_is_called_simulated(world: World, settings: Settings) -> None:
    settings.ENVIRONMENT = "production"
    world.reissue(world.issued())
    world.later(minutes=2)
    assert "simulated" not in str(last().body) + html_of(last())


# Other people's words.


@pytest.mark.parametrize(
    "name", ["http://localhost:8000/ca/confirm/1-x/", "x\r\nBcc: all@example.org", "<img src=x>",
             "[[answer-link]]"],
)  # fmt: skip
def test_a_name_that_could_pass_for_something_of_ours_is_left_out(world: World, name: str) -> None:
    certificate = world.submitted()
    Certificate.objects.filter(pk=certificate.pk).update(name=name)
    world.publish(certificate)
    world.look(certificate)
    message = last()
    for text in (str(message.body), html_of(message)):
        assert name not in text
        assert f"Certificate {certificate.pk}" in words(text)
    assert set(message.message().keys()) & {"Bcc", "bcc"} == set()


def test_a_plain_name_stands_beside_the_id(world: World) -> None:
    certificate = world.submitted()
    Certificate.objects.filter(pk=certificate.pk).update(name="checkout & api")
    world.publish(certificate)
    world.look(certificate)
    assert f"checkout & api, {certificate.pk}" in str(last().body)
    assert f"checkout &amp; api, {certificate.pk}" in html_of(last())


def test_an_address_that_looks_like_a_link_of_ours_is_not_repeated(world: World) -> None:
    world.alice.email = FORGED
    world.alice.save()
    certificate = world.issued()
    world.reissue(certificate)
    world.later(minutes=2)
    message = last()
    assert "Somebody in your project asked" in str(message.body)
    for text in (str(message.body), html_of(message)):
        assert len(set(ANSWER_LINK.findall(text))) >= 1
        assert "/1-x/" not in text


def test_html_is_escaped_wherever_people_s_words_stand() -> None:
    hostile = "<b>&bold"
    said = ("which", "domain", "new_domain", "brand", "reason", "code", "names", "who", "name")
    facts: dict[str, Any] = dict.fromkeys(said, hostile) | {"page": "https://x.example/"}
    facts["more"] = 1
    facts["rows"] = [dict.fromkeys(("domain", "turn", "sentence", "code", "fix"), hostile)]
    ours = ("issued", "kept", "expired", "refused", "prove", "paused", "unseen", "taken")
    for kind in (*ours, "prove_domain", "confirm_cancellation"):
        assert "<b>" not in render_to_string(f"mail/{kind}.html", facts), kind

"""What pages, lists and mails tell people to do while a proof waits: the thing that helps, and no
other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pytest_django.fixtures import Settings

from certificates.proving import challenges_of
from certificates.story import Certificate
from certificates.taking_back import choose_method
from tests.cast import World
from tests.certificates.browsing import page_of, shown
from tests.certificates.mailed import heading, link_in_last_mail, look, press
from tests.certificates.test_emails import html_of
from tests.certificates.test_every_page import faults
from tests.certificates.test_whose_turn import found, several
from tests.certificates.test_zones import zone_of
from tests.certificates.wizarding import words
from verification import causes
from verification.answers import MailAnswer
from verification.challenges import Challenge
from verification.contacts import Contact
from verification.diagnosis import tell
from verification.outcome import Problem
from verification.publishing import Publication
from verification.turns import now_stands

pytestmark = pytest.mark.django_db
CONTACT = Contact("txt", "tls@shop.example.com", "_validation-contactemail.www.shop.example.com")


@pytest.fixture(autouse=True)
def offline(settings: Settings) -> Iterator[None]:
    translation.activate("en")  # a request leaves its language to the thread
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"
    yield
    translation.activate("en")


def subject_and_body() -> tuple[str, str]:
    message = mail.outbox[-1]
    assert isinstance(message, EmailMultiAlternatives)
    return str(message.subject), words(f"{message.body!s} {html_of(message)}")


def answers(world: World, certificate: Certificate, number: int) -> None:
    """Somebody proved the name of that number meanwhile."""
    challenge = challenges_of(certificate.open_application)[number]
    world.txt[f"_dnsauth.{challenge.domain}"] = [challenge.value]


# A published contact that is not there: it is looked for, paused and resumed as a record is.


def test_a_contact_that_is_not_found_is_looked_for_and_resumed_by_the_button(
    world: World, alice: Client
) -> None:
    certificate = world.submitted(method="EMAIL", mailbox=CONTACT.id)
    (challenge,) = challenges_of(certificate.open_application)
    assert (challenge.problem_code, challenge.is_looked_for) == ("mail.unpublished", True)
    page = words(page_of(alice, certificate))
    assert "Next look" in page
    assert "Choose another mailbox…" in page
    world.later(days=8)
    certificate = world.fresh(certificate)
    assert challenges_of(certificate.open_application)[0].problem_code == "name.paused"
    page = page_of(alice, certificate)
    assert faults(page) == []
    assert 'id="resume"' in page
    assert page.count("btn-primary") == 1
    assert "mend 1 proof, then press Resume" in words(shown(alice, "/certificates/"))
    assert alice.post(f"/certificates/{certificate.pk}/resume/").status_code == 302
    assert challenges_of(world.fresh(certificate).open_application)[0].paused_at is None


def test_one_that_only_looks_on_has_no_button(world: World, client: Client) -> None:
    certificate = world.submitted(method="EMAIL", mailbox=CONTACT.id)
    world.later(days=8)
    client.force_login(world.victor)
    assert 'id="resume"' not in page_of(client, world.fresh(certificate))


def test_a_mail_that_was_written_waits_for_its_reader_and_no_look(
    world: World, alice: Client
) -> None:
    certificate = world.submitted(method="EMAIL", mailbox="admin")
    (challenge,) = challenges_of(certificate.open_application)
    assert not challenge.is_looked_for
    page = words(page_of(alice, certificate))
    assert "Next look" not in page
    assert "Check now" not in page


# A domain that nobody registered: nothing can be published in it.


def unregistered(certificate: Certificate) -> Certificate:
    told = {"domain": "example.com", "at": "_dnsauth.shop.example.com"}
    problem = causes.problem("dns.nxdomain", told, "unregistered")
    Challenge.objects.update(problem_code=problem.code, problem_message=problem.message)
    return Certificate.objects.get(pk=certificate.pk)


def test_a_domain_that_is_not_there_is_not_told_to_publish_a_record(
    world: World, alice: Client
) -> None:
    certificate = world.submitted("shop.example.com")
    assert "publish 1 DNS record" in words(shown(alice, "/certificates/"))
    certificate = unregistered(certificate)
    line = "check the spelling of shop.example.com, or register it"
    assert line in words(shown(alice, "/certificates/"))
    page = words(page_of(alice, certificate))
    assert "so that nothing can stand at _dnsauth.shop.example.com. Check the spelling" in page
    assert "Publish the DNS record below" not in page
    (challenge,) = challenges_of(certificate.open_application)
    stand = now_stands(challenge)
    assert stand is not None
    assert (stand.turn, stand.fix) == (causes.Turn.YOU, "")
    problem = Problem(challenge.problem_code, challenge.problem_message)
    assert tell(problem, challenge.domain, "DNS", challenge.value).fix == ""


def test_a_name_that_is_only_not_there_yet_is(world: World) -> None:
    certificate = world.submitted("shop.example.com")
    (challenge,) = challenges_of(certificate.open_application)
    assert challenge.problem_code == "dns.nxdomain"
    stand = now_stands(challenge)
    assert stand is not None
    assert stand.fix.startswith("_dnsauth.shop.example.com. 600 IN TXT")


def test_it_is_told_apart_in_the_language_in_which_sentences_are_kept(settings: Settings) -> None:
    settings.LANGUAGE_CODE = "de"
    with translation.override("de"):
        told = {"domain": "example.com", "at": "_dnsauth.example.com"}
        there_is_none = causes.problem("dns.nxdomain", told, "unregistered")
        told |= {"name": told["at"], "value": "v"}
        none_yet = causes.problem("dns.nxdomain", told)
    assert causes.is_unregistered(there_is_none.code, there_is_none.message)
    assert not causes.is_unregistered(none_yet.code, none_yet.message)


# Several names.


def test_each_of_several_mails_is_to_be_answered(world: World, alice: Client) -> None:
    certificate = several(world, 3)
    challenges = challenges_of(certificate.open_application)
    for each in challenges:
        choose_method(
            certificate=world.fresh(certificate),
            domain=each.domain,
            method="EMAIL",
            mailbox="admin",
            actor=world.alice,
            now=world.now,
            network=world.network,
        )
        world.work()
    page = words(page_of(alice, certificate))
    assert "Each name below has a mail of its own, the first went to admin@n0.example.org" in page
    assert "goes on once all are answered" in page
    assert "goes on at once" not in page
    assert "answer 3 e-mails by" in words(shown(alice, "/certificates/"))


@pytest.mark.parametrize(
    ("method", "told"),
    [
        ("DNS", "Publish the DNS records below, one for each name"),
        ("CNAME", "Publish the CNAMEs below, one for each name"),
        ("FILE", "Put the file of each name below on its web server"),
    ],
)
def test_each_of_several_records_is_to_be_published(
    world: World, alice: Client, method: str, told: str
) -> None:
    certificate = several(world, 2)
    Challenge.objects.update(method=method, problem_code="", problem_message="")
    assert told in words(page_of(alice, certificate))


def test_mails_name_what_is_to_be_proved_and_not_the_first_name(world: World) -> None:
    certificate = several(world, 3)
    answers(world, certificate, 0)
    world.later(minutes=5)
    world.later(days=2)
    subject, body = subject_and_body()
    assert subject == "Your turn: n1.example.org and 1 more still to be proved"
    assert "We look by ourselves, less often as time goes by" in body
    answers(world, certificate, 1)
    world.later(days=6)
    subject, body = subject_and_body()
    assert subject == "We stopped looking for the proof of n2.example.org"
    assert "n0.example.org" not in body.partition("Certificate")[0]


def test_a_mail_that_waits_for_an_answer_promises_no_look(world: World) -> None:
    world.submitted(method="EMAIL", mailbox="admin")
    world.later(days=2)
    subject, body = subject_and_body()
    assert subject == "Your turn: www.shop.example.com still to be proved"
    assert "We look by ourselves" not in body


def test_after_mails_prove_nothing_another_way_is_told(world: World, alice: Client) -> None:
    certificate = found(world.submitted(method="EMAIL", mailbox="admin"), "method.ended")
    line = "choose another way to prove www.shop.example.com"
    assert line in words(shown(alice, "/certificates/"))
    page = words(page_of(alice, certificate))
    assert "Choose another way…" in page
    assert "Choose another mailbox" not in page


# Elsewhere.


def test_the_link_of_a_mail_that_another_one_replaced(world: World) -> None:
    world.live(datetime.now(UTC))
    certificate = world.submitted(method="EMAIL", mailbox="admin")
    link = link_in_last_mail()
    choose_method(
        certificate=certificate,
        domain="www.shop.example.com",
        method="EMAIL",
        mailbox="webmaster",
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    for page in (look(link), press(link, "confirm")):
        assert heading(page) == "This question was replaced"
    assert "Apply again" not in words(look(link))
    assert not MailAnswer.objects.exclude(decision="").exists()


def test_the_domains_page_tells_whose_turn_each_name_is(world: World, alice: Client) -> None:
    certificate = world.submitted("shop.example.com")
    found(certificate, "dns.lame")
    page = shown(alice, "/domains/")
    assert faults(page) == []
    assert 'class="state t-ca"' in page
    assert "Your DNS host’s turn" in words(page)
    found(certificate, "dns.wrong_value")
    page = shown(alice, "/domains/")
    assert 'class="state t-you"' in page
    assert "Your turn" in words(page)


def test_the_domains_page_takes_as_many_queries_however_many_names_wait(
    world: World, alice: Client
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            shown(alice, "/domains/")
        return len(seen)

    zone_of(world, "example.org")
    several(world, 2)
    before = queries()
    several(world, 5)
    Challenge.objects.update(is_automatic=True)
    for each in Challenge.objects.all():
        Publication.objects.create(challenge=each, wanted_at=world.now)
    assert queries() <= before + 1


def test_a_name_with_a_nul_is_nobodys(world: World, alice: Client) -> None:
    world.submitted("shop.example.com")
    address = f"/projects/{world.acme.pk}/caa/"
    assert alice.post(address, {"name": "shop\0.example.org"}).status_code == 404


def test_the_administrations_list_of_challenges_takes_as_many_queries(world: World) -> None:
    desk = Client()
    desk.force_login(world.sam)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            shown(desk, "/admin/verification/challenge/")
        return len(seen)

    several(world, 2)
    before = queries()
    several(world, 5)
    Challenge.objects.update(is_automatic=True)
    for each in Challenge.objects.all():
        Publication.objects.create(challenge=each, wanted_at=world.now)
    assert queries() == before


def test_staff_read_what_was_seen_in_their_language(world: World) -> None:
    certificate = world.submitted("shop.example.com")
    (challenge,) = challenges_of(certificate.open_application)
    desk = Client(headers={"accept-language": "de"})
    desk.force_login(world.sam)
    page = words(shown(desk, f"/admin/verification/challenge/{challenge.pk}/change/"))
    assert "Den Namen _dnsauth.shop.example.com gibt es im DNS nicht" in page
    assert "The name _dnsauth" not in page
    look_at_it = challenge.history.latest("pk")
    page = words(shown(desk, f"/admin/verification/attempt/{look_at_it.pk}/change/"))
    assert "Den Namen _dnsauth.shop.example.com gibt es im DNS nicht" in page

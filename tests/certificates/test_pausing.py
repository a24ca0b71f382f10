"""A name that was never proved: the page, the mail, the button, the command, the two limits."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from certificates import proving
from certificates.obstacles import Refused
from certificates.pausing import resume_looking, resume_obstacles
from certificates.proving import COUNTED_FOR, allowance, challenges_of, check_obstacles
from certificates.story import Certificate
from tests.cast import World
from verification.challenges import Attempt
from verification.dictionary import DictionaryNetwork
from verification.mail import OutgoingMail
from verification.network import DnsAnswer, DnsStatus

pytestmark = pytest.mark.django_db


def way_out() -> DictionaryNetwork:
    return DictionaryNetwork()


class Silent(DictionaryNetwork):
    def txt(self, name: str) -> DnsAnswer:
        return DnsAnswer(name, "TXT", DnsStatus.SERVFAIL, (), resolver="demo data")


def silent() -> DictionaryNetwork:
    return Silent()


@pytest.fixture
def world() -> World:
    return World(is_live=False)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def page_of(person: Client, certificate: Certificate) -> str:
    return person.get(f"/certificates/{certificate.pk}/").content.decode()


def client(world: World, person: object) -> Client:
    browser = Client()
    browser.force_login(person)  # type: ignore[arg-type]
    return browser


def paused(world: World) -> Certificate:
    certificate = world.submitted()
    world.later(days=8)
    return world.fresh(certificate)


def codes(certificate: Certificate, world: World, actor: object) -> list[str]:
    return [each.code for each in resume_obstacles(certificate, actor, world.now)]  # type: ignore[arg-type]


def test_the_page_says_why_nobody_looks_and_one_button_resumes(
    world: World, settings: Settings
) -> None:
    settings.WORK_NETWORK = f"{__name__}.way_out"
    certificate = paused(world)
    alice = client(world, world.alice)
    page = page_of(alice, certificate)
    assert "We stopped looking for the proof of www.shop.example.com on" in words(page)
    assert "name.paused" in page
    assert page.count("btn-primary") == 1
    assert 'id="resume"' in page
    assert "We look again at" not in words(page)
    assert "We look again once you press it" in words(page)
    assert "nothing is looked for, and the value ends on" in words(page)
    assert "Until <strong>" not in page
    answer = alice.post(f"/certificates/{certificate.pk}/resume/", follow=True)
    assert "We look again by ourselves" in words(answer.content.decode())
    page = page_of(alice, certificate)
    assert 'id="resume"' not in page
    assert "Check now" in page
    assert certificate.events.filter(verb="resume_looking").count() == 1
    again = alice.post(f"/certificates/{certificate.pk}/resume/", follow=True)
    assert "No domain of this certificate is paused" in words(again.content.decode())
    assert certificate.events.filter(verb="resume_looking").count() == 1


def test_the_contact_is_told_once(world: World) -> None:
    certificate = paused(world)
    world.later(days=2)
    (told,) = OutgoingMail.objects.filter(kind="paused")
    assert told.about == certificate.pk
    assert told.subject == "We stopped looking for the proof of www.shop.example.com"
    text = " ".join(told.text.split())
    assert "Press Resume on the certificate's page" in text
    for each in (text, words(told.html)):
        assert "Your turn: We stopped looking for the proof" in each
        assert "name.paused" in each
        assert "_dnsauth.shop.example.com. 600 IN TXT" in each, "the line to publish"
    resume_looking(certificate=certificate, actor=world.alice, now=world.now)
    world.later(days=8)
    assert OutgoingMail.objects.filter(kind="paused").count() == 2, "a second pause is news"


def test_the_line_of_a_paused_name_is_about_the_button(world: World, settings: Settings) -> None:
    settings.WORK_NETWORK = f"{__name__}.way_out"
    page = words(page_of(client(world, world.alice), paused(world)))
    assert "mend 1 proof, then press Resume" in page
    assert "Your turn: publish" not in page
    assert "Next look" not in page, "nobody looks by themselves"


def test_who_has_not_proved_after_a_day_is_reminded_once(world: World) -> None:
    certificate = world.submitted()
    world.later(hours=20)
    assert not OutgoingMail.objects.filter(kind="unseen").exists()
    world.later(days=3)
    (told,) = OutgoingMail.objects.filter(kind="unseen")
    assert told.about == certificate.pk
    assert told.subject == "Your turn: www.shop.example.com still to be proved"
    for text in (" ".join(told.text.split()), words(told.html)):
        assert "Your turn: The name _dnsauth.shop.example.com does not exist" in text
        assert "dns.nxdomain" in text
        assert "_dnsauth.shop.example.com. 600 IN TXT" in text
        assert "It counts until" in text


def test_who_waits_for_others_is_not_reminded(world: World, settings: Settings) -> None:
    settings.WORK_NETWORK = f"{__name__}.silent"
    world.network = silent()
    world.submitted()
    world.later(days=3)
    assert not OutgoingMail.objects.filter(kind="unseen").exists(), "their DNS host's turn"


def test_strangers_and_viewers_resume_nothing(world: World) -> None:
    certificate = paused(world)
    stranger = client(world, world.mallory)
    assert stranger.post(f"/certificates/{certificate.pk}/resume/").status_code == 404
    assert stranger.get(f"/certificates/{certificate.pk}/resume/").status_code == 404
    assert codes(certificate, world, world.mallory) == ["resume.forbidden"]
    with pytest.raises(Refused):
        resume_looking(certificate=certificate, actor=world.mallory, now=world.now)
    assert codes(certificate, world, world.alice) == []
    (challenge,) = challenges_of(certificate.last_application)
    assert challenge.paused_at is not None


def test_what_is_not_paused_is_not_resumed(world: World) -> None:
    assert codes(world.submitted(), world, world.alice) == ["resume.not_paused"]


def test_a_project_may_ask_for_so_much_in_an_hour(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "MOST_OF_A_PROJECT", 12)
    certificates = [world.submitted(), world.submitted()]
    world.work()
    asked = [challenges_of(each.last_application)[0] for each in map(world.fresh, certificates)]
    for challenge in asked:
        Attempt.objects.bulk_create(
            [
                Attempt(
                    challenge=challenge,
                    at=world.now,
                    proved=False,
                    code="dns.nxdomain",
                    asked_by="alice@acme.example",
                )
                for _each in range(5)
            ]
        )
    left = allowance(asked[:1], world.now)
    assert (left.left, left.is_of_project) == (2, True)
    Attempt.objects.filter(challenge=asked[1]).update(asked_by="bob@acme.example")
    for number in range(2):
        Attempt.objects.create(
            challenge=asked[1], at=world.now, proved=False, code="x", asked_by=f"{number}"
        )
    (told,) = check_obstacles(world.fresh(certificates[0]), world.alice, world.now)
    assert told.code == "check.project_too_often"
    assert f"{world.now + COUNTED_FOR:%H:%M:%S}" in told.message
    page = words(page_of(client(world, world.alice), certificates[0]))
    assert "Your project asked 200 times this hour" in page or "left this hour" in page
    assert check_obstacles(world.fresh(certificates[0]), world.alice, world.now + COUNTED_FOR) == []

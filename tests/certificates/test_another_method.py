"""A name is proved in another way; the order, its other names and its place in line stay."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from certificates.catalogue import DomainType, Type
from certificates.invariants import broken_invariants
from certificates.proving import challenges_of
from certificates.story import Certificate
from certificates.taking_back import choose_method
from tests.cast import World
from tests.certificates.browsing import page_of, shown
from tests.certificates.test_taking_back import codes, mails, told
from tests.certificates.wizarding import words
from verification import answers
from verification.answers import Decision
from verification.challenges import Challenge
from verification.dictionary import DictionaryNetwork
from verification.dns_lookup import CaaRecord

pytestmark = pytest.mark.django_db
NAMES = ("www.shop.example.com", "pay.example.com")


def several(world: World) -> Certificate:
    certificate = world.sent_in(*NAMES)
    world.work()
    return world.fresh(certificate)


def choose(world: World, certificate: Certificate, domain: str, method: str, box: str = "") -> None:
    choose_method(
        certificate=world.fresh(certificate),
        domain=domain,
        method=method,
        mailbox=box,
        actor=world.alice,
        now=world.now,
        network=world.network,
    )


def test_one_name_changes_its_method_and_the_order_stays(world: World) -> None:
    certificate = several(world)
    order = world.order(certificate)
    choose(world, certificate, NAMES[1], "EMAIL", "webmaster")
    world.work()
    assert world.order(certificate).pk == order.pk
    asked = challenges_of(world.fresh(certificate).open_application)
    assert {each.domain: each.method for each in asked} == {NAMES[0]: "DNS", NAMES[1]: "EMAIL"}
    mailed = next(each for each in asked if each.method == "EMAIL")
    assert mailed.mailbox == "webmaster@pay.example.com"
    replaced = Challenge.objects.get(status="REPLACED")
    assert replaced.due_at is None
    assert told(certificate)[-2:] == [
        ("choose_method", "CHECKING_DOMAIN", ""),
        ("change_method", "CHECKING_DOMAIN", ""),
    ]
    # The value of the earlier way proves nothing any more; each in its own way does.
    world.txt["_dnsauth.pay.example.com"] = [replaced.value]
    world.publish(certificate)
    world.look(certificate)
    assert world.fresh(certificate).status == "CHECKING_DOMAIN"
    assert mailed.answer_id is not None
    assert answers.decide(mailed.answer_id, Decision.CONFIRM, by="test", now=world.now)
    world.work()
    assert world.fresh(certificate).status == "CHECKING_ORG"
    assert broken_invariants() == []


def test_a_mail_that_did_not_arrive_leads_to_another_mailbox(world: World, alice: Client) -> None:
    certificate = world.submitted(method="EMAIL", mailbox="admin")
    asked = challenges_of(certificate.open_application)[0]
    address = f'href="/certificates/{certificate.pk}/proofs/{asked.pk}/method/"'
    assert "Open the inbox" in page_of(alice, certificate)
    Challenge.objects.filter(pk=asked.pk).update(problem_code="mail.bounced", problem_message="x")
    page = page_of(alice, certificate)
    assert "Open the inbox" not in page
    assert address in page.partition("Choose another mailbox…")[0].rpartition("<a")[2]


def test_the_link_of_an_earlier_mail_proves_nothing(world: World) -> None:
    certificate = world.submitted(method="EMAIL", mailbox="admin")
    earlier = challenges_of(certificate.open_application)[0]
    choose(world, certificate, earlier.domain, "EMAIL", "postmaster")
    world.work()
    assert earlier.answer_id is not None
    assert not answers.decide(earlier.answer_id, Decision.CONFIRM, by="test", now=world.now)
    assert mails("prove_domain") == 2
    choose(world, certificate, earlier.domain, "DNS")
    world.work()
    world.publish(certificate)
    world.look(certificate)
    assert world.fresh(certificate).status == "ISSUED"
    assert broken_invariants() == []


def test_what_was_proved_meanwhile_stays_proved(world: World) -> None:
    certificate = world.submitted()
    domain = "www.shop.example.com"
    choose(world, certificate, domain, "FILE")
    world.publish(certificate)
    challenge = challenges_of(certificate.open_application)[0]
    challenge.step(world.now, world.network)
    world.work()
    assert world.fresh(certificate).status == "ISSUED"
    assert broken_invariants() == []


def test_the_change_is_told_again_after_a_death_in_between(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = world.submitted()
    choose(world, certificate, "www.shop.example.com", "FILE")

    def die(point: str) -> None:
        if point == "portal.method_changed":
            raise SystemError

    with monkeypatch.context() as patch:
        patch.setattr("certificates.taking_back.reach", die)
        world.work()
    assert Challenge.objects.filter(status="REPLACED").count() == 1
    world.later(minutes=30)
    assert Challenge.objects.count() == 2
    assert [verb for verb, _after, _code in told(certificate)].count("change_method") == 1


def test_a_change_that_the_authority_does_not_know_yet_can_be_changed(world: World) -> None:
    certificate = world.submitted()
    domain = "www.shop.example.com"
    choose(world, certificate, domain, "EMAIL")
    assert codes(lambda: choose(world, certificate, domain, "EMAIL")) == ["method.same"]
    choose(world, certificate, domain, "DNS")
    world.work()
    asked = challenges_of(world.fresh(certificate).open_application)
    assert [each.method for each in asked] == ["DNS"]
    assert mails("prove_domain") == 0


def test_an_answer_that_came_first_counts(world: World) -> None:
    certificate = world.submitted(method="EMAIL", mailbox="admin")
    asked = challenges_of(certificate.open_application)[0]
    choose(world, certificate, asked.domain, "DNS")
    assert asked.answer_id is not None
    assert answers.decide(asked.answer_id, Decision.CONFIRM, by="test", now=world.now)
    world.work()
    assert world.fresh(certificate).status == "ISSUED"
    assert told(certificate)[-1][0] == "issue"
    assert broken_invariants() == []


def test_a_way_that_caa_forbids_is_not_chosen(world: World) -> None:
    certificate = world.submitted()
    value = "geotrust.com; validationmethods=ca-dns-txt"
    caa = {"example.com": [CaaRecord(0, "issue", value)]}
    world.network = DictionaryNetwork(txt=world.txt, caa=caa)
    assert codes(lambda: choose(world, certificate, "www.shop.example.com", "FILE")) == [
        "caa.method"
    ]


def test_all_that_speaks_against_a_method_is_told(world: World) -> None:
    certificate = world.submitted(
        "*.example.com", world.product("GEOTRUST", Type.DV_SSL_CERT, DomainType.WILDCARD)
    )

    def change(domain: str, method: str, box: str = "") -> Callable[[], object]:
        return lambda: choose(world, certificate, domain, method, box)

    assert codes(change("*.example.com", "FILE")) == ["file.wildcard"]
    assert codes(change("*.example.com", "DNS")) == ["method.same"]
    assert codes(change("other.example.com", "EMAIL")) == ["method.not_waiting"]
    assert codes(change("*.example.com", "EMAIL", "root")) == ["mailbox.unknown"]
    assert told(certificate)[-1][0] == "prove"


def test_nothing_to_prove_nothing_to_change(world: World) -> None:
    certificate = world.issued()
    assert codes(lambda: choose(world, certificate, "www.shop.example.com", "FILE")) == [
        "method.nothing_to_prove"
    ]


def test_another_way_is_chosen_on_its_page(alice: Client, world: World, settings: Settings) -> None:
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"
    certificate = world.submitted()
    challenge = challenges_of(certificate.open_application)[0]
    address = f"/certificates/{certificate.pk}/proofs/{challenge.pk}/method/"
    assert address in page_of(alice, certificate)
    assert "How will you prove" in shown(alice, address)
    refused = alice.post(address, {"method": "DNS"})
    assert "method.same" in refused.content.decode()
    assert alice.post(address, {"method": "FILE"}).status_code == 302
    world.later(minutes=2)
    assert ".well-known/pki-validation" in page_of(alice, certificate)
    assert alice.get(address).status_code == 404


def test_of_a_mail_no_look_is_told_but_until_when_an_answer_is_taken(
    world: World, alice: Client
) -> None:
    row = world.submitted("www.shop.example.com", method="EMAIL", mailbox="admin")
    page = words(page_of(alice, row))
    assert "An answer is taken until" in page
    assert "Next look" not in page
    assert "The value counts until" not in page


def test_the_way_that_is_asked_for_now_is_marked(world: World, alice: Client) -> None:
    row = world.submitted("www.shop.example.com", method="CNAME")
    (asked,) = challenges_of(row.last_application)
    page = words(shown(alice, f"/certificates/{row.pk}/proofs/{asked.pk}/method/"))
    assert page.count("asked for now") == 1
    assert page.index("CNAME") < page.index("asked for now") < page.index("File")

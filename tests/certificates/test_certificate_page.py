"""What the pages say: whose turn it is and until when, in sentences, for every reader."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.dates import second
from authorities.calendar import Bulletin
from authorities.simulated.desk import answer_question, refuse_organization
from certificates.catalogue import Type
from certificates.lifecycle import Status
from certificates.proving import (
    COUNTED_FOR,
    MOST_ASKED,
    allowance,
    challenges_of,
    check_all_now,
    check_obstacles,
)
from certificates.story import Certificate
from certificates.telling import turn
from tests.cast import World
from tests.certificates.browsing import page_of
from tests.certificates.listed import words
from verification.answers import Decision
from verification.challenges import Attempt
from verification.dictionary import DictionaryNetwork

pytestmark = pytest.mark.django_db


def turn_of(world: World, certificate: Certificate) -> tuple[str, str, str, datetime | None]:
    row = world.fresh(certificate)
    whose = turn(row, challenges_of(row.last_application))
    return whose.tone, whose.title, whose.sentence, whose.until


# Whose turn it is.


def test_bought_and_not_applied_for_is_your_turn(world: World) -> None:
    assert turn_of(world, world.bought()) == (
        "you",
        "Your turn",
        "Apply for this certificate: name its domain and a contact.",
        None,
    )


@pytest.mark.parametrize(
    ("method", "sentence"),
    [
        ("DNS", "Publish the DNS record below; GeoTrust goes on once it is seen."),
        ("FILE", "Put the file below on your web server; GeoTrust goes on once it is seen."),
        (
            "EMAIL",
            (
                "Open the mail to admin@shop.example.com and press its button; GeoTrust goes on at"
                " once."
            ),
        ),
    ],
)
def test_proving_is_your_turn_until_the_value_lapses(
    world: World, alice: Client, method: str, sentence: str
) -> None:
    certificate = world.submitted("shop.example.com", method=method)
    until = world.now + timedelta(days=30)
    assert turn_of(world, certificate) == ("you", "Your turn", sentence, until)
    step = "answer by" if method == "EMAIL" else "the value counts until"
    page = words(page_of(alice, certificate))
    assert f"Prove the domain Your turn · 40 % {step} {until:%-d %b %Y}" in page


def test_a_review_is_the_authorities_turn(world: World, alice: Client) -> None:
    certificate = world.submitted(product=world.product(kind=Type.OV_SSL_CERT))
    world.publish(certificate)
    world.look(certificate)
    assert turn_of(world, certificate) == (
        "ca",
        "Turn of GeoTrust",
        "GeoTrust looks at the organization.",
        None,
    )


def test_a_suspension_is_told_with_its_end(world: World, alice: Client) -> None:
    ends = world.now + timedelta(days=5)
    Bulletin.objects.create(
        brand="GEOTRUST", starts_at=world.now, ends_at=ends, suspends=True, title="Audit"
    )
    certificate = world.submitted()
    world.publish(certificate)
    world.look(certificate)
    assert turn_of(world, certificate) == (
        "ca",
        "Turn of GeoTrust",
        "GeoTrust issues nothing until its suspension ends.",
        ends,
    )
    assert f"Until {ends:%-d %b %Y, %H:%M} UTC" in words(page_of(alice, certificate))


def test_a_refusal_is_your_turn_and_the_page_says_why(world: World, alice: Client) -> None:
    certificate = world.submitted(product=world.product(kind=Type.OV_SSL_CERT))
    world.publish(certificate)
    world.look(certificate)
    message = "The register shows another name. Correct the company data and apply again."
    order = world.order(certificate)
    refuse_organization(order.pk, message=message, actor=world.sam, now=world.now)
    world.work()
    assert turn_of(world, certificate)[:2] == ("you", "Your turn")
    page = words(page_of(alice, certificate))
    title, dot, to_do = message.partition(". ")
    assert f"{title}{dot}GeoTrust refused application 1 on" in page
    told = f"All that you gave is kept. {to_do} organization.refused"
    assert told in page, "what to do comes last"


def test_a_reissue_is_the_authorities_turn_until_its_mail_has_left(world: World) -> None:
    certificate = world.issued()
    world.reissue(certificate)
    application = world.fresh(certificate).open_application
    assert application is not None
    tone, title, sentence, until = turn_of(world, certificate)
    assert (tone, title) == ("ca", "Turn of GeoTrust")
    assert sentence == "GeoTrust mails alice@acme.example within one to two working days."
    assert until is not None
    assert until > world.now
    world.later(minutes=2)
    application.refresh_from_db()
    assert turn_of(world, certificate) == (
        "you",
        "Your turn",
        (
            "Answer the mail from GeoTrust to alice@acme.example: shall the issued certificate be"
            " cancelled? No answer counts as declined."
        ),
        application.confirm_until,
    )


def test_a_valid_certificate_leaves_nothing_to_do_until_its_end(world: World) -> None:
    certificate = world.issued()
    ends = certificate.versions.get().not_after
    assert turn_of(world, certificate) == ("done", "Nothing to do", "It is valid.", ends)


def test_an_expired_certificate_is_over(world: World) -> None:
    certificate = world.issued()
    world.live(certificate.versions.get().ends_at)
    assert world.fresh(certificate).status == Status.EXPIRED
    assert turn_of(world, certificate)[:2] == ("ended", "Over")


@pytest.mark.parametrize("status", Status.values)
def test_every_status_has_a_page(world: World, alice: Client, status: str) -> None:
    """Whatever led there: also statuses that no verb reaches yet."""
    bought = world.bought()
    Certificate.objects.filter(pk=bought.pk).update(status=status)
    page = page_of(alice, bought)
    assert str(Status(status).label) in words(page)
    assert len(re.findall(r'class="turn(?: only)?"', page)) == 1
    assert page.count("btn-primary") <= 1


# What is to be proved.


def test_the_challenge_shows_what_to_publish_its_state_and_the_looks(
    world: World, alice: Client
) -> None:
    certificate = world.submitted()
    challenge = challenges_of(certificate.last_application)[0]
    page = words(page_of(alice, certificate))
    assert "Host _dnsauth.shop.example.com Copy the host Type TXT" in page
    assert f"Value {challenge.value} Copy the value" in page
    assert f'_dnsauth.shop.example.com. 600 IN TXT "{challenge.value}" Copy the line' in page
    assert "0 of 1 proved" in page
    assert challenge.due_at is not None
    assert f"Next look {challenge.due_at:%-d %b %Y, %H:%M:%S} UTC" in page
    assert "dns.nxdomain" in page
    assert "We asked _dnsauth.shop.example.com TXT NXDOMAIN" in page
    world.publish(certificate)
    world.look(certificate)
    page = words(page_of(alice, certificate))
    assert "1 of 1 proved" in page
    assert "www.shop.example.com by DNS record at shop.example.com · Proved" in page
    assert f"We found {challenge.value}" in page, "what was seen is kept as evidence"
    assert "Copy the value" not in page, "what is proved need not be published any more"
    assert "Paste this line" not in page


def test_a_record_in_the_wrong_place_is_named_with_whose_turn_it_is(
    world: World, alice: Client
) -> None:
    certificate = world.submitted()
    challenge = challenges_of(certificate.last_application)[0]
    doubled = "_dnsauth.shop.example.com.shop.example.com"
    world.txt[doubled] = [challenge.value]
    world.look(certificate)
    page = words(page_of(alice, certificate))
    assert f"The record stands at {doubled}: the DNS host added shop.example.com" in page
    assert "Your turn dns.doubled_suffix" in page
    assert "We also found _dnsauth.shop.example.com. shop.example.com TXT the right" in page
    assert "_dnsauth.shop.example.com.<mark>shop.example.com</mark> TXT" in page_of(
        alice, certificate
    )
    assert f'_dnsauth.shop.example.com. 600 IN TXT "{challenge.value}" Copy the line' in page


def test_check_now_says_what_was_seen(world: World, alice: Client, settings: Settings) -> None:
    settings.WORK_NETWORK = f"{__name__}.way_out"
    certificate = world.submitted()
    SEEN.clear()
    answer = alice.post(f"/certificates/{certificate.pk}/check/", follow=True)
    page = answer.content.decode()
    assert "does not exist in the DNS" in words(page)
    [message] = answer.context["messages"]
    looked = challenges_of(certificate.last_application)[0].last_checked_at
    assert looked is not None
    assert str(message) == (
        f"We looked for the proof of www.shop.example.com at {second(looked)} UTC and did not see"
        " it yet."
    )
    assert "t-problem" not in page, "what is not published yet is to be done, and not wrong"
    world.publish(certificate)
    SEEN.update(world.txt)
    answer = alice.post(f"/certificates/{certificate.pk}/check/", follow=True)
    assert "www.shop.example.com is proved." in words(answer.content.decode())


SEEN: dict[str, list[str]] = {}


def way_out() -> DictionaryNetwork:
    """What the page is given in place of the way to the Internet."""
    return DictionaryNetwork(txt=SEEN)


def test_who_may_not_check_sees_no_button(world: World, client: Client) -> None:
    certificate = world.submitted()
    client.force_login(world.victor)
    assert "Check now" not in page_of(client, certificate)


# Versions and files.


def test_a_replaced_version_says_when_and_why(world: World, alice: Client) -> None:
    certificate = world.issued()
    world.reissue(certificate)
    world.later(minutes=2)
    answer_question(world.order(certificate).pk, Decision.CONFIRM, actor=world.alice, now=world.now)
    world.work()
    first = certificate.versions.get(number=1)
    assert first.revoked_at is not None
    page = words(page_of(alice, certificate))
    assert f"Cancelled {first.revoked_at:%-d %b %Y}" in page
    assert "Replaced by 2: wrong data asked for by alice@acme.example" in page
    assert "2 current" in page
    assert "1 current" not in page


def test_the_chain_is_a_file_with_the_leaf_first(world: World, alice: Client) -> None:
    certificate = world.issued()
    answer = alice.get(f"/certificates/{certificate.pk}/1/chain.pem")
    assert answer.headers["Content-Type"] == "application/x-pem-file"
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="{certificate.pk}-1.pem"'
    )
    leaf, *issuers = x509.load_pem_x509_certificates(answer.content)
    assert f"{leaf.serial_number:032x}".endswith(certificate.versions.get().serial)
    assert len(issuers) == 1
    assert b"PRIVATE KEY" not in answer.content


# Steps, the one button, the limit of Check now, what is broken.


def steps_of(client: Client, certificate: Certificate) -> list[tuple[str, str]]:
    answer = client.get(f"/certificates/{certificate.pk}/")
    return [(each.kind, each.title) for each in answer.context["steps"]]


def test_the_steps_of_a_reissue_follow_its_events(world: World, alice: Client) -> None:
    certificate = world.issued(product=world.product(kind=Type.OV_SSL_CERT))
    assert steps_of(alice, certificate) == []
    assert "stepper" not in page_of(alice, certificate)
    world.reissue(certificate, domain="www.new.example.com", reason="DOMAIN_CHANGE")
    later = [
        ("next", "Organization review"),
        ("next", "Issue"),
        ("next", "Issued, version 2"),
    ]
    assert steps_of(alice, certificate) == [
        ("past", "Reissue asked for"),
        ("now", "Confirmation asked for"),
        ("next", "Confirm the cancellation"),
        ("next", "Prove the domain"),
        *later,
    ]
    world.later(minutes=2)
    assert steps_of(alice, certificate)[1] == ("now", "Confirm the cancellation")
    answer_question(world.order(certificate).pk, Decision.CONFIRM, actor=world.alice, now=world.now)
    world.work()
    assert steps_of(alice, certificate) == [
        ("past", "Reissue asked for"),
        ("past", "Original cancelled"),
        ("now", "Prove the domain"),
        *later,
    ]
    page = words(page_of(alice, certificate))
    assert "Reissue of version 1 domain changed to www.new.example.com" in page
    assert "No version is valid at the moment." in page
    assert "1 original" in page
    world.publish(certificate)
    world.look(certificate)
    assert steps_of(alice, certificate) == [
        ("past", "Reissue asked for"),
        ("past", "Original cancelled"),
        ("past", "Domain proved"),
        ("now", "Organization review"),
        *later[1:],
    ]


def test_the_mail_that_waits_is_one_click_away_in_the_demo(world: World, alice: Client) -> None:
    certificate = world.issued()
    world.reissue(certificate)
    world.later(minutes=2)
    page = page_of(alice, certificate)
    assert re.search(r'class="btn btn-primary"\s+href="/demo/inbox/"', page)
    assert page.count("btn-primary") == 1


def test_in_production_nothing_leads_to_the_demo(
    world: World, alice: Client, settings: Settings
) -> None:
    certificate = world.submitted("www.shop.demo.example.net")
    assert "/demo/dns/?name=_dnsauth.shop.demo.example.net" in page_of(alice, certificate)
    settings.ENVIRONMENT = "production"
    assert "/demo/dns/?" not in page_of(alice, certificate)


def test_check_now_is_limited_and_says_until_when(
    world: World, alice: Client, settings: Settings
) -> None:
    settings.WORK_NETWORK = f"{__name__}.way_out"
    certificate = world.submitted()
    SEEN.clear()
    assert "10 of 10 checks left this hour" in words(page_of(alice, certificate))
    for _again in range(MOST_ASKED):
        alice.post(f"/certificates/{certificate.pk}/check/")
    attempts = Attempt.objects.filter(asked_by="alice@acme.example")
    assert attempts.count() == MOST_ASKED
    page = page_of(alice, certificate)
    assert "Check now" not in page
    until = attempts.earliest("at").at + COUNTED_FOR
    assert f"again from {until:%H:%M} UTC" in words(page)
    answer = alice.post(f"/certificates/{certificate.pk}/check/", follow=True)
    assert (
        f"You asked for 10 looks within an hour. Ask again from {until:%H:%M:%S} UTC on; we go on"
        " looking by ourselves."
    ) in words(answer.content.decode())
    assert attempts.count() == MOST_ASKED
    assert check_obstacles(certificate, world.alice, until) == []
    looks = Attempt.objects.count()
    check_all_now(certificate=certificate, actor=world.alice, now=world.now, network=world.network)
    assert Attempt.objects.count() == looks + 1
    assert attempts.count() == MOST_ASKED, "the operator's look is none of the customer's ten"


def test_looks_that_came_by_themselves_do_not_count(world: World) -> None:
    certificate = world.submitted()
    world.later(hours=1)
    asked = challenges_of(certificate.last_application)
    assert asked[0].looks > 1
    assert allowance(asked, world.now).left == MOST_ASKED


def test_a_refused_reissue_says_that_the_original_stands(world: World, alice: Client) -> None:
    certificate = world.issued()
    world.reissue(certificate)
    world.later(minutes=2)
    answer_question(world.order(certificate).pk, Decision.DECLINE, actor=world.alice, now=world.now)
    world.work()
    page = words(page_of(alice, certificate))
    assert "The issued version was not touched and stays valid." in page
    assert "No version is valid" not in page

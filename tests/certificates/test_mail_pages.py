"""The pages behind the links in mails: looking changes nothing, one press decides, once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from authorities.hierarchy import IssuedCertificate
from authorities.simulated.desk import decide_compromise
from certificates.obstacles import window_closes_at
from config.templatetags.look import day, serial
from tests.cast import World
from tests.certificates.mailed import Asked, everything, heading, look, press, reissue_asked
from verification.answers import MailAnswer

pytestmark = pytest.mark.django_db
QUESTION = "Shall we cancel this certificate?"
CONFIRMED = "Confirmed: this certificate is being cancelled"
DECLINED = "Declined: this certificate is kept"
TOO_LATE = "This question counts as declined"
CLOSED = "This question is closed"


# Looking.


def test_looking_changes_nothing_however_often_and_by_whom(either: Asked) -> None:
    before = sorted(everything())
    for client in (Client(), Client(headers={"user-agent": "link scanner"})):
        for method in ("GET", "HEAD"):
            for asked in ("", "?decision=confirm"):
                assert client.generic(method, either.link + asked).status_code == 200
        for method in ("OPTIONS", "PUT", "PATCH", "DELETE"):
            answer = client.generic(method, either.link, "decision=confirm")
            assert answer.status_code == 405
    assert sorted(everything()) == before


def test_the_page_shows_what_will_be_cancelled_and_who_asked(asked: Asked) -> None:
    page, version = look(asked.link), asked.certificate.versions.get()
    closes = window_closes_at(asked.certificate, datetime.now(UTC))
    assert heading(page) == QUESTION
    for told in (
        "www.shop.example.com",
        serial(version.serial),
        f"{version.not_before:%-d %b %Y} to {version.not_after:%-d %b %Y}",
        "alice@acme.example asked for a reissue of",
        "Valid today",
        asked.world.order(asked.certificate).reference,
        f"you can ask for a new one until {day(closes)}",
        "certificate authority, simulated in this demo",
        "The information is wrong",
        "Opening this page has changed nothing.",
        f"{asked.answer.expires_at:%-d %b %Y, %H:%M} UTC",
        "GeoTrust",
    ):
        assert told in page, told
    assert "Reseal</a>" not in page, "the authority's letterhead, not ours"


def test_no_cache_and_no_search_engine_keeps_the_page(either: Asked) -> None:
    for answer in (Client().get(either.link), press(either.link, "confirm")):
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Frame-Options"] == "DENY"


# Deciding.


def test_confirm_cancels_the_original_and_the_reissue_goes_on(asked: Asked) -> None:
    assert heading(press(asked.link, "confirm")) == CONFIRMED
    assert asked.answer.decided_by == "the link in the mail"
    assert asked.status() == "ISSUED"
    versions = asked.certificate.versions.order_by("number")
    assert [version.revoked_at is not None for version in versions] == [True, False]
    assert heading(look(asked.link)) == CONFIRMED


def test_decline_keeps_the_original(asked: Asked) -> None:
    assert heading(press(asked.link, "decline")) == DECLINED
    assert asked.status() == "ISSUED"
    assert asked.certificate.versions.get().revoked_at is None
    assert heading(look(asked.link)) == DECLINED


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("confirm", "decline", CONFIRMED),
        ("confirm", "confirm", CONFIRMED),
        ("decline", "confirm", DECLINED),
    ],
)
@pytest.mark.parametrize("is_worked", [False, True])
def test_the_first_press_counts_and_the_page_says_which_it_was(
    asked: Asked, first: str, second: str, told: str, is_worked: bool
) -> None:
    press(asked.link, first)
    if is_worked:
        asked.status()
    decided = MailAnswer.objects.values().get(pk=asked.answer.pk)
    page = press(asked.link, second)
    assert heading(page) == told
    assert "<form" not in page.content.decode()
    assert MailAnswer.objects.values().get(pk=asked.answer.pk) == decided
    revoked = IssuedCertificate.objects.filter(revoked_at__isnull=False).count()
    assert asked.status() == "ISSUED"
    assert IssuedCertificate.objects.filter(revoked_at__isnull=False).count() == (
        1 if first == "confirm" else revoked
    )


@pytest.mark.parametrize("decision", ["", "CONFIRM", "yes", "confirm ", "decline\x00"])
def test_a_press_that_says_nothing_shows_the_page_unchanged(either: Asked, decision: str) -> None:
    before = sorted(everything())
    page = press(either.link, decision)
    assert page.status_code == 200
    assert heading(page) == heading(look(either.link))
    assert sorted(everything()) == before


def test_a_mailbox_can_prove_but_not_decline(to_prove: Asked) -> None:
    """Who did not want the certificate just closes the page."""
    press(to_prove.link, "decline")
    assert to_prove.answer.decision == ""
    assert heading(look(to_prove.link)) == "Issue a certificate for mail.example.com?"


def test_the_button_proves_the_domain(to_prove: Asked) -> None:
    assert heading(press(to_prove.link, "confirm")) == "mail.example.com is proved"
    assert to_prove.status() == "ISSUED"
    assert heading(look(to_prove.link)) == "mail.example.com is proved"


def test_a_press_needs_the_forms_token(either: Asked) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get(either.link)
    assert press(either.link, "confirm", client).status_code == 403
    assert either.answer.decision == ""


def test_the_page_s_own_form_works_in_a_browser_that_is_not_signed_in(either: Asked) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get(either.link).content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found is not None
    client.post(either.link, {"decision": "confirm", "csrfmiddlewaretoken": found[1]})
    assert either.answer.decision == "CONFIRM"


# Too late.


def test_after_its_time_the_page_says_that_it_counts_as_declined(asked: Asked) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    MailAnswer.objects.filter(pk=asked.answer.pk).update(expires_at=past)
    for page in (look(asked.link), press(asked.link, "confirm")):
        assert heading(page) == TOO_LATE
    assert asked.answer.decision == ""
    asked.status()
    assert asked.certificate.versions.get().revoked_at is None


def test_after_its_time_a_mailbox_proves_nothing(to_prove: Asked) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    MailAnswer.objects.filter(pk=to_prove.answer.pk).update(expires_at=past)
    for page in (look(to_prove.link), press(to_prove.link, "confirm")):
        assert heading(page) == "This link is too old"
    assert to_prove.status() == "CHECKING_DOMAIN"


def test_thirty_days_after_the_mail_the_reissue_has_ended(world: World) -> None:
    world.now -= timedelta(days=40)
    asked = reissue_asked(world)
    world.live(datetime.now(UTC))
    for page in (look(asked.link), press(asked.link, "confirm")):
        assert heading(page) in (TOO_LATE, CLOSED)
    assert asked.answer.decision == ""
    assert asked.certificate.versions.get().revoked_at is None


def test_a_question_whose_reissue_is_gone_is_closed(asked: Asked) -> None:
    """An answer that nobody waits for must not look like one that had an effect."""
    from authorities import port

    application = asked.world.fresh(asked.certificate).open_application
    assert application is not None
    request = application.ca_request
    port.open_counter(request.adapter).withdraw(request.pk, asked.world.now, even_approved=True)
    for page in (look(asked.link), press(asked.link, "confirm")):
        assert heading(page) == CLOSED
    assert asked.answer.decision == ""


def test_a_proof_that_nobody_waits_for_is_closed(to_prove: Asked) -> None:
    from verification import asking
    from verification.challenges import Challenge

    challenge = Challenge.objects.get(domain="mail.example.com")
    asking.close(challenge.proof_id, to_prove.world.now)
    for page in (look(to_prove.link), press(to_prove.link, "confirm")):
        assert heading(page) == CLOSED
    assert to_prove.answer.decision == ""


# A key that leaked: declining leaves the decision to the authority's people.


def test_declining_for_a_leaked_key_says_that_people_decide(world: World) -> None:
    asked = reissue_asked(world, reason="KEY_COMPROMISE", key_algorithm="EC_P256")
    assert "Our people look at the report of its key and decide" in look(asked.link)
    press(asked.link, "decline")
    assert asked.status() == "REISSUING"
    assert heading(look(asked.link)) == "Declined: our people decide"
    decide_compromise(
        world.order(asked.certificate).pk, cancel=True, actor=world.sam, now=world.now
    )
    asked.status()
    assert heading(look(asked.link)) == "Our people cancelled this certificate"


# What the page says about the certificate in question.


def standing(page: str) -> str:
    found = re.search(r'<span class="state t-(\w+)">.*?</svg>\s*(.*?)\s*</span>', page, re.DOTALL)
    assert found is not None
    return f"{found[1]}: {found[2]}"


def test_the_page_says_how_the_certificate_stands(asked: Asked) -> None:
    assert standing(look(asked.link)) == "done: Valid today"
    assert standing(press(asked.link, "confirm").content.decode()) == "ca: Being cancelled"
    asked.status()
    assert standing(look(asked.link)) == "ended: Cancelled"


def test_an_original_that_ended_meanwhile_is_shown_as_expired(asked: Asked) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    IssuedCertificate.objects.filter(serial=asked.certificate.versions.get().serial).update(
        not_after=past
    )
    assert standing(look(asked.link)) == "ended: Expired"


def test_confirm_says_what_comes_next(world: World) -> None:
    assert "the new one is issued next" in look(reissue_asked(world, key_algorithm="EC_P384").link)
    moved = look(reissue_asked(world, domain="new.example.org").link)
    assert "you prove the new domain next" in moved
    assert "The domain changed, to new.example.org" in moved


def test_both_answers_are_forms_of_the_same_kind(asked: Asked) -> None:
    page = look(asked.link)
    assert re.findall(r'name="decision" value="(\w+)"', page) == ["confirm", "decline"]
    assert page.count("btn-lg") == 2


def test_outside_the_demo_no_authority_calls_itself_simulated(
    either: Asked, settings: Settings
) -> None:
    settings.ENVIRONMENT = "production"
    page = look(either.link)
    assert "simulated" not in page
    assert "certificate authority" in page


def test_a_mailbox_reads_who_asked_whom_for_what(to_prove: Asked) -> None:
    page = look(to_prove.link)
    for told in ("GeoTrust", "alice@acme.example", "webmaster@mail.example.com", "simulated"):
        assert told in page


def test_what_the_customer_calls_the_certificate_is_text(asked: Asked) -> None:
    asked.world.fresh(asked.certificate)
    type(asked.certificate).objects.filter(pk=asked.certificate.pk).update(name="<b>bold</b>")
    page = look(asked.link)
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<b>bold" not in page

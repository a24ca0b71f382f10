"""The pages behind the links in mails: looking changes nothing, one press decides, once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorities.hierarchy import IssuedCertificate
from authorities.simulated.desk import decide_compromise
from config.templatetags.look import serial
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
    assert heading(page) == QUESTION
    for told in (
        "www.shop.example.com",
        serial(version.serial),
        f"{version.not_before:%-d %b %Y} to {version.not_after:%-d %b %Y}",
        "alice@acme.example asked for a reissue of",
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
    port.open_counter(request.adapter).withdraw(request.pk, asked.world.now)
    for page in (look(asked.link), press(asked.link, "confirm")):
        assert heading(page) == CLOSED
    assert asked.answer.decision == ""


def test_a_proof_that_nobody_waits_for_is_closed(to_prove: Asked) -> None:
    from verification import challenges

    challenge = challenges.Challenge.objects.get(domain="mail.example.com")
    challenges.close(challenge.proof_id, to_prove.world.now)
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

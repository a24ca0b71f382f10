"""What the wizard says before anything is sent in: methods, people, what changes, what follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.contacts import Contact
from authorities.calendar import Bulletin
from certificates import review
from certificates.catalogue import DomainType, Type
from certificates.domain_form import DomainForm
from certificates.purposes import REISSUE
from certificates.story import Certificate
from certificates.wishes import Wish, weigh
from tests.cast import World
from tests.certificates.wizarding import CONSENT, WAY, Walk, drafts, errors, reissues

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _outside(settings: Settings) -> None:
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"


@pytest.fixture
def walk(alice: Client, issued: Certificate) -> Walk:
    return Walk(alice, issued)


def methods(certificate: Certificate, now: datetime) -> dict[str, list[str]]:
    """Each method with the codes that keep it from being chosen."""
    form = DomainForm(
        prefix="domain", certificate=certificate, purpose=REISSUE, so_far=Wish(), now=now
    )
    return {each.value: [why.code for why in each.obstacles] for each in form.picks}


def test_every_method_of_a_single_domain_but_the_automatic_one(world: World) -> None:
    assert methods(world.issued(), world.now) == {
        "DNS": [],
        "CNAME": [],
        "FILE": [],
        "EMAIL": [],
        "AUTOMATIC": ["method.automatic"],
    }


def test_a_file_is_greyed_for_a_wildcard(world: World, alice: Client) -> None:
    product = world.product("GEOTRUST", Type.DV_SSL_CERT, DomainType.WILDCARD)
    issued = world.issued("*.example.com", product)
    assert methods(issued, world.now)["FILE"] == ["file.wildcard"]
    walk = Walk(alice, issued).to("domain")
    page = walk.get("domain").content.decode()
    assert "A file never proves a wildcard. Choose DNS or e-mail." in page
    assert "It needs a zone of your DNS that we may write into." in page
    found = errors(walk.post("domain", domain="*.newname.org", method="FILE"))
    assert found == {"method": ["file.wildcard"]}
    assert errors(walk.post("domain", domain="www.newname.org", method="DNS")) == {
        "domain": ["domain.type"]
    }


def test_a_name_that_is_refused_keeps_no_method_from_being_chosen(walk: Walk) -> None:
    walk.to("domain")
    answer = walk.post("domain", domain="*.newname.org", method="DNS")
    assert "A file never proves a wildcard" not in answer.content.decode()


def test_mail_is_greyed_once_it_proves_nothing(world: World) -> None:
    issued = world.issued()
    after = datetime(2028, 3, 16, tzinfo=UTC)
    assert methods(issued, after)["EMAIL"] == ["method.ended"]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"method": "AUTOMATIC"}, {"method": ["method.automatic"]}),
        ({"method": ""}, {"method": ["method.missing"]}),
        ({"domain": " "}, {"domain": ["domain.missing"]}),
        ({"domain": "*.newname.org"}, {"domain": ["domain.type"]}),
        ({"method": "EMAIL", "mailbox": "root"}, {"mailbox": ["mailbox.unknown"]}),
    ],
)
def test_a_domain_step_that_is_refused(
    walk: Walk, given: dict[str, str], found: dict[str, list[str]]
) -> None:
    walk.to("domain")
    answer = walk.post("domain", **{**WAY["domain"], **given})
    assert errors(answer) == found
    assert [step for _pk, step in drafts()] == ["domain"]


def test_a_contact_from_a_card_and_another_authorizer(walk: Walk, world: World) -> None:
    card = Contact.objects.create(
        project=world.acme,
        name="Dora",
        email="dora@acme.example",
        phone="+44 1",
        created_at=world.now,
        changed_at=world.now,
    )
    foreign = Contact.objects.create(
        project=world.other,
        name="Eve",
        email="eve@other.example",
        created_at=world.now,
        changed_at=world.now,
    )
    walk.to("contact")
    assert "eve@other.example" not in walk.page("contact")
    given = {"who": "card", "card": str(foreign.pk), "authorizer": "same"}
    assert errors(walk.post("contact", **given))["card"] == ["contact.card_gone"]
    given = {"who": "card", "card": str(card.pk), "authorizer": "typed"}
    found = errors(walk.post("contact", **given))
    assert found["authorizer_email"] == ["authorizer.email"]
    walk.take("contact", **given, authorizer_name="Cy", authorizer_email="cy@acme.example")
    assert "dora@acme.example, cy@acme.example" in walk.page("review")
    walk.post("review", **CONSENT)
    application = world.fresh(walk.certificate).open_application
    assert application is not None
    assert (application.contact_name, application.contact_phone) == ("Dora", "+44 1")
    assert application.authorizer == {"name": "Cy", "email": "cy@acme.example", "phone": ""}


def test_a_typed_contact_needs_a_name_and_an_address(walk: Walk) -> None:
    walk.to("contact")
    answer = walk.post("contact", who="typed", email="nowhere", authorizer="same")
    assert errors(answer) == {"name": ["contact.name"], "email": ["contact.email"]}
    assert "nowhere" in answer.content.decode()


def test_only_the_key_changes(walk: Walk) -> None:
    walk.take("csr")
    walk.take("domain", domain="www.shop.example.com")
    walk.take("contact")
    page = walk.page("review")
    assert "Domain www.shop.example.com Unchanged Proved on" in page
    assert "by DNS record for shop.example.com; may be used until" in page
    assert "You publish one DNS record" not in page
    assert "Plan for a few minutes without a valid certificate" in page


def foreseen(world: World, kind: str, reason: str = "") -> tuple[list[tuple[str, str]], str]:
    """The lines of what happens next on a Tuesday, and the sentence about the gap."""
    issued = world.issued("www.example.com", world.product("GEOTRUST", kind))
    version = issued.current
    assert version is not None
    wish = Wish(domain="www.newname.org")
    weighed = weigh(wish, issued, version.application, world.now)
    ahead = review.forecast(weighed, issued, reason, world.now)
    lines = review.timeline(ahead, weighed, version, world.now)
    return [(line.when, line.text) for line in lines], review.gap(ahead)


@pytest.fixture
def tuesday(db: None) -> World:
    return World(now=NOW)


def test_dates_of_a_reissue_with_a_review(tuesday: World, settings: Settings) -> None:
    tuesday.later(minutes=1)
    settings.CA_WORKING_DAY = 86_400
    lines, gap = foreseen(tuesday, Type.OV_SSL_CERT)
    assert [when for when, _text in lines] == [
        "Today.",
        "25–26 Nov.",
        "When it suits you, by 26 Dec 2026.",
        "The same day.",
        "30 Nov – 3 Dec.",
        "30 Nov – 3 Dec.",
    ]
    assert lines[4][1] == "GeoTrust reviews the organization. 3 to 5 working days."
    assert gap == "Plan for 5 to 8 days without a valid certificate,"


def test_a_suspension_is_counted_and_named(tuesday: World, settings: Settings) -> None:
    settings.CA_WORKING_DAY = 86_400
    Bulletin.objects.create(
        brand="GEOTRUST",
        starts_at=NOW + timedelta(days=2),
        ends_at=NOW + timedelta(days=4),
        suspends=True,
        title="Data centre move",
    )
    issued = tuesday.issued("b.example.com", tuesday.product("GEOTRUST", Type.DV_SSL_CERT))
    version = issued.current
    assert version is not None
    weighed = weigh(Wish(), issued, version.application, NOW + timedelta(days=1, hours=1))
    ahead = review.forecast(weighed, issued, "", NOW + timedelta(days=1, hours=1))
    lines = review.timeline(ahead, weighed, version, NOW + timedelta(days=1, hours=1))
    assert [each.title for line in lines for each in line.closed] == ["Data centre move"]


def test_a_compromise_is_mailed_at_once(tuesday: World, settings: Settings) -> None:
    settings.CA_WORKING_DAY = 86_400
    lines, gap = foreseen(tuesday, Type.DV_SSL_CERT, "KEY_COMPROMISE")
    assert lines[1] == ("Within a few minutes.", "GeoTrust writes to alice@acme.example.")
    assert gap == "Plan for a few minutes without a valid certificate,"


def test_in_the_demo_a_working_day_says_how_long_it_lasts(tuesday: World) -> None:
    lines, _gap = foreseen(tuesday, Type.OV_SSL_CERT)
    assert lines[1][0] == "Within a few minutes."
    assert lines[1][1].endswith("1 to 2 working days; here a working day lasts 20 seconds.")


@pytest.mark.django_db(transaction=True)
def test_sent_in_twice_at_the_same_time_it_is_one_application(walk: Walk, world: World) -> None:
    walk.to("review")
    ready, answers = Barrier(2), []

    def send() -> None:
        browser = Client()
        browser.force_login(world.alice)
        ready.wait(10)
        try:
            answer = Walk(browser, walk.certificate).post("review", **CONSENT)
            page = browser.get(answer.headers["Location"]).content.decode()
            answers.append((answer.status_code, "already sent in" in page))
        finally:
            connection.close()

    threads = [Thread(target=send) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == [(302, False), (302, True)]
    assert (reissues(), drafts()) == (1, [])

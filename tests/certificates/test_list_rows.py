"""What one row says: names, whose turn it is, how long it is valid, what can be done."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Membership, Project, Role
from authorities.calendar import Bulletin
from authorities.simulated.desk import refuse_organization
from certificates.catalogue import DomainType, Type
from certificates.lifecycle import Status
from certificates.orders import submit
from certificates.proving import challenges_of
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.listed import Seen, in_status, look, words
from verification.challenges import Challenge

pytestmark = pytest.mark.django_db


def line(client: Client, certificate: Certificate) -> str:
    """The turn line of one row."""
    (row,) = [part for part in look(client).page.split("<tr>") if f">{certificate.pk}<" in part]
    return words(row.partition('<span class="turn-line">')[2].partition("</td>")[0])


# Who: what, by when.


def test_what_was_bought_waits_for_an_application(world: World, alice: Client) -> None:
    assert line(alice, world.bought()) == "Your turn: apply for it"


def test_proving_says_what_to_do(world: World, alice: Client) -> None:
    dns = world.submitted("a.example.com")
    file = world.submitted("b.example.com", method="FILE")
    mail = world.submitted("c.example.com", method="EMAIL", mailbox="webmaster")
    assert line(alice, dns) == "Your turn: publish 1 DNS record"
    assert line(alice, file) == "Your turn: put 1 file on your server"
    until = world.now + timedelta(days=30)
    assert line(alice, mail) == (
        f"Your turn: answer the e-mail to webmaster@c.example.com by {until:%-d %b %Y}"
    )
    Challenge.objects.filter(
        pk__in=[each.pk for each in challenges_of(dns.last_application)]
    ).update(problem_code="dns.wrong_value")
    assert line(alice, dns) == "Your turn: correct 1 DNS record"
    Challenge.objects.filter(domain="b.example.com").update(problem_code="dns.nxdomain")
    assert line(alice, file) == "Your turn: publish an address for b.example.com"


def test_a_reissue_waits_for_the_mail_and_then_for_you(world: World, alice: Client) -> None:
    certificate = world.issued()
    world.reissue(certificate)
    application = world.fresh(certificate).open_application
    assert application is not None
    assert application.waiting_until is not None
    mailed = f"{application.waiting_until:%-d %b %Y}"
    assert line(alice, certificate) == f"GeoTrust: mails the contact by {mailed}"
    world.later(minutes=2)
    application.refresh_from_db()
    by = f"{application.confirm_until:%-d %b %Y}"
    assert line(alice, certificate) == f"Your turn: answer GeoTrust's e-mail by {by}"


def reviewing(world: World) -> Certificate:
    certificate = world.submitted(product=world.product(kind=Type.OV_SSL_CERT))
    world.publish(certificate)
    world.look(certificate)
    return world.fresh(certificate)


def test_a_review_says_when_to_expect_it_and_keeps_its_word(
    world: World, alice: Client, settings: object
) -> None:
    settings.CA_WORKING_DAY = 3600  # type: ignore[attr-defined]
    certificate = reviewing(world)
    latest = certificate.changed_at + timedelta(hours=5, minutes=10)
    assert line(alice, certificate) == f"GeoTrust: expected {latest:%-d %b %Y}"
    # A day later it is not "tomorrow" still: the forecast is over, the desk is not done.
    Certificate.objects.filter(pk=certificate.pk).update(changed_at=world.now - timedelta(days=1))
    assert line(alice, certificate) == "GeoTrust: looks at the organization"


def test_a_suspension_is_named_with_its_bulletin(world: World, alice: Client) -> None:
    certificate = reviewing(world)
    ends = world.now + timedelta(days=5)
    bulletin = Bulletin.objects.create(
        brand="GEOTRUST", starts_at=world.now, ends_at=ends, suspends=True, title="Holiday"
    )
    assert line(alice, certificate) == f"GeoTrust: suspended until {ends:%-d %b %Y}, bulletin"
    assert f'href="/bulletins/{bulletin.pk}/">bulletin</a>' in look(alice).page


def test_issued_and_ended_say_when_and_which_version(world: World, alice: Client) -> None:
    certificate = world.issued()
    version = certificate.versions.get()
    assert line(alice, certificate) == f"{version.issued_at:%-d %b %Y}, version 1"
    version.revoked_at, version.revocation_reason = world.now, "keyCompromise"
    version.save()
    Certificate.objects.filter(pk=certificate.pk).update(status=Status.REVOKED)
    assert line(alice, certificate) == f"{world.now:%-d %b %Y}, its key leaked or was lost"
    assert f"Ended {world.now:%-d %b %Y}" in look(alice).row(certificate)


def test_a_failure_says_its_reason_in_short_with_its_code(world: World, alice: Client) -> None:
    certificate = reviewing(world)
    message = "The register shows another name. Correct the company data and apply again."
    order = world.order(certificate)
    refuse_organization(order.pk, message=message, actor=world.sam, now=world.now)
    world.work()
    assert (
        line(alice, certificate) == "The register shows another name organization.refused explained"
    )
    assert "Not issued" in look(alice).row(certificate)


# How long it is valid.


@pytest.mark.parametrize(
    ("days", "tone", "said"),
    [(100, "done", "in 100 days"), (20, "you", "in 20 days"), (3, "problem", "in 3 days")],
)
def test_time_left_is_words_a_date_and_a_tone(
    world: World, alice: Client, days: int, tone: str, said: str
) -> None:
    certificate = world.issued()
    ends = world.now + timedelta(days=days, hours=1)
    certificate.versions.update(not_after=ends)
    seen = look(alice)
    assert f"{said} · {ends:%-d %b %Y}" in seen.row(certificate)
    assert f'<td class="bar t-{tone}"' in seen.page
    assert f'<progress value="{days}"' in seen.page


def test_what_is_not_issued_counts_from_issue(world: World, alice: Client) -> None:
    certificate = world.submitted()
    assert "Counts from issue" in look(alice).row(certificate)


# Names.


def test_more_names_are_named_or_counted(world: World, alice: Client) -> None:
    multi = world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN)
    rows = []
    for names in (("two.example.com",), ("two.example.com", "three.example.com")):
        certificate = world.bought(multi)
        Certificate.objects.filter(pk=certificate.pk).update(domain_count=5)
        submit(
            certificate=world.fresh(certificate),
            wish=world.wish("one.example.com", more_domains=names),
            actor=world.alice,
            now=world.now,
            network=world.network,
        )
        rows.append(certificate)
    seen = look(alice)
    assert "one.example.com and two.example.com" in seen.row(rows[0])
    assert "one.example.com and 2 more names" in seen.row(rows[1])
    assert "DigiCert OV Multiple domains, 3 / 5" in seen.row(rows[1])


# What can be done.


def more(seen: Seen, certificate: Certificate) -> str:
    return seen.row(certificate).partition("More")[2]


def test_an_open_window_offers_the_reissue_until_its_day(world: World, alice: Client) -> None:
    certificate = world.issued()
    closes = certificate.versions.get().issued_at + timedelta(days=25)
    said = more(look(alice), certificate)
    assert f"Reissue… Open until {closes:%-d %b %Y}, as often as you need" in said


def test_a_closed_door_tells_every_reason(world: World, client: Client) -> None:
    certificate = world.issued(
        "trial.example.com", world.product("SYMANTEC", Type.DV_SSL_CERT_BASIC, is_free=True)
    )
    certificate.versions.update(issued_at=world.now - timedelta(days=40))
    Certificate.objects.filter(pk=certificate.pk).update(status=Status.REVOKED)
    client.force_login(world.victor)
    seen = look(client)
    said = more(seen, certificate)
    for code in ("not_issued", "free", "revoked", "window_closed", "forbidden"):
        assert f"reissue.{code}" in said
    assert "Reissue…" not in said
    assert '<span class="off">' in seen.page


@pytest.mark.parametrize(
    ("status", "action"),
    [
        (Status.PAID, "Apply…"),
        (Status.UNPASSED, "See why"),
        (Status.EXPIRED, "Open"),
        (Status.REVOKED, "Open"),
    ],
)
def test_the_main_action_of_what_stands_still(
    world: World, alice: Client, status: str, action: str
) -> None:
    certificate = in_status(world, status)
    assert f"{action} ·" in look(alice).row(certificate)


def test_the_main_action_of_what_moves(world: World, alice: Client) -> None:
    proving = world.submitted("a.example.com")
    issued = world.issued("b.example.com")
    review = reviewing(world)
    asked = world.issued("c.example.com")
    world.reissue(asked)
    assert "Follow ·" in look(alice).row(asked)
    world.later(minutes=2)
    seen = look(alice)
    for certificate, action in (
        (proving, "Prove domain"),
        (review, "Follow"),
        (asked, "Answer"),
        (issued, "Download"),
    ):
        assert f"{action} ·" in seen.row(certificate)
    assert f'href="/certificates/{issued.pk}/1/chain.pem"' in seen.page


# Empty places.


def test_without_any_certificate_it_says_what_lives_here_and_where_to_buy(
    world: World, alice: Client
) -> None:
    page = look(alice).page
    assert "No certificates yet" in page
    assert "A certificate stays here for its whole life, under one id" in page
    assert "Order one, a free test too" in page
    assert 'href="/products/"' in page
    assert 'id="filters"' not in page


def test_an_empty_project_leads_to_those_that_have_some(world: World, alice: Client) -> None:
    staging = Project.objects.create(name="Staging", created_at=world.now)
    world.bought()
    world.bought(owner=world.mallory)
    Membership.objects.create(user=world.alice, project=staging, role=Role.VIEWER, since=world.now)
    page = look(alice, project=str(staging.pk)).page
    assert "No certificates in Staging yet" in page
    assert f'1 certificate is in <a href="/certificates/?project={world.acme.pk}">Acme</a>.' in (
        " ".join(page.split())
    )
    assert "Other" not in page.partition("<main")[2]


def test_an_empty_view_says_what_comes_there(world: World, alice: Client) -> None:
    world.bought()
    page = look(alice, view="problems", brand="GEOTRUST").page
    assert "No problems" in page
    assert 'href="/certificates/?brand=GEOTRUST">Show all 1</a>' in page
    assert "Nothing fits" in look(alice, brand="CFCA").page

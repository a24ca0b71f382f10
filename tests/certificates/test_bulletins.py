"""Bulletins: above the list, in a list of their own, one by one; whom they delay and to when."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from authorities.calendar import Bulletin
from certificates.catalogue import Type
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.browsing import shown
from tests.certificates.listed import words
from tests.certificates.test_every_page import faults

pytestmark = pytest.mark.django_db


def announce(
    world: World,
    title: str = "Holiday",
    *,
    brand: str = "GEOTRUST",
    starts: float = -1,
    ends: float = 5,
    suspends: bool = True,
) -> Bulletin:
    """A bulletin from `starts` to `ends`, in days from now; it ends at noon.

    What waits for its end is promised for a little later, which at midnight is another day.
    """
    return Bulletin.objects.create(
        brand=brand,
        title=title,
        text="People are away.",
        suspends=suspends,
        starts_at=world.now + timedelta(days=starts),
        ends_at=(world.now + timedelta(days=ends)).replace(hour=12),
    )


def reviewing(world: World, domain: str = "org.example.com") -> Certificate:
    certificate = world.submitted(domain, world.product(kind=Type.OV_SSL_CERT))
    world.publish(certificate)
    world.look(certificate)
    return world.fresh(certificate)


def strip(client: Client) -> str:
    return words(shown(client, "/certificates/").partition("<main")[2].partition("<nav")[0])


def on(at: datetime) -> str:
    return f"{at:%-d %b %Y}"


def test_the_strip_names_what_is_delayed_and_to_when(world: World, alice: Client) -> None:
    certificate = reviewing(world)
    world.issued("issued.example.com")
    bulletin = announce(world)
    told = strip(alice)
    assert f"Holiday · {on(bulletin.starts_at)} to {on(bulletin.ends_at)}" in told
    assert f"1 of your certificates moves: {certificate.domain} to {on(bulletin.ends_at)}" in told


def test_it_names_three_and_counts_the_rest(world: World, alice: Client) -> None:
    for number in range(5):
        reviewing(world, f"org{number}.example.com")
    announce(world)
    told = strip(alice)
    assert "5 of your certificates move: org0.example.com to" in told
    assert "and 2 more" in told
    assert "org3" not in told


def test_who_waits_for_nothing_is_told_so(world: World, alice: Client) -> None:
    world.issued()
    announce(world)
    assert "No certificate of yours is delayed." in strip(alice)


def test_news_without_suspension_delay_nobody(world: World, alice: Client) -> None:
    reviewing(world)
    announce(world, "New root", suspends=False)
    assert "New root" in strip(alice)
    assert "Nothing is suspended." in strip(alice)


@pytest.mark.parametrize(
    ("brand", "starts", "ends", "is_told"),
    [
        ("GEOTRUST", 13, 20, True),
        ("GEOTRUST", 15, 20, False),
        ("GEOTRUST", -5, -1, False),
        ("CFCA", -1, 5, False),
    ],
)
def test_the_strip_tells_what_is_near_and_of_brands_that_are_held(
    world: World, alice: Client, brand: str, starts: float, ends: float, is_told: bool
) -> None:
    world.bought()
    announce(world, brand=brand, starts=starts, ends=ends)
    assert ("Holiday" in strip(alice)) == is_told


def test_a_suspension_after_all_is_done_moves_nothing(world: World, alice: Client) -> None:
    reviewing(world)
    announce(world, starts=10, ends=12)
    assert "No certificate of yours is delayed." in strip(alice)


def test_others_certificates_are_never_named(world: World, client: Client) -> None:
    certificate = reviewing(world)
    bulletin = announce(world)
    for reader in (world.mallory, world.sam):
        client.force_login(reader)
        for address in ("/bulletins/", f"/bulletins/{bulletin.pk}/"):
            page = shown(client, address)
            assert "Holiday" in page
            assert certificate.domain not in page
            assert certificate.pk not in page
        assert "Holiday" not in strip(client)


def test_the_list_of_bulletins_has_now_ahead_and_the_past_year(world: World, alice: Client) -> None:
    announce(world, "Now")
    announce(world, "Ahead", brand="CFCA", starts=100, ends=101)
    announce(world, "Past", starts=-300, ends=-299)
    announce(world, "Long past", starts=-500, ends=-499)
    page = words(shown(alice, "/bulletins/"))
    told = page.partition("Now and ahead")[2]
    assert told.index("Now") < told.index("Ahead") < told.index("Past")
    assert "Long past" not in page


def test_without_bulletins_it_says_what_comes_there(alice: Client) -> None:
    assert "When a certificate authority pauses" in shown(alice, "/bulletins/")


def test_one_bulletin_tells_all_that_it_delays(world: World, alice: Client) -> None:
    rows = [reviewing(world, f"org{number}.example.com") for number in range(5)]
    bulletin = announce(world)
    page = shown(alice, f"/bulletins/{bulletin.pk}/")
    assert "Holds now" in page
    assert "People are away." in page
    for row in rows:
        assert f'href="/certificates/{row.pk}/">{row.domain}</a>' in page


@pytest.mark.parametrize("number", ["0", "99", "9" * 40])
def test_an_unknown_bulletin_is_not_there(alice: Client, number: str) -> None:
    shown(alice, f"/bulletins/{number}/", 404)


def test_everybody_signed_in_reads_and_nobody_posts(world: World, client: Client) -> None:
    bulletin = announce(world)
    addresses = ("/bulletins/", f"/bulletins/{bulletin.pk}/")
    for address in addresses:
        assert client.get(address).headers["Location"] == f"/sign-in/?next={address}"
    for reader in (world.alice, world.victor, world.mallory, world.sam):
        client.force_login(reader)
        for address in addresses:
            assert client.get(address).status_code == 200
            assert client.post(address).status_code == 405


def test_what_staff_wrote_is_shown_as_text(world: World, alice: Client) -> None:
    bulletin = announce(world, "<b>Bold</b>")
    world.bought()
    Bulletin.objects.update(text="<script>alert(1)</script>")
    for address in ("/certificates/", "/bulletins/", f"/bulletins/{bulletin.pk}/"):
        page = shown(alice, address)
        assert "&lt;b&gt;Bold&lt;/b&gt;" in page
        assert "<b>Bold" not in page
        assert "<script>" not in page
        assert faults(page) == []


def test_more_certificates_do_not_mean_more_queries(world: World, alice: Client) -> None:
    bulletin = announce(world)
    addresses = ("/certificates/", "/bulletins/", f"/bulletins/{bulletin.pk}/")

    def counted() -> list[int]:
        counts = []
        for address in addresses:
            with CaptureQueriesContext(connection) as caught:
                shown(alice, address)
            counts.append(len(caught))
        return counts

    reviewing(world)
    counted()
    before = counted()
    for number in range(6):
        reviewing(world, f"org{number}.example.com")
    announce(world, "Another")
    assert counted() == before

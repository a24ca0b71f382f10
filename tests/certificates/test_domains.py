"""The Domains page, its zones, and automatic DNS on the customer's pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from certificates.domain_form import DomainForm
from certificates.purposes import REISSUE
from certificates.story import Certificate
from certificates.waiting_for import others
from certificates.wishes import Wish
from tests.cast import World
from tests.certificates.browsing import shown
from tests.certificates.test_every_page import faults
from tests.certificates.test_zones import zone_of
from verification.challenges import Challenge
from verification.dictionary import DictionaryNetwork
from verification.network import CaaRecord
from verification.publishing import Publication, State
from verification.zones import Zone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def offline(settings: Settings) -> None:
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"
    cache.clear()


def test_an_empty_page_says_what_to_do(world: World, alice: Client) -> None:
    page = shown(alice, "/domains/")
    assert faults(page) == []
    assert "Names will stand here" in page
    assert "No zone yet" in page
    assert f"/projects/{world.acme.pk}/zones/new/" in page
    viewer = Client()
    viewer.force_login(world.victor)
    page = shown(viewer, "/domains/")
    assert "Ask an administrator of the project to add a zone" in page
    assert "zones/new" not in page


def test_a_name_with_its_proof_its_certificates_and_its_zone(world: World, alice: Client) -> None:
    issued = world.issued()
    waiting = world.submitted("pay.example.org")
    zone_of(world)
    page = shown(alice, "/domains/")
    assert faults(page) == []
    assert page.count(f"/certificates/{issued.pk}/") == 1
    assert page.count(f"/certificates/{waiting.pk}/") == 1
    assert "May be used again until" in page
    assert "Proof is asked for" in page
    assert "By hand" in page
    assert "DNS update (RFC 2136)" in page
    stranger = Client()
    stranger.force_login(world.mallory)
    assert "example.com" not in shown(stranger, "/domains/")
    assert stranger.get(f"/domains/?project={world.acme.pk}").status_code == 404


def test_a_proof_that_is_too_old_is_told(world: World, alice: Client) -> None:
    world.issued()
    Challenge.objects.update(proved_at=world.now - timedelta(days=400))
    assert "It is proved anew when it is needed" in shown(alice, "/domains/")


def test_one_name_and_thirty_cost_the_same(world: World, alice: Client) -> None:
    world.submitted("a1.example.com")
    zone_of(world)
    counts = []
    for more in (0, 29):
        for number in range(more):
            world.submitted(f"b{number:02d}.example.com")
            zone_of(world, f"z{number}.example.com")
        alice.get("/domains/")
        with CaptureQueriesContext(
            connection,
        ) as seen:
            page = shown(alice, "/domains/")
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert "30 names" in page
    assert "a1.example.com" in page
    following = f"/domains/?project={world.acme.pk}&after=b23.example.com"
    assert following.replace("&", "&amp;") in page
    last = shown(alice, following)
    assert "b24.example.com" in last
    assert "b23.example.com" not in last
    assert "First page" in last


def test_caa_is_looked_up_for_names_that_one_holds_and_not_too_often(
    world: World, alice: Client
) -> None:
    world.issued()
    address = f"/projects/{world.acme.pk}/caa/"
    answer = alice.post(address, {"name": "www.shop.example.com"})
    page = answer.content.decode()
    assert "GeoTrust may issue for www.shop.example.com." in page
    assert faults(page) == []
    assert alice.post(address, {"name": "example.org"}).status_code == 404
    for _time in range(19):
        assert alice.post(address, {"name": "www.shop.example.com"}).status_code == 200
    answer = alice.post(address, {"name": "www.shop.example.com"}, follow=True)
    assert "20 times within ten minutes" in answer.content.decode()


def test_caa_is_looked_up_for_a_proved_name_that_no_certificate_holds(
    world: World, alice: Client
) -> None:
    certificate = world.issued()
    Certificate.objects.filter(pk=certificate.pk).update(status="REVOKED")
    page = shown(alice, "/domains/")
    assert "No certificate holds it now" in page
    assert "Look up CAA" in page
    answer = alice.post(f"/projects/{world.acme.pk}/caa/", {"name": "www.shop.example.com"})
    assert "GeoTrust may issue for www.shop.example.com." in answer.content.decode()


def test_a_look_up_that_is_reloaded_leads_to_the_names(world: World, alice: Client) -> None:
    answer = alice.get(f"/projects/{world.acme.pk}/caa/")
    page = answer.content.decode()
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert faults(page) == []
    assert 'href="/domains/">To that page' in " ".join(page.split())


def forbidding() -> DictionaryNetwork:
    return DictionaryNetwork(caa={"shop.example.com": [CaaRecord(0, "issue", "ca2.example.net")]})


def test_the_corrected_caa_record_can_be_copied(
    world: World, alice: Client, settings: Settings
) -> None:
    world.issued()
    settings.WORK_NETWORK = f"{__name__}.forbidding"
    answer = alice.post(f"/projects/{world.acme.pk}/caa/", {"name": "www.shop.example.com"})
    page = answer.content.decode()
    line = "shop.example.com. CAA 0 issue &quot;geotrust.com&quot;"
    assert f'data-copy="{line}" hidden' in page
    assert "caa.forbids" in page
    assert faults(page) == []


def test_automatic_dns_is_offered_where_a_zone_covers_the_name(world: World) -> None:
    issued = world.issued()
    zone_of(world, "shop.example.com")
    form = DomainForm(
        prefix="domain", certificate=issued, purpose=REISSUE, so_far=Wish(), now=world.now
    )
    assert [each.obstacles for each in form.picks if each.value == "AUTOMATIC"] == [()]
    posted = {"domain-domain": "www.example.org", "domain-method": "AUTOMATIC"}
    form = DomainForm(
        posted,
        prefix="domain",
        certificate=issued,
        purpose=REISSUE,
        so_far=Wish(),
        now=world.now,
    )
    assert [each.code for each in form.errors.as_data()["method"]] == ["method.automatic"]
    posted["domain-domain"] = "pay.shop.example.com"
    form = DomainForm(
        posted,
        prefix="domain",
        certificate=issued,
        purpose=REISSUE,
        so_far=Wish(),
        now=world.now,
    )
    assert form.is_valid()
    assert (form.wish.method, form.wish.is_automatic) == ("DNS", True)


def test_the_certificates_page_tells_what_we_do_and_what_is_wrong(
    world: World, alice: Client
) -> None:
    zone_of(world)
    certificate = world.submitted(method="DNS", is_automatic=True)
    Publication.objects.update(problem_code="", problem_message="")
    page = shown(alice, f"/certificates/{certificate.pk}/")
    assert faults(page) == []
    assert "Goes on by itself" in page
    assert "We publish it within seconds" in page
    assert "Editing the zone file?" not in page
    assert "Reseal" in shown(alice, "/certificates/")
    assert "publishes 1 DNS record" in shown(alice, "/certificates/")
    assert Certificate.objects.filter(others()).get() == certificate
    Publication.objects.update(state=State.WAITING, problem_code="zone.badsig")
    Publication.objects.update(problem_message="The secret is another. Enter it anew.")
    page = shown(alice, f"/certificates/{certificate.pk}/")
    assert faults(page) == []
    assert not Certificate.objects.filter(others()).exists()
    assert "Your turn" in page
    assert "The secret is another. Enter it anew." in page
    assert "Automatic DNS did not bring the proof yet; below stands why." in page
    assert "Publish the DNS record below" not in page
    assert "Editing the zone file?" in page


def with_a_wildcard() -> DictionaryNetwork:
    return DictionaryNetwork(cname={"*.shop.example.com": "other.host.example"})


def test_what_stands_there_before_we_publish_is_nobodys_to_mend(
    world: World, alice: Client, settings: Settings
) -> None:
    """A look that is asked for before the record stands sees the zone's wildcard."""
    zone_of(world)
    certificate = world.submitted(method="DNS", is_automatic=True)
    Publication.objects.update(problem_code="", problem_message="", state=State.WAITING)
    settings.WORK_NETWORK = f"{__name__}.with_a_wildcard"
    answer = alice.post(f"/certificates/{certificate.pk}/check/", follow=True)
    page = answer.content.decode()
    assert faults(page) == []
    challenge = Publication.objects.get().challenge
    assert challenge.problem_code == "dns.absent"
    assert 'class="doctor"' not in page
    assert "first; there is nothing to do." in page
    assert "We publish it within seconds" in page
    assert "t-problem" not in page.partition('<div class="looks">')[0].partition('id="proof"')[2]
    Publication.objects.update(problem_code="zone.badsig", problem_message="Enter it anew.")
    page = shown(alice, f"/certificates/{certificate.pk}/")
    assert 'class="doctor"' in page
    assert "the wildcard record *.shop.example.com answers there" in page


def test_a_zone_in_use_says_so_on_its_page(world: World, alice: Client) -> None:
    zone = zone_of(world)
    world.submitted(method="DNS", is_automatic=True)
    Publication.objects.update(zone=zone, attempted_at=world.now)
    page = shown(alice, f"/zones/{zone.pk}/remove/")
    assert "Records that prove www.shop.example.com may stand there: we sent them" in page
    assert "stands there now" not in shown(alice, "/domains/")
    Publication.objects.update(state=State.PUBLISHED, published_at=world.now)
    page = shown(alice, f"/zones/{zone.pk}/remove/")
    assert faults(page) == []
    assert "Records that prove www.shop.example.com are published there now." in page
    assert "1 record of ours stands there now" in shown(alice, "/domains/")
    alice.post(f"/zones/{zone.pk}/remove/")
    assert Zone.objects.exists()

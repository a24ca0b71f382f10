"""The Domains page, its zones, and automatic DNS on the customer's pages."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import dns.message
import dns.rcode
import dns.rdataclass
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from dns.update import UpdateMessage
from pytest_django.fixtures import Settings

from certificates.domain_form import DomainForm
from certificates.purposes import REISSUE
from certificates.story import Certificate
from certificates.waiting_for import others
from certificates.wishes import Wish
from tests.cast import World
from tests.certificates.browsing import shown
from tests.certificates.test_every_page import faults
from verification.challenges import Challenge
from verification.dictionary import DictionaryNetwork
from verification.network import CaaRecord, Carried
from verification.publishing import Publication, State
from verification.zone_book import TEST_LABEL, Connection, add_zone, try_zone
from verification.zones import Zone

pytestmark = pytest.mark.django_db
SECRET = "c2VjcmV0LW9mLXRoZS10ZXN0LXNlY3JldC1vZi10aGU="
LONG = ".".join(["a" * 60] * 3 + ["b" * 45]) + "."  # leaves no room for the test record
FIELDS = {
    "name": "Example.COM.",
    "server": "ns1.example.com",
    "port": "53",
    "key_name": "reseal-key",
    "algorithm": "hmac-sha256",
    "secret": SECRET,
}


@pytest.fixture(autouse=True)
def offline(settings: Settings) -> None:
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"
    cache.clear()


def zone_of(world: World, name: str = "example.com") -> Zone:
    given = Connection(name, "ns1.example.com", 53, "reseal-key", "hmac-sha256", SECRET)
    return add_zone(project_id=world.acme.pk, given=given, actor=world.alice, now=world.now)


def codes(answer: object) -> dict[str, list[str]]:
    form = answer.context["form"]  # type: ignore[attr-defined]
    return {
        field: [str(each.code) for each in errors]
        for field, errors in form.errors.as_data().items()
    }


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


def test_a_zone_is_added_and_its_secret_never_shown(world: World, alice: Client) -> None:
    address = f"/projects/{world.acme.pk}/zones/new/"
    assert faults(shown(alice, address)) == []
    answer = alice.post(address, FIELDS, follow=True)
    page = answer.content.decode()
    zone = Zone.objects.get()
    assert (zone.name, zone.server, zone.project) == ("example.com", "ns1.example.com", world.acme)
    assert "example.com is kept." in page
    for shown_page in (page, shown(alice, f"/zones/{zone.pk}/"), shown(alice, "/security-log/")):
        assert SECRET not in shown_page
        assert faults(shown_page) == []
    assert "DNS zone added" in shown(alice, "/security-log/")


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"name": "no zone!"}, {"name": ["zone.name"]}),
        ({"name": "*.example.com"}, {"name": ["zone.name"]}),
        ({"name": "com"}, {"name": ["zone.name"]}),
        ({"name": "kept.example.com"}, {"name": ["zone.twice"]}),
        ({"name": f"{LONG}b.example.com"}, {"name": ["zone.too_long"]}),
        ({"server": "127.1"}, {"server": ["zone.server"]}),
        ({"server": "http://ns/"}, {"server": ["zone.server"]}),
        ({"server": "ns1 .example.com"}, {"server": ["zone.server"]}),
        ({"server": "127.0.0.1"}, {"server": ["zone.address_refused"]}),
        ({"server": "fe80::1"}, {"server": ["zone.address_refused"]}),
        ({"name": "shop example.com"}, {"name": ["zone.name"]}),
        ({"port": "25"}, {"port": ["zone.port"]}),
        ({"key_name": "a key;"}, {}),
        ({"key_name": "-key"}, {"key_name": ["zone.key_name"]}),
        ({"algorithm": "hmac-md5"}, {"algorithm": ["invalid_choice"]}),
        ({"secret": "c2hvcnQ="}, {"secret": ["zone.secret"]}),
        ({"secret": "no base64!" * 5}, {"secret": ["zone.secret"]}),
    ],
)
def test_what_is_wrong_with_a_zone_stands_at_its_field(
    world: World, alice: Client, changes: dict[str, str], found: dict[str, list[str]]
) -> None:
    zone_of(world, "kept.example.com")
    answer = alice.post(f"/projects/{world.acme.pk}/zones/new/", FIELDS | changes)
    if changes == {"key_name": "a key;"}:
        found = {"key_name": ["zone.key_name"]}
    assert codes(answer) == found
    page = answer.content.decode()
    assert faults(page) == []
    assert (FIELDS | changes)["secret"] not in page
    assert Zone.objects.count() == 1


def test_the_longest_zone_still_takes_the_records(world: World, alice: Client) -> None:
    zone = zone_of(world, f"{LONG}example.com")
    assert len(f"{TEST_LABEL}.{zone.name}") == 253
    assert alice.post(f"/zones/{zone.pk}/try/").status_code == 302
    zone.refresh_from_db()
    assert (zone.works, zone.problem_code) == (False, "zone.unreachable")


def test_a_try_that_dies_is_no_success(world: World) -> None:
    """Not even where an earlier one succeeded; the page says that it did not end."""

    class Dying(DictionaryNetwork):
        def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
            raise MemoryError

    zone = zone_of(world)
    with pytest.raises(MemoryError):
        try_zone(zone=zone, actor=world.alice, now=world.now, network=Dying())
    zone.refresh_from_db()
    assert (zone.tried_at, zone.works, zone.problem_code) == (world.now, False, "zone.trying")
    assert zone.problem_message.startswith("A try of example.com is under way")
    world.now += timedelta(minutes=1)
    wrong = try_zone(zone=zone, actor=world.alice, now=world.now, network=DictionaryNetwork())
    zone.refresh_from_db()
    assert wrong is not None
    assert zone.problem_code == wrong.code == "zone.unreachable"


def test_the_test_record_goes_even_where_nobody_knows_whether_it_came(world: World) -> None:
    """A server that is slow may have taken what we no longer waited for."""

    class Slow(DictionaryNetwork):
        sent: ClassVar[list[str]] = []

        def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
            (change,) = message.update[-1:]
            self.sent.append(dns.rdataclass.to_text(change.deleting or change.rdclass))
            return Carried("timeout" if len(self.sent) == 1 else "", host)

    zone = zone_of(world)
    wrong = try_zone(zone=zone, actor=world.alice, now=world.now, network=Slow())
    assert wrong is not None
    assert (wrong.code, Slow.sent) == ("zone.timeout", ["IN", "NONE"])


def test_an_unsigned_refusal_leaves_open_whether_the_record_stands(world: World) -> None:
    class Refusing(DictionaryNetwork):
        def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
            refused = dns.message.make_response(message)
            refused.set_rcode(dns.rcode.REFUSED)
            refused.tsig = None
            return Carried("", host, refused)

    zone = zone_of(world)
    world.network = Refusing()
    world.submitted(method="DNS", is_automatic=True)
    row = Publication.objects.get()
    assert (row.state, row.problem_code) == (State.WAITING, "zone.refused")
    assert (row.zone, row.attempted_at) == (zone, world.now)


def test_a_delegated_label_is_a_zone(world: World) -> None:
    assert zone_of(world, "_dnsauth.shop.example.com").covers("_dnsauth.shop.example.com")


def test_another_key_and_its_removal(world: World, alice: Client) -> None:
    zone = zone_of(world)
    other = "YW5vdGhlci1zZWNyZXQtb2YtdGhlLXRlc3QtYW5vdGg="
    answer = alice.post(f"/zones/{zone.pk}/", FIELDS | {"secret": other, "port": "5353"})
    assert answer.status_code == 302
    again = Zone.objects.get()
    assert (again.port, again.key_version) == (5353, 2)
    assert again.open_plaintext() != zone.open_plaintext()
    page = shown(alice, f"/zones/{zone.pk}/remove/")
    assert faults(page) == []
    assert "The portal forgets the key" in page
    assert "Domains below it are proved by hand from then on" in page
    assert alice.post(f"/zones/{zone.pk}/remove/").status_code == 302
    assert not Zone.objects.exists()


def test_where_a_zone_goes_the_one_above_takes_its_place(world: World, alice: Client) -> None:
    zone_of(world)
    near = zone_of(world, "shop.example.com")
    page = " ".join(shown(alice, f"/zones/{near.pk}/remove/").split())
    assert faults(page) == []
    assert "Records of domains below it are published in example.com from then on" in page
    assert "by hand" not in page


def test_a_try_that_fails_says_why(world: World, alice: Client) -> None:
    zone = zone_of(world)
    answer = alice.post(f"/zones/{zone.pk}/try/", follow=True)
    page = answer.content.decode()
    assert "Nothing answers at ns1.example.com port 53 over TCP" in page
    assert "Does not work" in page
    assert faults(page) == []
    assert (
        "It was tried a moment ago"
        in alice.post(f"/zones/{zone.pk}/try/", follow=True).content.decode()
    )


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
    assert "We could not publish the DNS record ourselves yet; below stands why." in page
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
    assert faults(page) == []
    assert "Records that prove www.shop.example.com are published there now." in page
    assert "1 record of ours stands there now" in shown(alice, "/domains/")
    alice.post(f"/zones/{zone.pk}/remove/")
    assert Zone.objects.exists()

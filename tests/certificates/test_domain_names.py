"""The names of the Domains page: search, the view of what is asked for, pages, and their cost."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certificates import domain_pages, domain_rows, release_page
from certificates.applied_names import AppliedName
from certificates.story import Certificate
from pki import schedule
from tests.cast import NOW, World
from tests.certificates.browsing import shown
from tests.certificates.test_every_page import faults
from verification.challenges import Challenge

pytestmark = pytest.mark.django_db
DOMAINS = "/domains/"


def names(client: Client, **asked: str) -> list[str]:
    return [row.name for row in client.get(DOMAINS, asked).context["page"].rows]


def counts(client: Client, **asked: str) -> list[int]:
    return [tab.count for tab in client.get(DOMAINS, asked).context["tabs"]]


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


@pytest.fixture
def some(world: World) -> None:
    for name in ("a.example.com", "b.example.com", "xn--mller-kva.example.org"):
        world.issued(name)
    world.submitted("c.example.net")


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("example.com", ["a.example.com", "b.example.com"]),
        (" B.Example ", ["b.example.com"]),
        ("müller", ["xn--mller-kva.example.org"]),
        ("c.example.net.", ["c.example.net"]),
        ("nowhere", []),
        ("%", []),
        ("_", []),
        ("🐍", []),
        ("x\x00y", []),
        ("9" * 10_000, []),
    ],
)
def test_a_part_of_a_name_finds_it(alice: Client, q: str, found: list[str]) -> None:
    assert names(alice, name=q) == found


def test_an_address_is_found_by_a_part_of_it(world: World, alice: Client) -> None:
    world.issued("a.example.com")
    AppliedName.objects.update(name="2a00:1450::93")
    assert names(alice, name="2A00:1450:") == ["2a00:1450::93"]


@pytest.mark.usefixtures("some")
def test_those_whose_proof_is_waited_for_are_a_view(world: World, alice: Client) -> None:
    assert names(alice, view="asked") == ["c.example.net"]
    page = shown(alice, f"{DOMAINS}?view=asked")
    assert faults(page) == []
    assert counts(alice) == [4, 1]
    assert names(alice, view="asked", name="example.com") == []
    page = shown(alice, f"{DOMAINS}?view=asked&name=example.com")
    assert faults(page) == []
    assert "No proof is waited for" in page
    assert counts(alice, view="asked", name="example.com") == [2, 0]


@pytest.mark.usefixtures("some")
def test_an_empty_place_says_why_and_leads_on(world: World, alice: Client) -> None:
    page = shown(alice, f"{DOMAINS}?name=<nowhere>")
    assert faults(page) == []
    assert "Nothing found for “&lt;nowhere&gt;”" in page
    assert f'href="/domains/?project={world.acme.pk}">Clear the search</a>' in page
    page = shown(alice, f"{DOMAINS}?after=zzz")
    assert faults(page) == []
    assert "Nothing more here" in page
    assert f'href="/domains/?project={world.acme.pk}">To the first page</a>' in page


def test_the_pages_hold_every_name_once(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain_rows, "ROWS", 2)
    every = [f"n{number}.example.com" for number in range(5)]
    for name in every:
        world.issued(name)
    again = world.issued(every[0])  # a second certificate of the same name
    world.submitted("other.example.org")
    address, found = f"{DOMAINS}?name=example.com", []
    while True:
        answer = alice.get(address)
        found += [row.name for row in answer.context["page"].rows]
        page = answer.content.decode()
        assert "5 names" in page
        following = re.search(r'rel="next"\s+href="([^"]*)"', page)
        if following is None:
            break
        address = unescape(following[1])
    assert found == every
    row = alice.get(DOMAINS).context["page"].rows[0]
    assert again in row.shown
    assert (len(row.shown), row.more) == (2, 0)


def test_what_ended_stays_while_its_proof_counts(world: World, alice: Client) -> None:
    """A domain that was sold is given up after its certificate, too."""
    issued = world.issued("a.example.com")
    for status in ("UPLOAD", "REVOKED", "EXPIRED"):
        Certificate.objects.filter(pk=issued.pk).update(status=status)
        assert names(alice) == ["a.example.com"], status
    page = shown(alice, DOMAINS)
    assert faults(page) == []
    assert "No certificate holds it now" in page
    assert "1 name\n" in page
    assert "Look up CAA" in page, "who applies for it again wants to know who may issue"
    assert names(alice, name="example.com") == ["a.example.com"]
    assert names(alice, name="elsewhere") == []
    assert names(alice, view="asked") == []
    door = f"/domains/a.example.com/release/?project={world.acme.pk}"
    assert f'href="{door}"' in page
    stranger = Client()
    stranger.force_login(world.mallory)
    assert names(stranger) == []
    assert alice.post(door).status_code == 302
    assert names(alice) == []
    assert counts(alice) == [0, 0]


@pytest.mark.parametrize(
    "over",
    [
        {"proved_at": NOW - timedelta(days=400)},
        {"voided_at": NOW, "void_code": "TAKEN"},
        {"method": "EMAIL", "proved_at": schedule.MAIL_METHOD_ENDS - timedelta(days=1)},
    ],
)
def test_a_name_without_certificate_goes_with_its_proof(
    world: World, alice: Client, over: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = world.issued("a.example.com")
    Certificate.objects.filter(pk=issued.pk).update(status="REVOKED")
    assert names(alice) == ["a.example.com"]
    Challenge.objects.update(**over)
    if over.get("method") == "EMAIL":
        monkeypatch.setattr(domain_pages, "clock", lambda: schedule.MAIL_METHOD_ENDS)
    assert names(alice) == []


def test_names_with_and_without_certificates_stand_in_one_order(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain_rows, "ROWS", 2)
    every = [f"n{number}.example.com" for number in range(5)]
    for number, name in enumerate(every):
        issued = world.issued(name)
        if number % 2:
            Certificate.objects.filter(pk=issued.pk).update(status="EXPIRED")
    found: list[str] = []
    while batch := names(alice, after=found[-1] if found else ""):
        found += batch
    assert found == every
    assert counts(alice) == [5, 0]


def test_a_page_costs_the_same_with_many_names_and_certificates(
    world: World, alice: Client
) -> None:
    world.issued("a0.example.com")
    world.submitted("w0.example.com")
    release = "/domains/a0.example.com/release/"
    addresses = (DOMAINS, f"{DOMAINS}?view=asked", f"{DOMAINS}?name=example", release)
    before = {address: queries(alice, address) for address in addresses}
    for number in range(1, 6):
        world.issued(f"a{number}.example.com")
        world.submitted(f"w{number}.example.com")
        world.issued("a0.example.com")
        ended = world.issued(f"z{number}.example.com")
        Certificate.objects.filter(pk=ended.pk).update(status="REVOKED")
    assert {address: queries(alice, address) for address in addresses} == before


def test_giving_up_a_base_with_many_below_shows_some_and_counts_the_rest(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release_page, "MOST", 2)
    issued = sorted(world.issued(f"n{number}.example.com").pk for number in range(5))
    page = shown(alice, "/domains/example.com/release/")
    assert faults(page) == []
    assert [pk for pk in issued if f"/certificates/{pk}/" in page] == issued[:2]
    assert "and 3 more proofs at this name or below it" in page
    assert "and 3 more\n" in page


def test_a_name_that_nobody_looks_for_says_so(world: World, alice: Client) -> None:
    certificate = world.submitted("a.example.com")
    assert "We stopped looking" not in shown(alice, DOMAINS)
    world.later(days=8)
    page = shown(alice, DOMAINS)
    assert faults(page) == []
    assert "We stopped looking: press Resume at its certificate" in page
    page = shown(alice, f"/certificates/{certificate.pk}/")
    assert "No look until you press Resume" in page
    assert "Next look" not in page

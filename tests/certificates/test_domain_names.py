"""The names of the Domains page: search, the view of what is asked for, pages, and their cost."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certificates import domain_rows, release_page
from certificates.applied_names import AppliedName
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.browsing import shown
from tests.certificates.test_every_page import faults

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


def test_what_ended_is_no_longer_held(world: World, alice: Client) -> None:
    issued = world.issued("a.example.com")
    assert names(alice) == ["a.example.com"]
    for status, held in (("UPLOAD", True), ("REVOKED", False), ("EXPIRED", False)):
        Certificate.objects.filter(pk=issued.pk).update(status=status)
        assert names(alice) == (["a.example.com"] if held else []), status


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

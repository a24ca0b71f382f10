"""The page moves by itself: it asks what moved, rarer and rarer, and is replaced only then."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from certificates.story import Certificate
from certificates.watching import WAITS, next_wait
from tests.cast import World
from tests.certificates.browsing import page_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def question(page: str) -> str:
    """Where the page asks next."""
    found = re.search(r'hx-get="([^"]+)"', page)
    assert found is not None
    return found[1].replace("&amp;", "&")


def ask(client: Client, address: str) -> HttpResponse:
    return client.get(address, headers=HTMX)  # type: ignore[return-value]


def text(answer: HttpResponse) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_wait_grows_to_half_a_minute() -> None:
    wait, waits = 0, []
    for _again in range(10):
        wait = next_wait(str(wait))
        waits.append(wait)
    assert tuple(waits) == (*WAITS, 30, 30)


@pytest.mark.parametrize("given", ["", "-1", "x", "²", "9" * 5000, "1e9", "2.5", "\x00"])
def test_a_wait_that_is_none_begins_anew(given: str) -> None:
    assert next_wait(given) == WAITS[0]


def test_nothing_is_replaced_while_nothing_moved(world: World, alice: Client) -> None:
    certificate = world.submitted()
    address = question(page_of(alice, certificate))
    assert address.endswith("&wait=2")
    for wait in WAITS[1:]:
        answer = text(ask(alice, address))
        assert 'id="live"' not in answer
        assert "#announced" not in answer
        address = question(answer)
        assert address.endswith(f"&wait={wait}")
        assert f'hx-trigger="load delay:{wait}s,' in answer


def test_what_moved_comes_whole(world: World, alice: Client) -> None:
    certificate = world.submitted()
    address = question(page_of(alice, certificate)).replace("wait=2", "wait=30")
    world.look(certificate)
    answer = text(ask(alice, address))
    assert '<div id="live" hx-swap-oob="outerHTML">' in answer
    assert question(answer).endswith("&wait=2"), "it asks often again"
    assert question(answer) != address
    assert 'id="live"' not in text(ask(alice, question(answer)))


def test_a_move_is_announced_when_it_changes_what_was_said(world: World, alice: Client) -> None:
    certificate = world.submitted()
    address = question(page_of(alice, certificate))
    world.look(certificate)
    answer = text(ask(alice, address))
    assert "#announced" not in answer, "another look that saw the same changes nothing"
    world.txt["_dnsauth.shop.example.com"] = ["something else"]
    world.look(certificate)
    answer = text(ask(alice, question(answer)))
    said = "Pending domain name verification. Your turn: correct 1 DNS record"
    assert f'hx-swap-oob="innerHTML:#announced">{said}</span>' in answer
    world.look(certificate)
    assert "#announced" not in text(ask(alice, question(answer)))


def test_it_stops_when_nothing_is_open(world: World, alice: Client) -> None:
    certificate = world.submitted()
    address = question(page_of(alice, certificate))
    world.publish(certificate)
    world.look(certificate)
    answer = text(ask(alice, address))
    assert 'id="live"' in answer
    assert "hx-get" not in answer
    assert "hx-get" not in page_of(alice, certificate)


def test_a_fragment_is_no_page(world: World, alice: Client) -> None:
    """Who comes back to its address after signing in finds the certificate."""
    certificate = world.submitted()
    answer = alice.get(f"/certificates/{certificate.pk}/watch/?seen=x&wait=2")
    assert answer.headers["Location"] == f"/certificates/{certificate.pk}/"


def test_an_ended_session_leads_to_sign_in_and_back_to_the_page(
    world: World, client: Client
) -> None:
    """The page of sign-in is never put into the page that asks."""
    certificate = world.submitted()
    answer = ask(client, f"/certificates/{certificate.pk}/watch/?seen=x&wait=2")
    assert answer.content == b""
    assert answer.headers["HX-Redirect"] == f"/sign-in/?next=/certificates/{certificate.pk}/"


def test_a_stranger_learns_nothing(world: World, client: Client) -> None:
    certificate = world.submitted()
    client.force_login(world.mallory)
    for name in ("watch", "compare"):
        assert ask(client, f"/certificates/{certificate.pk}/{name}/").status_code == 404


def test_the_page_reads_whole_without_script(world: World, alice: Client) -> None:
    certificate: Certificate = world.submitted()
    page = page_of(alice, certificate)
    assert "moves by itself" not in page, "only where it does"
    assert "_dnsauth.shop.example.com" in page
    assert "Check now" in page

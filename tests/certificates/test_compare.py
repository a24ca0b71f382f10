"""Two versions side by side: what changed, what stayed the same."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from authorities.simulated.desk import answer_question
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.browsing import shown
from tests.certificates.listed import words
from verification.answers import Decision

pytestmark = pytest.mark.django_db


def reissued(world: World, certificate: Certificate, **wish: str) -> Certificate:
    """The certificate after a whole reissue."""
    world.reissue(certificate, None, **wish)
    world.later(minutes=2)
    order = world.order(certificate).pk
    answer_question(order, Decision.CONFIRM, actor=world.alice, now=world.now)
    world.work()
    if world.fresh(certificate).status == "CHECKING_DOMAIN":
        world.publish(certificate)
        world.look(certificate)
    found = world.fresh(certificate)
    assert found.status == "ISSUED"
    return found


def parts(page: str) -> tuple[str, str]:
    """The words of what changed, and of what stayed the same."""
    changed, same = (
        re.search(rf'aria-labelledby="{name}".*?</section>', page, re.DOTALL)
        for name in ("changed", "same")
    )
    return words(changed[0]) if changed else "", words(same[0]) if same else ""


def test_a_changed_domain_and_key_are_told_and_the_rest_stays(world: World, alice: Client) -> None:
    certificate = reissued(
        world,
        world.issued(),
        domain="www.new.example.com",
        reason="DOMAIN_CHANGE",
        key_algorithm="RSA_2048",
    )
    first, second = certificate.versions.order_by("number")
    changed, same = parts(shown(alice, f"/certificates/{certificate.pk}/compare/?from=1&to=2"))
    for told in (
        "new.example.com",
        "shop.example.com",
        "EC P-256 RSA 2048",
        first.spki_sha256,
        second.spki_sha256,
        first.serial,
        second.serial,
        "Names www.shop.example.com www.new.example.com",
    ):
        assert told in changed
    assert f"Valid to {first.not_after:%-d %b %Y, %H:%M:%S} UTC" in same, "the term is kept"
    assert "Issuer CN=" in same
    assert "Subject none" in same, "a DV certificate names nobody"
    assert "Who holds the key Stored encrypted" in same


def test_without_numbers_the_latest_stands_beside_the_one_before(
    world: World, alice: Client
) -> None:
    certificate = reissued(world, reissued(world, world.issued()))
    address = f"/certificates/{certificate.pk}/compare/"
    answer = alice.get(address)
    comparison = answer.context["comparison"]
    assert (comparison.before.number, comparison.after.number) == (2, 3)
    comparison = alice.get(address + "?from=3&to=1").context["comparison"]
    assert (comparison.before.number, comparison.after.number) == (3, 1)


def test_a_version_beside_itself_shows_no_change(world: World, alice: Client) -> None:
    certificate = reissued(world, world.issued())
    changed, same = parts(shown(alice, f"/certificates/{certificate.pk}/compare/?from=1&to=1"))
    assert "Nothing: it is the same version." in changed
    assert certificate.versions.get(number=1).serial in same


def test_one_version_or_none_says_what_will_come(world: World, alice: Client) -> None:
    issued, bought = world.issued(), world.bought()
    page = words(shown(alice, f"/certificates/{issued.pk}/compare/"))
    assert "There is one version so far" in page
    page = words(shown(alice, f"/certificates/{bought.pk}/compare/"))
    assert "No version is issued yet" in page


@pytest.mark.parametrize(
    "numbers", ["from=1&to=9", "from=0&to=1", "from=x&to=1", "from=1&to=-1", "to=%00", "to=²"]
)
def test_a_number_that_no_version_has_is_not_found(
    world: World, alice: Client, numbers: str
) -> None:
    shown(alice, f"/certificates/{world.issued().pk}/compare/?{numbers}", status=404)
    shown(alice, f"/certificates/{world.bought().pk}/compare/?{numbers}", status=404)

"""What was proved before is not asked for again: first issues, reissues, several names."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from certificates.catalogue import DomainType, Terms, Type
from certificates.invariants import broken_invariants
from certificates.orders import submit
from certificates.proving import challenges_of
from certificates.rested_on import rested_on
from certificates.story import Certificate, Event
from pki import schedule
from tests.cast import World
from tests.certificates.browsing import page_of
from tests.certificates.wizarding import Walk, words
from verification.challenges import Challenge, Status
from verification.reuse import newest_proof

pytestmark = pytest.mark.django_db
BASE, SUB = "shop.example.com", "pay.shop.example.com"


@pytest.fixture(autouse=True)
def indoors(settings: Settings) -> None:
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"


def asked(world: World, certificate: Certificate) -> list[str]:
    return [each.domain for each in challenges_of(world.fresh(certificate).last_application)]


def rests(world: World, certificate: Certificate) -> list[str]:
    return [each.name for each in rested_on(world.fresh(certificate).last_application)]


def story(certificate: Certificate) -> list[str]:
    return list(Event.objects.filter(certificate=certificate).values_list("verb", flat=True))


def test_a_first_issue_asks_for_no_proof_of_what_was_proved_lately(world: World) -> None:
    world.issued(BASE)
    second = world.submitted(BASE)
    assert second.status == "ISSUED"
    assert (asked(world, second), rests(world, second)) == ([], [BASE])
    event = Event.objects.get(certificate=second, verb="reuse_proof")
    assert event.code == "proof.reused"
    assert f"{BASE} rests on the proof of {BASE} of" in event.reason
    assert broken_invariants() == []


def test_a_proved_base_domain_stands_for_the_names_below_it(world: World) -> None:
    world.issued(BASE)
    assert world.submitted(SUB).status == "ISSUED"
    wild = world.submitted(
        f"*.{SUB}", world.product("GEOTRUST", Type.DV_SSL_CERT, DomainType.WILDCARD)
    )
    assert wild.status == "ISSUED"
    assert world.submitted("example.com").status == "CHECKING_DOMAIN"
    assert world.submitted("other.example.com").status == "CHECKING_DOMAIN"


def test_a_file_proves_its_own_name_only(world: World) -> None:
    world.issued(BASE)
    Challenge.objects.update(method="FILE")
    assert world.submitted(BASE).status == "ISSUED"
    assert world.submitted(SUB).status == "CHECKING_DOMAIN"


def test_nothing_is_used_for_another_customer(world: World) -> None:
    world.issued(BASE)
    theirs = world.submitted(BASE, owner=world.mallory)
    assert theirs.status == "CHECKING_DOMAIN"


def test_only_the_names_that_were_not_proved_are_asked_for(world: World, alice: Client) -> None:
    world.issued(BASE)
    product = world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN)
    several = world.bought(product)
    Certificate.objects.filter(pk=several.pk).update(domain_count=2)
    submit(
        certificate=world.fresh(several),
        wish=world.wish(SUB, more_domains=("new.example.org",)),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    assert (asked(world, several), rests(world, several)) == (["new.example.org"], [SUB])
    page = words(page_of(alice, several))
    until = schedule.proof_ends(Challenge.objects.earliest("pk").proved_at or world.now)
    assert "No new proof needed" in page
    assert f"by DNS record for {BASE}; may be used until {until:%-d %b %Y}." in page
    world.publish(several)
    world.look(several)
    assert world.fresh(several).status == "CHECKING_ORG"
    assert broken_invariants() == []


def test_a_reissue_with_the_same_names_uses_the_proof_and_tells_it(world: World) -> None:
    issued = world.issued(BASE)
    world.reissue(issued, key_algorithm="EC_P384", reason="KEY_COMPROMISE")
    confirm(world, issued)
    assert world.fresh(issued).status == "ISSUED"
    assert (asked(world, issued), rests(world, issued)) == ([], [BASE])
    assert story(issued).count("reuse_proof") == 1


def test_a_reissue_that_changes_names_proves_every_name_anew(world: World) -> None:
    issued = world.issued(BASE)
    world.reissue(issued, domain=SUB)
    confirm(world, issued)
    assert world.fresh(issued).status == "CHECKING_DOMAIN"
    assert (asked(world, issued), rests(world, issued)) == ([SUB], [])


def confirm(world: World, certificate: Certificate) -> None:
    from verification import answers
    from verification.answers import Decision

    world.later(days=3)
    answer = world.order(certificate).answer
    assert answer is not None
    assert answers.decide(answer.pk, Decision.CONFIRM, by="test", now=world.now)
    world.work()


def test_a_product_may_ask_for_a_fresh_proof_each_time(world: World) -> None:
    world.issued(BASE)
    Terms.objects.filter(product=world.product()).update(proves_anew=True)
    assert world.submitted(BASE).status == "CHECKING_DOMAIN"


def test_a_proof_that_would_not_outlast_the_review_is_made_anew(world: World) -> None:
    world.issued(BASE)
    proved = Challenge.objects.get().proved_at
    assert proved is not None
    world.now = schedule.proof_ends(proved) - timedelta(days=2)
    ov = world.product("SYMANTEC", Type.OV_SSL_CERT)
    assert newest_proof(world.acme.pk, BASE, world.now) is not None
    assert world.submitted(BASE, ov).status == "CHECKING_DOMAIN"


def test_a_mail_proves_nothing_from_the_day_that_the_rules_end_it(world: World) -> None:
    ended = schedule.MAIL_METHOD_ENDS
    world.now = ended - timedelta(days=20)
    world.submitted(BASE, method="EMAIL")
    Challenge.objects.update(status=Status.PROVED, proved_at=world.now, due_at=None)
    proof = Challenge.objects.get()
    assert proof.counts_until == ended
    assert newest_proof(world.acme.pk, BASE, ended - timedelta(seconds=1)) == proof
    assert newest_proof(world.acme.pk, BASE, ended) is None


def test_the_review_page_says_what_is_proved_and_what_is_not(world: World, alice: Client) -> None:
    world.issued(BASE)
    walk = Walk(alice, world.bought(), "apply").to("contact", domain={"domain": SUB})
    walk.take("contact")
    page = walk.page("review")
    assert f"Proved on {world.now:%-d %b %Y} by DNS record for {BASE}; may be used until" in page
    assert "You publish one DNS record" not in page
    assert "To be proved" not in page


def test_the_review_page_of_a_reissue_says_why_all_is_proved_anew(
    world: World, alice: Client
) -> None:
    issued = world.issued(BASE)
    walk = Walk(alice, issued).to("contact", domain={"domain": SUB})
    walk.take("contact")
    page = walk.page("review")
    assert "To be proved: DNS record" in page
    assert "The names or the people change, so that every name is proved anew." in page


def test_the_list_of_the_timeline_names_the_use(world: World, alice: Client) -> None:
    world.issued(BASE)
    second = world.submitted(BASE)
    assert "Proved before, used again" in page_of(alice, second)

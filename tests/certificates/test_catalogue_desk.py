"""Terms of products from a day on: set, withdrawn, and never changed once they began."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.access import Team
from accounts.audit import AuditEntry, broken_links
from accounts.refusals import Refused
from certificates.catalogue import Product, Terms
from certificates.catalogue_desk import set_terms, withdraw_terms
from tests.cast import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def given(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "starts_on": (world.now + timedelta(days=1)).date(),
        "reissue_window_days": 10,
        "review_days_least": 2,
        "review_days_most": 4,
        "methods": ["DNS"],
        "key_algorithms": ["EC_P256"],
        "caa_identities": ["digicert.com"],
        "actor": world.sam,
        "now": world.now,
    } | changes


def refused(product: Product, world: World, **changes: Any) -> list[str]:
    before = list(Terms.objects.values()), AuditEntry.objects.count()
    with pytest.raises(Refused) as told:
        set_terms(product, **given(world, **changes))
    assert (list(Terms.objects.values()), AuditEntry.objects.count()) == before
    return [each.code for each in told.value.obstacles]


def test_new_terms_hold_from_their_day_and_not_before(world: World) -> None:
    product = world.product()
    before = list(product.all_terms.values())
    set_terms(product, **given(world))
    product = world.product()
    assert product.terms(world.now).reissue_window_days == 25
    assert product.terms(world.now + timedelta(days=1)).reissue_window_days == 10
    assert list(product.all_terms.order_by("pk").values())[:2] == before
    entry = AuditEntry.objects.get(action="terms.set")
    assert (entry.actor, entry.detail["window"]) == (world.sam.email, 10)
    assert broken_links() == []


def test_terms_begin_tomorrow_at_the_earliest(world: World) -> None:
    for days in (0, -1, -400):
        day = (world.now + timedelta(days=days)).date()
        assert refused(world.product(), world, starts_on=day) == ["terms.too_early"]


def test_a_review_takes_no_fewer_days_at_most_than_at_least(world: World) -> None:
    assert refused(world.product(), world, review_days_most=1) == ["terms.review_days"]


def test_one_row_a_day(world: World) -> None:
    set_terms(world.product(), **given(world))
    assert refused(world.product(), world) == ["terms.same_day"]


def test_only_who_sets_terms_may(world: World) -> None:
    for person in (
        world.alice,
        world.staff("sue", Team.SUPPORT),
        world.staff("ada", Team.AUDITOR),
        world.staff("new"),
    ):
        assert refused(world.product(), world, actor=person) == ["terms.forbidden"]


def test_terms_to_come_are_withdrawn_and_the_log_keeps_them(world: World) -> None:
    terms = set_terms(world.product(), **given(world))
    withdraw_terms(terms, actor=world.sam, now=world.now)
    assert Terms.objects.filter(product=world.product()).count() == 2
    assert AuditEntry.objects.get(action="terms.withdrawn").detail["window"] == 10


def test_terms_that_began_stay(world: World) -> None:
    terms = world.product().all_terms.latest("starts_on")
    later = set_terms(world.product(), **given(world))
    for row, now in ((terms, world.now), (later, world.now + timedelta(days=1))):
        with pytest.raises(Refused) as told:
            withdraw_terms(row, actor=world.sam, now=now)
        assert told.value.obstacles[0].code == "terms.begun"
    assert Terms.objects.filter(product=world.product()).count() == 3


def test_terms_are_withdrawn_once_and_by_who_may(world: World) -> None:
    terms = set_terms(world.product(), **given(world))
    with pytest.raises(Refused) as told:
        withdraw_terms(terms, actor=world.staff("ada", Team.AUDITOR), now=world.now)
    assert told.value.obstacles[0].code == "terms.forbidden"
    same = Terms.objects.get(pk=terms.pk)
    withdraw_terms(terms, actor=world.sam, now=world.now)
    with pytest.raises(Refused) as told:
        withdraw_terms(same, actor=world.sam, now=world.now)
    assert told.value.obstacles[0].code == "terms.gone"

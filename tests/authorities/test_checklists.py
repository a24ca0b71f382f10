"""What a review must find good: by brand and type, by day, and for EV by two people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.access import Team
from accounts.audit import AuditEntry
from accounts.models import User
from accounts.staff import StaffRefused
from authorities.brands import Brand, Type
from authorities.simulated import desk, worklist
from authorities.simulated.checklists import (
    Checklist,
    load_checklists,
    set_checklist,
    withdraw_checklist,
)
from authorities.simulated.desk import DeskRefused
from authorities.simulated.orders import ReviewItem, ReviewNote
from authorities.simulated.review import checklist, review_of
from certificates.invariants import broken_invariants
from certificates.story import Certificate
from tests.authorities.desk_scenes import checked, in_review
from tests.cast import World
from tests.certificates.browsing import shown

pytestmark = pytest.mark.django_db

DESK = "/admin/authorities/caorder/"


@pytest.fixture
def world(settings: Any) -> World:
    """At the time of the machine: the pages read its clock."""
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"
    return World(now=datetime.now(UTC))


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def refused(do: Callable[[], Any], kind: type[StaffRefused] = DeskRefused) -> str:
    notes, entries = ReviewNote.objects.count(), AuditEntry.objects.count()
    with pytest.raises(kind) as caught:
        do()
    assert (ReviewNote.objects.count(), AuditEntry.objects.count()) == (notes, entries)
    return caught.value.code


def approve(world: World, certificate: Certificate, who: User) -> None:
    desk.approve_organization(world.order(certificate).pk, actor=who, now=world.now)


# Which points


WANTED = [
    ("SYMANTEC", Type.OV_SSL_CERT, "REGISTRY", "PHONE MAILBOX LETTER"),
    ("SYMANTEC", Type.OV_SSL_CERT_PRO, "REGISTRY PHONE", "MAILBOX LETTER"),
    ("SYMANTEC", Type.EV_SSL_CERT, "REGISTRY PHONE LETTER", ""),
    ("SYMANTEC", Type.EV_SSL_CERT_PRO, "REGISTRY PHONE MAILBOX LETTER", ""),
    ("CFCA", Type.OV_SSL_CERT, "FORM LICENCE HANDLER_ID", ""),
    ("CFCA", Type.EV_SSL_CERT, "FORM LICENCE HANDLER_ID REGISTRY PHONE", ""),
    ("VTRUS", Type.OV_SSL_CERT, "SEALED_LETTER HANDLER_ID", ""),
]


@pytest.mark.parametrize(("brand", "kind", "required", "one_of"), WANTED)
def test_brands_and_types_want_different_points(
    world: World, brand: str, kind: Type, required: str, one_of: str
) -> None:
    row = Checklist.objects.get(brand=brand, type=kind)
    assert (row.required, row.one_of) == (required.split(), one_of.split())
    assert row.four_eyes == kind.value.startswith("EV")


def test_every_type_with_a_review_has_its_list_and_loading_twice_adds_none(world: World) -> None:
    assert Checklist.objects.count() == len(Brand) * 4
    assert load_checklists() == 0


def test_a_case_shows_its_own_points_and_takes_no_note_on_another(world: World) -> None:
    order = world.order(in_review(world, brand="CFCA"))
    assert [point.item for point in checklist(order)] == ["FORM", "LICENCE", "HANDLER_ID"]
    code = refused(
        lambda: desk.note_review(
            order.pk,
            ReviewItem.REGISTRY,
            is_good=True,
            text="Looked.",
            actor=world.sam,
            now=world.now,
        )
    )
    assert code == "desk.point_unknown"
    form = shown(signed_in(world.sam), f"{DESK}{order.pk}/note/")
    assert 'value="LICENCE"' in form
    assert 'value="REGISTRY"' not in form
    assert "called_at" not in form


def test_nothing_is_approved_where_nobody_said_what_is_checked(world: World) -> None:
    certificate = checked(world)
    Checklist.objects.all().delete()
    assert refused(lambda: approve(world, certificate, world.sol)) == "desk.points_open"


def test_one_of_several_ways_is_enough_and_a_wrong_one_beside_it_does_no_harm(
    world: World,
) -> None:
    certificate = in_review(world)
    order = world.order(certificate)
    for item, good in (("REGISTRY", True), ("MAILBOX", False)):
        desk.note_review(
            order.pk, ReviewItem(item), is_good=good, text="Saw.", actor=world.sam, now=world.now
        )
    assert refused(lambda: approve(world, certificate, world.sam)) == "desk.points_open"
    desk.note_review(
        order.pk, ReviewItem.LETTER, is_good=True, text="Saw.", actor=world.sam, now=world.now
    )
    approve(world, certificate, world.sam)
    world.work()
    assert world.fresh(certificate).status == "ISSUED"
    assert broken_invariants() == []


# From a day on


def test_a_new_list_holds_for_what_comes_from_its_day_on(world: World) -> None:
    certificate, row = in_review(world), Checklist.objects.get(brand="SYMANTEC", type="OV_SSL_CERT")
    tomorrow = world.now.date() + timedelta(days=1)
    new = set_checklist(
        row,
        starts_on=tomorrow,
        required=["LICENCE", "REGISTRY"],
        one_of=[],
        four_eyes=True,
        actor=world.sam,
        now=world.now,
    )
    assert new.required == ["REGISTRY", "LICENCE"]
    order = world.order(certificate)
    assert not review_of(order).four_eyes
    order.received_at += timedelta(days=1)
    review = review_of(order)
    assert ([point.item for point in review.points], review.four_eyes) == (new.required, True)
    withdraw_checklist(new, actor=world.sam, now=world.now)
    assert not review_of(order).four_eyes
    assert list(AuditEntry.objects.filter(action__startswith="checklist").values_list("action"))


GOOD: dict[str, Any] = {
    "starts_on": date(2099, 1, 1),
    "required": ["REGISTRY"],
    "one_of": [],
    "four_eyes": False,
}
WRONG = [
    ({"starts_on": date(2026, 1, 1)}, "checklist.too_early"),
    ({"required": []}, "checklist.empty"),
    ({"one_of": ["REGISTRY", "PHONE"]}, "checklist.twice"),
    ({"one_of": ["PHONE"]}, "checklist.one_way"),
]


@pytest.mark.parametrize(("change", "code"), WRONG)
def test_a_list_that_makes_no_sense_is_refused(
    world: World, change: dict[str, Any], code: str
) -> None:
    row = Checklist.objects.get(brand="SYMANTEC", type="OV_SSL_CERT")
    found = refused(
        lambda: set_checklist(row, actor=world.sam, now=world.now, **(GOOD | change)), StaffRefused
    )
    assert found == code


def test_lists_are_set_once_a_day_by_operators_and_what_began_stays(world: World) -> None:
    row = Checklist.objects.get(brand="SYMANTEC", type="OV_SSL_CERT")

    def setting(who: User) -> str:
        return refused(lambda: set_checklist(row, actor=who, now=world.now, **GOOD), StaffRefused)

    def withdrawing(which: Checklist) -> str:
        return refused(
            lambda: withdraw_checklist(which, actor=world.sam, now=world.now), StaffRefused
        )

    for who in (world.alice, world.staff("sue", Team.SUPPORT)):
        assert setting(who) == "staff.forbidden"
    new = set_checklist(row, actor=world.sam, now=world.now, **GOOD)
    assert setting(world.sam) == "checklist.same_day"
    assert withdrawing(row) == "checklist.begun"
    withdraw_checklist(new, actor=world.sam, now=world.now)
    new.pk = 10_000
    assert withdrawing(new) == "checklist.gone"


def test_lists_are_set_and_withdrawn_by_buttons(world: World) -> None:
    row = Checklist.objects.get(brand="SYMANTEC", type="OV_SSL_CERT")
    sam, at = signed_in(world.sam), "/admin/authorities/checklist/"
    assert "Registry" in shown(sam, at)
    told = {"starts_on": "2099-01-01", "required": ["REGISTRY", "LICENCE"], "four_eyes": "on"}
    assert sam.post(f"{at}{row.pk}/set/", told).status_code == 302
    new = Checklist.objects.get(starts_on=date(2099, 1, 1))
    assert (new.required, new.four_eyes) == (["REGISTRY", "LICENCE"], True)
    assert "To come" in shown(sam, at + "?brand=SYMANTEC")
    assert sam.post(f"{at}{new.pk}/withdraw/").status_code == 302
    assert not Checklist.objects.filter(pk=new.pk).exists()


# Four eyes


@pytest.mark.parametrize("kind", [Type.EV_SSL_CERT, Type.EV_SSL_CERT_PRO])
def test_nobody_approves_an_ev_certificate_that_they_checked(world: World, kind: Type) -> None:
    certificate = checked(world, kind)
    assert refused(lambda: approve(world, certificate, world.sam)) == "desk.four_eyes"
    approve(world, certificate, world.sol)
    world.work()
    assert world.fresh(certificate).status == "ISSUED"
    assert world.order(certificate).reviewed_by == world.sol.email
    assert broken_invariants() == []


def test_one_point_is_enough_to_be_no_second_person(world: World) -> None:
    certificate = checked(world, Type.EV_SSL_CERT)
    desk.note_review(
        world.order(certificate).pk,
        ReviewItem.LETTER,
        is_good=True,
        text="Seen too.",
        actor=world.sol,
        now=world.now,
    )
    for who in (world.sam, world.sol):
        assert refused(lambda: approve(world, certificate, who)) == "desk.four_eyes"  # noqa: B023
    approve(world, certificate, world.staff("tess", Team.CA_OPERATOR))


def test_ov_may_be_checked_and_approved_by_one(world: World) -> None:
    approve(world, checked(world), world.sam)


def test_the_queue_says_that_a_second_person_is_waited_for(world: World) -> None:
    certificate, other = checked(world, Type.EV_SSL_CERT), in_review(world, "b.example.com")
    order = world.order(certificate)
    line = worklist.read([order], world.now)[order.pk]
    assert line.asked == "First issue: second pair of eyes"
    assert line.detail == f"Checked by {world.sam.email}, waits for a second person"
    sol = signed_in(world.sol)
    second, review = shown(sol, DESK + "?work=second"), shown(sol, DESK + "?work=review")
    assert (order.reference in second, order.reference in review) == (True, False)
    unchecked = world.order(other).reference
    assert (unchecked in second, unchecked in review) == (False, True)
    assert "somebody else of the team approves" in shown(sol, f"{DESK}{order.pk}/approve/")
    refused_page = signed_in(world.sam).post(f"{DESK}{order.pk}/approve/").content.decode()
    assert "desk.four_eyes" in refused_page
    assert sol.post(f"{DESK}{order.pk}/approve/").status_code == 302


def test_the_main_button_notes_what_is_open_and_approves_when_nothing_is(world: World) -> None:
    certificate = in_review(world)
    order, sam = world.order(certificate), signed_in(world.sam)

    def first_button(address: str) -> str:
        """The first that is drawn in the accent: not plain."""
        page = shown(sam, address).partition('class="button small"')
        return page[2].partition("</a>")[0]

    for address in (DESK, f"{DESK}{order.pk}/change/"):
        assert first_button(address).endswith("Note…")
    world.check(certificate)
    for address in (DESK, f"{DESK}{order.pk}/change/"):
        assert first_button(address).endswith("Approve…")

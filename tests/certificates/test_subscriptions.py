"""A term of years: the next certificate opens in time, the last one ends with the term."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from certificates.orders import submit
from certificates.story import Certificate
from certificates.subscriptions import Subscription, course
from pki import schedule
from tests.cast import World
from tests.certificates.test_unsubscribing import issued
from tests.certificates.trading import assert_sound, paid
from verification.mail import OutgoingMail

pytestmark = pytest.mark.django_db


def issue_next(world: World) -> Certificate:
    certificate = Certificate.objects.get(status="PAID")
    submit(
        certificate=certificate,
        wish=world.wish("www.shop.example.com"),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    if world.fresh(certificate).status != "ISSUED":
        world.publish(certificate)
        world.look(certificate)
    found = world.fresh(certificate)
    assert found.status == "ISSUED", (found.status, found.failure_message)
    return found


def test_the_term_begins_with_the_first_issue(world: World) -> None:
    purchase = paid(world, years=2)
    term = Subscription.objects.get()
    assert (term.starts_at, term.due_at) == (None, None)
    world.later(days=5)
    issued(world, purchase)
    term.refresh_from_db()
    assert term.starts_at is not None
    assert term.ends_at == schedule.months_later(term.starts_at, 24)
    assert_sound()


def test_the_next_one_opens_thirty_days_before_the_end(world: World) -> None:
    first = issued(world, paid(world, name="shop", tags={"team": "web"}))
    current = first.current
    assert current is not None
    OutgoingMail.objects.all().delete()
    world.live(current.not_after - timedelta(days=30, minutes=1))
    assert Certificate.objects.count() == 1
    world.later(minutes=2)
    second = Certificate.objects.get(succeeds=first)
    assert (second.status, second.position, second.tags) == ("PAID", 2, {"team": "web"})
    assert second.subscription == first.subscription
    mails = OutgoingMail.objects.filter(about=second.pk)
    assert {mail.recipient for mail in mails} == {"alice@acme.example", "bob@acme.example"}
    assert second.pk in mails[0].text
    world.later(days=1)
    assert Certificate.objects.count() == 2
    assert_sound()


def test_the_last_one_ends_with_the_term_and_nothing_follows(world: World) -> None:
    issued(world, paid(world))
    while (term := Subscription.objects.get()).due_at is not None:
        world.live(term.due_at)
        issue_next(world)
    assert term.ends_at is not None
    rows = list(Certificate.objects.order_by("position"))
    last = rows[-1].current
    assert last is not None
    assert abs(last.not_after - term.ends_at) < timedelta(minutes=1)
    for before, after in pairwise(rows):
        assert before.current is not None
        assert after.current is not None
        assert after.current.not_before <= before.current.not_after
    world.live(term.ends_at + timedelta(days=1))
    assert Certificate.objects.count() == len(rows)
    assert_sound()


def test_the_course_of_a_term_is_told(world: World) -> None:
    purchase = paid(world)
    certificate = purchase.certificates.get()
    before = course(certificate, world.now)
    assert before is not None
    assert (before.number, before.ends_at, before.next_opens_at) == (1, None, None)
    assert before.count == len(schedule.plan(world.now, 1))
    certificate = issued(world, purchase)
    after = course(certificate, world.now)
    current = certificate.current
    assert after is not None
    assert current is not None
    assert after.count == before.count
    assert after.next_opens_at == current.not_after - timedelta(days=30)
    assert course(world.bought(), world.now) is None


def test_a_certificate_given_back_opens_nothing(world: World) -> None:
    certificate = paid(world).certificates.get()
    certificate.unsubscribed_at = world.now
    term = Subscription.objects.get()
    assert term.step(world.now, world.network).due_at is None

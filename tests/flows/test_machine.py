"""Random verbs by random people in random order: whatever they do, everything that must hold holds.

A refusal changes nothing. A stranger gets nothing done. After each round of work `verify_state`
has nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from accounts.refusals import Refused
from accounts.staff import StaffRefused
from authorities.simulated.desk import (
    answer_question,
    approve_organization,
    ask_customer,
    decide_compromise,
    refuse_organization,
)
from authorities.simulated.orders import CaOrder, State
from certificates.applications import Application, ReissueReason
from certificates.buying import cancel_order, order, pay_now
from certificates.catalogue import DomainType, Type
from certificates.conversation import reply
from certificates.invariants import broken_invariants
from certificates.orders import request_reissue, submit
from certificates.prices import Cart
from certificates.proving import check_now
from certificates.purchases import Purchase
from certificates.story import Certificate, Event
from certificates.taking_back import choose_method, open_challenges, withdraw
from certificates.unsubscribing import unsubscribe
from certificates.wishes import Wish
from tests.cast import ALL, World
from verification.answers import Decision
from verification.methods.mail import LOCAL_PARTS

DOMAINS = ("www.one.example.com", "two.example.com", "shop.three.example.com")
PRODUCTS = (
    ("GEOTRUST", Type.DV_SSL_CERT, DomainType.SINGLE_DOMAIN),
    ("SYMANTEC", Type.OV_SSL_CERT, DomainType.SINGLE_DOMAIN),
    ("CFCA", Type.EV_SSL_CERT, DomainType.SINGLE_DOMAIN),
)
insiders = st.sampled_from(["alice", "bob", "victor"])
anybody = st.sampled_from(["alice", "bob", "victor", "mallory", "sam", "sol"])
which = st.integers(0, 3)
methods = st.sampled_from(["DNS", "CNAME", "FILE", "EMAIL"])
domains = st.sampled_from(DOMAINS)


class Lives(RuleBasedStateMachine):
    """A few certificates of one project, and everybody who may or may not touch them."""

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        # As in a test case of Django: the port's own commits are savepoints in here.
        self.block._from_testcase = True  # type: ignore[attr-defined]
        self.block.__enter__()
        self.world = World()
        self.certificates: list[Certificate] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @initialize(product=st.sampled_from(PRODUCTS), domain=domains, is_issued=st.booleans())
    def begin(self, product: tuple[str, Type, DomainType], domain: str, is_issued: bool) -> None:
        if is_issued:
            self.certificates.append(self.world.issued(domain, self.world.product(*product)))
        else:
            self.buy(product)
            self.apply("alice", 0, domain, "DNS")

    def person(self, name: str) -> User:
        found = getattr(self.world, name)
        assert isinstance(found, User)
        return found

    def one(self, index: int) -> Certificate:
        return self.world.fresh(self.certificates[index % len(self.certificates)])

    def orders(self, *states: State) -> list[CaOrder]:
        return list(CaOrder.objects.filter(state__in=states).order_by("pk"))

    def attempt(self, who: str, act: Callable[[], Any]) -> bool:
        """Do it; a refusal has changed nothing, and a stranger is always refused."""
        before = self.seen()
        try:
            act()
        except (Refused, StaffRefused):
            assert self.seen() == before
            return False
        assert who != "mallory"
        self.world.work()
        return True

    def seen(self) -> tuple[list[Any], int]:
        rows = Certificate.objects.order_by("pk").values_list("pk", "status", "due_at")
        return list(rows), Event.objects.count()

    @rule(product=st.sampled_from(PRODUCTS))
    @precondition(lambda self: len(self.certificates) < 3)
    def buy(self, product: tuple[str, Type, DomainType]) -> None:
        self.certificates.append(self.world.bought(self.world.product(*product)))

    @rule(who=anybody, product=st.sampled_from(PRODUCTS), years=st.integers(0, 3))
    @precondition(lambda self: Purchase.objects.count() < 2)
    def order(self, who: str, product: tuple[str, Type, DomainType], years: int) -> None:
        self.attempt(
            who,
            lambda: order(
                project=self.world.acme,
                product=self.world.product(*product),
                cart=Cart(years=years),
                actor=self.person(who),
                now=self.world.now,
            ),
        )

    @rule(who=anybody, is_paid=st.booleans())
    @precondition(lambda self: Purchase.objects.exists())
    def pay_or_cancel(self, who: str, is_paid: bool) -> None:
        purchase, verb = Purchase.objects.latest("ordered_at"), pay_now if is_paid else cancel_order
        self.attempt(who, lambda: verb(purchase.pk, actor=self.person(who), now=self.world.now))
        known = {each.pk for each in self.certificates}
        self.certificates += purchase.certificates.exclude(pk__in=known)

    @rule(who=anybody, at=which)
    def give_back(self, who: str, at: int) -> None:
        certificate = self.one(at)
        self.attempt(
            who,
            lambda: unsubscribe(
                certificate=certificate, actor=self.person(who), now=self.world.now
            ),
        )

    @rule(who=anybody, at=which, domain=domains, method=methods)
    def apply(self, who: str, at: int, domain: str, method: str) -> None:
        certificate = self.one(at)
        self.attempt(
            who,
            lambda: submit(
                certificate=certificate,
                wish=self.world.wish(domain, method=method),
                actor=self.person(who),
                now=self.world.now,
                network=self.world.network,
            ),
        )

    @rule(who=anybody, at=which, domain=st.sampled_from(["", *DOMAINS]), reason=st.booleans())
    def reissue(self, who: str, at: int, domain: str, reason: bool) -> None:
        certificate = self.one(at)
        wish = Wish(
            accepted=ALL,
            domain=domain,
            key_algorithm="EC_P256",
            reason=ReissueReason.KEY_COMPROMISE if reason else "",
        )
        self.attempt(
            who,
            lambda: request_reissue(
                certificate=certificate,
                wish=wish,
                actor=self.person(who),
                now=self.world.now,
                network=self.world.network,
            ),
        )

    @rule(who=anybody, at=which)
    def take_back(self, who: str, at: int) -> None:
        certificate = self.one(at)
        self.attempt(
            who,
            lambda: withdraw(certificate=certificate, actor=self.person(who), now=self.world.now),
        )

    @rule(who=anybody, at=which, method=methods, box=st.sampled_from(["", *LOCAL_PARTS, "root"]))
    def prove_otherwise(self, who: str, at: int, method: str, box: str) -> None:
        certificate = self.one(at)
        asked = open_challenges(certificate)
        domain = asked[0].domain if asked else DOMAINS[0]
        self.attempt(
            who,
            lambda: choose_method(
                certificate=certificate,
                domain=domain,
                method=method,
                mailbox=box if method == "EMAIL" else "",
                actor=self.person(who),
                now=self.world.now,
                network=self.world.network,
            ),
        )

    @rule(who=anybody, at=which, is_published=st.booleans())
    def check(self, who: str, at: int, is_published: bool) -> None:
        certificate = self.one(at)
        if is_published:
            self.world.publish(certificate)
        self.attempt(
            who,
            lambda: check_now(
                certificate=certificate,
                actor=self.person(who),
                now=self.world.now,
                network=self.world.network,
            ),
        )

    @rule(who=insiders, decision=st.sampled_from(list(Decision)))
    @precondition(lambda self: self.orders(State.ASKING))
    def answer(self, who: str, decision: Decision) -> None:
        order = self.orders(State.ASKING)[0]
        self.attempt(
            who,
            lambda: answer_question(order.pk, decision, actor=self.person(who), now=self.world.now),
        )

    @rule(who=anybody)
    @precondition(lambda self: self.orders(State.REVIEWING))
    def ask(self, who: str) -> None:
        order, actor, now = self.orders(State.REVIEWING)[0], self.person(who), self.world.now
        self.attempt(who, lambda: ask_customer(order.pk, text="Which city?", actor=actor, now=now))

    @rule(who=anybody, at=which, number=st.integers(0, 2))
    def reply(self, who: str, at: int, number: int) -> None:
        certificate = self.one(at)
        self.attempt(
            who,
            lambda: reply(
                certificate=certificate,
                text="London.",
                message_id=f"{certificate.pk} {number}",
                actor=self.person(who),
                now=self.world.now,
            ),
        )

    @rule(who=anybody, is_checked=st.booleans(), is_good=st.booleans())
    @precondition(lambda self: self.orders(State.REVIEWING))
    def decide(self, who: str, is_checked: bool, is_good: bool) -> None:
        order, actor, now = self.orders(State.REVIEWING)[0], self.person(who), self.world.now
        if is_checked:
            asked = Application.objects.get(ca_request=order.request_id)
            self.world.check(asked.certificate)
        if is_good:
            self.attempt(who, lambda: approve_organization(order.pk, actor=actor, now=now))
        else:
            message = "The register shows another name. Correct it and apply again."
            self.attempt(
                who,
                lambda: refuse_organization(order.pk, message=message, actor=actor, now=now),
            )

    @rule(who=anybody, cancel=st.booleans())
    @precondition(lambda self: self.orders(State.ASKING))
    def settle_alarm(self, who: str, cancel: bool) -> None:
        order, actor, now = self.orders(State.ASKING)[0], self.person(who), self.world.now
        self.attempt(who, lambda: decide_compromise(order.pk, cancel=cancel, actor=actor, now=now))

    @rule(hours=st.sampled_from([1, 30, 80, 24 * 26, 24 * 31]))
    def wait(self, hours: int) -> None:
        self.world.live(self.world.now + timedelta(hours=hours))

    @invariant()
    def everything_holds(self) -> None:
        self.world.work()
        assert broken_invariants() == []


@pytest.mark.django_db
def test_random_verbs_by_random_people() -> None:
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=6,
            stateful_step_count=16,
            suppress_health_check=list(HealthCheck),
        ),
    )

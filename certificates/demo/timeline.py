"""The past of the demo, lived through: every verb at its time, all due work in between.

Each act looks whether it was done already, so that a seed that was killed is finished by the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accounts import audit
from accounts.actors import RESEAL
from accounts.models import AuditEntry, Project, Statement, User
from authorities.brands import Brand
from authorities.calendar import Bulletin, Severity
from authorities.engine import create_authorities
from authorities.hierarchy import Authority
from authorities.simulated.desk import (
    approve_organization,
    ask_customer,
    note_review,
    refuse_organization,
)
from authorities.simulated.evidence import Call
from authorities.simulated.orders import CaOrder, State
from authorities.simulated.review import review_of
from certificates.applications import Application
from certificates.buying import order, pay_now, record_payment
from certificates.catalogue import DomainType, Product, Type, all_caa_identities, load_catalogue
from certificates.demo.people import (
    APPROVES,
    CASHIER,
    CHECKS,
    OWNERS,
    give_zone,
    invite_somebody,
    make_contacts,
    make_people,
)
from certificates.demo.plan import ZONE, Goal, Item, plan
from certificates.orders import request_reissue, submit
from certificates.payments import payment_way
from certificates.prices import Cart
from certificates.proving import challenges_of
from certificates.purchases import Purchase
from certificates.sensitive_words import load_words
from certificates.story import Certificate
from certificates.wishes import Wish
from verification.demo_records import publish_default_records
from verification.dictionary import DictionaryNetwork
from verification.dns_lookup import CaaRecord
from verification.methods.dns import record_name
from work.claims import due_models, next_due
from work.loop import run_due

FINISHED = "demo.seeded"
HIERARCHY_AGE = timedelta(days=730)
QUESTION = (
    "The company register lists you in Leeds, your application says London. Which of the two is"
    " right?"
)
FOUND = "As the application says."
COMPANY = {
    "name": "Acme Retail Ltd",
    "country": "GB",
    "province": "England",
    "city": "London",
    "registration_number": "01234567",
}

AT_THE_DESK = (Goal.REVIEWING, Goal.QUESTIONED, Goal.CHECKED, Goal.FAILED)
NEWCOMER = COMPANY | {"name": "Acme Logistics Ltd", "registration_number": "07654321"}


def seed(now: datetime) -> None:
    """Everything of the demo that is missing."""
    load_catalogue()
    load_words()
    create_authorities(now, now - HIERARCHY_AGE)
    make_people(now - HIERARCHY_AGE)
    publish_default_records(all_caa_identities())
    give_zone(now - HIERARCHY_AGE, now)
    if AuditEntry.objects.filter(action=FINISHED).exists():
        return
    Bulletin.objects.get_or_create(
        brand=Brand.CFCA,
        title="CFCA suspends OV and EV issuing",
        defaults={
            "starts_at": now - timedelta(days=2),
            "ends_at": now + timedelta(days=5),
            "suspends": True,
            "types": [Type.OV_SSL_CERT, Type.EV_SSL_CERT],
            "severity": Severity.WARNING,
            "text": "The authority's people return after the holiday. DV of others is not touched.",
        },
    )
    Timeline(now).live()
    audit.record(project_id=None, actor=RESEAL, action=FINISHED, subject="demo", now=now)


@dataclass
class Timeline:
    """The acts in order of time, and a network that knows nothing but the demo's names."""

    now: datetime
    txt: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        allowed = [CaaRecord(0, "issue", name) for name in all_caa_identities()]
        self.network = DictionaryNetwork(txt=self.txt, caa={ZONE: allowed}, pages={})
        # The hierarchy's own work (CRLs) is of today, not of the past.
        self.kinds = [model for model in due_models() if model is not Authority]

    def live(self) -> None:
        acts = [act for item in plan() for act in self.acts(item)]
        acts.append((self.now - timedelta(days=60), make_contacts))
        acts.append((self.now - timedelta(days=1), invite_somebody))
        for at, _number, act in sorted((at, n, act) for n, (at, act) in enumerate(acts)):
            self.work_until(at)
            act(at)
        self.work_until(self.now)

    def work_until(self, end: datetime) -> None:
        """All work that falls due until `end`, each at its own time."""
        while (due := next_due(self.kinds)) is not None and due <= end:
            run_due(due, self.network, self.kinds)

    def acts(self, item: Item) -> Iterator[tuple[datetime, Callable[[datetime], None]]]:
        """What people did for one certificate, and when."""
        start = self.now - item.age
        yield start - timedelta(minutes=5), lambda at: self.buy(item, at)
        if item.goal in (Goal.ORDERED, Goal.PAID):
            return
        yield start, lambda at: self.submit(item, at)
        if item.goal == Goal.PROVING:
            return
        yield start + timedelta(seconds=5), lambda at: self.publish(item)
        if item.goal == Goal.FAILED:
            yield start + timedelta(hours=2), lambda at: self.review(item, at, approve=False)
        elif item.goal in (Goal.QUESTIONED, Goal.CHECKED):
            soon = min(timedelta(hours=3), item.age * 0.9)
            yield start + soon, lambda at: self.begin_review(item, at)
        elif item.goal != Goal.REVIEWING:
            yield start + timedelta(hours=1), lambda at: self.review(item, at, approve=True)
        if item.goal in (Goal.PLANNED, Goal.ASKED):
            yield self.now - timedelta(hours=1), lambda at: self.reissue(item, at)

    def certificate(self, item: Item) -> Certificate:
        first = Certificate.objects.filter(succeeds__isnull=True)
        return first.get(name=item.name, project__name=item.project)

    def owner(self, item: Item) -> User:
        return User.objects.get(email=OWNERS[item.project])

    def buy(self, item: Item, at: datetime) -> None:
        purchase = self.ordered(item, at)
        if purchase.is_unpaid and item.goal != Goal.ORDERED:
            self.pay(purchase, self.owner(item), at)

    def ordered(self, item: Item, at: datetime) -> Purchase:
        several = 5 if item.domain_type == DomainType.MULTI_DOMAIN else 1
        return order(
            project=Project.objects.get(name=item.project),
            product=Product.objects.get(
                brand=item.brand,
                type=item.type,
                domain_type=item.domain_type,
                is_free=item.is_free,
            ),
            cart=Cart(years=0 if item.is_free else item.years, names=several, name=item.name),
            actor=self.owner(item),
            now=at,
            token=f"demo {item.name}",
        )

    def pay(self, purchase: Purchase, owner: User, at: datetime) -> None:
        if payment_way().name == "demo":
            pay_now(purchase.pk, actor=owner, now=at)
            return
        record_payment(
            purchase.pk,
            amount=purchase.total,
            reference="transfer",
            received_on=at.date(),
            actor=User.objects.get(email=CASHIER),
            now=at,
        )

    def submit(self, item: Item, at: datetime) -> None:
        certificate, owner = self.certificate(item), self.owner(item)
        if certificate.applications.exists():
            return
        wish = Wish(
            key_algorithm="RSA_2048" if item.goal != Goal.ISSUED else "EC_P256",
            domain=item.domains[0],
            more_domains=item.domains[1:],
            method="DNS",
            contact_name=owner.email.partition("@")[0].title(),
            contact_email=owner.email,
            contact_phone="+44 20 7946 0123",
            organization=self.company(item) if certificate.product.needs_organization else {},
            accepted=frozenset(Statement),
        )
        submit(certificate=certificate, wish=wish, actor=owner, now=at, network=self.network)

    def company(self, item: Item) -> dict[str, str]:
        """Those that the desk has or had to decide are of a company that nobody knows yet."""
        return NEWCOMER if item.goal in AT_THE_DESK else COMPANY

    def publish(self, item: Item) -> None:
        for challenge in challenges_of(self.certificate(item).last_application):
            self.txt.setdefault(record_name(challenge.domain), []).append(challenge.value)

    def begin_review(self, item: Item, at: datetime) -> None:
        """Sam checks it, or asks first."""
        order, checks = self.at_the_desk(item), User.objects.get(email=CHECKS)
        if order.state != State.REVIEWING:
            return
        if item.goal == Goal.CHECKED:
            self.check(order, checks, at)
        elif not order.message_count:
            ask_customer(order.pk, text=QUESTION, actor=checks, now=at)

    def at_the_desk(self, item: Item) -> CaOrder:
        application = self.certificate(item).last_application
        assert application is not None
        return CaOrder.objects.get(request_id=application.ca_request_id)

    def review(self, item: Item, at: datetime, *, approve: bool) -> None:
        order = self.at_the_desk(item)
        if order.state != State.REVIEWING:
            return
        checks = User.objects.get(email=CHECKS)
        if approve:
            self.check(order, checks, at)
            approves = User.objects.get(email=APPROVES)
            approve_organization(order.pk, actor=approves, now=at)
            return
        refuse_organization(
            order.pk,
            message="The company register shows another name at this address. Correct the"
            " company data and apply again.",
            actor=checks,
            now=at,
        )

    def check(self, order: CaOrder, checks: User, at: datetime) -> None:
        """Every point that is needed, and the first of several ways."""
        review = review_of(order)
        ways = [point for point in review.points if not point.is_required]
        wanted = [point for point in review.points if point.is_required] + ways[:1]
        for point in wanted:
            note_review(
                order.pk,
                point.item,
                is_good=True,
                text=FOUND,
                actor=checks,
                now=at,
                call=Call("+44 20 7946 0100", "the company register", "Ms Hale", at, FOUND),
            )

    def reissue(self, item: Item, at: datetime) -> None:
        certificate = self.certificate(item)
        if Application.objects.filter(certificate=certificate).count() > 1:
            return
        request_reissue(
            certificate=certificate,
            wish=Wish(key_algorithm="EC_P256", accepted=frozenset(Statement)),
            actor=self.owner(item),
            now=at,
            network=self.network,
        )

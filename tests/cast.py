"""The fixed cast: Alice owns, Bob is her colleague, Victor only looks, Mallory is a stranger,
Sam and Sol are support staff. And a world in which a certificate can be issued.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import Group
from django.db.models import Model

from accounts.access import Team
from accounts.models import Membership, Project, Role, Statement, User
from authorities.engine import create_authorities
from authorities.hierarchy import Authority, Crl, OcspSigner, SigningKey
from authorities.simulated.canned import CannedMessage
from authorities.simulated.checklists import Checklist
from certificates.buying import buy
from certificates.catalogue import DomainType, Product, Terms, Type, load_catalogue
from certificates.orders import request_reissue, submit
from certificates.proving import challenges_of
from certificates.sensitive_words import SensitiveWord, load_words
from certificates.story import Certificate
from certificates.wishes import Wish
from verification.challenges import Status
from verification.dictionary import DictionaryNetwork
from verification.methods.cname import target
from verification.methods.dns import record_name
from work.claims import due_models, kinds_due, next_due
from work.loop import clock, run_due

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
COMPANY = {
    "name": "Acme Retail Ltd",
    "country": "GB",
    "province": "England",
    "city": "London",
    "registration_number": "01234567",
}
ALL = frozenset(Statement)
_copies: list[list[Model]] = []


def make_shop(now: datetime) -> None:
    """Catalogue and authorities: made once a process, and copied into each test's database."""
    if _copies:
        for rows in _copies:
            type(rows[0])._default_manager.bulk_create(rows)
        return
    load_catalogue()
    load_words()
    create_authorities(now, now - timedelta(days=730))
    models = (
        Product,
        Terms,
        SensitiveWord,
        Checklist,
        CannedMessage,
        Authority,
        SigningKey,
        OcspSigner,
        Crl,
    )
    _copies.extend(list(model._default_manager.order_by("pk")) for model in models)


@dataclass
class World:
    """People, products, authorities, and a network that knows what the test published."""

    now: datetime = NOW
    is_live: bool = False  # real workers run too: what they leave is due at the real time
    txt: dict[str, list[str]] = field(default_factory=dict)
    cname: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        make_shop(self.now)
        self.network = DictionaryNetwork(txt=self.txt, cname=self.cname)
        self.acme = Project.objects.create(name="Acme", created_at=self.now)
        self.other = Project.objects.create(name="Other", created_at=self.now)
        self.alice = self.person("alice@acme.example", self.acme, Role.ADMINISTRATOR)
        self.bob = self.person("bob@acme.example", self.acme, Role.OPERATOR)
        self.victor = self.person("victor@acme.example", self.acme, Role.VIEWER)
        self.mallory = self.person("mallory@other.example", self.other, Role.ADMINISTRATOR)
        self.sam = self.staff("sam", Team.CA_OPERATOR)
        self.sol = self.staff("sol", Team.CA_OPERATOR)

    def person(self, email: str, project: Project, role: str) -> User:
        user = User.objects.create_user(email, "secret-" + email.partition("@")[0])
        Membership.objects.create(user=user, project=project, role=role, since=self.now)
        return user

    def staff(self, name: str, *teams: Team) -> User:
        """Support staff in these teams."""
        user = User.objects.create_user(f"{name}@reseal.example", f"secret-{name}", is_staff=True)
        user.groups.set(Group.objects.filter(name__in=teams))
        return user

    def product(
        self,
        brand: str = "GEOTRUST",
        kind: str = Type.DV_SSL_CERT,
        domain_type: str = DomainType.SINGLE_DOMAIN,
        *,
        is_free: bool = False,
    ) -> Product:
        return Product.objects.get(brand=brand, type=kind, domain_type=domain_type, is_free=is_free)

    def bought(self, product: Product | None = None, owner: User | None = None) -> Certificate:
        owner = owner or self.alice
        return buy(
            project=owner.projects.get(),
            product=product or self.product(),
            actor=owner,
            now=self.now,
        )

    def wish(self, domain: str = "", **more: object) -> Wish:
        facts: dict[str, object] = {
            "key_algorithm": "EC_P256",
            "domain": domain,
            "method": "DNS",
            "contact_name": "Alice",
            "contact_email": "alice@acme.example",
            "organization": COMPANY,
            "accepted": ALL,
        }
        return Wish(**{**facts, **more})  # type: ignore[arg-type]

    def submitted(
        self,
        domain: str = "www.shop.example.com",
        product: Product | None = None,
        owner: User | None = None,
        **more: object,
    ) -> Certificate:
        owner = owner or self.alice
        certificate = self.bought(product, owner)
        submit(
            certificate=certificate,
            wish=self.wish(domain, **more),
            actor=owner,
            now=self.now,
            network=self.network,
        )
        self.work()
        return self.fresh(certificate)

    def sent_in(self, *names: str) -> Certificate:
        """An application for these names, several or one, which nobody has worked on yet."""
        several = ("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN)
        certificate = self.bought(self.product(*several) if len(names) > 1 else None)
        Certificate.objects.filter(pk=certificate.pk).update(domain_count=len(names))
        submit(
            certificate=self.fresh(certificate),
            wish=self.wish(names[0], more_domains=names[1:]),
            actor=self.alice,
            now=self.now,
            network=self.network,
        )
        return self.fresh(certificate)

    def issued(
        self,
        domain: str = "www.shop.example.com",
        product: Product | None = None,
        owner: User | None = None,
        **more: object,
    ) -> Certificate:
        """An issued certificate, by every step that leads there."""
        certificate = self.submitted(domain, product, owner, **more)
        self.publish(certificate)
        self.look(certificate)
        if self.order(certificate).state == "REVIEWING":  # OV and EV, unless they are known
            self.approve(certificate)
        certificate = self.fresh(certificate)
        assert certificate.status == "ISSUED", (certificate.status, certificate.failure_message)
        return certificate

    def check(self, certificate: Certificate, by: User | None = None) -> None:
        """Sam finds every point of the organization good."""
        from authorities.simulated.desk import note_review
        from authorities.simulated.evidence import Call
        from authorities.simulated.review import checklist

        order = self.order(certificate)
        call = Call("+44 20 7946 0100", "the company's register", "Ms Hale", self.now, "Confirmed")
        for point in checklist(order):
            if not point.is_good:
                note_review(
                    order.pk,
                    point.item,
                    is_good=True,
                    text="Looked at it.",
                    actor=by or self.sam,
                    now=self.now,
                    call=call,
                )

    def approve(self, certificate: Certificate) -> None:
        """Sam checks the organization, Sol approves it: right for every type."""
        from authorities.simulated.desk import approve_organization

        self.check(certificate)
        approve_organization(self.order(certificate).pk, actor=self.sol, now=self.now)
        self.work()

    def reissue(self, certificate: Certificate, wish: Wish | None = None, **more: object) -> None:
        request_reissue(
            certificate=self.fresh(certificate),
            wish=wish or Wish(accepted=ALL, **more),  # type: ignore[arg-type]
            actor=certificate.bought_by,
            now=self.now,
            network=self.network,
        )
        self.work()

    def publish(self, certificate: Certificate) -> None:
        """Put the records of every open challenge into the zone."""
        for challenge in challenges_of(self.fresh(certificate).last_application):
            if challenge.method == "CNAME":
                self.cname[record_name(challenge.domain)] = target(challenge.value)
            else:
                self.txt.setdefault(record_name(challenge.domain), []).append(challenge.value)

    def look(self, certificate: Certificate) -> None:
        """Look now; what was proved before is not asked for and needs no look."""
        from certificates.proving import check_now

        # A worker of the portal asks other servers: its look may be the one that was waited for.
        for _press in range(3 if self.is_live else 1):
            asked = challenges_of(self.fresh(certificate).last_application)
            if any(each.status == Status.OPEN for each in asked):
                check_now(
                    certificate=self.fresh(certificate),
                    actor=certificate.bought_by,
                    now=self.now,
                    network=self.network,
                )
            self.work()

    def order(self, certificate: Certificate):  # type: ignore[no-untyped-def]
        from authorities.simulated.orders import CaOrder

        application = self.fresh(certificate).last_application
        assert application is not None
        return CaOrder.objects.get(request_id=application.ca_request_id)

    def fresh(self, certificate: Certificate) -> Certificate:
        return Certificate.objects.get(pk=certificate.pk)

    def work(self) -> None:
        """All work that is due now; where real workers run too, also what they hold."""
        kinds = [model for model in due_models() if model is not Authority]
        while True:
            if self.is_live:
                self.now = max(self.now, clock())
            if kinds_due(self.now, kinds):
                run_due(self.now, self.network, kinds)
            elif self.is_live and any(
                kind._default_manager.exclude(lease_token="").exists() for kind in kinds
            ):
                time.sleep(0.05)
            else:
                return

    def later(self, **span: float) -> None:
        self.live(self.now + timedelta(**span))

    def live(self, until: datetime) -> None:
        """Let time pass step by step, with everything that falls due on the way."""
        kinds = [model for model in due_models() if model is not Authority]
        while (due := next_due(kinds)) is not None and due <= until:
            self.now = max(due, self.now)
            run_due(self.now, self.network, kinds)
        self.now = until

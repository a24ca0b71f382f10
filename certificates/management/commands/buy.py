"""Order certificates, and pay for them when told to."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from accounts.models import Project, User
from certificates.buying import order, pay_now
from certificates.catalogue import Product
from certificates.facts import instant
from certificates.operator import OperatorCommand
from certificates.prices import Cart, money
from certificates.purchases import Purchase
from work.loop import clock


class Command(OperatorCommand):
    help = (
        "Order certificates for a project. Exit 0: ordered (with --paid: paid, where this portal"
        " collects money by itself), 2: refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--product",
            metavar="ID|BRAND/TYPE/DOMAIN_TYPE",
            required=True,
            help="as list_products shows it; /FREE behind it for the free test",
        )
        parser.add_argument("--quantity", type=int, default=1)
        parser.add_argument("--years", type=int, help="1 to 3; a free test has none")
        parser.add_argument("--names", type=int, help="in each certificate, wildcards included")
        parser.add_argument("--wildcards", type=int, default=0, help="of them")
        parser.add_argument("--name", default="", help="to find the certificates by")
        parser.add_argument("--tag", action="append", metavar="KEY=VALUE", default=[])
        parser.add_argument("--project", metavar="ID|NAME")
        parser.add_argument("--as", dest="actor", metavar="EMAIL", required=True)
        parser.add_argument("--paid", action="store_true")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        actor, product = self._actor(options["actor"]), self._product(options["product"])
        project, now = self._project(options["project"], actor), clock()
        years = options["years"]
        purchase = order(
            project=project,
            product=product,
            cart=Cart(
                quantity=options["quantity"],
                years=years if years is not None else int(not product.is_free),
                names=options["names"] or product.terms(now).names_least,
                wildcards=options["wildcards"],
                name=options["name"],
                tags=dict(each.partition("=")[::2] for each in options["tag"]),
            ),
            actor=actor,
            now=now,
        )
        if options["paid"]:
            pay_now(purchase.pk, actor=actor, now=now)
            purchase.refresh_from_db()
        self._tell(purchase, options["json"])

    def _actor(self, email: str) -> User:
        found = User.objects.filter(email=email.lower()).first()
        if found is None:
            self.refuse_one("actor.not_found", f"Nobody signs in as {email[:100]!r}.")
        return found

    def _product(self, wanted: str) -> Product:
        rows = Product.objects.prefetch_related("all_terms")
        if wanted.isascii() and wanted.isdigit():
            found = rows.filter(pk=int(wanted)).first()
        else:
            brand, _slash, rest = wanted.upper().partition("/")
            kind, _slash, rest = rest.partition("/")
            domain_type, _slash, free = rest.partition("/")
            found = rows.filter(
                brand=brand, type=kind, domain_type=domain_type, is_free=free == "FREE"
            ).first()
        if found is None:
            self.refuse_one(
                "product.not_found",
                f"There is no product {wanted[:80]!r}; list_products names all.",
            )
        return found

    def _project(self, wanted: str | None, actor: User) -> Project:
        """The one that is named, else the only one that the person belongs to."""
        projects = actor.projects.all()
        if wanted is None:
            found = list(projects[:2])
            if len(found) != 1:
                self.refuse_one("project.which", "Name one of the person's projects by --project.")
            return found[0]
        return self.project(wanted)

    def _tell(self, purchase: Purchase, as_json: bool) -> None:
        certificates = list(purchase.certificates.order_by("created_at", "pk"))
        if as_json:
            self.answer(
                {
                    "order": purchase.pk,
                    "state": purchase.state,
                    "total": str(purchase.total),
                    "currency": purchase.currency,
                    "pay_until": instant(purchase.pay_until),
                    "certificates": [each.pk for each in certificates],
                }
            )
            return
        total = money(purchase.total, purchase.currency).replace("\u00a0", " ")
        self.stdout.write(f"{purchase.pk}  {purchase.get_state_display()}  {total}")
        for each in certificates:
            self.stdout.write(f"  {each.pk}  {each.get_status_display()}")

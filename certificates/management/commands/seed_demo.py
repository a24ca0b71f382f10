"""Fill the demo: people, products, certificates in every status."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from certificates.demo.people import CAST, PASSWORD
from certificates.demo.timeline import seed
from certificates.obstacles import reissue_obstacles
from certificates.operator import OperatorCommand
from certificates.story import Certificate
from work.loop import clock


class Command(OperatorCommand):
    help = "Fill the demo with people and certificates. Run twice, it adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock()
        seed(now)
        users = [
            {"email": person.email, "password": PASSWORD, "role": str(person.role)}
            for person in CAST
        ]
        rows = Certificate.objects.select_related("product", "bought_by").order_by("created_at")
        rows = rows.prefetch_related("versions", "applications", "product__all_terms")
        certificates = [
            {
                "id": row.pk,
                "status": row.status,
                "brand": row.product.brand,
                "type": row.product.type,
                "domain_type": row.product.domain_type,
                "domain": row.domain,
                "owner": row.bought_by.email,
                "reissuable": not reissue_obstacles(row, row.bought_by, now),
            }
            for row in rows
        ]
        if options["json"]:
            self.answer({"users": users, "certificates": certificates})
            return
        self.stdout.write(f"{len(users)} people, {len(certificates)} certificates")
        for user in users:
            self.stdout.write(f"  {user['email']}  {user['password']}  {user['role']}")

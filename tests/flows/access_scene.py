"""One of everything that an address of the portal can name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.contrib import admin
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.contact_book import Card, add_contact
from accounts.invitations import Invitation
from accounts.inviting import invite
from accounts.models import Role
from authorities.calendar import Bulletin
from authorities.papers import PaperKind, hand_in
from authorities.pictures import Picture
from authorities.simulated.orders import CaOrder
from authorities.simulated.organizations import ValidatedOrganization
from certificates.buying import order, pay_now
from certificates.prices import Cart
from certificates.purchases import Cause, Refund
from certificates.story import Certificate
from tests.cast import World
from verification.demo_records import ZONE, DemoRecord
from verification.demo_sites import DemoSite
from verification.demo_updates import demo_connection
from verification.zone_book import add_zone


@dataclass
class Scene:
    """One of everything that an address can name, all of it Alice's."""

    world: World
    certificate: Certificate
    values: dict[str, str]

    @classmethod
    def make(cls, settings: Settings, folder: Path) -> Scene:
        settings.DATA_DIR = folder
        settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"
        inbox = folder / "inbox"
        inbox.mkdir()
        (inbox / "a.eml").write_text("Subject: a mail\n\nIts text.\n")
        world = World(now=datetime.now(UTC))
        certificate = world.issued()
        mailed = world.submitted("mail.example.com", method="EMAIL")
        asked = world.issued("two.example.com")
        world.reissue(asked)
        world.later(minutes=2)
        question = world.order(asked).answer
        proof = world.fresh(mailed).applications.get().proof
        assert question is not None
        assert proof is not None
        answer = proof.challenges.get().answer
        assert answer is not None
        values = {
            "certificate_id": certificate.pk,
            "number": "1",
            "slug": "geotrust-dv",
            "asked": "MAA=",
            "challenge": "1",
            "name": "a.eml",
            "content_type_id": "1",
            "confirm": question.token(),
            "prove": answer.token(),
            "step": "csr",
            "note_id": "0",
            "label": "certificates.Application",
            "application": str(certificate.applications.get().pk),
            "uidb36": "1",
            "key": "x-y",
        }
        return cls(world, certificate, values | named(world))

    def address(self, route: str) -> str:
        if route == "admin/(?P<app_label>…)/":
            return "/admin/certificates/"
        if route == "admin/(?P<url>.*)$":
            return "/admin/nowhere/"
        values = dict(self.values)
        values["token"] = values["prove" if "prove" in route else "confirm"]
        parts = route.split("/")
        for start, facts in OF_ADDRESSES.items():
            if route.startswith(start):
                values |= {name: values.get(found, found) for name, found in facts.items()}
                break
        if parts[0] == "admin" and "<path:object_id>" in parts:
            values["object_id"] = self._row(*parts[1:3])
        route = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<x:\1>", route).removesuffix("$")
        return "/" + re.sub(r"<\w+:(\w+)>", lambda found: values[found.group(1)], route)

    def _row(self, app: str, model: str) -> str:
        for registered in admin.site._registry:
            if (registered._meta.app_label, registered._meta.model_name) == (app, model):
                found = registered._default_manager.order_by("pk").first()
                return str(found.pk) if found else "1"
        return "1"

    def session(self, person: str) -> str:
        """The session cookie of this person; empty when nobody is signed in."""
        people = {
            "owner": self.world.alice,
            "colleague": self.world.bob,
            "viewer": self.world.victor,
            "stranger": self.world.mallory,
            "staff": self.world.sam,
        }
        if person == "anonymous":
            return ""
        client = Client()
        client.force_login(people[person])
        return str(client.cookies["sessionid"].value)


# What the places of an address stand for, where an address begins like this: the first that fits.
OF_ADDRESSES: dict[str, dict[str, str]] = {
    "admin/stuck/": {"pk": "application", "name": "try-again"},
    "certificates/<certificate:certificate_id>/papers/": {"number": "paper"},
    "admin/authorities/paper/<int": {"number": "paper"},
    "demo/dns/": {"pk": "record"},
    "demo/web/": {"pk": "site"},
    "bulletins/": {"pk": "bulletin"},
    "domains/<str:name>/release/": {"name": "shop.example.com"},
    "products/": {"pk": "product"},
    "orders/": {"number": "order"},
    "invoices/": {"number": "invoice"},
    "people/invited/": {"pk": "invitation"},
    "people/": {"pk": "member"},
    "projects/": {"pk": "project"},
    "zones/": {"pk": "zone"},
    "contacts/": {"pk": "contact"},
    "account/": {"pk": "0"},
    "invitations/": {"token": "invited"},
    "help/": {"slug": "state-issued"},
    "statements/": {"slug": "service"},
}


def named(world: World) -> dict[str, str]:
    """One of each thing of the project that an address can name."""
    end = world.now + timedelta(days=300)
    bulletin = Bulletin.objects.create(
        brand="CFCA", title="Audit", starts_at=world.now, ends_at=end
    )
    card = Card("Carol", "carol@acme.example", "")
    contact = add_contact(project_id=world.acme.pk, card=card, actor=world.alice, now=world.now)
    invitation = invite(
        project_id=world.acme.pk,
        email="dave@acme.example",
        role=Role.VIEWER,
        actor=world.alice,
        now=world.now,
    )
    ValidatedOrganization.objects.create(
        customer=world.acme,
        house="SYMANTEC",
        level="OV",
        identity={"name": "Acme"},
        validated_at=world.now,
        validated_by=world.sam.email,
        order=CaOrder.objects.earliest("pk"),
    )
    purchase = order(
        project=world.acme, product=world.product(), cart=Cart(), actor=world.alice, now=world.now
    )
    billed = order(
        project=world.acme, product=world.product(), cart=Cart(), actor=world.alice, now=world.now
    )
    pay_now(billed.pk, actor=world.alice, now=world.now)
    Refund.objects.create(purchase=billed, cause=Cause.TOO_LATE, amount=1, asked_at=world.now)
    Invitation.objects.update(created_at=world.now - timedelta(days=1))
    picture = Picture(b"PNG", "image/png", 1, 1)
    paper = hand_in(
        PaperKind.BANK_PERMIT,
        picture,
        customer=world.acme.pk,
        by="alice@acme.example",
        now=world.now,
    )
    zone = add_zone(
        project_id=world.acme.pk,
        given=demo_connection(),
        actor=world.alice,
        now=world.now,
    )
    return {
        "paper": str(paper.pk),
        "zone": str(zone.pk),
        "record": str(DemoRecord.objects.create(name=ZONE, rtype="TXT", value="v").pk),
        "site": str(DemoSite.objects.create(host=ZONE).pk),
        "bulletin": str(bulletin.pk),
        "contact": str(contact.pk),
        "invitation": str(invitation.pk),
        "invited": invitation.token(),
        "member": str(world.bob.memberships.get().pk),
        "product": str(world.product().pk),
        "order": purchase.pk,
        "invoice": str(billed.invoices.get().pk),
        "project": str(world.acme.pk),
    }

"""The cast of the demo, with one password that says what it is."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import Group
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import Team
from accounts.contact_book import Card, add_contact
from accounts.inviting import invite
from accounts.models import Contact, Invitation, Membership, Project, Role, User
from pki.sealed import SealBroken
from verification.demo_updates import demo_connection
from verification.zone_book import Connection, add_zone, change_zone
from verification.zones import Zone

PASSWORD = "reseal-demo"  # noqa: S105  # shown on the sign-in page: it is a demo


@dataclass(frozen=True)
class Person:
    email: str
    role: Promise
    project: str = ""
    membership: str = ""
    team: str = ""
    is_superuser: bool = False

    @property
    def is_staff(self) -> bool:
        return bool(self.team) or self.is_superuser


ACME, NORTHWIND = "Acme Retail", "Northwind"
CAST = (
    Person("alice@acme.example", _("administrator"), ACME, Role.ADMINISTRATOR),
    Person("bob@acme.example", _("operator"), ACME, Role.OPERATOR),
    Person("mallory@northwind.example", _("administrator"), NORTHWIND, Role.ADMINISTRATOR),
    Person("victor@acme.example", _("viewer"), ACME, Role.VIEWER),
    Person("sam@reseal.example", _("staff, CA operator"), team=Team.CA_OPERATOR),
    Person("sol@reseal.example", _("staff, CA operator"), team=Team.CA_OPERATOR),
    Person("sue@reseal.example", _("staff, support"), team=Team.SUPPORT),
    Person("ada@reseal.example", _("staff, auditor"), team=Team.AUDITOR),
    Person("root@reseal.example", _("superuser"), is_superuser=True),
)
CHECKS, APPROVES = "sam@reseal.example", "sol@reseal.example"
CASHIER = "sue@reseal.example"
OWNERS = {ACME: "alice@acme.example", NORTHWIND: "mallory@northwind.example"}


def make_people(now: datetime) -> None:
    """Everybody who is missing, with their project and role."""
    for person in CAST:
        user = User.objects.filter(email=person.email).first()
        if user is None:
            user = User.objects.create_user(
                person.email,
                PASSWORD,
                is_staff=person.is_staff,
                is_superuser=person.is_superuser,
            )
        if person.team:
            user.groups.set(Group.objects.filter(name=person.team))
        if person.project:
            project = Project.objects.filter(name=person.project).first()
            if project is None:
                project = Project.objects.create(name=person.project, created_at=now)
            Membership.objects.get_or_create(
                user=user, project=project, defaults={"role": person.membership, "since": now}
            )


CONTACTS = (
    Card("Alice Archer", "alice@acme.example", "+44 20 7946 0123"),
    Card("Certificates desk", "certificates@acme.example", "+44 20 7946 0100"),
    Card("Olivia Oakes, company secretary", "secretary@acme.example", "+44 20 7946 0188"),
)


def give_zone(at: datetime, now: datetime) -> None:
    """Acme's key to the demo's own DNS zone, as it is today: automatic DNS works there."""
    acme, owner = Project.objects.get(name=ACME), User.objects.get(email=OWNERS[ACME])
    given = demo_connection()
    zone = Zone.objects.filter(project=acme, name=given.name).first()
    if zone is None:
        add_zone(project_id=acme.pk, given=given, actor=owner, now=at)
    elif not _opens(zone, given):
        change_zone(zone=zone, given=given, actor=owner, now=now)


def _opens(zone: Zone, given: Connection) -> bool:
    try:
        return zone.open_plaintext() == base64.b64decode(given.secret)
    except SealBroken:
        return False


INVITED = "ivy@acme.example"


def make_contacts(at: datetime) -> None:
    """The cards that Acme's administrator keeps, as far as they are missing."""
    acme, owner = Project.objects.get(name=ACME), User.objects.get(email=OWNERS[ACME])
    for card in CONTACTS:
        if not Contact.objects.filter(project=acme, email=card.email).exists():
            add_contact(project_id=acme.pk, card=card, actor=owner, now=at)


def invite_somebody(at: datetime) -> None:
    """Ivy is asked into Acme and has not answered yet."""
    acme, owner = Project.objects.get(name=ACME), User.objects.get(email=OWNERS[ACME])
    if not Invitation.objects.filter(project=acme, email=INVITED).exists():
        invite(project_id=acme.pk, email=INVITED, role=Role.VIEWER, actor=owner, now=at)

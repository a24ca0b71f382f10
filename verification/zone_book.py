"""The verbs on the DNS zones of a project: add, change the secret, try, remove."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts import audit
from accounts.access import Action, may
from accounts.models import Project, User
from accounts.projects import Room
from accounts.refusals import Obstacle, Refused
from pki.findings import is_refused
from pki.names import MAX_NAME, check_name, is_wildcard
from pki.sealed import SealBroken
from verification.addresses import literal, looks_numeric, refusal
from verification.challenges import Status
from verification.demo_records import is_dns_name
from verification.dns_update import Provider, Unchanged, problem
from verification.network import Network, allowed_networks
from verification.outcome import Problem
from verification.published import PublishedRecord
from verification.publishing import BUSY, Publication, State, try_again
from verification.zones import Algorithm, Zone

MOST_ZONES = 100  # a project
LEAST_SECRET, MOST_SECRET = 16, 128  # bytes
TEST_LABEL = "_reseal-test"
TRY_AGAIN_AFTER = timedelta(seconds=10)
# Ports of other services are not for DNS messages: nobody makes us talk to a mail server.
DNS_PORT, FIRST_FREE_PORT, LAST_PORT = 53, 1024, 65535


@dataclass(frozen=True)
class Connection:
    """A zone and its key as they were typed; the secret in base64 as `tsig-keygen` prints it."""

    name: str
    server: str
    port: int
    key_name: str
    algorithm: str
    secret: str = field(repr=False)

    def tidied(self) -> Connection:
        name, server, key = (
            text.strip().rstrip(".").lower() for text in (self.name, self.server, self.key_name)
        )
        secret = "".join(self.secret.split()).strip('";')
        return Connection(name, server, self.port, key, self.algorithm, secret)


def add_zone(*, project_id: int, given: Connection, actor: User, now: datetime) -> Zone:
    """Keep a zone with its key, sealed. Nothing is asked over the network yet: see `try_zone`."""
    given = given.tidied()
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project_id)
        _demand(project_id, actor)
        _refuse([*_name_obstacles(project_id, given.name), *_key_obstacles(given)])
        zone = Zone(project_id=project_id, name=given.name, created_at=now, changed_at=now)
        _keep(zone, given, now)
        try_again(project_id, now)
        _log(zone, "added", actor, now)
    return zone


def change_zone(*, zone: Zone, given: Connection, actor: User, now: datetime) -> None:
    """Another server or key for the zone; its name stays. The earlier secret is gone for good."""
    given = given.tidied()
    with transaction.atomic():
        row = _locked(zone)
        _demand(row.project_id, actor)
        _refuse(_key_obstacles(given))
        row.tried_at, row.problem_code, row.problem_message = None, "", ""
        _keep(row, given, now)
        try_again(row.project_id, now)
        _log(row, "changed", actor, now)


def remove_obstacles(zone: Zone, actor: User, now: datetime) -> list[Obstacle]:
    """All reasons why the zone cannot be removed at `now`; empty when none holds."""
    found = []
    if not may(actor, Action.KEEP_ZONES, zone):
        found.append(_forbidden())
    standing = _standing(zone).filter(challenge__status=Status.OPEN)
    is_there = Q(published_at__isnull=False)
    if there := _names(standing.filter(is_there)):
        message = _(
            "Records that prove %(names)s are published there now. They go when the domains are"
            " proved, or when you choose another way of proof for them; remove the zone then."
        )
        found.append(Obstacle("zone.in_use", message % {"names": there}))
    if tried := _names(standing.exclude(is_there)):
        message = _(
            "Records that prove %(names)s may stand there: we sent them, and got no answer that"
            " tells. Correct the zone's server, or choose another way of proof for these domains;"
            " remove the zone then."
        )
        found.append(Obstacle("zone.in_use", message % {"names": tried}))
    going = _standing(zone).exclude(challenge__status=Status.OPEN)
    # What the server refuses to let go must not keep the zone for ever.
    if going.filter(Q(problem_code="") | Q(removing_since__isnull=True)).exists():
        message = _("A record is being removed from the zone just now. Try again in a minute.")
        found.append(Obstacle("zone.cleaning_up", message))
    return found


def left_behind(zone: Zone) -> list[Publication]:
    """What stays in the zone when it is removed now: its server did not let us take it away."""
    going = _standing(zone).exclude(challenge__status=Status.OPEN)
    return list(going.select_related("challenge").order_by("pk"))


def remove_zone(*, zone: Zone, actor: User, now: datetime) -> None:
    """Forget the zone and its key."""
    with transaction.atomic():
        row = _locked(zone)
        _refuse(remove_obstacles(row, actor, now))
        left = _standing(row).exclude(challenge__status=Status.OPEN)
        left.update(state=State.LEFT, removed_at=now, due_at=None)
        _log(row, "removed", actor, now)
        row.delete()


def try_obstacles(zone: Zone, actor: User, now: datetime) -> list[Obstacle]:
    found = []
    if not may(actor, Action.CHECK, zone):
        message = _("Your role does not try zones; ask an operator or administrator.")
        found.append(Obstacle("zone.try_forbidden", message))
    if zone.tried_at is not None and now < zone.tried_at + TRY_AGAIN_AFTER:
        message = _("It was tried a moment ago. Try again in ten seconds.")
        found.append(Obstacle("zone.tried_lately", message))
    return found


def try_zone(*, zone: Zone, actor: User, now: datetime, network: Network) -> Problem | None:
    """Write a test record and take it away again; None when both worked. Kept with the zone."""
    _refuse(try_obstacles(zone, actor, now))
    # Noted first: however long it takes, nobody starts a second try meanwhile, and one that dies
    # leaves no word of success.
    begun = problem("zone.trying", zone=zone.name)
    changed = Zone.objects.filter(pk=zone.pk, tried_at=zone.tried_at).update(
        tried_at=now, problem_code=begun.code, problem_message=begun.message
    )
    if not changed:
        message = _("It was tried a moment ago. Try again in ten seconds.")
        raise Refused([Obstacle("zone.tried_lately", message)])
    wrong = _try(zone, network)
    if isinstance(wrong, Unchanged) and wrong.code == BUSY:  # not tried: what was known stays
        Zone.objects.filter(pk=zone.pk, tried_at=now).update(
            tried_at=zone.tried_at,
            problem_code=zone.problem_code,
            problem_message=zone.problem_message,
        )
        return wrong
    Zone.objects.filter(pk=zone.pk, key_version=zone.key_version).update(
        problem_code=wrong.code if wrong else "",
        problem_message=wrong.message if wrong else "",
    )
    return wrong


def _try(zone: Zone, network: Network) -> Problem | None:
    try:
        provider: Provider = zone.open(network)
    except SealBroken:
        return problem("zone.sealed", zone=zone.name)
    # The same at every try: what one that was killed left there, the next one takes away.
    record = PublishedRecord(f"{TEST_LABEL}.{zone.name}", "TXT", f"try-{zone.pk.hex}")
    wrong = provider.publish(record)
    if isinstance(wrong, Unchanged):
        return wrong
    # Also after an update that nobody answered in time: it may have been done.
    left = provider.withdraw(record)
    return wrong or (left and Problem(left.code, left.message))


def _names(rows: QuerySet[Publication]) -> str:
    return ", ".join(sorted(rows.values_list("challenge__domain", flat=True))[:5])


def _standing(zone: Zone) -> QuerySet[Publication]:
    """What may stand in the zone."""
    return Publication.objects.filter(
        zone=zone,
        state__in=(State.WAITING, State.PUBLISHED),
        attempted_at__isnull=False,
    )


def _locked(zone: Zone) -> Zone:
    """The zone as it stands; the project's lock comes first, as where a zone is added."""
    Project.objects.select_for_update().get(pk=zone.project_id)
    row = Zone.objects.select_for_update().filter(pk=zone.pk).first()
    if row is None:
        raise Refused([Obstacle("zone.gone", _("This zone was removed meanwhile."))])
    return row


def _keep(zone: Zone, given: Connection, now: datetime) -> None:
    zone.server, zone.port = given.server, given.port
    zone.key_name, zone.algorithm, zone.changed_at = given.key_name, given.algorithm, now
    zone.seal_plaintext(base64.b64decode(given.secret))
    zone.save()


def _demand(project_id: int, actor: User) -> None:
    if not may(actor, Action.KEEP_ZONES, Room(project_id)):
        raise Refused([_forbidden()])


def _forbidden() -> Obstacle:
    message = _("Your role does not keep DNS zones; ask an administrator of the project.")
    return Obstacle("zone.forbidden", message)


def _refuse(obstacles: Iterable[Obstacle]) -> None:
    found = list(obstacles)
    if found:
        raise Refused(found)


def _name_obstacles(project_id: int, name: str) -> Iterator[Obstacle]:
    # A label with an underscore may be a zone of its own: `_dnsauth.example.com` alone will do.
    plain = ".".join(label for label in name.split(".") if not label.startswith("_"))
    canonical, findings = check_name(plain)
    is_wrong = canonical is None or is_wildcard(canonical) or is_refused(findings)
    if is_wrong or not is_dns_name(name) or canonical != plain:
        message = _("This is no zone. Write its name as it begins, such as example.com.")
        yield Obstacle("zone.name", message)
    elif len(f"{TEST_LABEL}.{name}") > MAX_NAME:  # and the record of a challenge is shorter
        message = _(
            "The records for this zone would stand at names of more than %(limit)d characters,"
            " which DNS does not take. Name the zone above it."
        )
        yield Obstacle("zone.too_long", message % {"limit": MAX_NAME})
    elif Zone.objects.filter(project_id=project_id, name=name).exists():
        message = _("%(name)s is among the zones already. Change that one.")
        yield Obstacle("zone.twice", message % {"name": name})
    elif Zone.objects.filter(project_id=project_id).count() >= MOST_ZONES:
        message = _("A project keeps at most %(most)d zones. Remove one that is not used.")
        yield Obstacle("zone.too_many", message % {"most": MOST_ZONES})


def _key_obstacles(given: Connection) -> Iterator[Obstacle]:
    is_name = is_dns_name(given.server) and not looks_numeric(given.server)
    address = literal(given.server)
    if address is None and not is_name:
        message = _("This is no server. Write its name or address, such as ns1.example.com.")
        yield Obstacle("zone.server", message)
    # A name is judged by the address that it leads to, whenever we connect there.
    if address is not None and refusal(address, allowed_networks()):
        refused = problem("zone.address_refused", server=given.server)
        yield Obstacle(refused.code, refused.message)
    if given.port != DNS_PORT and not FIRST_FREE_PORT <= given.port <= LAST_PORT:
        message = _("Name servers listen at port 53; another one must be between 1024 and 65535.")
        yield Obstacle("zone.port", message)
    if not is_dns_name(given.key_name):
        message = _("Write the name of the key as the server knows it, such as reseal-key.")
        yield Obstacle("zone.key_name", message)
    if given.algorithm not in Algorithm.values:
        message = _("Choose one of these algorithms: %(offered)s.")
        told = ", ".join(map(str, Algorithm.labels))
        yield Obstacle("zone.algorithm", message % {"offered": told})
    if not LEAST_SECRET <= len(_decoded(given.secret)) <= MOST_SECRET:
        message = _(
            "The secret is base64 of at least 16 bytes. Copy what stands after “secret” in the"
            " key, as tsig-keygen prints it."
        )
        yield Obstacle("zone.secret", message)


def _decoded(secret: str) -> bytes:
    try:
        return base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _log(zone: Zone, what: str, actor: User, now: datetime) -> None:
    audit.record(
        project_id=zone.project_id,
        actor=actor,
        action=f"zone.{what}",
        subject=zone.name[:100],
        now=now,
        detail={"server": f"{zone.server}:{zone.port}", "key": zone.key_name},
    )

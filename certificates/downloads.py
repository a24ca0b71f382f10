"""Handing out a private key: logged durably before a single byte leaves (trust.md decision 6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.access import Action, may
from accounts.actors import Actor
from certificates.keys import Custody
from certificates.obstacles import Obstacle, Refused
from certificates.story import Certificate
from certificates.versions import Version
from pki import bundles, keys
from pki.bundles import Server


@dataclass(frozen=True)
class Wrapping:
    """For which servers a key leaves, and how it is protected on its way."""

    servers: tuple[Server, ...] = tuple(Server)
    passphrase: str = field(default="", repr=False)
    is_legacy: bool = False


@dataclass(frozen=True)
class Archive:
    name: str
    content: bytes


def key_obstacles(version: Version, actor: Actor) -> list[Obstacle]:
    """All reasons why `actor` cannot take the key of this version; empty when none holds."""
    found = []
    if not may(actor, Action.DOWNLOAD_KEY, version.certificate):
        message = _("Your role does not take keys; ask an administrator of the project.")
        found.append(Obstacle("key.forbidden", message))
    if not is_held(version):
        message = _("We do not hold the key of this version; it is where its CSR was made.")
        found.append(Obstacle("key.not_held", message))
    return found


def is_held(version: Version) -> bool:
    return version.key_id is not None and version.key_custody == Custody.STORED


def version_to_download(
    certificate: Certificate, number: int | None, wanted: str
) -> Version | None:
    """The version whose files are offered: the one asked for if there is one, else the latest."""
    versions = {str(each.number): each for each in certificate.versions.all()}
    latest = max(versions.values(), key=lambda each: each.number, default=None)
    return versions.get(wanted if number is None else str(number), latest)


def key_archive(version: Version, wrapping: Wrapping, *, actor: Actor, now: datetime) -> Archive:
    """A zip with chain and key. If the log cannot be written, nothing is opened or leaves.

    The passphrase goes into the files and nowhere else; the log says only whether there was one.
    """
    obstacles = key_obstacles(version, actor)
    if obstacles:
        raise Refused(obstacles)
    certificate, stored = version.certificate, version.key
    assert stored is not None
    with transaction.atomic(durable=True):
        audit.record(
            project_id=certificate.project_id,
            actor=actor,
            action="key.download",
            subject=f"{certificate.pk} version {version.number}",
            now=now,
            detail={
                "serial": version.serial,
                "servers": [str(each) for each in wrapping.servers],
                "passphrase": bool(wrapping.passphrase),
            },
        )
    private = keys.from_pkcs8(stored.open_plaintext())
    domain = version.names[0]
    return Archive(
        bundles.safe_name(f"{certificate.pk}_{domain}") + f"{_of_one(wrapping)}.zip",
        bundles.server_zip(
            certificate.pk,
            domain,
            version.chain,
            private,
            wrapping.servers,
            wrapping.passphrase,
            is_legacy=wrapping.is_legacy,
        ),
    )


def _of_one(wrapping: Wrapping) -> str:
    """The end of the name where the files are for one server."""
    return f"_{wrapping.servers[0]}" if len(wrapping.servers) == 1 else ""

"""Handing out a private key: logged durably before a single byte leaves (trust.md decision 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.access import Action, may
from accounts.actors import Actor
from certificates.keys import Custody
from certificates.obstacles import Obstacle, Refused
from certificates.versions import Version
from pki import bundles, keys


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
    if version.key_id is None or version.key_custody != Custody.STORED:
        message = _("We do not hold the key of this version; it is where its CSR was made.")
        found.append(Obstacle("key.not_held", message))
    return found


def key_archive(version: Version, *, actor: Actor, now: datetime) -> Archive:
    """A zip with chain and key. If the log cannot be written, nothing is opened or leaves."""
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
            detail={"serial": version.serial},
        )
    private = keys.private_pem(keys.from_pkcs8(stored.open_plaintext()))
    domain = version.names[0]
    return Archive(
        bundles.safe_name(f"{certificate.pk}_{domain}") + ".zip",
        bundles.server_zip(certificate.pk, domain, version.chain, private),
    )

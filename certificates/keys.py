"""Private keys that we keep for customers, encrypted, each bound to its id, owner and version."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.custody import SealedKey
from accounts.models import Project


class Custody(models.TextChoices):
    """Who holds a private key."""

    NOT_HELD = "NOT_HELD", _("Never seen by us")
    STORED = "STORED", _("Stored encrypted")
    DELETED = "DELETED", _("Deleted")


class StoredKey(SealedKey):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    spki_sha256 = models.CharField(max_length=64, db_index=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)

    def associated_data(self) -> bytes:
        return f"customer-key:{self.id}:{self.project_id}:{self.key_version}".encode()


def store(project_id: int, pkcs8: bytes, spki_sha256: str, now: datetime) -> StoredKey:
    """Encrypt and keep a key, in the transaction of the application that it was made for."""
    key = StoredKey(project_id=project_id, spki_sha256=spki_sha256, created_at=now)
    key.seal_plaintext(pkcs8)
    key.save()
    return key

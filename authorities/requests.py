"""Our own record of what we asked an authority, written before it is asked."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models

from authorities.port import Request


def new_request_id() -> str:
    return uuid.uuid4().hex


class CaRequest(models.Model):
    """One request: our id, the adapter it goes to, its frozen payload, and the last answer."""

    id = models.CharField(primary_key=True, max_length=32, default=new_request_id)
    adapter = models.CharField(max_length=40)
    payload = models.JSONField()
    created_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    reference = models.CharField(max_length=40, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.id} · {self.adapter}"

    def request(self) -> Request:
        return Request.of(self.payload)


def record(adapter: str, request: Request, now: datetime) -> CaRequest:
    """Write the intent, in the transaction of the verb that has it."""
    return CaRequest.objects.create(adapter=adapter, payload=request.payload(), created_at=now)


class BlockedKey(models.Model):
    """A key that was reported as compromised: nobody may use it again (BR 6.1.1.3)."""

    spki_sha256 = models.CharField(max_length=64, unique=True)
    reported_at = models.DateTimeField()
    source = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.spki_sha256


def block_key(spki_sha256: str, *, source: str, now: datetime) -> None:
    BlockedKey.objects.get_or_create(
        spki_sha256=spki_sha256, defaults={"reported_at": now, "source": source[:100]}
    )


def is_blocked(spki_sha256: str) -> bool:
    return BlockedKey.objects.filter(spki_sha256=spki_sha256).exists()

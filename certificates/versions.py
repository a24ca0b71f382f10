"""One X.509 certificate that was issued for what the customer bought."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from certificates.applications import Application
from certificates.keys import Custody, StoredKey
from certificates.story import Certificate


class Version(models.Model):
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="versions")
    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, related_name="version"
    )
    number = models.PositiveIntegerField()
    is_current = models.BooleanField()
    serial = models.CharField(max_length=40, db_index=True)
    fingerprint = models.CharField(max_length=64, db_index=True)  # SHA-256 of the DER
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    issued_at = models.DateTimeField()
    names = models.JSONField()
    leaf = models.TextField()  # PEM
    chain = models.TextField()  # PEM, leaf first, without the root
    root = models.TextField()  # PEM
    revoked_at = models.DateTimeField(null=True, blank=True)
    revocation_reason = models.CharField(max_length=24, blank=True, default="")
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    key = models.ForeignKey(StoredKey, null=True, on_delete=models.PROTECT, related_name="+")
    key_custody = models.CharField(max_length=8, choices=Custody.choices)
    spki_sha256 = models.CharField(max_length=64, db_index=True)
    key_algorithm = models.CharField(max_length=16)

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=["certificate", "number"], name="one_version_a_number"),
            models.UniqueConstraint(
                fields=["certificate"],
                condition=models.Q(is_current=True),
                name="one_current_version",
            ),
        )

    def __str__(self) -> str:
        return f"{self.certificate_id} · {self.number} · {self.serial}"

    @property
    def ends_at(self) -> datetime:
        """When it is over: `not_after` itself still counts (RFC 5280 4.1.2.5)."""
        return self.not_after + timedelta(seconds=1)

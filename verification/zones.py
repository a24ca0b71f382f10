"""A DNS zone of a project, and the key by which its name server knows us.

The secret is written once and read by nobody but the updates themselves: no page, mail or log ever
shows it again.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.custody import SealedKey
from accounts.models import Project
from verification.dns_update import PROVIDERS, Access, Provider
from verification.network import Network


class ProviderKind(models.TextChoices):
    RFC2136 = "RFC2136", _("DNS update (RFC 2136)")


class Algorithm(models.TextChoices):
    """What a TSIG key signs with (RFC 8945 6); older ones than these are not offered."""

    SHA256 = "hmac-sha256", "HMAC-SHA256"
    SHA384 = "hmac-sha384", "HMAC-SHA384"
    SHA512 = "hmac-sha512", "HMAC-SHA512"


class Zone(SealedKey):
    """`name` in lower case without a trailing dot; `server` is a host name or an address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="zones")
    name = models.CharField(max_length=253)
    provider = models.CharField(
        max_length=10, choices=ProviderKind.choices, default=ProviderKind.RFC2136
    )
    server = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=53)
    key_name = models.CharField(max_length=253)
    algorithm = models.CharField(max_length=12, choices=Algorithm.choices, default=Algorithm.SHA256)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    # What the last try of the connection came to; an empty code after it is success.
    tried_at = models.DateTimeField(null=True, blank=True)
    problem_code = models.CharField(max_length=40, blank=True, default="")
    problem_message = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("DNS zone")
        verbose_name_plural = _("DNS zones")
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["project", "name"], name="one_zone_a_name"),)

    def __str__(self) -> str:
        return self.name

    def associated_data(self) -> bytes:
        return f"zone-key:{self.id}:{self.project_id}:{self.key_version}".encode()

    @property
    def works(self) -> bool:
        """The last try succeeded."""
        return self.tried_at is not None and not self.problem_code

    def covers(self, name: str) -> bool:
        return name == self.name or name.endswith("." + self.name)

    def open(self, network: Network) -> Provider:
        """The provider, with the key. Raises pki.sealed.SealBroken."""
        access = Access(
            self.name, self.server, self.port, self.key_name, self.algorithm, self.open_plaintext()
        )
        return PROVIDERS[self.provider](access, network)


def covering(project_id: int, name: str) -> Zone | None:
    """The project's zone that `name` lies in, the nearest one."""
    labels = name.split(".")
    above = [".".join(labels[at:]) for at in range(len(labels))]
    found = Zone.objects.filter(project_id=project_id, name__in=above)
    return max(found, key=lambda zone: len(zone.name), default=None)

"""The records of the demo's own zone: the demo page writes them, the embedded DNS reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ZONE = "demo.example.net"
SERVER = f"ns.{ZONE}"  # as whom the demo's DNS takes updates
LONGEST_VALUE = 1000
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)


class RecordType(models.TextChoices):
    TXT = "TXT", "TXT"
    CNAME = "CNAME", "CNAME"
    CAA = "CAA", "CAA"
    A = "A", "A"


class DemoRecord(models.Model):
    """One record. `name` is lower-case without a trailing dot; `ttl` in seconds.

    `value` as in a zone file, but TXT is the bare text (chunks are made when it is answered).
    """

    name = models.CharField(gettext_lazy("Name"), max_length=253)
    rtype = models.CharField(gettext_lazy("Type"), max_length=5, choices=RecordType.choices)
    value = models.CharField(gettext_lazy("Value"), max_length=LONGEST_VALUE)
    ttl = models.PositiveIntegerField(gettext_lazy("TTL"), default=5)

    class Meta:
        ordering = ("name", "rtype", "value")
        constraints = (
            models.UniqueConstraint(
                fields=("name", "rtype", "value"), name="verification_demorecord_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}. {self.ttl} {self.rtype} {self.value}"

    def clean(self) -> None:
        """Refuse what the zone cannot hold: names elsewhere, twins, company for a CNAME."""
        self.name = self.name.strip().rstrip(".").lower()
        if not self.name:  # said by the field itself
            return
        if not in_zone(self.name) or not is_dns_name(self.name):
            message = _("This DNS host holds only host names in %(zone)s.") % {"zone": ZONE}
            raise ValidationError({"name": ValidationError(message, code="record.not_in_zone")})
        others = DemoRecord.objects.filter(name=self.name).exclude(pk=self.pk)
        if others.filter(rtype=self.rtype, value=self.value).exists():
            message = _("The zone holds this very record already.")
            raise ValidationError({"value": ValidationError(message, code="record.twice")})
        alone = self.rtype == RecordType.CNAME
        # A CNAME stands alone at its name, and never at the top of a zone (RFC 1034 3.6.2).
        if others.filter(rtype=RecordType.CNAME).exists() or (
            alone and (others.exists() or self.name == ZONE)
        ):
            message = _(
                "A CNAME stands alone at its name. Remove the other record of %(name)s first."
            ) % {"name": self.name}
            raise ValidationError({"name": ValidationError(message, code="record.cname_alone")})


def in_zone(name: str) -> bool:
    return name == ZONE or name.endswith("." + ZONE)


def is_dns_name(text: str) -> bool:
    """Letters, digits, hyphens and underscores in labels of at most 63, 253 in all (RFC 1035)."""
    name = text.removesuffix(".")
    return len(name) <= 253 and all(LABEL.fullmatch(label) for label in name.split("."))


def publish_default_records(identities: Iterable[str]) -> int:
    """Let every CA of `identities` issue in the demo zone (CAA at its top); how many were added.

    With a record set there the climb for CAA ends in the zone, so that the demo issues without any
    other network.
    """
    added = 0
    for identity in identities:
        _row, created = DemoRecord.objects.get_or_create(
            name=ZONE, rtype=RecordType.CAA, value=f'0 issue "{identity.lower()}"'
        )
        added += created
    return added

"""The authorities and what they made: keys, certificates, revocation lists.

Keys stand in tables of their own, so that nothing that reads an authority loads its key.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cryptography import x509
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.custody import SealedKey
from authorities.brands import Brand
from pki.certificate import Places
from work.models import DueRow
from work.steps import Step


class Rank(models.TextChoices):
    """A root, or the issuing authority of one level."""

    ROOT = "root", "root"
    DV = "DV", "DV"
    OV = "OV", "OV"
    EV = "EV", "EV"


class Authority(DueRow):
    """One certificate authority. Its due work: a fresh CRL and a fresh key for OCSP answers."""

    slug = models.SlugField(max_length=40, unique=True)
    brand = models.CharField(max_length=16, choices=Brand.choices)
    level = models.CharField(max_length=4, choices=Rank.choices)
    issuer = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="authorities"
    )
    certificate = models.BinaryField()  # DER
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    next_crl_number = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("issuing CA")
        verbose_name_plural = _("issuing CAs")
        constraints = (
            models.UniqueConstraint(fields=["brand", "level"], name="one_authority_a_level"),
        )

    def __str__(self) -> str:
        return self.slug

    @property
    def is_root(self) -> bool:
        return self.level == Rank.ROOT

    @property
    def places(self) -> Places:
        return places(self.slug)

    def x509(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(bytes(self.certificate))

    def step(self, now: datetime, network: Any) -> Step:
        from authorities import upkeep  # it works on this model

        return upkeep.step(self, now)


def places(slug: str) -> Places:
    """Where the world finds an authority's certificate, CRL and OCSP answers."""
    start = f"{settings.PKI_URL}/pki/{slug}"
    return Places(certificate=f"{start}.crt", crl=f"{start}.crl", ocsp=f"{start}/ocsp")


class SigningKey(SealedKey):
    """The key of an authority. Only workers and commands open it, see `authorities.vault`."""

    authority = models.OneToOneField(
        Authority, primary_key=True, on_delete=models.PROTECT, related_name="signing_key"
    )

    def __str__(self) -> str:
        return self.authority.slug

    def associated_data(self) -> bytes:
        return f"authority:{self.authority.slug}:signing:{self.key_version}".encode()


class OcspSigner(SealedKey):
    """A delegated OCSP responder: a key that may sign answers and nothing else (RFC 6960 2.6)."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="ocsp_signers")
    serial = models.CharField(max_length=40)
    certificate = models.BinaryField()  # DER
    not_before = models.DateTimeField()
    not_after = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.authority.slug} {self.serial}"

    def associated_data(self) -> bytes:
        return f"authority:{self.authority.slug}:ocsp:{self.serial}:{self.key_version}".encode()

    def x509(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(bytes(self.certificate))


class IssuedCertificate(models.Model):
    """One leaf: serial and to-be-signed bytes first, the signature when `der` is there.

    `first_crl` is the number of the list on which its revocation appeared first, `last_crl` of the
    one that still shows it after its end; later ones leave it out (RFC 5280 3.3). `given_up_at`:
    its bytes grew too old before they were signed; its serial stays, and nobody signs them.
    """

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="issued")
    order = models.CharField(max_length=64, db_index=True)
    serial = models.CharField(max_length=40)  # lower-case hex
    names = models.JSONField()
    spki_sha256 = models.CharField(max_length=64, db_index=True)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    request = models.JSONField()  # LeafRequest, as it was asked
    tbs = models.BinaryField()
    der = models.BinaryField(default=bytes)
    prepared_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=24, blank=True, default="")
    first_crl = models.PositiveBigIntegerField(null=True, blank=True)
    last_crl = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["authority", "serial"], name="one_serial_an_authority"),
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(given_up_at__isnull=True),
                name="one_certificate_an_order",
            ),
            models.CheckConstraint(
                condition=models.Q(given_up_at__isnull=True) | models.Q(signed_at__isnull=True),
                name="given_up_unsigned",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at__isnull=True, reason="")
                | models.Q(revoked_at__isnull=False) & ~models.Q(reason=""),
                name="revoked_for_a_reason",
            ),
        )
        indexes = (
            models.Index(
                fields=["authority"],
                condition=models.Q(revoked_at__isnull=False, last_crl__isnull=True),
                name="authorities_on_crl",
            ),
        )

    def __str__(self) -> str:
        return self.serial


class Crl(models.Model):
    """One published revocation list; the one with the highest number is current."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="crls")
    number = models.PositiveBigIntegerField()
    this_update = models.DateTimeField()
    next_update = models.DateTimeField()
    der = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["authority", "number"], name="one_crl_a_number"),
        )

    def __str__(self) -> str:
        return f"{self.authority.slug} {self.number}"

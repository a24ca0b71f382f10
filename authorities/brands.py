"""The brands whose certificates are sold and, here, issued."""

from __future__ import annotations

from django.db import models


class Brand(models.TextChoices):
    """The value is the name on the wire, the label the one that people read."""

    SYMANTEC = "SYMANTEC", "DigiCert"
    GEOTRUST = "GEOTRUST", "GeoTrust"
    GLOBALSIGN = "GLOBALSIGN", "GlobalSign"
    CFCA = "CFCA", "CFCA"
    TRUSTASIA = "TRUSTASIA", "TrustAsia"
    VTRUS = "VTRUS", "vTrus"

    @property
    def slug(self) -> str:
        """The name in addresses, such as "digicert"."""
        return str(self.label).lower()

    @property
    def country(self) -> str:
        """Where the brand's authorities are at home, as their names say it."""
        return _COUNTRIES.get(self.value, "CN")


_COUNTRIES = {"SYMANTEC": "US", "GEOTRUST": "US", "GLOBALSIGN": "BE"}

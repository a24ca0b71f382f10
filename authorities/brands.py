"""The brands whose certificates are sold and, here, issued."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


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

    @property
    def house(self) -> str:
        """The brand whose people look at organizations for this one: GeoTrust is DigiCert's."""
        return _HOUSES.get(self.value, self.value)


_COUNTRIES = {"SYMANTEC": "US", "GEOTRUST": "US", "GLOBALSIGN": "BE"}
_HOUSES = {"GEOTRUST": "SYMANTEC"}


class Type(models.TextChoices):
    """What a certificate says about its owner, and how strictly that was looked at."""

    DV_SSL_CERT = "DV_SSL_CERT", _("DV")
    DV_SSL_CERT_BASIC = "DV_SSL_CERT_BASIC", _("DV (Basic)")
    OV_SSL_CERT = "OV_SSL_CERT", _("OV")
    OV_SSL_CERT_PRO = "OV_SSL_CERT_PRO", _("OV Pro")
    EV_SSL_CERT = "EV_SSL_CERT", _("EV")
    EV_SSL_CERT_PRO = "EV_SSL_CERT_PRO", _("EV Pro")

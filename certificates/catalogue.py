"""What can be bought: brand, type and domain type, with terms as dated rows.

A term that changes gets a new row with the day it starts; nothing about a brand is written in code.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

from django.db import models
from django.utils.translation import gettext_lazy as _

from authorities import brands
from authorities.brands import Brand
from authorities.simulated.canned import load_canned_messages
from authorities.simulated.checklists import load_checklists

Type = brands.Type  # declared below, where the desk and the bulletins know it too


class DomainType(models.TextChoices):
    SINGLE_DOMAIN = "SINGLE_DOMAIN", _("Single domain")
    MULTI_DOMAIN = "MULTI_DOMAIN", _("Multiple domains")
    WILDCARD = "WILDCARD", _("Wildcard")


class Product(models.Model):
    brand = models.CharField(max_length=16, choices=Brand.choices)
    type = models.CharField(max_length=20, choices=Type.choices)
    domain_type = models.CharField(max_length=16, choices=DomainType.choices)
    is_free = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["brand", "type", "domain_type", "is_free"], name="a_product_once"
            ),
        )

    def __str__(self) -> str:
        name = f"{Brand(self.brand).label} {Type(self.type).label}"
        free = " (free test)" if self.is_free else ""
        return f"{name}{free} · {DomainType(self.domain_type).label}"

    def terms(self, now: datetime) -> Terms:
        """The terms in force at `now`: of those that have started, the newest."""
        started = (term for term in self.all_terms.all() if term.starts_on <= now.date())
        return max(started, key=lambda term: term.starts_on)

    @property
    def is_wildcard(self) -> bool:
        return self.domain_type == DomainType.WILDCARD

    @property
    def needs_organization(self) -> bool:
        return not self.type.startswith("DV")


class Terms(models.Model):
    """What holds for a product from a day on."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="all_terms")
    starts_on = models.DateField()
    reissue_window_days = models.PositiveIntegerField()
    # Working days of an organization review, least and most; zero where there is none.
    review_days_least = models.PositiveIntegerField(default=0)
    review_days_most = models.PositiveIntegerField(default=0)
    methods = models.JSONField()
    key_algorithms = models.JSONField()
    caa_identities = models.JSONField()
    # Whether the hash of the root certificate can be chosen.
    hash_choice = models.BooleanField(default=False)
    adapter = models.CharField(max_length=40, default="simulated")

    class Meta:
        verbose_name = verbose_name_plural = _("terms")
        constraints = (
            models.UniqueConstraint(fields=["product", "starts_on"], name="one_term_a_day"),
        )

    def __str__(self) -> str:
        return f"{self.product} · {self.starts_on}"


class BrandTerms(TypedDict):
    window: int
    caa: list[str]


FROM = date(2020, 1, 1)
KEY_ALGORITHMS = ["RSA_2048", "RSA_3072", "RSA_4096", "EC_P256", "EC_P384"]
BRANDS: dict[Brand, BrandTerms] = {
    Brand.SYMANTEC: {"window": 25, "caa": ["digicert.com"]},
    Brand.GEOTRUST: {"window": 25, "caa": ["geotrust.com", "digicert.com"]},
    Brand.GLOBALSIGN: {"window": 5, "caa": ["globalsign.com"]},
    Brand.CFCA: {"window": 25, "caa": ["cfca.com.cn"]},
    Brand.TRUSTASIA: {"window": 25, "caa": ["trustasia.com"]},
    Brand.VTRUS: {"window": 25, "caa": ["vtrus.com"]},
}
# Brand, type, domain types: single, multiple, wildcard.
MATRIX = (
    (Brand.SYMANTEC, Type.DV_SSL_CERT_BASIC, "sw"),
    (Brand.SYMANTEC, Type.OV_SSL_CERT, "smw"),
    (Brand.SYMANTEC, Type.OV_SSL_CERT_PRO, "smw"),
    (Brand.SYMANTEC, Type.EV_SSL_CERT, "sm"),
    (Brand.SYMANTEC, Type.EV_SSL_CERT_PRO, "sm"),
    (Brand.GEOTRUST, Type.DV_SSL_CERT, "sw"),
    (Brand.GEOTRUST, Type.OV_SSL_CERT, "smw"),
    (Brand.GEOTRUST, Type.EV_SSL_CERT, "sm"),
    (Brand.GLOBALSIGN, Type.OV_SSL_CERT, "smw"),
    (Brand.GLOBALSIGN, Type.EV_SSL_CERT, "sm"),
    (Brand.CFCA, Type.OV_SSL_CERT, "smw"),
    (Brand.CFCA, Type.EV_SSL_CERT, "sm"),
    (Brand.TRUSTASIA, Type.OV_SSL_CERT, "smw"),
    (Brand.TRUSTASIA, Type.EV_SSL_CERT, "sm"),
    (Brand.VTRUS, Type.DV_SSL_CERT, "sw"),
    (Brand.VTRUS, Type.OV_SSL_CERT, "smw"),
)
# Working days of an organization review by level, least and most.
REVIEW_DAYS = {"DV": (0, 0), "OV": (3, 5), "EV": (7, 10)}
# OV of these brands lets one choose the hash of the root certificate.
HASH_CHOICE = {Brand.SYMANTEC, Brand.GEOTRUST}
LETTERS = {
    "s": DomainType.SINGLE_DOMAIN,
    "m": DomainType.MULTI_DOMAIN,
    "w": DomainType.WILDCARD,
}


def methods(domain_type: str, is_free: bool) -> list[str]:
    """DNS for all; e-mail for what is paid; a file never for wildcards (BR 3.2.2.4.18)."""
    if is_free:
        return ["DNS"]
    return ["DNS", "EMAIL"] if domain_type == DomainType.WILDCARD else ["DNS", "FILE", "EMAIL"]


def load_catalogue() -> int:
    """Make every product that is missing, with its first terms what is checked for it, and
    the sentences that the desk writes often.

    Run twice, it adds nothing.
    """
    made = 0
    free = (Brand.SYMANTEC, Type.DV_SSL_CERT_BASIC, "s")
    for is_free, (brand, kind, letters) in [(False, row) for row in MATRIX] + [(True, free)]:
        for letter in letters:
            product, is_new = Product.objects.get_or_create(
                brand=brand, type=kind, domain_type=LETTERS[letter], is_free=is_free
            )
            Terms.objects.get_or_create(
                product=product,
                starts_on=FROM,
                defaults={
                    "reissue_window_days": BRANDS[brand]["window"],
                    "review_days_least": REVIEW_DAYS[kind[:2]][0],
                    "review_days_most": REVIEW_DAYS[kind[:2]][1],
                    "methods": methods(LETTERS[letter], is_free),
                    "key_algorithms": KEY_ALGORITHMS,
                    "hash_choice": brand in HASH_CHOICE and kind.startswith("OV"),
                    "caa_identities": BRANDS[brand]["caa"],
                },
            )
            made += is_new
    load_checklists()
    load_canned_messages()
    return made


def all_caa_identities() -> list[str]:
    return sorted({identity for terms in BRANDS.values() for identity in terms["caa"]})

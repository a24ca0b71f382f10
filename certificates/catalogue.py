"""What can be bought: brand, type and domain type, with terms as dated rows.

A term that changes gets a new row with the day it starts; nothing about a brand is written in code.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict

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


class Check(models.TextChoices):
    """What an authority looks at before it issues."""

    DOMAIN = "DOMAIN", _("Domain")
    ORGANIZATION = "ORGANIZATION", _("Organization")
    EXTENDED = "EXTENDED", _("Organization, by the extended rules")


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
        return self._told(self._name)

    @property
    def _name(self) -> str:
        return f"{Brand(self.brand).label} {Type(self.type).label}"

    def _told(self, name: str) -> str:
        free = f" ({_('free test')})" if self.is_free else ""
        return f"{name}{free} · {DomainType(self.domain_type).label}"

    def brand_and_type(self, now: datetime) -> str:
        """As it is sold at `now`: a brand that took over another's product gives it its name."""
        return self.terms(now).label or self._name

    def called(self, now: datetime) -> str:
        """The same with the domain type."""
        return self._told(self.brand_and_type(now))

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
    """What holds for a product from a day on. Prices are of one certificate for one year."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="all_terms")
    starts_on = models.DateField()
    # What it is called from this day on; empty: by its brand and type.
    label = models.CharField(max_length=60, blank=True, default="")
    is_sold = models.BooleanField(default=True)
    unit_price = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))
    # Of each name beyond the first one, where the product holds several.
    name_price = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))
    wildcard_price = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))
    # How many names one certificate holds, and how many of them are no wildcards at least.
    names_least = models.PositiveIntegerField(default=1)
    names_most = models.PositiveIntegerField(default=1)
    singles_least = models.PositiveIntegerField(default=0)
    allows_wildcard_names = models.BooleanField(default=False)
    allows_addresses = models.BooleanField(default=False)  # an IP address in place of the name
    checks = models.JSONField(default=list)
    hash_choice = models.BooleanField(default=False)  # of the root's signature, at the application
    validity_months = models.PositiveIntegerField(default=0)  # zero: as long as the rules allow
    reissue_window_days = models.PositiveIntegerField()
    # Working days of an organization review, least and most; zero where there is none.
    review_days_least = models.PositiveIntegerField(default=0)
    review_days_most = models.PositiveIntegerField(default=0)
    methods = models.JSONField()
    key_algorithms = models.JSONField()
    caa_identities = models.JSONField()
    # Whether every application proves its names anew, however lately they were proved.
    proves_anew = models.BooleanField(default=False)
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
CHECKS = {
    "DV": [Check.DOMAIN],
    "OV": [Check.DOMAIN, Check.ORGANIZATION],
    "EV": [Check.DOMAIN, Check.EXTENDED],
}
LETTERS = {
    "s": DomainType.SINGLE_DOMAIN,
    "m": DomainType.MULTI_DOMAIN,
    "w": DomainType.WILDCARD,
}
# A year of one certificate: single, wildcard, each further name, each further wildcard name.
PRICES: dict[tuple[Brand, str], tuple[int, int, int, int]] = {
    (Brand.SYMANTEC, Type.DV_SSL_CERT_BASIC): (39, 189, 0, 0),
    (Brand.SYMANTEC, Type.OV_SSL_CERT): (389, 1490, 129, 690),
    (Brand.SYMANTEC, Type.OV_SSL_CERT_PRO): (690, 2590, 229, 1190),
    (Brand.SYMANTEC, Type.EV_SSL_CERT): (790, 0, 259, 0),
    (Brand.SYMANTEC, Type.EV_SSL_CERT_PRO): (1190, 0, 390, 0),
    (Brand.GEOTRUST, Type.DV_SSL_CERT): (49, 219, 0, 0),
    (Brand.GEOTRUST, Type.OV_SSL_CERT): (199, 690, 49, 290),
    (Brand.GEOTRUST, Type.EV_SSL_CERT): (349, 0, 89, 0),
    (Brand.GLOBALSIGN, Type.OV_SSL_CERT): (259, 890, 79, 390),
    (Brand.GLOBALSIGN, Type.EV_SSL_CERT): (490, 0, 149, 0),
    (Brand.CFCA, Type.OV_SSL_CERT): (219, 790, 69, 350),
    (Brand.CFCA, Type.EV_SSL_CERT): (420, 0, 129, 0),
    (Brand.TRUSTASIA, Type.OV_SSL_CERT): (199, 720, 59, 320),
    (Brand.TRUSTASIA, Type.EV_SSL_CERT): (390, 0, 119, 0),
    (Brand.VTRUS, Type.DV_SSL_CERT): (45, 199, 0, 0),
    (Brand.VTRUS, Type.OV_SSL_CERT): (179, 640, 49, 280),
}
SEVERAL_LEAST = 5  # GeoTrust sells several names from this number on
FREE_MONTHS = 3  # a free test certificate
HASH_CHOICE = {Brand.SYMANTEC, Brand.GEOTRUST}  # for OV
WITH_ADDRESSES = {Brand.GEOTRUST, Brand.GLOBALSIGN, Brand.VTRUS}  # OV for one name
# From this day on GeoTrust's DV is RapidSSL's.
SUCCESSIONS: dict[tuple[Brand, str], tuple[date, str]] = {
    (Brand.GEOTRUST, Type.DV_SSL_CERT): (date(2023, 4, 17), "RapidSSL DV"),
}


def methods(domain_type: str, is_free: bool) -> list[str]:
    """TXT for all, the others for what is paid; a file never for wildcards (BR 3.2.2.4.18)."""
    if is_free:
        return ["DNS"]
    has_file = domain_type != DomainType.WILDCARD
    return ["DNS", "CNAME", *(["FILE"] if has_file else []), "EMAIL"]


def first_terms(product: Product) -> dict[str, Any]:
    """What a product of the catalogue is sold under at first."""
    brand, level = Brand(product.brand), product.type[:2]
    single, wildcard, name, wildcard_name = PRICES[brand, product.type]
    is_multi = product.domain_type == DomainType.MULTI_DOMAIN
    holds_wildcards = is_multi and level == "OV"
    price = wildcard if product.is_wildcard else single
    least = SEVERAL_LEAST if brand == Brand.GEOTRUST else 2
    return {
        "unit_price": 0 if product.is_free else price,
        "name_price": name if is_multi else 0,
        "wildcard_price": wildcard_name if holds_wildcards else 0,
        "names_least": least if is_multi else 1,
        "names_most": 250 if is_multi else 1,
        "singles_least": (least if brand == Brand.GEOTRUST else 1) if is_multi else 0,
        "allows_wildcard_names": holds_wildcards,
        "allows_addresses": level == "OV"
        and product.domain_type == DomainType.SINGLE_DOMAIN
        and brand in WITH_ADDRESSES,
        "checks": CHECKS[level],
        "hash_choice": level == "OV" and brand in HASH_CHOICE,
        "validity_months": FREE_MONTHS if product.is_free else 0,
        "reissue_window_days": BRANDS[brand]["window"],
        "review_days_least": REVIEW_DAYS[level][0],
        "review_days_most": REVIEW_DAYS[level][1],
        "methods": methods(product.domain_type, product.is_free),
        "key_algorithms": KEY_ALGORITHMS,
        "caa_identities": BRANDS[brand]["caa"],
    }


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
            facts = first_terms(product)
            Terms.objects.get_or_create(product=product, starts_on=FROM, defaults=facts)
            if (brand, kind) in SUCCESSIONS:
                since, label = SUCCESSIONS[brand, kind]
                Terms.objects.get_or_create(
                    product=product, starts_on=since, defaults=facts | {"label": label}
                )
            made += is_new
    load_checklists()
    load_canned_messages()
    return made


def listed(codes: Sequence[str]) -> str:
    """DNS, FILE; RSA 2048, EC P-256."""
    return ", ".join(codes).replace("EC_P", "EC P-").replace("_", " ")


def all_caa_identities() -> list[str]:
    return sorted({identity for terms in BRANDS.values() for identity in terms["caa"]})


def caa_identities(now: datetime, brand: str = "") -> tuple[str, ...]:
    """Under which domain names `brand`, or else every brand, is sold at `now`: CAA names these."""
    by_brand: dict[str, list[str]] = {}
    for product in Product.objects.prefetch_related("all_terms").order_by("pk"):
        by_brand.setdefault(product.brand, []).extend(product.terms(now).caa_identities)
    if not by_brand:  # nothing is sold yet: as the catalogue will be loaded
        by_brand = {each: terms["caa"] for each, terms in BRANDS.items()}
    wanted = [brand] if brand else list(Brand)
    return tuple(dict.fromkeys(name for each in wanted for name in by_brand.get(each, [])))

"""What the demo holds: every product once, and every status that can be reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from django.conf import settings

from authorities.brands import Brand
from certificates.catalogue import LETTERS, MATRIX, DomainType, Type
from certificates.demo.people import ACME, NORTHWIND

ZONE = "demo.example.net"


class Goal(Enum):
    """Where a certificate of the demo stands when the seed is done."""

    ORDERED = auto()  # and not paid yet
    PAID = auto()
    PROVING = auto()
    REVIEWING = auto()
    QUESTIONED = auto()  # the desk asked the customer something
    CHECKED = auto()  # found good, waits for a second person
    HELD = auto()  # ready, but its brand's suspension holds it
    ISSUED = auto()
    PLANNED = auto()  # reissue asked for, the authority's mail has not left
    ASKED = auto()  # the mail has left and waits for its answer
    FAILED = auto()
    EXPIRED = auto()


@dataclass(frozen=True)
class Item:
    """One certificate; `age` is how long ago it was applied for."""

    name: str
    brand: Brand
    type: Type
    domain_type: DomainType
    goal: Goal
    age: timedelta
    project: str = ACME
    is_free: bool = False
    years: int = 1

    @property
    def domains(self) -> tuple[str, ...]:
        base = f"{self.name}.{ZONE}"
        if self.domain_type == DomainType.WILDCARD:
            return (f"*.{base}",)
        if self.domain_type == DomainType.MULTI_DOMAIN:
            return (base, f"one.{base}", f"two.{base}")
        return (base,)


# Of these brands and types one is applied for lately enough to be reissued.
LATELY = {
    (Brand.GEOTRUST, Type.DV_SSL_CERT),
    (Brand.VTRUS, Type.DV_SSL_CERT),
    (Brand.SYMANTEC, Type.OV_SSL_CERT),
    (Brand.GLOBALSIGN, Type.OV_SSL_CERT),
    (Brand.TRUSTASIA, Type.EV_SSL_CERT),
}


def _products() -> list[Item]:
    items: list[Item] = []
    for brand, kind, letters in MATRIX:
        for letter in letters:
            number = len(items)
            lately = (brand, kind) in LATELY
            name = f"{brand.slug}-{kind.label}-{DomainType(LETTERS[letter]).label.split()[0]}"
            items.append(
                Item(
                    "".join(c if c.isalnum() else "-" for c in name.lower()).replace("--", "-"),
                    brand,
                    kind,
                    LETTERS[letter],
                    Goal.ISSUED,
                    timedelta(days=2 if lately else 30 + number, hours=number % 7, minutes=10),
                )
            )
    return items


def _single(name: str, brand: Brand, kind: Type, goal: Goal, **more: object) -> Item:
    age = more.pop("age", timedelta(days=1))
    return Item(name, brand, kind, DomainType.SINGLE_DOMAIN, goal, age, **more)  # type: ignore[arg-type]


def _review_age() -> timedelta:
    """A working day, and at least so long that the looks at the domain are over."""
    return max(timedelta(seconds=settings.CA_WORKING_DAY), timedelta(minutes=1))


def plan() -> list[Item]:
    dv, ov = Type.DV_SSL_CERT, Type.OV_SSL_CERT
    return [
        *_products(),
        _single("trial", Brand.SYMANTEC, Type.DV_SSL_CERT_BASIC, Goal.ISSUED, is_free=True),
        _single("shop", Brand.GEOTRUST, dv, Goal.ISSUED, age=timedelta(days=3)),
        _single("checkout", Brand.GEOTRUST, dv, Goal.ISSUED, age=timedelta(days=9), years=3),
        _single("autumn", Brand.GLOBALSIGN, ov, Goal.ORDERED, age=timedelta(days=2), years=2),
        _single("fresh", Brand.GEOTRUST, dv, Goal.PAID),
        _single("launch", Brand.VTRUS, dv, Goal.PROVING, age=timedelta(hours=5)),
        _single("press", Brand.GLOBALSIGN, ov, Goal.REVIEWING, age=_review_age()),
        _single("branch", Brand.GLOBALSIGN, ov, Goal.QUESTIONED, age=timedelta(days=2)),
        _single("vault", Brand.SYMANTEC, Type.EV_SSL_CERT, Goal.CHECKED, age=_review_age()),
        _single("bank", Brand.CFCA, ov, Goal.HELD, age=timedelta(days=1)),
        _single("tax", Brand.CFCA, ov, Goal.PLANNED, age=timedelta(days=12)),
        _single("api", Brand.GEOTRUST, dv, Goal.ASKED, age=timedelta(days=6)),
        _single("legal", Brand.VTRUS, ov, Goal.FAILED, age=timedelta(days=4)),
        _single("retired", Brand.GEOTRUST, dv, Goal.EXPIRED, age=timedelta(days=205)),
        _single("wind", Brand.GEOTRUST, dv, Goal.ISSUED, project=NORTHWIND),
        _single("turbine", Brand.SYMANTEC, ov, Goal.ISSUED, project=NORTHWIND),
    ]

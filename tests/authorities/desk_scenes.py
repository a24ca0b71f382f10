"""Orders in each state in which the desk has something to do."""

from __future__ import annotations

from datetime import timedelta

from certificates.catalogue import Type
from certificates.story import Certificate
from tests.authorities.asking import asked, jump, state
from tests.cast import World

OTHERS = {
    "name": "Orchard Ltd",
    "country": "GB",
    "province": "England",
    "city": "Leeds",
    "registration_number": "07654321",
}


def in_review(
    world: World,
    domain: str = "ov.example.com",
    kind: str = Type.OV_SSL_CERT,
    brand: str = "SYMANTEC",
) -> Certificate:
    """A company that nobody knows yet."""
    certificate = world.submitted(domain, world.product(brand, kind), organization=OTHERS)
    world.publish(certificate)
    world.look(certificate)
    assert state(world, certificate) == "REVIEWING"
    return certificate


def held(world: World, name: str = "xn--pple-43d.newname.org") -> Certificate:
    """Its first letter is Cyrillic."""
    certificate = world.submitted(name)
    assert state(world, certificate) == "HELD"
    return certificate


def checked(world: World, kind: str = Type.OV_SSL_CERT) -> Certificate:
    """Sam found every point good; nobody has approved."""
    certificate = in_review(world, kind=kind)
    world.check(certificate)
    return certificate


def alarmed(world: World) -> Certificate:
    certificate = asked(world, reason="KEY_COMPROMISE", key_algorithm="EC_P256")
    jump(world, world.now + timedelta(days=2))
    assert world.order(certificate).alarm == "UNANSWERED"
    return certificate


def stopped(world: World) -> Certificate:
    certificate = world.issued("ov.example.com", world.product("SYMANTEC", Type.OV_SSL_CERT))
    wrong = {"name": "Acme", "country": "ZZ", "province": "", "city": "London"}
    world.reissue(certificate, organization=wrong, key_algorithm="EC_P256")
    assert state(world, certificate) == "REFUSED"
    return certificate


def planned(world: World) -> Certificate:
    certificate = world.issued()
    world.reissue(certificate)
    assert state(world, certificate) == "SCHEDULED"
    return certificate

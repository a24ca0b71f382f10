"""What is refused at submit, each with its code, and nothing has changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from functools import partial

import pytest
from cryptography import x509

from authorities import requests
from authorities.accounts import account_uri
from authorities.requests import BlockedKey, CaRequest
from certificates.applications import Application
from certificates.catalogue import DomainType, Type
from certificates.keys import StoredKey
from certificates.obstacles import Refused
from certificates.orders import request_reissue, submit
from certificates.story import Certificate, Event
from certificates.wishes import Wish, caa_obstacles
from pki import csr, keys
from pki.keys import KeyAlgorithm, PrivateKey
from tests.cast import ALL, World
from verification import precheck
from verification.dictionary import DictionaryNetwork
from verification.network import CaaAnswer, CaaRecord, DnsStatus

pytestmark = pytest.mark.django_db

SHOP = "www.shop.example.com"


@pytest.fixture
def world() -> World:
    return World()


def new_key() -> PrivateKey:
    return keys.generate(KeyAlgorithm.EC_P256)


def request_for(*names: str, key: PrivateKey | None = None) -> bytes:
    return csr.pem(csr.build(key or new_key(), names)).encode()


def everything() -> dict[str, object]:
    """All that a submission could write."""
    models = (Application, CaRequest, StoredKey, BlockedKey, Event)
    rows: dict[str, object] = {"Certificate": list(Certificate.objects.values_list())}
    return rows | {model.__name__: list(model._default_manager.values_list()) for model in models}


def refused(world: World, certificate: Certificate, wish: Wish) -> list[str]:
    """The codes with which a reissue or an application is refused; asserts that nothing changed."""
    certificate, before = world.fresh(certificate), everything()
    verb = request_reissue if certificate.status == "ISSUED" else submit
    with pytest.raises(Refused) as refusal:
        verb(
            certificate=certificate,
            wish=wish,
            actor=certificate.bought_by,
            now=world.now,
            network=world.network,
        )
    assert everything() == before
    assert all(each.message for each in refusal.value.obstacles)
    return [each.code for each in refusal.value.obstacles]


def submitted(world: World, certificate: Certificate) -> Application:
    application = world.fresh(certificate).open_application
    assert application is not None
    return application


def test_a_domain_that_is_not_in_the_csr(world: World) -> None:
    certificate = world.issued(SHOP)
    pem = request_for("shop.newname.org")
    wish = Wish(csr=pem, domain="other.newname.org", accepted=ALL)
    assert refused(world, certificate, wish) == ["csr.domain_mismatch"]


@pytest.mark.parametrize("domain", ["", "shop.newname.org", "SHOP.NewName.org."])
def test_with_a_csr_the_domain_comes_from_it(world: World, domain: str) -> None:
    certificate = world.issued(SHOP)
    world.reissue(certificate, csr=request_for("shop.newname.org"), domain=domain)
    application = submitted(world, certificate)
    assert (application.domain, application.sans) == ("shop.newname.org", ["shop.newname.org"])
    assert application.reason == "DOMAIN_CHANGE"
    assert application.key is None


def test_without_a_csr_a_key_is_made_like_the_one_before(world: World) -> None:
    certificate = world.issued(SHOP)
    world.reissue(certificate)
    application = submitted(world, certificate)
    assert (application.domain, application.reason) == (SHOP, "WRONG_INFORMATION")
    assert application.key_algorithm == "EC_P256"
    assert application.key is not None
    made = x509.load_der_x509_csr(bytes(application.csr)).public_key()
    assert keys.spki_sha256(made) == application.key.spki_sha256


def test_a_key_of_another_customer(world: World) -> None:
    key = new_key()
    world.submitted(
        "www.mallory.example.com",
        owner=world.mallory,
        csr=request_for("www.mallory.example.com", key=key),
    )
    certificate = world.issued(SHOP)
    wish = Wish(csr=request_for(SHOP, key=key), accepted=ALL)
    assert refused(world, certificate, wish) == ["csr.key_of_another"]


def test_a_customers_own_key_may_come_again(world: World) -> None:
    key = new_key()
    certificate = world.issued(SHOP, csr=request_for(SHOP, key=key))
    world.reissue(certificate, csr=request_for(SHOP, key=key))
    assert world.fresh(certificate).status == "REISSUING"


@pytest.mark.parametrize("same_customer", [True, False])
def test_a_blocked_key_is_blocked_for_everybody(world: World, same_customer: bool) -> None:
    key = new_key()
    requests.block_key(keys.spki_sha256(key.public_key()), source="test", now=world.now)
    certificate = world.bought(owner=world.alice if same_customer else world.mallory)
    wish = world.wish(csr=request_for(SHOP, key=key))
    assert refused(world, certificate, wish) == ["csr.key_compromised"]


def test_a_leaked_key_must_not_come_back(world: World) -> None:
    key = new_key()
    certificate = world.issued(SHOP, csr=request_for(SHOP, key=key))
    wish = Wish(csr=request_for(SHOP, key=key), reason="KEY_COMPROMISE", accepted=ALL)
    assert refused(world, certificate, wish) == ["csr.key_not_changed"]


def test_a_key_that_was_reported_is_blocked_at_once_whoever_made_it(world: World) -> None:
    key = new_key()
    ours, theirs = (
        world.issued(SHOP),
        world.issued("b.example.com", csr=request_for("b.example.com", key=key)),
    )
    for certificate in (ours, theirs):
        version = world.fresh(certificate).current
        assert version is not None
        world.reissue(certificate, reason="KEY_COMPROMISE", key_algorithm="EC_P256")
        assert requests.is_blocked(version.spki_sha256)
        assert submitted(world, certificate).spki_sha256 != version.spki_sha256
    again = world.wish(csr=request_for("c.example.com", key=key))
    assert refused(world, world.bought(), again) == ["csr.key_compromised"]


def test_a_reporter_with_a_very_long_address_can_report(world: World) -> None:
    certificate = world.issued(SHOP)
    long = "a" * 60 + "@" + ".".join(["b" * 60] * 3) + ".example"
    type(world.alice).objects.filter(pk=world.alice.pk).update(email=long)
    world.alice.refresh_from_db()
    world.reissue(certificate, reason="KEY_COMPROMISE", key_algorithm="EC_P256")
    assert len(BlockedKey.objects.get().source) <= 100


def test_a_method_that_is_not_offered(world: World) -> None:
    free = world.product("SYMANTEC", Type.DV_SSL_CERT_BASIC, is_free=True)
    certificate = world.bought(free)
    wish = world.wish(SHOP, method="EMAIL")
    assert refused(world, certificate, wish) == ["method.not_offered"]


def test_a_mailbox_that_is_not_one_of_the_five(world: World) -> None:
    wish = world.wish(SHOP, method="EMAIL", mailbox="root")
    assert refused(world, world.bought(), wish) == ["mailbox.unknown"]


def test_a_file_never_proves_a_wildcard(world: World) -> None:
    wildcard = world.product("GEOTRUST", Type.DV_SSL_CERT, DomainType.WILDCARD)
    wish = world.wish("*.shop.example.com", method="FILE")
    assert refused(world, world.bought(wildcard), wish) == ["file.wildcard"]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("", "contact.email"),
        ("alice", "contact.email"),
        ("alice@acme", "contact.email"),
        ("a@b.example\nBcc: x@y.example", "contact.email_control_character"),
        ("a" * 250 + "@b.example", "contact.email_too_long"),
    ],
)
def test_a_contact_whose_address_is_none(world: World, address: str, code: str) -> None:
    wish = world.wish(SHOP, contact_email=address)
    assert refused(world, world.bought(), wish) == [code]


@pytest.mark.parametrize("kind", [Type.OV_SSL_CERT, Type.EV_SSL_CERT])
def test_an_organization_is_missing(world: World, kind: str) -> None:
    bought = world.bought(world.product("SYMANTEC", kind))
    for organization in ({}, {"name": " ", "country": "GB", "city": "London"}):
        wish = world.wish(SHOP, organization=organization)
        assert refused(world, bought, wish) == ["organization.missing"]


def test_an_extended_validation_names_the_register(world: World) -> None:
    bought = world.bought(world.product("SYMANTEC", Type.EV_SSL_CERT))
    wish = world.wish(SHOP, organization={"name": "Acme", "country": "GB", "city": "London"})
    assert refused(world, bought, wish) == ["organization.missing"]


def test_a_key_algorithm_that_is_not_offered(world: World) -> None:
    wish = world.wish(SHOP, key_algorithm="RSA_1024")
    assert refused(world, world.bought(), wish) == ["key.not_offered"]


@pytest.mark.parametrize(
    "domain", ["", "example", "*.com", "10.0.0.1", "exa mple.com", "a_b.example.com"]
)
def test_a_domain_that_no_certificate_may_carry(world: World, domain: str) -> None:
    assert len(refused(world, world.bought(), world.wish(domain))) == 1


@pytest.mark.parametrize(
    ("domain_type", "domain"),
    [(DomainType.SINGLE_DOMAIN, "*.example.com"), (DomainType.WILDCARD, "www.example.com")],
)
def test_a_name_of_another_kind_than_the_product(
    world: World, domain_type: str, domain: str
) -> None:
    bought = world.bought(world.product("GEOTRUST", Type.DV_SSL_CERT, domain_type))
    assert refused(world, bought, world.wish(domain)) == ["domain.type"]


def test_more_names_than_were_bought(world: World) -> None:
    bought = world.bought(world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN))
    wish = world.wish("a.example.com", more_domains=("b.example.com",))
    assert refused(world, bought, wish) == ["domain.too_many"]


def several(world: World, *, csr: bytes, domain: str = "", more: Sequence[str] = ()) -> list[str]:
    bought = world.bought(world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN))
    Certificate.objects.filter(pk=bought.pk).update(domain_count=5, wildcard_count=1)
    submit(
        certificate=world.fresh(bought),
        wish=world.wish(domain, csr=csr, more_domains=tuple(more)),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    return list(submitted(world, bought).sans)


def test_a_csr_for_several_names_gives_them_in_its_order(world: World) -> None:
    pem = request_for("b.example.com", "a.example.com", "*.c.example.com")
    assert several(world, csr=pem) == ["b.example.com", "a.example.com", "*.c.example.com"]


def test_a_csr_for_some_of_several_names(world: World) -> None:
    pem = request_for("b.example.com", "a.example.com")
    sans = several(world, csr=pem, domain="a.example.com", more=["z.example.com", "b.example.com"])
    assert sans == ["a.example.com", "z.example.com", "b.example.com"]


def test_caa_that_forbids_refuses_at_submit(world: World) -> None:
    certificate = world.issued(SHOP)
    world.network = DictionaryNetwork(
        caa={"newname.org": [CaaRecord(0, "issue", "other-ca.example")]}
    )
    wish = Wish(domain="shop.newname.org", accepted=ALL)
    assert refused(world, certificate, wish) == ["caa.forbids"]


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ("accounturi={account}", []),
        ("accounturi={account}0", ["caa.account"]),
        ("accounturi={account}; validationmethods=ca-dns-txt", []),
        ("validationmethods=ca-file", ["caa.method"]),
    ],
)
def test_caa_that_binds_to_an_account_or_a_method_holds_at_submit(
    world: World, bound: str, expected: list[str]
) -> None:
    certificate = world.issued(SHOP)
    account = account_uri(certificate.product.brand, certificate.project_id)
    value = "geotrust.com; " + bound.format(account=account)
    world.network = DictionaryNetwork(caa={"newname.org": [CaaRecord(0, "issue", value)]})
    if expected:
        wish = Wish(domain="shop.newname.org", accepted=ALL)
        assert refused(world, certificate, wish) == expected
    else:
        world.reissue(certificate, domain="shop.newname.org")
        assert submitted(world, certificate).waiting_code == "ca.scheduled"


def test_names_that_caa_says_nothing_about_in_time_keep_nobody_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authority asks for them again; what forbids in time refuses all the same."""
    monkeypatch.setattr(precheck, "in_time", partial(precheck.in_time, longest=0.5))

    ends = threading.Event()

    class Hanging(DictionaryNetwork):
        def caa(self, name: str) -> CaaAnswer:
            if name.startswith("slow"):
                ends.wait(60)
            return super().caa(name)

    certificate = world.bought()
    names = [f"slow{number}.newname.org" for number in range(6)]
    forbids = {"quick.example.net": [CaaRecord(0, "issue", "other-ca.example")]}
    network = Hanging(caa=forbids)
    begun = time.monotonic()
    asked = ["quick.example.net", *names]
    try:
        found = caa_obstacles(asked, certificate, "DNS", network, world.now)
        assert [each.code for each in found] == ["caa.forbids"]
        assert caa_obstacles(names, certificate, "DNS", network, world.now) == []
        assert time.monotonic() - begun < 30
    finally:
        ends.set()


def test_caa_that_cannot_be_read_does_not(world: World) -> None:
    certificate = world.issued(SHOP)
    world.network = DictionaryNetwork(statuses={"newname.org": DnsStatus.SERVFAIL})
    world.reissue(certificate, domain="shop.newname.org")
    assert submitted(world, certificate).waiting_code == "caa.unreachable"


@pytest.mark.parametrize("left_out", sorted(ALL))
def test_every_statement_is_needed(world: World, left_out: str) -> None:
    certificate = world.issued(SHOP)
    wish = Wish(accepted=frozenset(each for each in ALL if each != left_out))
    assert refused(world, certificate, wish) == ["reissue.statements_missing"]


def test_everything_that_is_wrong_is_told_at_once(world: World) -> None:
    wish = world.wish("*.com", method="FILE", contact_email="", key_algorithm="RSA_1024")
    assert refused(world, world.bought(), wish) == [
        "key.not_offered",
        "csr.public_suffix",
        "contact.email",
    ]

"""`apply` and `list_certificates`: the operator's way from bought to issued."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from certificates.applications import Application
from certificates.catalogue import DomainType, Type
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.test_commands import Said, run, world  # noqa: F401  # a fixture
from tests.certificates.test_wishes import request_for

pytestmark = pytest.mark.django_db
CONTACT = ("--contact-name", "Alice", "--contact-email", "alice@acme.example")
COMPANY = ("--company", "Acme Retail Ltd", "--country", "gb", "--city", "London")


def apply(certificate: Certificate, *words: str) -> Said:
    return run("apply", certificate.pk, *CONTACT, "--accept-statements", *words)


def opened(certificate: Certificate) -> Application:
    return Application.objects.get(certificate=certificate, ended_at=None)


def test_dv(world: World) -> None:  # noqa: F811
    bought = world.bought()
    said = apply(bought, "--domain", "www.shop.example.com", "--method", "DNS", "--json")
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out)["status"] == "CHECKING_DOMAIN"
    application = opened(bought)
    assert (application.kind, application.domain) == ("FIRST", "www.shop.example.com")


def test_several_names_and_a_company(world: World) -> None:  # noqa: F811
    product = world.product("SYMANTEC", Type.EV_SSL_CERT, DomainType.MULTI_DOMAIN)
    bought = world.bought(product)
    Certificate.objects.update(domain_count=3)
    sans = ("--san", "b.example.com", "--san", "c.example.com")
    company = (*COMPANY, "--province", "England", "--registration-number", "01234567")
    said = apply(bought, "--domain", "a.example.com", *sans, *company)
    assert said.code == 0, said.err
    application = opened(bought)
    assert application.sans == ["a.example.com", "b.example.com", "c.example.com"]
    assert application.organization == {
        "name": "Acme Retail Ltd",
        "country": "GB",
        "province": "England",
        "city": "London",
        "registration_number": "01234567",
    }


def test_a_csr_and_a_root(world: World, tmp_path: Path) -> None:  # noqa: F811
    bought = world.bought(world.product("SYMANTEC", Type.OV_SSL_CERT))
    file = tmp_path / "shop.csr"
    file.write_bytes(request_for("www.shop.example.com"))
    said = apply(bought, "--csr", str(file), "--root-hash", "SHA-256", *COMPANY)
    assert said.code == 0, said.err
    application = opened(bought)
    assert (application.key, application.root_hash) == (None, "SHA-256")


def test_all_reasons_at_once(world: World) -> None:  # noqa: F811
    product = world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN)
    bought = world.bought(product)
    said = run(
        "apply", bought.pk, "--domain", "a b", "--san", "*.c.example.com", "--san", "x_y.org"
    )
    assert (said.code, said.codes) == (2, ["apply.statements_missing"])
    said = run(
        "apply", bought.pk, "--accept-statements", "--domain", "a b", "--san", "x_y.example.org"
    )
    assert said.code == 2
    assert said.codes == [
        "csr.name_character",
        "csr.name_underscore",
        "domain.too_many",
        "contact.email",
        "contact.name",
        "organization.missing",
    ]
    assert "Line 1: " in said.err
    assert not Application.objects.exists()


def test_who_may_not(world: World) -> None:  # noqa: F811
    said = apply(world.bought(), "--domain", "a.example.com", "--as", "victor@acme.example")
    assert (said.code, said.codes) == (2, ["apply.forbidden"])
    issued = world.issued()
    assert apply(issued, "--domain", "a.example.com").codes == ["apply.not_pending"]


def test_list(world: World) -> None:  # noqa: F811
    bought, issued = world.bought(), world.issued()
    theirs = world.bought(owner=world.mallory)
    told = json.loads(run("list_certificates", "--json").out)
    assert {each["id"] for each in told} == {bought.pk, issued.pk, theirs.pk}
    (one,) = json.loads(run("list_certificates", "--status", "ISSUED", "--json").out)
    assert (one["id"], one["status"], one["progress"]) == (issued.pk, "ISSUED", 100)
    assert one["domain"] == "www.shop.example.com"
    mine = run("list_certificates", "--as", "mallory@other.example")
    assert mine.out.split()[:2] == [theirs.pk, "PAID"]
    assert len(mine.out.splitlines()) == 1
    assert run("list_certificates", "--as", "nobody@acme.example").codes == ["actor.not_found"]

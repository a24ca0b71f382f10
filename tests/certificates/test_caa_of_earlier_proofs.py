"""CAA that binds the ways of proof (RFC 8657), where a name was proved before in another way."""

from __future__ import annotations

import pytest

from authorities.hierarchy import IssuedCertificate
from certificates import preview
from certificates.catalogue import DomainType, Type
from certificates.obstacles import Refused
from certificates.orders import request_reissue, submit
from certificates.proving import challenges_of
from certificates.rested_on import held, rested_on
from certificates.story import Certificate
from certificates.taking_back import choose_method
from tests.cast import World
from verification import answers
from verification.answers import Decision
from verification.challenges import Status
from verification.dictionary import DictionaryNetwork
from verification.network import CaaRecord

pytestmark = pytest.mark.django_db
NAME = "shop.example.com"
PAGE = f"http://{NAME}/.well-known/pki-validation/whois.txt"


@pytest.fixture
def world() -> World:
    return World()


def proved_by_file(world: World) -> Certificate:
    certificate = world.bought()
    send(world, certificate, "FILE")
    world.work()
    (asked,) = challenges_of(world.fresh(certificate).last_application)
    pages = {PAGE: asked.value.encode()}
    world.network = DictionaryNetwork(txt=world.txt, cname=world.cname, pages=pages)
    world.look(certificate)
    world.work()
    return world.fresh(certificate)


def send(world: World, certificate: Certificate, method: str) -> None:
    submit(
        certificate=certificate,
        wish=world.wish(NAME, method=method),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )


def bind(world: World, certificate: Certificate, label: str) -> None:
    identity = certificate.product.terms(world.now).caa_identities[0]
    record = CaaRecord(0, "issue", f"{identity}; validationmethods={label}")
    world.network = DictionaryNetwork(
        txt=world.txt, cname=world.cname, caa={"example.com": [record]}
    )


def test_a_way_that_caa_permits_is_not_kept_by_an_earlier_proof_in_another(world: World) -> None:
    first = proved_by_file(world)
    assert first.is_issued()
    bind(world, first, "ca-dns-txt")
    second = world.bought()
    assert NAME in held(second, [NAME], world.now, is_changed=False)
    seen = preview.look([NAME], "DNS", second, world.network, world.now, is_changed=False)
    of_caa, of_proof = seen["seen"][:2]
    assert (of_caa["code"], of_proof["code"]) == ("", "")
    assert "no record at _dnsauth." in of_proof["text"], "to be published"
    send(world, second, "DNS")
    world.work()
    (asked,) = challenges_of(world.fresh(second).last_application)
    assert (asked.method, asked.status) == ("DNS", Status.OPEN), "proved anew"
    assert rested_on(world.fresh(second).last_application) == []
    world.publish(second)
    bind(world, first, "ca-dns-txt")
    world.look(second)
    world.work()
    assert world.fresh(second).is_issued()


def test_neither_way_permitted_refuses(world: World) -> None:
    first = proved_by_file(world)
    bind(world, first, "ca-email")
    with pytest.raises(Refused) as refused:
        send(world, world.bought(), "DNS")
    assert [each.code for each in refused.value.obstacles] == ["caa.method"]
    assert "(ca-dns-txt)" in refused.value.obstacles[0].message, "about the way that was chosen"


def test_a_proof_in_a_permitted_way_is_used_again(world: World) -> None:
    first = proved_by_file(world)
    bind(world, first, "ca-file")
    second = world.bought()
    send(world, second, "DNS")
    world.work()
    assert [each.name for each in rested_on(world.fresh(second).last_application)] == [NAME]
    assert world.fresh(second).is_issued()


def test_where_every_name_is_proved_anew_the_chosen_way_counts(world: World) -> None:
    first = proved_by_file(world)
    bind(world, first, "ca-dns-txt")
    wish = world.wish(NAME, method="DNS", contact_email="other@acme.example")
    request_reissue(
        certificate=first, wish=wish, actor=world.alice, now=world.now, network=world.network
    )
    assert world.fresh(first).status == "REISSUING"


def test_a_way_that_was_changed_counts_at_the_signature_and_not_the_first_one(world: World) -> None:
    certificate = world.bought()
    send(world, certificate, "DNS")
    world.work()
    choose_method(
        certificate=world.fresh(certificate),
        domain=NAME,
        method="EMAIL",
        mailbox="webmaster",
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    bind(world, certificate, "ca-dns-txt")
    (asked,) = challenges_of(world.fresh(certificate).last_application)
    assert asked.method == "EMAIL"
    assert asked.answer_id is not None
    answers.decide(asked.answer_id, Decision.CONFIRM, by="the link", now=world.now)
    world.work()
    assert not IssuedCertificate.objects.exists()
    assert world.fresh(certificate).failure_code == "caa.method"
    assert "(ca-email)" in world.fresh(certificate).failure_message


def test_a_proof_that_is_used_again_is_judged_by_its_way_at_the_signature_too(
    world: World,
) -> None:
    first = proved_by_file(world)
    second = world.bought(world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.SINGLE_DOMAIN))
    send(world, second, "DNS")
    world.work()
    assert [each.name for each in rested_on(world.fresh(second).last_application)] == [NAME]
    bind(world, second, "ca-dns-txt")  # while the organization is reviewed
    world.approve(second)
    world.work()
    assert IssuedCertificate.objects.count() == 1, "the first one's"
    assert world.fresh(first).is_issued()
    assert world.fresh(second).failure_code == "caa.method"
    assert "(ca-file)" in world.fresh(second).failure_message

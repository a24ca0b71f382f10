"""A certificate whose domain is proved by a CNAME: from the application to the issue."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.test import Client

from accounts.refusals import Refused
from certificates.asked_proofs import asked_proofs
from certificates.catalogue import DomainType, Type
from certificates.invariants import broken_invariants
from certificates.orders import submit
from certificates.proving import challenges_of
from certificates.story import Certificate
from certificates.taking_back import choose_method
from certificates.wishes import method_obstacles
from tests.cast import World
from tests.certificates.test_emails import html_of, reissue
from verification.answers import Decision
from verification.challenges import Challenge
from verification.methods import cname, dns
from verification.outcome import Question
from verification.reuse import newest_proof

pytestmark = pytest.mark.django_db
SHOP = "www.shop.example.com"


@pytest.fixture
def world() -> World:
    return World()


def asked(certificate: Certificate) -> Challenge:
    (challenge,) = challenges_of(certificate.last_application)
    return challenge


def test_an_alias_leads_to_the_certificate(world: World) -> None:
    certificate = world.submitted(SHOP, method="CNAME")
    challenge = asked(certificate)
    assert (challenge.method, challenge.rule) == ("CNAME", "BR 2.2.6 3.2.2.4.7")
    world.look(certificate)
    assert asked(certificate).problem_code == "dns.nxdomain"
    world.publish(certificate)
    world.look(certificate)
    assert world.fresh(certificate).status == "ISSUED"
    assert broken_invariants() == []


def test_what_an_alias_proved_proves_what_a_record_proves(world: World) -> None:
    certificate = world.submitted(SHOP, method="CNAME")
    world.publish(certificate)
    world.look(certificate)
    proved = asked(certificate)
    assert newest_proof(world.acme.pk, SHOP, world.now) == proved
    for name in (SHOP, "shop.example.com", "*.shop.example.com"):
        assert proved.proves(name, world.now)
    assert proved.proves("pay.shop.example.com", world.now)
    assert not proved.proves("pay.example.com", world.now)
    assert newest_proof(world.other.pk, SHOP, world.now) is None


def test_the_record_is_told_with_a_line_to_paste(world: World) -> None:
    certificate = world.submitted(SHOP, method="CNAME")
    challenge = asked(certificate)
    (told,) = asked_proofs([challenge], [])
    leads_to = cname.target(challenge.value)
    assert told.how == "by DNS alias at shop.example.com"
    assert [line.value for line in told.record] == ["_dnsauth.shop.example.com", "CNAME", leads_to]
    assert told.paste == f"_dnsauth.shop.example.com. 600 IN CNAME {leads_to}."


def test_the_page_shows_the_alias_and_what_was_seen(world: World, alice: Client) -> None:
    certificate = world.submitted(SHOP, method="CNAME")
    leads_to = cname.target(asked(certificate).value)
    world.cname["_dnsauth.shop.example.com"] = "elsewhere.example.net"
    world.look(certificate)
    page = alice.get(f"/certificates/{certificate.pk}/").content.decode()
    assert f"_dnsauth.shop.example.com. 600 IN CNAME {leads_to}." in page
    assert "_dnsauth.shop.example.com CNAME" in page
    assert "elsewhere.example.net" in page


def test_the_facts_name_the_alias(world: World) -> None:
    certificate = world.submitted(SHOP, method="CNAME")
    out = StringIO()
    call_command("show_certificate", certificate.pk, "--challenges", stdout=out)
    (challenge,) = json.loads(out.getvalue())
    value = cname.target(asked(certificate).value)
    record = [challenge[key] for key in ("record_name", "record_type", "record_value")]
    assert record == ["_dnsauth.shop.example.com", "CNAME", value]


def test_the_mail_of_a_reissue_tells_the_alias(world: World) -> None:
    certificate = world.issued()
    domain = "www.newname.org"
    reissue(world, certificate, Decision.CONFIRM, domain=domain, method="CNAME")
    written = mail.outbox[-1]
    leads_to = cname.target(asked(world.fresh(certificate)).value)
    assert isinstance(written, EmailMultiAlternatives)
    for text in (str(written.body), html_of(written)):
        assert "Publish this CNAME record" in text
        assert "_dnsauth.newname.org" in text
        assert leads_to in text


def test_a_record_instead_of_an_alias_and_back(world: World) -> None:
    certificate = world.submitted(SHOP)
    choose(world, certificate, SHOP, "CNAME")
    assert asked(world.fresh(certificate)).method == "CNAME"
    world.publish(certificate)
    world.look(certificate)
    assert world.fresh(certificate).status == "ISSUED"


def choose(world: World, certificate: Certificate, domain: str, method: str) -> None:
    choose_method(
        certificate=world.fresh(certificate),
        domain=domain,
        method=method,
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()


def test_two_names_that_share_a_host_cannot_both_have_an_alias(world: World) -> None:
    product = world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN)
    certificate = world.bought(product)
    Certificate.objects.filter(pk=certificate.pk).update(domain_count=2)
    certificate = world.fresh(certificate)
    names = (SHOP, "shop.example.com")
    found = method_obstacles("CNAME", "", certificate, names, world.now)
    assert [(each.code, each.about) for each in found] == [("cname.shared", "method")]
    assert "_dnsauth.shop.example.com would need one" in found[0].message
    assert method_obstacles("CNAME", "", certificate, (SHOP, "a.example.com"), world.now) == []

    wish = world.wish(SHOP, more_domains=names[1:])
    network = world.network
    submit(certificate=certificate, wish=wish, actor=world.alice, now=world.now, network=network)
    world.work()
    choose(world, certificate, SHOP, "CNAME")
    with pytest.raises(Refused) as refused:
        choose(world, certificate, "shop.example.com", "CNAME")
    assert [each.code for each in refused.value.obstacles] == ["cname.shared"]


def test_free_products_take_only_the_record(world: World) -> None:
    product = world.product("SYMANTEC", Type.DV_SSL_CERT_BASIC, is_free=True)
    certificate = world.bought(product)
    found = method_obstacles("CNAME", "", certificate, (SHOP,), world.now)
    assert [each.code for each in found] == ["method.not_offered"]


def test_an_alias_is_no_record_and_a_record_no_alias(world: World) -> None:
    certificate = world.submitted(SHOP, method="CNAME")
    question = Question(SHOP, asked(certificate).value)
    world.publish(certificate)
    assert cname.check(question, world.network, world.now).proved
    assert not dns.check(question, world.network, world.now).proved

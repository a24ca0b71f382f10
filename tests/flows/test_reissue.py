"""Whole lives with real workers: reissue in each of its arms, from the verb to the new version."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client

from authorities.hierarchy import Authority, IssuedCertificate
from authorities.requests import is_blocked
from authorities.simulated.desk import approve_organization, decide_compromise
from authorities.simulated.orders import CaOrder
from certificates.catalogue import DomainType, Type
from certificates.invariants import broken_invariants
from certificates.orders import submit
from certificates.proving import challenges_of
from certificates.story import Certificate
from certificates.wishes import Wish
from pki import csr
from tests.cast import ALL, World
from tests.flows.portal import Portal, answer, ask, fresh, link_in, look, request_of
from tests.http_server import page
from work.loop import clock

pytestmark = pytest.mark.django_db(transaction=True)


def verify_with_openssl(portal: Portal, certificate: Certificate, directory: Path) -> None:
    version = fresh(certificate).current
    assert version is not None
    (directory / "root.pem").write_text(version.root)
    (directory / "chain.pem").write_text(version.chain)
    subprocess.run(
        [
            "openssl",
            "verify",
            "-x509_strict",
            "-CAfile",
            directory / "root.pem",
            "-untrusted",
            directory / "chain.pem",
            directory / "chain.pem",
        ],
        check=True,
        capture_output=True,
    )


def in_crl(portal: Portal, serial: str) -> bool:
    """Whether the authority's published list names the serial."""
    issued = IssuedCertificate.objects.get(serial=serial)

    def listed() -> bool:
        newest = Authority.objects.get(pk=issued.authority_id).crls.order_by("number").last()
        assert newest is not None
        revoked = x509.load_der_x509_crl(bytes(newest.der))
        return revoked.get_revoked_certificate_by_serial_number(int(serial, 16)) is not None

    return bool(portal.wait(listed, "the CRL"))


def statuses(certificate: Certificate) -> list[str]:
    """The statuses of the last application, in order, each once."""
    told = certificate.events.filter(application__number=2).order_by("pk")
    return [event.after for event in told if event.before != event.after]


def test_a_domain_change_with_the_customers_own_csr(
    portal: Portal, world: World, tmp_path: Path
) -> None:
    certificate = world.issued()
    original = certificate.current
    assert original is not None
    key = ec.generate_private_key(ec.SECP256R1())
    portal.dns.publish("newname.org", "A", "203.0.113.1")
    ask(portal, certificate, csr=csr.pem(csr.build(key, ["shop.newname.org"])).encode())
    assert fresh(certificate).status == "REISSUING"
    answer(portal, certificate, "confirm")
    portal.wait_for_status(certificate, "CHECKING_DOMAIN")
    assert in_crl(portal, original.serial)
    portal.publish(certificate)
    portal.wait_for_status(certificate, "ISSUED")

    assert statuses(certificate) == ["REISSUING", "CHECKING_DOMAIN", "ISSUING", "ISSUED"]
    first, second = fresh(certificate).versions.order_by("number")
    assert (first.is_current, second.is_current) == (False, True)
    assert first.revocation_reason == "superseded"
    assert second.replaces == first
    assert second.not_after == first.not_after
    assert second.key_custody == "NOT_HELD"
    assert second.names == ["shop.newname.org"]
    leaf = x509.load_pem_x509_certificate(second.leaf.encode())
    raw = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    assert leaf.public_key().public_bytes(*raw) == key.public_key().public_bytes(*raw)
    verify_with_openssl(portal, certificate, tmp_path)
    assert len(portal.mail.messages) == 1
    assert broken_invariants() == []


def test_only_a_new_key_needs_no_new_proof(portal: Portal, world: World) -> None:
    certificate = world.issued()
    ask(portal, certificate, key_algorithm="EC_P384")
    answer(portal, certificate, "confirm")
    portal.wait_for_status(certificate, "ISSUED")
    assert statuses(certificate) == ["REISSUING", "ISSUING", "ISSUED"]
    current = fresh(certificate).current
    assert current is not None
    assert (current.number, current.key_algorithm) == (2, "EC_P384")
    assert current.key_custody == "STORED"
    assert broken_invariants() == []


def test_declined_keeps_the_original(portal: Portal, world: World) -> None:
    certificate = world.issued()
    ask(portal, certificate, domain="www.other.example.com")
    answer(portal, certificate, "decline")
    portal.wait_for_status(certificate, "ISSUED")
    current = fresh(certificate).current
    assert current is not None
    assert (current.number, current.revoked_at) == (1, None)
    assert fresh(certificate).failure_code == "confirmation.declined"
    assert certificate.last_application is None or fresh(certificate).open_application is None
    assert broken_invariants() == []


def test_a_link_answers_once(portal: Portal, world: World) -> None:
    certificate = world.issued()
    ask(portal, certificate)
    answer(portal, certificate, "confirm")
    portal.wait_for_status(certificate, "ISSUED")
    link = link_in(portal.mail.messages[-1])
    page = Client().post(link, {"decision": "decline"})
    assert page.status_code == 200
    assert b"Confirmed" in page.content
    assert CaOrder.objects.get(request_id=request_of(certificate)).state == "ISSUED"
    assert Client().get(link[:-4] + "xxx/").status_code == 404


def test_a_leaked_key_is_asked_about_at_once_and_revoked_for_it(
    portal: Portal, world: World
) -> None:
    certificate = world.issued()
    original = certificate.current
    assert original is not None
    ask(portal, certificate, reason="KEY_COMPROMISE", key_algorithm="EC_P256")
    assert is_blocked(original.spki_sha256)
    answer(portal, certificate, "confirm")
    portal.wait_for_status(certificate, "ISSUED")
    first = fresh(certificate).versions.get(number=1)
    assert first.revocation_reason == "keyCompromise"
    assert in_crl(portal, first.serial)
    assert broken_invariants() == []


def test_a_declined_leak_alarms_the_desk_which_decides(portal: Portal, world: World) -> None:
    certificate = world.issued()
    ask(portal, certificate, reason="KEY_COMPROMISE")
    answer(portal, certificate, "decline")
    order = CaOrder.objects.filter(request_id=request_of(certificate))
    portal.wait(order.filter(alarm="DECLINED").exists, "the alarm")
    assert fresh(certificate).status == "REISSUING"
    decide_compromise(order.get().pk, cancel=True, actor=world.sam, now=clock())
    portal.wait_for_status(certificate, "ISSUED")
    assert fresh(certificate).versions.get(number=1).revocation_reason == "keyCompromise"
    assert broken_invariants() == []


def test_an_organization_is_reviewed_when_data_changed(portal: Portal, world: World) -> None:
    certificate = world.issued("ov.example.com", world.product("SYMANTEC", Type.OV_SSL_CERT))
    ask(portal, certificate, domain="ov2.example.com")
    answer(portal, certificate, "confirm")
    portal.wait_for_status(certificate, "CHECKING_DOMAIN")
    portal.publish(certificate)
    look(portal, certificate)
    portal.wait_for_status(certificate, "CHECKING_ORG")
    order = CaOrder.objects.get(request_id=request_of(certificate))
    world.now = clock()
    world.check(certificate)
    approve_organization(order.pk, actor=world.sam, now=clock())
    portal.wait_for_status(certificate, "ISSUED")
    assert statuses(certificate) == [
        "REISSUING",
        "CHECKING_DOMAIN",
        "CHECKING_ORG",
        "ISSUING",
        "ISSUED",
    ]
    assert broken_invariants() == []


def test_a_wildcard_is_proved_at_its_parent(portal: Portal, world: World) -> None:
    product = world.product(domain_type=DomainType.WILDCARD)
    certificate = world.issued("*.apps.example.com", product)
    ask(portal, certificate, domain="*.sites.example.org")
    answer(portal, certificate, "confirm")
    portal.wait_for_status(certificate, "CHECKING_DOMAIN")
    portal.publish(certificate)
    look(portal, certificate)
    assert portal.dns.questions("_dnsauth.sites.example.org", "TXT") > 0
    portal.wait_for_status(certificate, "ISSUED")
    current = fresh(certificate).current
    assert current is not None
    assert current.names == ["*.sites.example.org"]


def test_a_file_proves_the_exact_name(portal: Portal, world: World) -> None:
    certificate = world.issued()
    portal.dns.publish("files.example.org", "A", "127.0.0.1")
    ask(portal, certificate, domain="files.example.org", method="FILE")
    answer(portal, certificate, "confirm")
    portal.wait_for_status(certificate, "CHECKING_DOMAIN")
    (challenge,) = challenges_of(fresh(certificate).last_application)
    portal.http.pages["/.well-known/pki-validation/whois.txt"] = page(challenge.value.encode())
    look(portal, certificate)
    portal.wait_for_status(certificate, "ISSUED")
    assert broken_invariants() == []


def test_a_mailbox_of_the_domain_proves_by_a_button(portal: Portal, world: World) -> None:
    certificate = world.issued()
    ask(portal, certificate, domain="mail.example.org", method="EMAIL", mailbox="webmaster")
    answer(portal, certificate, "confirm")
    portal.wait_for_status(certificate, "CHECKING_DOMAIN")
    box = "webmaster@mail.example.org"
    portal.wait(lambda: portal.mail.to(box), "the mail to the domain")
    link = link_in(portal.mail.to(box)[0])
    browser = Client()
    assert browser.get(link).status_code == 200
    assert fresh(certificate).status == "CHECKING_DOMAIN"
    browser.post(link, {"decision": "confirm"})
    portal.wait_for_status(certificate, "ISSUED")
    assert broken_invariants() == []


def test_caa_that_cannot_be_read_waits_and_caa_that_forbids_refuses(
    portal: Portal, world: World
) -> None:
    certificate = world.issued()
    portal.dns.fail("caa.example.org", "SERVFAIL", "CAA")
    ask(portal, certificate, domain="caa.example.org")
    order = CaOrder.objects.filter(request_id=request_of(certificate))
    held = order.filter(problem_code="caa.unreachable")
    portal.wait(held.exists, "the unread CAA")
    assert portal.mail.messages == []
    portal.dns.heal("caa.example.org", "CAA")
    portal.dns.publish("caa.example.org", "CAA", (0, "issue", "other-ca.example"))
    portal.wait_for_status(certificate, "ISSUED")
    assert fresh(certificate).failure_code == "caa.forbids"
    current = fresh(certificate).current
    assert current is not None
    assert current.revoked_at is None
    assert broken_invariants() == []


def test_refused_after_the_original_is_gone_fails_and_can_be_applied_for_again(
    portal: Portal, world: World
) -> None:
    certificate = world.issued()
    original = certificate.current
    assert original is not None
    portal.dns.publish("late.example.org", "A", "203.0.113.1")
    ask(portal, certificate, domain="late.example.org")
    answer(portal, certificate, "confirm")
    portal.wait_for_status(certificate, "CHECKING_DOMAIN")
    portal.dns.publish("late.example.org", "CAA", (0, "issue", "other-ca.example"))
    portal.publish(certificate)
    look(portal, certificate)
    portal.wait_for_status(certificate, "UNPASSED")
    failed = fresh(certificate)
    assert failed.failure_code == "caa.forbids"
    assert failed.current is not None
    assert failed.current.revoked_at is not None

    portal.dns.publish("late.example.org", "CAA", (0, "issue", "geotrust.com"))
    submit(
        certificate=failed,
        wish=Wish(accepted=ALL),
        actor=certificate.bought_by,
        now=clock(),
        network=portal.network,
    )
    # The name was proved by the application that failed, and is not asked for again.
    portal.wait_for_status(certificate, "ISSUED")
    second = fresh(certificate).current
    assert second is not None
    assert (second.number, second.names) == (2, ["late.example.org"])
    assert second.not_after == original.not_after
    assert broken_invariants() == []


def test_a_contact_whose_mail_is_refused_keeps_the_original(portal: Portal, world: World) -> None:
    certificate = world.issued()
    portal.mail.refuse_with = "550 No such user here"
    try:
        ask(portal, certificate, contact_email="gone@acme.example")
        portal.wait(lambda: fresh(certificate).failure_code == "mail.refused", "the refused mail")
    finally:
        portal.mail.refuse_with = ""
    assert fresh(certificate).status == "ISSUED"
    assert "gone@acme.example" in fresh(certificate).failure_message
    assert broken_invariants() == []


def test_a_first_issue_from_the_application_to_the_certificate(
    portal: Portal, world: World
) -> None:
    certificate = world.bought(world.product("VTRUS", Type.DV_SSL_CERT))
    submit(
        certificate=certificate,
        wish=world.wish("first.example.org"),
        actor=certificate.bought_by,
        now=clock(),
        network=portal.network,
    )
    portal.wait(lambda: challenges_of(fresh(certificate).last_application), "the challenge")
    portal.publish(certificate)
    look(portal, certificate)
    portal.wait_for_status(certificate, "ISSUED")
    assert broken_invariants() == []


def test_a_new_contact_proves_the_same_domain_anew(portal: Portal, world: World) -> None:
    certificate = world.issued()
    ask(portal, certificate, contact_email="bob@acme.example", key_algorithm="EC_P256")
    portal.wait(lambda: portal.mail.to("bob@acme.example"), "the mail to the new contact")
    assert portal.mail.to("alice@acme.example") == []
    asked = certificate.applications.filter(ended_at=None, asked_at__isnull=False)
    portal.wait(asked.exists, "the record of the mail")
    link = link_in(portal.mail.to("bob@acme.example")[0])
    assert Client().post(link, {"decision": "confirm"}).status_code == 200
    portal.wait_for_status(certificate, "CHECKING_DOMAIN")
    portal.publish(certificate)
    look(portal, certificate)
    portal.wait_for_status(certificate, "ISSUED")
    assert fresh(certificate).versions.get(number=1).revocation_reason == "superseded"
    assert broken_invariants() == []

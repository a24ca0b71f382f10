"""The desk in the administration: lists, pages, and each verb by its button."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.access import Team
from accounts.audit import AuditEntry
from accounts.models import User
from authorities.simulated.orders import CaOrder, ReviewNote
from certificates.catalogue import Type
from certificates.invariants import broken_invariants
from certificates.story import Certificate
from tests.authorities.asking import asked, original, state
from tests.authorities.desk_scenes import alarmed, checked, held, in_review, planned, stopped
from tests.cast import World
from tests.certificates.browsing import shown

pytestmark = pytest.mark.django_db

DESK = "/admin/authorities/caorder/"


@pytest.fixture
def world(settings: Any) -> World:
    """At the time of the machine: the pages read its clock."""
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"
    return World(now=datetime.now(UTC))


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def is_listed(world: World, certificate: Certificate, client: Client, query: str = "") -> bool:
    """In the list itself; a message above it may name the order too."""
    return f">{world.order(certificate).reference}</a>" in shown(client, DESK + query)


def page(world: World, certificate: Certificate, verb: str = "change") -> str:
    return f"{DESK}{world.order(certificate).pk}/{verb}/"


VERBS: dict[str, tuple[Any, dict[str, str]]] = {
    "release": (held, {}),
    "refuse-names": (held, {"message": "This name imitates another one."}),
    "approve": (checked, {}),
    "refuse": (in_review, {"message": "The register does not know this company."}),
    "note": (in_review, {"item": "REGISTRY", "is_good": "yes", "text": "Spoke to Ms Hale."}),
    "ask": (in_review, {"text": "Which of the two addresses is right?"}),
    "cancel-original": (alarmed, {}),
    "keep-original": (alarmed, {}),
    "findings": (stopped, {}),
    "write-now": (planned, {}),
    "send-again": (asked, {}),
}


def facts(world: World, certificate: Certificate) -> tuple[Any, ...]:
    return (
        CaOrder.objects.filter(pk=world.order(certificate).pk).values().get(),
        ReviewNote.objects.count(),
        AuditEntry.objects.exclude(action__startswith="sign_in").count(),
        len(mail.outbox),
    )


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_a_button_and_a_page_that_asks(world: World, verb: str) -> None:
    make, given = VERBS[verb]
    certificate = make(world)
    address, sam = page(world, certificate, verb), signed_in(world.sam)
    before = facts(world, certificate)
    assert f'href="{address}"' in shown(sam, page(world, certificate))
    assert f'href="{address}"' in shown(sam, DESK + "?work=all")
    assert "csrfmiddlewaretoken" in shown(sam, address)
    assert facts(world, certificate) == before
    answer = sam.post(address, given)
    assert (answer.status_code, answer.headers["Location"]) == (302, page(world, certificate))
    assert facts(world, certificate) != before
    told = shown(sam, answer.headers["Location"])
    assert world.order(certificate).reference in told


@pytest.mark.parametrize("verb", VERBS)
def test_who_may_not_gets_no_button_and_no_page(world: World, verb: str) -> None:
    make, given = VERBS[verb]
    certificate = make(world)
    address = page(world, certificate, verb)
    before = facts(world, certificate)
    ada = signed_in(world.staff("ada", Team.AUDITOR))
    assert f'href="{address}"' not in shown(ada, page(world, certificate))
    for method in ("get", "post"):
        assert getattr(ada, method)(address, given).status_code == 403
        for person in (world.alice, world.mallory):
            answer = getattr(signed_in(person), method)(address, given, follow=True)
            assert answer.status_code == 404
    assert facts(world, certificate) == before


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in ("note", "ask")])
def test_twice_is_refused_and_says_why(world: World, verb: str) -> None:
    make, given = VERBS[verb]
    certificate = make(world)
    address, sam = page(world, certificate, verb), signed_in(world.sam)
    sam.post(address, given)
    before = facts(world, certificate)
    answer = sam.post(address, given)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert facts(world, certificate) == before


def test_a_refusal_needs_its_sentence(world: World) -> None:
    certificate = in_review(world)
    before = facts(world, certificate)
    answer = signed_in(world.sam).post(page(world, certificate, "refuse"), {"message": ""})
    assert "required" in answer.content.decode()
    assert facts(world, certificate) == before


def test_an_approval_says_what_nobody_looked_at(world: World) -> None:
    certificate, sam = in_review(world), signed_in(world.sam)
    approve = page(world, certificate, "approve")
    open_points = (
        "Company register; one of Phone call to a listed number, Company mailbox,"
        " Lawyer&#x27;s letter"
    )
    assert open_points in shown(sam, approve)
    before = facts(world, certificate)
    refused = sam.post(approve).content.decode()
    assert "desk.points_open" in refused
    assert open_points in refused
    assert facts(world, certificate) == before
    for item in ("REGISTRY", "MAILBOX"):
        told = {"item": item, "is_good": "no" if item == "REGISTRY" else "yes", "text": "Looked."}
        sam.post(page(world, certificate, "note"), told)
    asks = shown(sam, approve)
    assert "Not found good: Company register." in asks
    assert "✗ Company register" in asks
    assert "Registry ✗ · Phone – or Mailbox ✓ or Letter –" in shown(sam, DESK)


# Whole cases


def test_an_ov_reissue_is_approved_on_the_desk_and_issued(world: World) -> None:
    certificate = world.issued("ov.example.com", world.product("SYMANTEC", Type.OV_SSL_CERT))
    sam = signed_in(world.sam)
    world.reissue(certificate, domain="new.example.com")
    sam.post(page(world, certificate, "write-now"))
    world.work()
    confirm = world.order(certificate).answer
    Client().post(f"/ca/confirm/{confirm.token()}/", {"decision": "confirm"})
    world.now = datetime.now(UTC)
    world.work()
    world.publish(certificate)
    world.look(certificate)
    assert state(world, certificate) == "REVIEWING"
    assert is_listed(world, certificate, sam)
    world.check(certificate)
    sam.post(page(world, certificate, "approve"))
    world.now = datetime.now(UTC)
    world.work()
    fresh = world.fresh(certificate)
    assert fresh.status == "ISSUED"
    assert fresh.versions.get(is_current=True).names == ["new.example.com"]
    assert original(world, certificate).reason == "superseded"
    assert world.order(certificate).reviewed_by == world.sam.email
    assert not is_listed(world, certificate, sam)
    assert broken_invariants() == []


@pytest.mark.parametrize("verb", ["cancel-original", "keep-original"])
def test_an_alarm_is_decided_both_ways(world: World, verb: str) -> None:
    certificate = alarmed(world)
    # The world lived on for two days; the pages answer at the time of the machine.
    CaOrder.objects.update(received_at=world.now - timedelta(days=3))
    sam = signed_in(world.sam)
    assert is_listed(world, certificate, sam)
    sam.post(page(world, certificate, verb))
    world.work()
    revoked = original(world, certificate).reason
    assert revoked == ("keyCompromise" if verb == "cancel-original" else "")
    assert world.fresh(certificate).status == "ISSUED"
    assert not is_listed(world, certificate, sam)
    assert broken_invariants() == []


def test_findings_leave_the_list_when_they_were_seen(world: World) -> None:
    certificate, sam = stopped(world), signed_in(world.sam)
    code = world.order(certificate).findings[0]["code"]
    listed = shown(sam, DESK)
    assert "Ours, stopped" in listed
    assert code in listed
    assert code in shown(sam, page(world, certificate, "findings"))
    sam.post(page(world, certificate, "findings"))
    assert not is_listed(world, certificate, sam)
    assert f"Seen by {world.sam.email}" in shown(sam, page(world, certificate))


# The list


def test_the_list_shows_what_needs_work_unless_asked(world: World) -> None:
    review, clock = in_review(world), planned(world)
    sam = signed_in(world.sam)
    names = {world.order(review).reference: {"", "all"}}
    names[world.order(clock).reference] = {"clock", "all"}
    for work in ("", "late", "customer", "clock", "answered", "all"):
        text = shown(sam, f"{DESK}?work={work}" if work else DESK)
        for reference, where in names.items():
            assert (f">{reference}<" in text) is (work in where), (work, reference)
    assert world.order(review).reference not in shown(sam, DESK + "?brand=CFCA")
    assert world.order(review).reference in shown(sam, DESK + "?brand=SYMANTEC")


def test_a_review_whose_days_are_used_is_late(world: World) -> None:
    certificate, sam = in_review(world), signed_in(world.sam)
    order = world.order(certificate)
    assert order.reference not in shown(sam, DESK + "?work=late")
    long_ago = (world.now - timedelta(days=60)).isoformat()
    CaOrder.objects.update(
        history=[{**told, "at": long_ago} for told in order.history],
        received_at=world.now - timedelta(days=60),
    )
    text = shown(sam, DESK + "?work=late")
    assert order.reference in text
    assert "Ours, late" in text


@pytest.mark.parametrize("words", ["reference", "ov.example.com", "Orchard", "alice@acme"])
def test_an_order_is_found_by_what_people_know(world: World, words: str) -> None:
    certificate = in_review(world)
    order = world.order(certificate)
    asked_for = order.reference if words == "reference" else words
    sam = signed_in(world.sam)
    assert order.reference in shown(sam, f"{DESK}?q={asked_for}")
    assert order.reference not in shown(sam, f"{DESK}?q=nothing-like-it")


def test_thirty_orders_take_as_many_queries_as_one(world: World) -> None:
    order = world.order(in_review(world))
    sam = signed_in(world.sam)
    shown(sam, DESK)
    with CaptureQueriesContext(connection) as one:
        shown(sam, DESK)
    for number in range(29):
        order.pk = None
        order.request_id, order.reference = f"{number:032x}", f"GE-{number:010d}"
        order.save(force_insert=True)
    with CaptureQueriesContext(connection) as thirty:
        assert "GE-0000000028" in shown(sam, DESK)
    assert len(thirty) == len(one)


# The page


def test_the_page_shows_the_request_as_it_was_frozen_and_no_csr(world: World) -> None:
    certificate = in_review(world)
    order = world.order(certificate)
    text = shown(signed_in(world.sam), page(world, certificate))
    application = world.fresh(certificate).last_application
    assert application is not None
    for told in ("ov.example.com", "alice@acme.example", "Orchard Ltd", certificate.pk):
        assert told in text
    assert application.spki_sha256 in text
    assert order.payload["csr"][:60] not in text
    assert "Milestones" in text
    assert "Proof of the domain" in text


def test_no_token_is_on_any_page_of_the_desk(world: World) -> None:
    certificate = asked(world)
    order, sam = world.order(certificate), signed_in(world.sam)
    token = order.answer.token()
    mailed = f"/admin/verification/outgoingmail/{order.mail_id}/change/"
    for address in (page(world, certificate), DESK + "?work=all", mailed):
        text = shown(sam, address)
        assert token not in text
        assert order.answer.nonce not in text

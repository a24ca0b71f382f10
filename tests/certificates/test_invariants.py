"""Each finding of verify_state, made by breaking one row behind the verbs' backs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F

from accounts import audit
from accounts.actors import RESEAL
from accounts.models import AuditEntry, Consent
from authorities.hierarchy import IssuedCertificate
from authorities.simulated.orders import CaOrder, ReviewNote
from authorities.simulated.organizations import ValidatedOrganization
from certificates.applications import Application
from certificates.applied_names import AppliedName
from certificates.catalogue import Type
from certificates.invariants import broken_invariants
from certificates.keys import StoredKey, store
from certificates.story import Certificate, Event
from certificates.versions import Version
from tests.cast import World
from verification import answers
from verification.answers import Decision
from verification.challenges import Challenge, Proof
from verification.mail import OutgoingMail

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def codes() -> list[str]:
    return sorted({broken.code for broken in broken_invariants()})


Break = Callable[[World], object]

# What stands in a database with one issued certificate, and what is found after this change.
AFTER_ISSUE: list[tuple[str, list[str], Break]] = [
    (
        "no current version",
        ["version.current", "version.missing"],
        lambda world: Version.objects.update(is_current=False),
    ),
    (
        "a revocation only here",
        ["version.revocation", "version.revoked"],
        lambda world: Version.objects.update(revoked_at=world.now, revocation_reason="superseded"),
    ),
    (
        "a revocation only there",
        ["version.revoked_unseen"],
        lambda world: IssuedCertificate.objects.update(revoked_at=world.now, reason="superseded"),
    ),
    ("no end", ["certificate.no_end"], lambda world: Certificate.objects.update(due_at=None)),
    (
        "a status from nowhere",
        ["application.missing", "story.end"],
        lambda world: Certificate.objects.update(status="CHECKING_ORG"),
    ),
    (
        "a story with a gap",
        ["story.gap"],
        lambda world: Event.objects.filter(verb="prepare").update(before="PAID"),
    ),
    (
        "a story without a known end",
        ["story.end", "story.status"],
        lambda world: Event.objects.filter(verb="issue").update(after="DONE"),
    ),
    (
        "an application that never ended",
        ["application.asleep", "application.left_open", "application.outcome"],
        lambda world: Application.objects.update(ended_at=None),
    ),
    (
        "an end without outcome",
        ["application.outcome", "version.application"],
        lambda world: Application.objects.update(outcome=""),
    ),
    (
        "a version without what it replaces",
        ["version.replaces"],
        lambda world: Version.objects.update(number=2),
    ),
    (
        "a key in nobody's hands",
        ["version.key"],
        lambda world: Version.objects.update(key_custody="NOT_HELD"),
    ),
    (
        "a consent less",
        ["consent.missing"],
        lambda world: Consent.objects.filter(statement="PRIVACY").delete(),
    ),
    (
        "a name that is found nowhere",
        ["application.names"],
        lambda world: AppliedName.objects.all().delete(),
    ),
    (
        "an order without its certificate",
        ["order.issued"],
        lambda world: CaOrder.objects.update(issued=None),
    ),
    (
        "an order that goes on alone",
        ["order.left_open"],
        lambda world: CaOrder.objects.update(state="ASKING", issued=None),
    ),
    (
        "an order that sleeps",
        ["order.asleep", "order.left_open"],
        lambda world: CaOrder.objects.update(state="ISSUING", issued=None),
    ),
    (
        "a certificate that nobody ordered",
        ["issued.orphan"],
        lambda world: IssuedCertificate.objects.update(order="somebody"),
    ),
    (
        "a proof without proof",
        ["order.rests_on", "proof.proved"],
        lambda world: Challenge.objects.update(status="CLOSED"),
    ),
    (
        "a key of no application",
        ["key.orphan"],
        lambda world: store(world.acme.pk, b"key", "0" * 64, world.now),
    ),
    (
        "a row that was set aside",
        ["work.set_aside"],
        lambda world: CaOrder.objects.update(set_aside_at=world.now),
    ),
    (
        "a security log that was rewritten",
        ["audit.chain"],
        lambda world: AuditEntry.objects.update(actor="somebody else"),
    ),
]


@pytest.mark.parametrize(
    ("expected", "damage"),
    [(expected, damage) for _name, expected, damage in AFTER_ISSUE],
    ids=[name for name, _expected, _damage in AFTER_ISSUE],
)
def test_after_an_issue(world: World, expected: list[str], damage: Break) -> None:
    world.issued()
    audit.record(project_id=world.acme.pk, actor=RESEAL, action="test", subject="x", now=world.now)
    assert codes() == []
    damage(world)
    assert codes() == expected


def test_a_certificate_without_a_story(world: World) -> None:
    world.bought()
    assert codes() == []
    Event.objects.all()._raw_delete("default")  # no verb deletes one
    assert codes() == ["story.empty"]


def test_a_challenge_that_sleeps_and_a_proof_that_was_never_asked(world: World) -> None:
    world.submitted()
    assert codes() == []
    Challenge.objects.update(due_at=None)
    assert codes() == ["challenge.asleep"]
    Challenge.objects.update(due_at=world.now)
    CaOrder.objects.update(proof=None)
    assert codes() == ["order.proof"]


def test_a_proof_that_says_proved_too_early(world: World) -> None:
    world.submitted()
    Proof.objects.update(proved_at=world.now)
    assert codes() == ["proof.proved"]


def reissued(world: World, domain: str = "www.new.example.com") -> Certificate:
    certificate = world.issued()
    world.reissue(certificate, domain=domain)
    world.later(minutes=2)
    question = world.order(certificate).answer
    answers.decide(question.pk, Decision.CONFIRM, by="test", now=world.now)
    world.work()
    return world.fresh(certificate)


def test_a_reissue_that_waits_for_a_proof_that_nobody_asked_for(world: World) -> None:
    reissued(world)
    assert codes() == []
    Application.objects.filter(number=2).update(proof=None)
    assert codes() == ["proof.missing"]


def test_an_original_that_was_not_cancelled(world: World) -> None:
    certificate = reissued(world, domain="www.shop.example.com")
    assert (certificate.status, codes()) == ("ISSUED", [])
    IssuedCertificate.objects.update(revoked_at=None, reason="")
    assert codes() == ["order.not_revoked", "version.revocation"]
    Version.objects.update(revoked_at=None, revocation_reason="")
    assert codes() == ["order.not_revoked", "version.not_cancelled"]


def test_every_status_on_the_way_is_whole(world: World) -> None:
    """Whatever stands between two steps is no finding."""
    ov = world.product("SYMANTEC", Type.OV_SSL_CERT)
    certificate = world.submitted("ov.example.com", ov)
    assert (certificate.status, codes()) == ("CHECKING_DOMAIN", [])
    world.publish(certificate)
    world.look(certificate)
    assert (world.fresh(certificate).status, codes()) == ("CHECKING_ORG", [])
    second = world.issued()
    world.reissue(second)
    assert (world.fresh(second).status, codes()) == ("REISSUING", [])
    world.later(minutes=2)
    assert codes() == []
    world.now += timedelta(days=31)
    world.work()
    assert codes() == []
    assert OutgoingMail.objects.filter(answer__isnull=False).count() == 1
    assert StoredKey.objects.filter(key_version=F("key_version")).count() == 3


@pytest.mark.parametrize(
    ("expected", "damage"),
    [
        (
            ["review.points_open"],
            lambda: ReviewNote.objects.filter(item="REGISTRY").update(is_good=False),
        ),
        (
            ["review.four_eyes"],
            lambda: CaOrder.objects.update(reviewed_by="sam@reseal.example"),
        ),
        (
            ["review.forgotten"],
            lambda: ValidatedOrganization.objects.all().delete(),
        ),
    ],
)
def test_an_approval_that_was_none(
    world: World, expected: list[str], damage: Callable[[], object]
) -> None:
    world.issued("ev.example.com", world.product("SYMANTEC", Type.EV_SSL_CERT))
    assert codes() == []
    damage()
    assert codes() == expected

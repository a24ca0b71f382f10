"""What a brand judges itself: what holds an order, what refuses it, and who may withdraw it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from accounts.models import Project
from authorities import engine, requests
from authorities.calendar import Bulletin
from authorities.hierarchy import IssuedCertificate
from authorities.port import (
    Answer,
    AuthorityError,
    CertificateAuthority,
    Request,
    Stage,
    open_counter,
)
from authorities.simulated import steps
from authorities.simulated.caa_asking import Stand
from authorities.simulated.orders import CaOrder
from authorities.simulated.organizations import ValidatedOrganization
from authorities.simulated.subjects import leaf_request
from certificates.catalogue import Type
from certificates.invariants import broken_invariants
from certificates.proving import challenges_of
from certificates.story import Certificate
from tests.authorities.asking import answer, asked, judge_names, jump, original, sees, state
from tests.cast import World
from tests.questions import questions
from verification import answers
from verification.answers import Decision
from verification.mail import OutgoingMail
from verification.network import CaaRecord, DnsStatus
from work.claims import next_due
from work.models import MOST_ATTEMPTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def test_a_suspension_holds_what_is_to_be_issued(world: World) -> None:
    end = world.now + timedelta(days=3)
    Bulletin.objects.create(
        brand="GEOTRUST",
        starts_at=world.now - timedelta(days=1),
        ends_at=end,
        suspends=True,
        title="Closed",
    )
    certificate = world.submitted()
    world.publish(certificate)
    world.look(certificate)
    held = world.fresh(certificate)
    assert (held.status, state(world, certificate)) == ("ISSUING", "ISSUING")
    assert held.open_application is not None
    assert held.open_application.waiting_until == end
    jump(world, end - timedelta(seconds=1))
    assert world.fresh(certificate).status == "ISSUING"
    world.later(seconds=1)
    assert world.fresh(certificate).status == "ISSUED"


def test_unreadable_caa_is_looked_at_again_with_back_off(world: World) -> None:
    sees(world, statuses={"www.shop.example.com": DnsStatus.SERVFAIL})
    certificate = world.submitted()
    assert state(world, certificate) == "RECEIVED"
    assert world.order(certificate).problem_code == "caa.unreachable"
    waits = []
    for _look in range(4):
        due = world.order(certificate).due_at
        waits.append((due - world.now).total_seconds())
        jump(world, due)
    assert waits == [10, 30, 60, 180]
    sees(world)
    world.later(minutes=5)
    assert state(world, certificate) == "PROVING"
    assert world.order(certificate).problem_code == ""


def test_a_caa_record_that_forbids_at_issue_refuses(world: World) -> None:
    certificate = world.submitted()
    world.publish(certificate)
    sees(world, caa={"example.com": [CaaRecord(0, "issue", "other-ca.example")]})
    world.look(certificate)
    refused = world.fresh(certificate)
    assert (refused.status, refused.failure_code) == ("UNPASSED", "caa.forbids")
    assert IssuedCertificate.objects.count() == 0


def lapse(world: World, certificate: Certificate) -> None:
    (challenge,) = challenges_of(world.fresh(certificate).last_application)
    jump(world, challenge.expires_at - timedelta(seconds=1))
    assert state(world, certificate) == "PROVING"
    world.later(seconds=1)
    assert state(world, certificate) == "REFUSED"


def test_a_first_issue_that_is_not_proved_in_30_days_fails(world: World) -> None:
    certificate = world.submitted()
    lapse(world, certificate)
    failed = world.fresh(certificate)
    assert (failed.status, failed.failure_code) == ("UNPASSED", "proof.lapsed")
    assert broken_invariants() == []


def test_a_reissue_that_is_not_proved_in_30_days_fails_and_keeps_its_end(world: World) -> None:
    certificate = asked(world, domain="www.new.example.com")
    answer(world, certificate, Decision.CONFIRM)
    assert world.fresh(certificate).status == "CHECKING_DOMAIN"
    lapse(world, certificate)
    failed = world.fresh(certificate)
    assert (failed.status, failed.failure_code) == ("UNPASSED", "proof.lapsed")
    assert failed.current is not None
    assert failed.current.revoked_at is not None
    assert broken_invariants() == []


def test_a_proof_too_old_at_issue_refuses(world: World) -> None:
    end = world.now + timedelta(days=150)
    certificate = world.submitted()
    Bulletin.objects.create(
        brand="GEOTRUST", starts_at=world.now, ends_at=end, suspends=True, title="Closed"
    )
    world.publish(certificate)
    world.look(certificate)
    assert world.fresh(certificate).status == "ISSUING"
    jump(world, end)  # of 2027-04: a proof now lasts 100 days
    refused = world.fresh(certificate)
    assert (refused.status, refused.failure_code) == ("UNPASSED", "proof.too_old")


def test_a_key_that_leaks_before_issue_refuses(world: World) -> None:
    certificate = world.submitted()
    world.publish(certificate)
    application = world.fresh(certificate).open_application
    assert application is not None
    requests.block_key(application.spki_sha256, source="s" * 300, now=world.now)
    world.look(certificate)
    refused = world.fresh(certificate)
    assert (refused.status, refused.failure_code) == ("UNPASSED", "csr.key_compromised")


def test_what_the_linters_refuse_is_refused_before_the_original_is_at_risk(world: World) -> None:
    certificate = world.issued("ov.example.com", world.product("SYMANTEC", Type.OV_SSL_CERT))
    wrong = {"name": "Acme", "country": "ZZ", "province": "", "city": "London"}
    world.reissue(certificate, organization=wrong, key_algorithm="EC_P256")
    kept = world.fresh(certificate)
    assert (kept.status, kept.failure_code) == ("ISSUED", "ca.lint")
    assert IssuedCertificate.objects.count() == 1
    assert questions() == []


def test_an_organization_that_was_never_reviewed_is_whoever_says_it_did_not_change(
    world: World,
) -> None:
    """The customer's side is not taken at its word: the authority knows what it reviewed."""
    product = world.product("SYMANTEC", Type.OV_SSL_CERT)
    known = world.issued("ov.example.com", product)
    reviewed = world.order(known)
    same = reviewed.request()
    counter = open_counter("simulated")
    changed = {**reviewed.payload, "is_changed": False, "keep_until": ""}
    other = {**changed, "organization": {**same.organization, "name": "Somebody Else Ltd"}}
    counter.submit("a" * 32, Request.of(changed), world.now)
    counter.submit("b" * 32, Request.of(other), world.now)
    world.work()
    states = {order.request_id[0]: order.state for order in CaOrder.objects.exclude(pk=reviewed.pk)}
    assert states == {"a": "ISSUED", "b": "REVIEWING"}
    # Organization data may be used again for 398 days (BR 4.2.1).
    ValidatedOrganization.objects.update(validated_at=world.now - timedelta(days=398))
    counter.submit("c" * 32, Request.of(changed), world.now)
    world.work()
    assert CaOrder.objects.get(request_id="c" * 32).state == "REVIEWING"


def test_nobody_replaces_somebody_elses_certificate(world: World) -> None:
    certificate = world.issued()
    payload = world.order(certificate).payload
    stranger = Project.objects.create(name="Stranger", created_at=world.now)
    theft = {
        **payload,
        "kind": "REISSUE",
        "customer": stranger.pk,
        "replaces": original(world, certificate).serial,
        "reason": "KEY_COMPROMISE",
    }
    open_counter("simulated").submit("d" * 32, Request.of(theft), world.now)
    world.work()
    order = CaOrder.objects.get(request_id="d" * 32)
    assert (order.state, order.history[-1]["code"]) == ("REFUSED", "order.original")
    assert questions() == []


# The counter


@pytest.mark.django_db(transaction=True)
def test_the_counter_refuses_to_be_called_inside_a_transaction(world: World) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        open_counter("simulated").fetch("e" * 32, world.now)


@pytest.mark.parametrize(
    "call",
    [
        lambda counter, now: counter.fetch("e" * 32, now),
        lambda counter, now: counter.withdraw("e" * 32, now, even_approved=True),
        lambda counter, now: counter.change_method("e" * 32, "example.com", "DNS", "", now),
        lambda counter, now: counter.say("e" * 32, "id", "text", "author", now),
    ],
)
def test_an_unknown_request_is_said_to_be_unknown(
    world: World, call: Callable[[CertificateAuthority, datetime], Answer]
) -> None:
    with pytest.raises(AuthorityError) as error:
        call(open_counter("simulated"), world.now)
    assert error.value.code == "ca.unknown_request"


def test_a_certificate_of_somebody_else_is_not_revoked(world: World) -> None:
    certificate = world.issued()
    serial = original(world, certificate).serial
    with pytest.raises(AuthorityError):
        open_counter("simulated").revoke("CFCA", serial, "superseded", world.now)
    open_counter("simulated").revoke("GEOTRUST", serial, "superseded", world.now)
    assert original(world, certificate).reason == "superseded"


def test_the_same_submit_twice_makes_one_order(world: World) -> None:
    certificate = world.submitted()
    order = world.order(certificate)
    again = open_counter("simulated").submit(order.request_id, order.request(), world.now)
    assert again.reference == order.reference
    assert CaOrder.objects.count() == 1
    assert [told.stage for told in again.milestones] == [Stage.RECEIVED, Stage.PROVING]


def test_a_withdrawn_order_asks_for_nothing_any_more(world: World) -> None:
    certificate = world.submitted()
    order = world.order(certificate)
    open_counter("simulated").withdraw(order.request_id, world.now, even_approved=True)
    assert state(world, certificate) == "WITHDRAWN"
    assert [each.status for each in order.proof.challenges.all()] == ["CLOSED"]
    waiting = asked(world, domain="www.second.example.com")
    question = world.order(waiting).answer
    open_counter("simulated").withdraw(
        world.order(waiting).request_id, world.now, even_approved=True
    )
    assert not answers.decide(question.pk, Decision.CONFIRM, by="the link", now=world.now)


def test_an_answer_that_comes_while_it_is_withdrawn_changes_nothing(world: World) -> None:
    """A step that began before the end of its order finds the end under the lock."""
    certificate = asked(world)
    stale = world.order(certificate)
    answers.decide(stale.answer_id, Decision.DECLINE, by="the link", now=world.now)
    open_counter("simulated").withdraw(stale.request_id, world.now, even_approved=True)
    steps.await_answer(stale, world.now)
    assert state(world, certificate) == "WITHDRAWN"


def test_a_certificate_signed_while_its_order_was_withdrawn_is_revoked(world: World) -> None:
    certificate = world.submitted()
    Bulletin.objects.create(
        brand="GEOTRUST",
        starts_at=world.now,
        ends_at=world.now + timedelta(days=1),
        suspends=True,
        title="Closed",
    )
    world.publish(certificate)
    world.look(certificate)
    stale = world.order(certificate)
    assert stale.state == "ISSUING"
    open_counter("simulated").withdraw(stale.request_id, world.now, even_approved=True)
    later = world.now + timedelta(days=1)
    assert judge_names(stale, world.network, later) == Stand()
    steps.issue(stale, later)
    (nobodys,) = IssuedCertificate.objects.all()
    assert nobodys.revoked_at is not None
    assert state(world, certificate) == "WITHDRAWN"


def test_the_same_where_a_death_came_between_signing_and_finding_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = world.submitted()
    world.publish(certificate)
    sign = engine.sign

    def sign_and_die(issued: int, now: datetime) -> IssuedCertificate:
        sign(issued, now)
        order = world.order(certificate)
        open_counter("simulated").withdraw(order.request_id, now, even_approved=True)
        raise SystemError

    with monkeypatch.context() as patch:
        patch.setattr(engine, "sign", sign_and_die)
        world.look(certificate)
    world.later(minutes=30)
    (nobodys,) = IssuedCertificate.objects.all()
    assert nobodys.revoked_at is not None
    assert state(world, certificate) == "WITHDRAWN"


def test_what_was_prepared_but_not_signed_is_judged_again(world: World) -> None:
    certificate = world.submitted()
    order = world.order(certificate)
    engine.prepare(order.request_id, leaf_request(order.request(), world.now), world.now)
    sees(world, caa={"example.com": [CaaRecord(0, "issue", "other-ca.example")]})
    world.publish(certificate)
    world.look(certificate)
    assert world.fresh(certificate).failure_code == "caa.forbids"
    assert not IssuedCertificate.objects.filter(signed_at__isnull=False).exists()
    assert broken_invariants() == []


def test_an_order_that_gave_up_is_refused_where_people_see_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_given: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("authorities.simulated.steps.take_step", breaks)
    certificate = world.submitted()
    world.later(hours=2)
    failed = world.fresh(certificate)
    assert (failed.status, failed.failure_code) == ("UNPASSED", "ca.stuck")
    order = world.order(certificate)
    assert (order.attempts, order.set_aside_at is not None) == (MOST_ATTEMPTS, True)


def test_nothing_is_due_at_once_for_ever(world: World) -> None:
    """After all due work is done no row is due at the same moment still."""
    certificate = asked(world, domain="www.new.example.com")
    answer(world, certificate, Decision.CONFIRM)
    due = next_due([CaOrder, OutgoingMail])
    assert due is None or due > world.now

"""What moves a certificate on: time, the authority's answers, and their absence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django_fsm import TransitionNotAllowed

from authorities.hierarchy import IssuedCertificate
from authorities.port import Answer, AuthorityError, Request, open_counter
from authorities.simulated.adapter import SimulatedAuthority
from certificates import progress
from certificates.applications import Application
from certificates.invariants import broken_invariants
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.mailed import questions
from verification import answers
from verification.answers import Decision
from work.models import MOST_ATTEMPTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def asked(world: World, **wish: Any) -> Certificate:
    """A reissue whose confirmation mail has left."""
    certificate = world.issued()
    world.reissue(certificate, **wish)
    world.later(minutes=2)
    assert len(questions()) == 1
    return certificate


def confirm(world: World, certificate: Certificate) -> bool:
    question = world.order(certificate).answer
    decided = answers.decide(question.pk, Decision.CONFIRM, by="the link", now=world.now)
    world.work()
    return decided


def codes() -> list[str]:
    return [broken.code for broken in broken_invariants()]


def end(world: World, certificate: Certificate) -> None:
    """Go to the first moment at which the version in force is over."""
    current = world.fresh(certificate).current
    assert current is not None
    world.now = current.ends_at
    world.work()


def test_a_certificate_expires_a_second_after_its_last(world: World) -> None:
    certificate = world.issued()
    current = certificate.current
    assert current is not None
    world.now = current.not_after
    world.work()
    assert world.fresh(certificate).status == "ISSUED"
    end(world, certificate)
    assert world.fresh(certificate).status == "EXPIRED"
    assert codes() == []


def test_a_reissue_ends_with_its_certificate_and_its_link_dies(world: World) -> None:
    certificate = world.issued()
    world.now += timedelta(days=24)
    world.reissue(certificate)
    world.later(minutes=2)
    Certificate.objects.filter(pk=certificate.pk).update(due_at=world.now)
    current = certificate.versions.get()
    current.not_after = world.now - timedelta(seconds=1)
    current.save()
    world.work()
    assert world.fresh(certificate).status == "EXPIRED"
    assert world.order(certificate).state == "WITHDRAWN"
    assert not confirm(world, certificate)
    assert codes() == []


def test_a_kill_between_the_authority_and_the_end_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = asked(world)

    class Killed(BaseException):
        pass

    def killed(*_given: object, **_named: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(progress, "turning", killed)
        current = world.fresh(certificate).current
        assert current is not None
        with pytest.raises(Killed):
            progress.end_of_term(world.fresh(certificate), current.ends_at)
    assert world.order(certificate).state == "WITHDRAWN"
    end(world, certificate)
    assert world.fresh(certificate).status == "EXPIRED"
    assert codes() == []


def test_an_end_that_was_put_off_meanwhile_is_no_end(world: World) -> None:
    """The step had read the old version when the new one came."""
    certificate = world.issued()
    stale = world.fresh(certificate)
    current = stale.current
    assert current is not None
    certificate.versions.update(not_after=current.not_after + timedelta(days=90))
    vars(stale)["_prefetched_objects_cache"] = {"versions": [current]}
    step = progress.end_of_term(stale, current.ends_at)
    assert step.due_at == current.ends_at + timedelta(days=90)
    assert world.fresh(certificate).status == "ISSUED"


# An application whose step keeps failing


def fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def follow(*_given: object) -> None:
        raise TransitionNotAllowed("our own bug")

    monkeypatch.setattr(progress, "follow", follow)


def test_a_stuck_reissue_is_stopped_at_the_authority_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its mail would still cancel an original that we show as issued."""
    certificate = asked(world)
    fail(monkeypatch)
    world.later(hours=3)
    stuck = certificate.applications.get(number=2)
    assert (stuck.attempts, stuck.set_aside_at is not None) == (MOST_ATTEMPTS, True)
    kept = world.fresh(certificate)
    assert (kept.status, kept.failure_code) == ("ISSUED", "application.stuck")
    assert world.order(certificate).state == "WITHDRAWN"
    assert not confirm(world, certificate)
    assert IssuedCertificate.objects.get().revoked_at is None
    assert codes() == ["work.set_aside"]


def test_a_stuck_reissue_whose_original_is_gone_has_failed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = asked(world, domain="www.new.example.com")
    fail(monkeypatch)
    assert confirm(world, certificate)
    world.later(hours=3)
    failed = world.fresh(certificate)
    assert (failed.status, failed.failure_code) == ("UNPASSED", "application.stuck")
    assert failed.current is not None
    assert failed.current.revocation_reason == "superseded"
    assert codes() == ["work.set_aside"]


def test_an_authority_that_is_away_is_asked_with_growing_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: object) -> Answer:
        raise AuthorityError("ca.away", "Nobody is there.", retryable=True)

    monkeypatch.setattr(SimulatedAuthority, "submit", away)
    certificate, waits = world.submitted(), []
    for _try in range(12):
        application = world.fresh(certificate).open_application
        assert application is not None
        assert application.waiting_code == "ca.away"
        assert application.due_at is not None
        waits.append((application.due_at - world.now).total_seconds())
        world.now = application.due_at
        world.work()
    assert waits[:4] == [10, 10, 20, 40]
    assert waits[-1] == 3600
    monkeypatch.undo()
    world.later(hours=1)
    assert world.order(certificate).state == "PROVING"


def test_an_authority_that_will_not_have_it_ends_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object) -> Answer:
        raise AuthorityError("ca.closed", "We closed.", retryable=False)

    monkeypatch.setattr(SimulatedAuthority, "submit", refuse)
    failed = world.submitted()
    assert (failed.status, failed.failure_code) == ("UNPASSED", "ca.closed")


def test_an_order_that_arrives_after_the_end_is_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certificate ends while its application is on its way to the authority."""
    certificate = world.issued()
    submit = SimulatedAuthority.submit

    def slow(counter: SimulatedAuthority, request_id: str, request: Request, now: object) -> Answer:
        Application.objects.filter(ca_request=request_id).update(
            ended_at=world.now, outcome="EXPIRED"
        )
        Certificate.objects.filter(pk=certificate.pk).update(status="EXPIRED")
        return submit(counter, request_id, request, world.now)

    monkeypatch.setattr(SimulatedAuthority, "submit", slow)
    world.reissue(certificate)
    assert world.order(certificate).state == "WITHDRAWN"


# What the authority answers is hostile input


def answered(world: World, certificate: Certificate, **changes: object) -> str:
    """Let the authority's last answer say something else; the code with which it ends."""
    fetch = SimulatedAuthority.fetch

    def lie(counter: SimulatedAuthority, request_id: str, now: object) -> Answer:
        told = fetch(counter, request_id, world.now)
        return replace(told, **changes) if told.chain else told  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SimulatedAuthority, "fetch", lie)
        confirm(world, certificate)
    return str(world.fresh(certificate).failure_code)


def chain_of(world: World, certificate: Certificate) -> tuple[bytes, ...]:
    order = world.order(certificate)
    return open_counter("simulated").fetch(order.request_id, world.now).chain


@pytest.mark.parametrize(
    "chain", [(), (b"x", b"y"), (b"\x30\x00",) * 3, (b"x" * 20_000,) * 2, (b"x",) * 9]
)
def test_a_chain_that_is_none(world: World, chain: tuple[bytes, ...]) -> None:
    assert answered(world, asked(world), chain=chain) == "ca.wrong_answer"


def test_a_certificate_of_somebody_else(world: World) -> None:
    chain = chain_of(world, world.issued("www.other.example.com"))
    assert answered(world, asked(world), chain=chain) == "ca.wrong_answer"


def test_the_original_instead_of_a_new_one(world: World) -> None:
    """With the same key and names it differs from what was asked for in nothing but its serial."""
    certificate = world.issued()
    original = chain_of(world, certificate)
    world.reissue(certificate)
    world.later(minutes=2)
    first, second = certificate.applications.order_by("number")
    second.spki_sha256 = first.spki_sha256
    second.save()
    assert answered(world, certificate, chain=original) == "ca.wrong_answer"
    assert certificate.versions.count() == 1


def test_the_new_version_keeps_the_end_of_the_original(world: World) -> None:
    certificate = asked(world)
    confirm(world, certificate)
    first, second = certificate.versions.order_by("number")
    assert second.not_after == first.not_after
    assert second.not_before > first.not_before
    assert (second.replaces, first.revocation_reason) == (first, "superseded")

"""Rows are locked in the same order everywhere, or two at once would wait for each other."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certificates.pausing import resume_looking
from certificates.proof_revoking import revoke_proof
from certificates.proving import check_now
from certificates.taken_proofs import TakenProof
from tests.cast import World
from verification.challenges import Challenge
from verification.dns_update import DynamicUpdate
from verification.looking import record
from verification.outcome import Outcome
from verification.publishing import Publication, State
from verification.zone_book import Connection, add_zone, change_zone, remove_zone

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]  # SQLite locks no rows
LOCKED = re.compile(r'^UPDATE "(\w+)"|FROM "(\w+)".* FOR UPDATE')
GIVEN = Connection(
    "example.com", "192.0.43.7", 53, "key", "hmac-sha256", "c2VjcmV0IG9mIDE2IGJ5dGVz"
)


def locked(act: Callable[[], object]) -> list[str]:
    """The tables of which rows are locked, each where it comes first."""
    with CaptureQueriesContext(
        connection,
    ) as asked:
        act()
    found = [LOCKED.search(each["sql"]) for each in asked]
    return list(dict.fromkeys(match[1] or match[2] for match in found if match))


def before(tables: list[str], *order: str) -> bool:
    return [each for each in tables if each in order] == list(order)


def test_a_proof_is_revoked_behind_the_projects_lock(world: World) -> None:
    world.issued()
    proof = Challenge.objects.get()
    tables = locked(lambda: revoke_proof(proof, reason="x", actor=world.sam, now=world.now))
    order = ("accounts_project", "verification_challenge", "certificates_certificate")
    assert before(tables, *order), tables


def test_who_takes_a_name_over_locks_nothing_of_the_loser_but_the_proof(world: World) -> None:
    world.issued()
    world.submitted(owner=world.mallory)
    challenge = Challenge.objects.latest("pk")
    seen = Outcome(True, None, {})
    tables = locked(lambda: record(challenge, world.now, seen))
    assert "accounts_project" not in tables
    assert "certificates_certificate" not in tables
    lost = TakenProof.objects.get()
    tables = locked(lambda: lost.step(world.now, None))
    order = ("accounts_project", "certificates_takenproof", "certificates_certificate")
    assert before(tables, *order), tables


def test_names_are_resumed_before_the_certificate_is_locked(world: World) -> None:
    certificate = world.submitted()
    Challenge.objects.update(paused_at=world.now)
    certificate = world.fresh(certificate)
    tables = locked(
        lambda: resume_looking(certificate=certificate, actor=world.alice, now=world.now)
    )
    assert before(tables, "verification_challenge", "certificates_certificate"), tables


def test_a_look_is_asked_for_behind_the_projects_lock(world: World) -> None:
    certificate = world.fresh(world.submitted())
    by, now, network = world.alice, world.now, world.network
    tables = locked(lambda: check_now(certificate=certificate, actor=by, now=now, network=network))
    assert before(tables, "accounts_project", "verification_challenge"), tables


def test_a_zone_is_locked_behind_its_project(world: World) -> None:
    by, now = world.alice, world.now
    zone = add_zone(project_id=world.acme.pk, given=GIVEN, actor=by, now=now)
    changed = locked(lambda: change_zone(zone=zone, given=GIVEN, actor=by, now=now))
    removed = locked(lambda: remove_zone(zone=zone, actor=by, now=now))
    for tables in (changed, removed):
        assert before(tables, "accounts_project", "verification_zone"), tables


def test_what_is_published_wakes_its_challenge_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_zone(project_id=world.acme.pk, given=GIVEN, actor=world.alice, now=world.now)
    monkeypatch.setattr(DynamicUpdate, "publish", lambda *_: None)
    world.submitted(method="DNS", is_automatic=True)
    row = Publication.objects.get()
    Publication.objects.update(state=State.WAITING, attempted_at=world.now)
    row.refresh_from_db()
    with CaptureQueriesContext(connection) as asked:
        row.step(world.now + timedelta(minutes=1), world.network)
    row.refresh_from_db()
    assert row.state == State.PUBLISHED
    last = [each["sql"] for each in asked if each["sql"].startswith("UPDATE")][-2:]
    assert [sql.split('"')[1] for sql in last] == [
        "verification_challenge",
        "verification_publication",
    ]


def test_who_proves_a_name_locks_it_behind_the_challenge(world: World) -> None:
    certificate = world.submitted()
    world.publish(certificate)
    (challenge,) = Challenge.objects.all()
    tables = locked(lambda: challenge.step(world.now, world.network))
    order = ("verification_challenge", "verification_provedname", "verification_proof")
    assert before(tables, *order), tables

"""Workers that die by SIGKILL at every dangerous line: nothing is lost, nothing happens twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from kombu.connection import Connection

from authorities.hierarchy import IssuedCertificate
from certificates.applications import Application
from certificates.invariants import broken_invariants
from certificates.obstacles import Refused
from certificates.orders import request_reissue
from certificates.story import Certificate
from certificates.taking_back import choose_method, open_challenges, withdraw
from certificates.wishes import Wish
from tests.cast import ALL, World
from tests.flows.portal import Portal, answer, ask, fresh, link_in, request_of
from verification.challenges import Challenge
from verification.mail import OutgoingMail
from work import claims
from work.loop import clock
from work.tasks import run_row

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE_THE_ANSWER = ["work.claimed", "caa.asked", "portal.answered", "mail.sent"]
AFTER_THE_ANSWER = ["caa.asked", "ca.committed", "ca.signed", "work.claimed", "portal.answered"]
STORY = [
    ("request_reissue", "REISSUING"),
    ("received", "REISSUING"),
    ("asked", "REISSUING"),
    ("cancelled", "REISSUING"),
    ("reuse_proof", "REISSUING"),
    ("prepare", "ISSUING"),
    ("issue", "ISSUED"),
]


def assert_killed(portal: Portal, worker: subprocess.Popen[bytes], point: str) -> None:
    """The worker died by signal 9, and at this point."""
    portal.wait(lambda: worker.poll() is not None, f"the death at {point}")
    assert worker.returncode == -signal.SIGKILL
    mark = Path(settings.DATA_DIR) / f"killed-{worker.pid}"
    assert mark.read_text() == point


def assert_exactly_once(certificate: Certificate, mails: int, portal: Portal) -> None:
    """One new certificate, one mail record, each Event once, every invariant."""
    told = certificate.events.filter(application__number=2).order_by("pk")
    assert [(event.verb, event.after) for event in told] == STORY
    assert IssuedCertificate.objects.filter(order=request_of(certificate)).count() == 1
    assert certificate.versions.count() == 2
    # The question once, and for each of the two versions the mail that says that it is there.
    kinds = OutgoingMail.objects.order_by("kind").values_list("kind", flat=True)
    assert list(kinds) == ["confirm_cancellation", "issued", "issued"]
    assert len(portal.mail.messages) == mails
    assert len({link_in(message) for message in portal.mail.messages}) == 1
    assert broken_invariants() == []


@pytest.mark.parametrize("point", BEFORE_THE_ANSWER)
def test_killed_before_the_customer_answers(quiet: Portal, world: World, point: str) -> None:
    certificate = world.issued()
    worker = quiet.start_worker(point)
    ask(quiet, certificate)
    assert_killed(quiet, worker, point)
    quiet.start_worker()
    # After the mail server took it and before we noted it: it may leave twice, with the same link.
    mails = 2 if point == "mail.sent" else 1
    quiet.wait(lambda: len(quiet.mail.messages) == mails, "the mail")
    answer(quiet, certificate, "confirm")
    quiet.wait_for_status(certificate, "ISSUED")
    assert_exactly_once(certificate, mails, quiet)


@pytest.mark.parametrize("point", AFTER_THE_ANSWER)
def test_killed_after_the_customer_answered(quiet: Portal, world: World, point: str) -> None:
    certificate = world.issued()
    quiet.start_worker()
    ask(quiet, certificate)
    address = certificate.bought_by.email
    asked = certificate.applications.filter(ended_at=None, asked_at__isnull=False)
    quiet.wait(asked.exists, "the record of the mail")
    assert quiet.mail.to(address)
    quiet.stop()
    worker = quiet.start_worker(point)
    answer(quiet, certificate, "confirm")
    assert_killed(quiet, worker, point)
    quiet.start_worker()
    quiet.wait_for_status(certificate, "ISSUED")
    assert_exactly_once(certificate, 1, quiet)


def test_killed_at_random_moments(quiet: Portal, world: World) -> None:
    certificate = world.issued()
    luck = random.Random(20261124)
    ask(quiet, certificate)

    def survive(seconds: float) -> None:
        worker = quiet.start_worker()
        try:
            worker.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, signal.SIGKILL)
        assert worker.wait() == -signal.SIGKILL

    for _kill in range(2):
        survive(luck.uniform(2, 5))
    quiet.start_worker()
    answer(quiet, certificate, "confirm")
    quiet.stop()
    for _kill in range(2):
        survive(luck.uniform(2, 5))
    quiet.start_worker()
    quiet.wait_for_status(certificate, "ISSUED")
    assert_exactly_once(certificate, len(quiet.mail.messages), quiet)
    assert len(quiet.mail.messages) <= 3


def test_every_task_delivered_five_times_and_out_of_order(quiet: Portal, world: World) -> None:
    certificate = world.issued()
    ask(quiet, certificate)
    quiet.start_worker(beat=False)
    luck = random.Random(7)
    confirmed = False
    with Connection(quiet.broker) as broker:  # type: ignore[no-untyped-call]  # kombu
        while fresh(certificate).status != "ISSUED" or not confirmed:
            claimed = list(claims.claim(clock()))
            deliveries = [claim for claim in claimed for _copy in range(5)]
            luck.shuffle(deliveries)
            for claim in deliveries:
                run_row.apply_async((claim.label, claim.pk, claim.token), connection=broker)
            if claimed:
                quiet.wait(partial(all_done, claimed), "the deliveries")
            if quiet.mail.messages and not confirmed:
                asked = certificate.applications.filter(ended_at=None, asked_at__isnull=False)
                if asked.exists():
                    answer(quiet, certificate, "confirm")
                    confirmed = True
    assert_exactly_once(certificate, 1, quiet)


def all_done(claimed: list[claims.Claim]) -> bool:
    return not any(
        claim.model._default_manager.filter(pk=claim.pk).exclude(lease_token="").exists()
        for claim in claimed
    )


@pytest.mark.parametrize("point", ["work.claimed", "portal.answered"])
def test_killed_while_an_application_is_withdrawn(quiet: Portal, world: World, point: str) -> None:
    certificate = world.submitted()
    withdraw(certificate=fresh(certificate), actor=world.alice, now=clock())
    worker = quiet.start_worker(point)
    assert_killed(quiet, worker, point)
    quiet.start_worker()
    quiet.wait_for_status(certificate, "PAID")
    told = certificate.events.order_by("pk").values_list("verb", flat=True)
    assert list(told)[-2:] == ["withdraw", "withdrawn"]
    assert OutgoingMail.objects.filter(kind="withdrawn").count() == 1
    assert broken_invariants() == []


def test_killed_while_a_method_changes(quiet: Portal, world: World) -> None:
    certificate = world.submitted()
    domain = "www.shop.example.com"
    choose_method(
        certificate=fresh(certificate),
        domain=domain,
        method="EMAIL",
        actor=world.alice,
        now=clock(),
        network=world.network,
    )
    worker = quiet.start_worker("portal.method_changed")
    assert_killed(quiet, worker, "portal.method_changed")
    quiet.start_worker()
    changed = certificate.events.filter(verb="change_method")
    quiet.wait(changed.exists, "the record of the change")
    assert [each.method for each in open_challenges(fresh(certificate))] == ["EMAIL"]
    assert Challenge.objects.filter(domain=domain).count() == 2
    assert OutgoingMail.objects.filter(kind="prove_domain").count() == 1
    assert broken_invariants() == []


def test_two_submits_at_once_make_one_application(world: World) -> None:
    certificate = world.issued()
    start = threading.Barrier(4)
    results: list[str] = []

    def submit() -> None:
        start.wait()
        try:
            request_reissue(
                certificate=fresh(certificate),
                wish=Wish(accepted=ALL, key_algorithm="EC_P256"),
                actor=world.alice,
                now=clock(),
                network=world.network,
            )
            results.append("submitted")
        except Refused as refused:
            results.append(" ".join(each.code for each in refused.obstacles))
        finally:
            connection.close()

    threads = [threading.Thread(target=submit) for _i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count("submitted") == 1
    assert set(results) - {"submitted"} <= {
        "reissue.not_issued reissue.in_progress",
        "reissue.in_progress",
    }
    assert Application.objects.filter(certificate=certificate).count() == 2
    assert broken_invariants() == []


def test_a_broker_that_is_away_stops_nobody(
    world: World, settings: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    certificate = world.issued()
    begin = clock()
    world.reissue(certificate, key_algorithm="EC_P256")
    assert (clock() - begin).total_seconds() < 10
    assert fresh(certificate).status == "REISSUING"
    warnings = [record for record in caplog.records if record.name == "work.nudge"]
    assert len(warnings) == 1

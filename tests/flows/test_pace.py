"""Many names with a real worker: silent targets delay nobody, and no target meets a crowd."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pki.names import registered_domain
from tests.cast import World
from tests.flows.portal import Portal
from verification import asking
from verification.challenges import Attempt, Challenge, Status
from verification.writing import Letter
from work.loop import clock

pytestmark = pytest.mark.django_db(transaction=True)

LETTER = Letter("desk@geotrust.example", "GeoTrust", "scs0000000000000", "alice@acme.example")


def ask(world: World, *domains: str) -> list[Challenge]:
    proof = asking.demand(
        project_id=world.acme.pk,
        domains=domains,
        method="DNS",
        mailbox="",
        letter=LETTER,
        now=clock(),
    )
    return list(proof.challenges.order_by("pk"))


def all_proved(challenges: list[Challenge]) -> bool:
    rows = Challenge.objects.filter(pk__in=[each.pk for each in challenges])
    return not rows.exclude(status=Status.PROVED).exists()


@contextmanager
def counting(portal: Portal, pause: float) -> Iterator[Counter[str]]:
    """Let every answer take `pause` seconds; the most questions at once by domain, "" for all."""
    most: Counter[str] = Counter()
    now: Counter[str] = Counter()
    lock, answer = threading.Lock(), portal.dns.reply

    def slowly(question: bytes, transport: str) -> bytes | None:
        from dnslib import DNSRecord

        name = str(DNSRecord.parse(question).q.qname).rstrip(".").lower()
        domains = ["", registered_domain(name)]
        with lock:
            for domain in domains:
                now[domain] += 1
                most[domain] = max(most[domain], now[domain])
        time.sleep(pause)
        with lock:
            for domain in domains:
                now[domain] -= 1
        return answer(question, transport)

    portal.dns.reply = slowly  # type: ignore[method-assign]
    try:
        yield most
    finally:
        del portal.dns.reply


def test_half_of_the_targets_hanging_does_not_slow_the_other_half(
    quiet: Portal, world: World
) -> None:
    hanging = ask(world, *(f"hanging{number}.com" for number in range(40)))
    answering = ask(world, *(f"answering{number}.com" for number in range(40)))
    for challenge in hanging:
        quiet.dns.fail(f"_dnsauth.{challenge.domain}", "TIMEOUT")
    for challenge in answering:
        quiet.dns.publish(f"_dnsauth.{challenge.domain}", "TXT", challenge.value)
    quiet.start_worker()
    quiet.wait(Attempt.objects.exists, "the first look")
    start = time.monotonic()
    quiet.wait(lambda: all_proved(answering), "the answering half")
    # One after the other the silent ones alone would take 80 seconds, two for each.
    assert time.monotonic() - start < 60
    quiet.wait(
        lambda: (
            Attempt.objects.filter(code="dns.timeout").values("challenge").distinct().count()
            == len(hanging)
        ),
        "a look at each silent one",
    )
    (late,) = ask(world, "late.com")
    quiet.dns.publish("_dnsauth.late.com", "TXT", late.value)
    start = time.monotonic()
    quiet.wait(lambda: all_proved([late]), "the proof of a fresh name while others hang")
    assert time.monotonic() - start < 60


def test_two_looks_at_most_are_at_one_domain_while_others_go_on(
    quiet: Portal, world: World
) -> None:
    crowded = ask(world, *(f"n{number}.crowded.com" for number in range(12)))
    others = ask(world, *(f"other{number}.com" for number in range(12)))
    for challenge in [*crowded, *others]:
        quiet.dns.publish(f"_dnsauth.{challenge.domain}", "TXT", challenge.value)
    with counting(quiet, 0.3) as most:
        quiet.start_worker()
        quiet.wait(lambda: all_proved([*crowded, *others]), "all proofs")
    assert most["crowded.com"] <= 2
    assert most[""] > 2, "looks at different domains go on at the same time"


def test_a_worker_killed_while_it_keeps_many_looks_kept_none_of_them(
    quiet: Portal, world: World
) -> None:
    challenges = ask(world, *(f"many{number}.com" for number in range(20)))
    worker = quiet.start_worker("work.kept")
    quiet.wait(lambda: worker.poll() is not None, "the death while looks are kept")
    assert worker.returncode == -signal.SIGKILL
    assert not Attempt.objects.exists()
    assert not Challenge.objects.exclude(looks=0, problem_code="").exists()
    quiet.start_worker()
    rows = Challenge.objects.filter(pk__in=[each.pk for each in challenges])
    quiet.wait(lambda: not rows.filter(looks=0).exists(), "a look at each, once leases ended")
    for challenge in rows:
        assert challenge.history.count() == challenge.looks
        assert challenge.problem_code == "dns.nxdomain"

"""When a name is looked at again, and when nobody looks at it any more."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from pytest_django.fixtures import Settings

from certificates.asked_proofs import asked_proofs, looks_at
from tests.cast import World
from tests.dns_server import LoopbackDns
from verification import asking, looking, pace
from verification.challenges import Attempt, Challenge, Status
from verification.diagnosis import diagnose, fix
from verification.dictionary import DictionaryNetwork
from verification.looking import Look, begin, end, record, resume
from verification.network import Delegation, DnsAnswer, DnsStatus, GuardedNetwork, Policy
from verification.outcome import Outcome, Problem
from verification.patience import LAST, LATELY, MANY, Patience, Silences, for_a_look
from verification.slots import OwnSlots
from verification.writing import Letter
from work.steps import BACK_OFF

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LETTER = Letter("desk@geotrust.example", "GeoTrust", "scs0000000000000", "alice@acme.example")
NAME = "shop.example.com"


@pytest.fixture
def world() -> World:
    return World(now=NOW)


def ask(world: World, *domains: str) -> list[Challenge]:
    proof = asking.demand(
        project_id=world.acme.pk,
        domains=domains or [NAME],
        method="DNS",
        mailbox="",
        letter=LETTER,
        now=world.now,
    )
    return list(proof.challenges.order_by("pk"))


def fresh(challenge: Challenge) -> Challenge:
    return Challenge.objects.get(pk=challenge.pk)


@pytest.mark.parametrize("looks", range(1, 12))
def test_a_wait_is_its_base_or_a_little_more_and_always_the_same(looks: int) -> None:
    base = BACK_OFF[min(looks, len(BACK_OFF)) - 1]
    waits = {pace.wait_after(looks, pk) for pk in range(1, 200)}
    assert all(base <= wait < base * 1.1 for wait in waits)
    assert waits == {pace.wait_after(looks, pk) for pk in range(1, 200)}
    if base >= timedelta(minutes=3):
        assert len(waits) > 10, "what was asked for together does not come back together"


def test_what_resolvers_keep_puts_the_next_look_off_an_hour_at_most() -> None:
    wait = pace.wait_after(1, 7)
    for kept, due in (
        (NOW - timedelta(minutes=1), NOW + wait),
        (NOW + timedelta(seconds=1), NOW + wait),
        (NOW + timedelta(minutes=40), NOW + timedelta(minutes=40)),
        (NOW + timedelta(days=1), NOW + timedelta(hours=1)),
    ):
        assert pace.next_look(1, 7, NOW, kept) == due


def test_what_is_diagnosed_says_the_same_time_as_a_challenge() -> None:
    for kept, due in (
        (timedelta(seconds=1), BACK_OFF[0]),
        (timedelta(minutes=40), timedelta(minutes=40)),
        (timedelta(days=1), timedelta(hours=1)),
    ):
        evidence = {"kept_until": (NOW + kept).isoformat()}
        seen = Outcome(False, Problem("dns.cached_negative", ""), evidence)
        assert diagnose(NAME, "DNS", "value", seen, NOW).next_check_at == NOW + due


def test_a_look_that_learned_until_when_it_is_kept_waits_for_that(world: World) -> None:
    (challenge,) = ask(world)
    until = world.now + timedelta(minutes=20)
    evidence = {"kept_until": until.isoformat()}
    record(challenge, world.now, Outcome(False, Problem("dns.cached_negative", ""), evidence))
    assert fresh(challenge).due_at == until


def test_a_look_that_found_no_place_is_none(world: World) -> None:
    (challenge,) = ask(world)
    step = end(challenge, world.now, None)
    assert step.due_at is not None
    assert timedelta(seconds=2) <= step.due_at - world.now < timedelta(seconds=4)
    assert (fresh(challenge).looks, Attempt.objects.count()) == (0, 0)


def test_a_silent_name_gets_a_patient_look_now_and_then() -> None:
    patient = [looks for looks in range(10) if pace.is_patient(is_silent=True, looks=looks)]
    assert patient == [1, 5, 9]
    assert not any(pace.is_patient(is_silent=False, looks=looks) for looks in range(10))


def test_a_cause_that_only_a_patient_look_hears_does_not_flip(
    world: World, dns_server: LoopbackDns
) -> None:
    """A server that fails after longer than a quick look waits."""
    (challenge,) = ask(world)
    network = GuardedNetwork(Policy(resolvers=((dns_server.host, dns_server.port),)))
    dns_server.fail(f"_dnsauth.{NAME}", "SERVFAIL")
    answer = dns_server.reply

    def late(question: bytes, transport: str) -> bytes | None:
        time.sleep(1.2 if b"_dnsauth" in question else 0)
        return answer(question, transport)

    def look() -> tuple[str, str, bool]:
        looked = fresh(challenge)
        step = begin(looked, world.now)
        assert callable(step)
        changed = end(looked, world.now, step(network)).changed
        last = Attempt.objects.latest("pk")
        return fresh(challenge).problem_code, str(last.evidence["status"]), changed

    dns_server.reply = late  # type: ignore[method-assign]
    assert look() == ("dns.timeout", "TIMEOUT", True)
    assert look() == ("dns.servfail", "SERVFAIL", True)
    for _quick in range(2):
        assert look() == ("dns.servfail", "TIMEOUT", False)
    row = fresh(challenge)
    assert "SERVFAIL" in row.problem_message
    assert row.is_silent, "it waits in the lane of those that do not answer"
    shown = asked_proofs([row], looks_at([row]))[0]
    assert shown.telling is not None
    assert shown.telling.attempt.evidence["status"] == "SERVFAIL"
    assert shown.last is not None
    assert [line.label for line in shown.last.saw][-1] == "We waited"
    dns_server.reply = answer  # type: ignore[method-assign]
    dns_server.heal(f"_dnsauth.{NAME}")
    assert look() == ("dns.nxdomain", "NXDOMAIN", True)
    assert not fresh(challenge).is_silent


def test_the_places_of_a_look_are_its_domain_and_the_servers_that_are_known() -> None:
    told = {
        1: "OK",
        2: "NODATA",
        3: "NXDOMAIN",
        4: "REFUSED",
        5: "LAME",
        6: "TIMEOUT",
        7: "SERVFAIL",
    }
    seen = {
        "servers": [{"address": f"192.0.2.{host}", "status": said} for host, said in told.items()]
    }
    assert pace.aimed_at("*.a.shop.example.com", {}) == {"domain example.com": 2}
    assert pace.aimed_at("shop.example.co.uk", seen) == {
        "domain example.co.uk": 2,
        "server 192.0.2.1": 2,
        "server 192.0.2.2": 2,
        "server 192.0.2.3": 2,
    }, "of who does not answer for the name, none: whoever wants may name anybody's server"


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("a.victim.duckdns.org", "victim.duckdns.org"),
        ("*.evil.github.io", "evil.github.io"),
        ("www.shop.azurewebsites.net", "shop.azurewebsites.net"),
        ("github.io", "github.io"),
        ("co.uk", "co.uk"),
        ("host.internal", "host.internal"),
        ("203.0.113.7", "203.0.113.7"),
    ],
)
def test_customers_of_a_hoster_have_places_of_their_own(name: str, domain: str) -> None:
    assert pace.aimed_at(name, {}) == {f"domain {domain}": 2}


def test_some_places_at_a_resolver_are_kept_for_first_looks(settings: Settings) -> None:
    settings.VERIFICATION_PER_RESOLVER = 16
    assert pace.at_resolver("192.0.2.1 53", is_first=True) == {"resolver 192.0.2.1 53": 16}
    assert pace.at_resolver("192.0.2.1 53", is_first=False) == {"resolver 192.0.2.1 53": 14}


@pytest.mark.parametrize(
    ("patience", "asked", "least"), [(Patience.HASTY, 1, 0.4), (Patience.QUICK, 2, 1.9)]
)
def test_a_silent_resolver_is_waited_for_but_a_moment(
    patience: Patience, asked: int, least: float
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.setblocking(False)
        network = GuardedNetwork(Policy(resolvers=(silent.getsockname(),)))
        way_out = for_a_look(network, OwnSlots(), patience)
        start = time.monotonic()
        assert way_out.txt("_dnsauth.shop.example.com").status is DnsStatus.TIMEOUT
        assert way_out.name_servers("_dnsauth.shop.example.com", "TXT") == Delegation()
        assert time.monotonic() - start > least
        for _question in range(asked):
            silent.recv(512)
        with pytest.raises(BlockingIOError):
            silent.recv(512)


class Silent(DictionaryNetwork):
    """It knows nobody, and of some names it hears nothing."""

    def txt(self, name: str) -> DnsAnswer:
        status = DnsStatus.TIMEOUT if "hanging" in name else DnsStatus.NXDOMAIN
        return DnsAnswer(name, "TXT", status)


def test_looks_are_hasty_while_many_names_hang(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for names that are known to be silent: those have a lane of their own."""
    monkeypatch.setattr(looking, "silences", Silences())
    answered, hanging, known = (
        ask(world, name)[0] for name in (NAME, "hanging.com", "hanging-too.com")
    )
    known.is_silent, known.looks = True, 2

    def look(challenge: Challenge) -> Patience:
        begun = begin(challenge, world.now)
        assert isinstance(begun, partial)
        begun(Silent())
        prepared = begun.args[0]
        assert isinstance(prepared, Look)
        return prepared.patience

    assert {look(known) for _each in range(LAST)} == {Patience.QUICK}, "it was known"
    assert {look(hanging) for _each in range(MANY + 1)} == {Patience.QUICK}
    assert look(hanging) is Patience.HASTY
    assert look(known) is Patience.QUICK
    assert look(answered) is Patience.HASTY
    for _each in range(LAST - MANY):
        look(answered)
    assert look(answered) is Patience.QUICK


def test_silences_of_earlier_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Silences()
    for _each in range(MANY + 1):
        heard.note(is_silent=True)
    assert heard.are_many()
    later = time.monotonic() + LATELY + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert not heard.are_many()


def test_a_name_in_vain_for_a_week_is_paused_and_lapses_in_time(
    world: World, settings: Settings
) -> None:
    (challenge,) = ask(world)
    world.later(days=6, hours=23)
    assert fresh(challenge).paused_at is None
    world.later(hours=2)
    paused = fresh(challenge)
    assert paused.status == Status.OPEN
    assert paused.problem_code == "name.paused"
    assert paused.paused_at is not None
    assert paused.paused_at >= NOW + timedelta(days=settings.VERIFICATION_PAUSE_AFTER_DAYS)
    assert paused.due_at == paused.expires_at
    assert paused.problem_message.startswith(
        "We stopped looking for the proof of shop.example.com on 1 Dec 2026: it was not seen in 7"
        " days. The last look saw: “The name _dnsauth.shop.example.com does not exist in the DNS."
    )
    assert "press Resume" in paused.problem_message
    assert Attempt.objects.latest("at", "pk").code == "dns.nxdomain", "what was seen is kept"
    assert challenge.value in fix("name.paused", NAME, "DNS", challenge.value)
    looks = Attempt.objects.count()
    world.later(days=22)
    assert Attempt.objects.count() == looks, "nobody looked"
    world.later(days=2)
    assert fresh(challenge).status == Status.LAPSED


def test_a_paused_name_is_looked_at_again_once_resumed_and_promptly(world: World) -> None:
    first, second = ask(world, NAME, "other.example.com")
    world.txt["_dnsauth.other.example.com"] = [second.value]
    world.later(days=8)
    assert resume(first.proof_id, world.now) == 1
    again = fresh(first)
    assert (again.paused_at, again.looks, again.due_at) == (None, 0, world.now)
    assert again.problem_code == "dns.nxdomain"
    world.work()
    again = fresh(first)
    assert again.due_at == world.now + pace.wait_after(1, first.pk)
    assert resume(first.proof_id, world.now) == 0
    world.later(days=6)
    assert fresh(first).paused_at is None, "the days are counted anew"
    world.txt["_dnsauth.shop.example.com"] = [first.value]
    world.later(hours=2)
    assert fresh(first).status == Status.PROVED


def test_a_mail_that_waits_for_its_answer_is_never_paused(world: World) -> None:
    proof = asking.demand(
        project_id=world.acme.pk,
        domains=[NAME],
        method="EMAIL",
        mailbox="",
        letter=LETTER,
        now=world.now,
    )
    world.later(days=20)
    assert proof.challenges.get().paused_at is None

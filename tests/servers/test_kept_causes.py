"""A value that counts no more, though its record may stand right: what `diagnose` says of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.cast import World
from tests.servers.telling import told
from tests.servers.zones import VALUE
from verification import asking
from verification.challenges import VALUE_LIVES, Challenge, Void
from verification.looking import record
from verification.network import GuardedNetwork
from verification.outcome import Outcome, Problem
from verification.writing import Letter

pytestmark = [pytest.mark.servers, pytest.mark.django_db]
LETTER = Letter("desk@geotrust.example", "GeoTrust", "scs0000000000000", "alice@acme.example")
ANOTHER = "20261124" + "x" * 56
PROVED = Outcome(True, None, {})
NOTHING_SEEN = Outcome(False, Problem("dns.absent", "There is no record."), {})


def asked(name: str, days_ago: int) -> Challenge:
    world = World(now=datetime.now(UTC))
    proof = asking.demand(
        project_id=world.acme.pk,
        domains=[name],
        method="DNS",
        mailbox="",
        letter=LETTER,
        now=world.now - timedelta(days=days_ago),
    )
    proof.challenges.update(value=VALUE)
    return proof.challenges.get()


def pause(name: str) -> None:
    challenge = asked(name, 8)
    record(challenge, datetime.now(UTC), NOTHING_SEEN)
    challenge.refresh_from_db()
    assert challenge.paused_at is not None


def lapse(name: str) -> None:
    challenge = asked(name, VALUE_LIVES.days + 1)
    record(challenge, datetime.now(UTC), NOTHING_SEEN)


def run_out(name: str) -> None:
    """Its time is over, and nobody has looked since."""
    asked(name, VALUE_LIVES.days)


def set_aside(name: str) -> None:
    asked(name, 1).gave_up(datetime.now(UTC))


def replace(name: str) -> None:
    asking.change_method(
        asked(name, 1).proof_id, name, method="FILE", mailbox="", letter=LETTER,
        now=datetime.now(UTC),
    )  # fmt: skip


def void(name: str) -> None:
    """It was proved, and support staff revoked that."""
    record(asked(name, 1), datetime.now(UTC), PROVED)
    Challenge.objects.update(voided_at=datetime.now(UTC), void_code=Void.REVOKED)


def grow_old(name: str) -> None:
    record(asked(name, 1), datetime.now(UTC), PROVED)
    Challenge.objects.update(proved_at=datetime.now(UTC) - timedelta(days=400))


CASES: list[tuple[Callable[[str], None], str, str, str]] = [
    (pause, "name.paused", "YOU", "We stopped looking for the proof of"),
    (lapse, "proof.lapsed", "YOU", "was asked for 30 days ago and counts no more"),
    (run_out, "proof.lapsed", "YOU", "was asked for 30 days ago and counts no more"),
    (replace, "proof.lapsed", "YOU", "is not asked for any more (Another way was chosen instead)"),
    (void, "proof.lapsed", "YOU", "counts no more (Revoked by support staff)"),
    (grow_old, "proof.lapsed", "YOU", "counts no more (the time for using it again is over)"),
    (set_aside, "proof.stuck", "US", "Our own system could not look for"),
]
TESTED = {cause for _does, cause, _turn, _says in CASES}


@pytest.mark.parametrize(("does", "cause", "turn", "says"), CASES)
def test_it_is_told_where_the_record_stands_right(
    network: GuardedNetwork, does: Callable[[str], None], cause: str, turn: str, says: str
) -> None:
    assert told(network, "fine.example.com", "DNS", 0)["cause"] == "ok"
    does("fine.example.com")
    answer = told(network, "fine.example.com", "DNS", 3)
    assert (answer["cause"], answer["turn"], answer["also"]) == (cause, turn, [])
    assert says in answer["sentence"]
    assert answer["next_check_at"] is None


@pytest.mark.parametrize(("does", "cause", "turn", "says"), CASES)
def test_it_is_told_beside_what_is_wrong_with_the_record_and_with_caa(
    network: GuardedNetwork, does: Callable[[str], None], cause: str, turn: str, says: str
) -> None:
    name = "www.caa-other.example.com"
    does(name)
    Challenge.objects.filter(value=VALUE).update(value=ANOTHER)
    answer = told(network, name, "DNS", 3, value=ANOTHER)
    assert answer["cause"] == "dns.wrong_value"
    caa, kept = answer["also"]
    assert caa["cause"] == "caa.forbids"
    assert (kept["cause"], kept["turn"]) == (cause, turn)
    assert says in kept["sentence"]
    assert answer["next_check_at"] is None, "nothing looks any more"


def test_a_value_that_proved_its_name_is_ok(network: GuardedNetwork) -> None:
    record(asked("fine.example.com", 1), datetime.now(UTC), PROVED)
    answer = told(network, "fine.example.com", "DNS", 0)
    assert (answer["cause"], answer["also"], answer["next_check_at"]) == ("ok", [], None)


def test_a_value_that_is_looked_for_says_when_next(network: GuardedNetwork) -> None:
    challenge = asked("absent.example.com", 1)
    record(challenge, datetime.now(UTC), NOTHING_SEEN)
    due = datetime.now(UTC) + timedelta(minutes=10)
    Challenge.objects.update(due_at=due)
    answer = told(network, "absent.example.com", "DNS", 3)
    assert (answer["cause"], answer["also"]) == ("dns.absent", [])
    assert answer["next_check_at"] == f"{due:%Y-%m-%dT%H:%M:%SZ}"

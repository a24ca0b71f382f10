"""A challenge from its value to its proof: looks, answers by mail, lapse, and what is reused."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Project
from pki.schedule import domain_reuse
from tests.cast import World
from verification import answers, asking, challenges, looking, reuse
from verification.answers import Decision, MailAnswer, Purpose
from verification.asked_looks import look_at_all
from verification.challenges import Attempt, Challenge, Status
from verification.dictionary import DictionaryNetwork
from verification.earlier_values import earlier_values
from verification.mail import OutgoingMail
from verification.pace import wait_after
from verification.writing import Letter
from work.models import MOST_ATTEMPTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


LETTER = Letter("desk@geotrust.example", "GeoTrust", "scs0000000000000", "alice@acme.example")
Ask = Callable[..., Challenge]


@pytest.fixture
def ask(world: World) -> Ask:
    def demand(
        domain: str = "shop.example.com", method: str = "DNS", mailbox: str = ""
    ) -> Challenge:
        proof = asking.demand(
            project_id=world.acme.pk,
            domains=[domain],
            method=method,
            mailbox=mailbox,
            letter=LETTER,
            now=world.now,
        )
        return proof.challenges.get()

    return demand


def test_a_value_is_long_random_and_dated(world: World) -> None:
    values = {challenges.new_value(world.now) for _i in range(50)}
    assert len(values) == 50
    assert all(value.startswith("20261124") and len(value) == 64 for value in values)


def test_looks_are_kept_and_their_waits_grow(world: World, ask: Ask) -> None:
    challenge, waits = ask(), []
    for _look in range(8):
        world.work()
        challenge.refresh_from_db()
        assert challenge.due_at is not None
        waits.append((challenge.due_at - world.now).total_seconds())
        world.now = challenge.due_at
    assert waits == [wait_after(looks, challenge.pk).total_seconds() for looks in range(1, 9)]
    assert Attempt.objects.filter(challenge=challenge, proved=False).count() == 8
    assert challenge.problem_code == "dns.nxdomain"


def test_a_proof_of_two_names_is_whole_when_both_are_proved(world: World) -> None:
    proof = asking.demand(
        project_id=world.acme.pk,
        domains=["a.example.com", "b.example.com"],
        method="DNS",
        mailbox="",
        letter=LETTER,
        now=world.now,
    )
    for domain in ("a.example.com", "b.example.com"):
        proof.refresh_from_db()
        assert proof.proved_at is None
        world.txt[f"_dnsauth.{domain}"] = [proof.challenges.get(domain=domain).value]
        world.later(hours=1)
    proof.refresh_from_db()
    assert proof.proved_at is not None


def test_a_value_of_an_earlier_order_of_this_project_is_known_as_stale(
    world: World, ask: Ask
) -> None:
    earlier, other = ask("*.shop.example.com"), ask("other.example.com")
    asking.close(earlier.proof_id, world.now)
    challenge = ask()
    for left, code in ((earlier, "dns.stale_value"), (other, "dns.wrong_value")):
        world.txt["_dnsauth.shop.example.com"] = [left.value]
        world.later(hours=2)
        challenge.refresh_from_db()
        assert (challenge.status, challenge.problem_code) == (Status.OPEN, code)


def test_a_value_that_is_still_asked_for_is_not_told_to_be_replaced(world: World) -> None:
    """Two names of one order share a place, and two open orders of one name do."""
    made = [
        asking.demand(
            project_id=world.acme.pk,
            domains=domains,
            method="DNS",
            mailbox="",
            letter=LETTER,
            now=world.now,
        )
        for domains in (["shop.example.com", "www.shop.example.com"], ["shop.example.com"])
    ]
    (first, second), (third,) = (each.challenges.order_by("pk") for each in made)
    world.txt["_dnsauth.shop.example.com"] = [first.value]
    world.work()
    for each in (first, second, third):
        each.refresh_from_db()
    assert [first.status, second.status, third.status] == ["PROVED", "OPEN", "OPEN"]
    assert second.problem_code == "dns.wrong_value", "of the same order"
    world.txt["_dnsauth.shop.example.com"] = [second.value]
    Challenge.objects.filter(pk=second.pk).update(due_at=None)
    world.later(hours=1)
    third.refresh_from_db()
    assert third.problem_code == "dns.wrong_value", "the other order needs it"
    assert "other records may stay" in third.problem_message


def test_a_value_of_another_project_is_not_told(world: World) -> None:
    project = world.acme
    others = Project.objects.exclude(pk=project.pk)
    made = [
        asking.demand(
            project_id=each,
            domains=["shop.example.com"],
            method="DNS",
            mailbox="",
            letter=LETTER,
            now=world.now,
        ).challenges.get()
        for each in (others[0].pk, project.pk)
    ]
    assert earlier_values(made) == {each.pk: () for each in made}


def test_a_value_of_30_days_ago_counts_no_more(world: World, ask: Ask) -> None:
    challenge = ask()
    world.txt["_dnsauth.shop.example.com"] = [challenge.value]
    world.now = challenge.expires_at
    world.work()
    challenge.refresh_from_db()
    assert (challenge.status, challenge.problem_code) == (Status.LAPSED, "proof.lapsed")


def test_the_mailbox_is_picked_from_our_list(world: World, ask: Ask) -> None:
    ask("*.shop.example.com", "EMAIL", "webmaster")
    (mail,) = OutgoingMail.objects.all()
    assert mail.recipient == "webmaster@shop.example.com"
    with pytest.raises(KeyError):
        ask("shop.example.com", "EMAIL", "mallory@evil.example")


def test_an_answer_by_mail_proves(world: World, ask: Ask) -> None:
    challenge = ask(method="EMAIL")
    world.work()
    challenge.refresh_from_db()
    assert challenge.problem_code == "mail.unanswered"
    assert challenge.due_at == challenge.expires_at
    assert challenge.answer_id is not None
    assert answers.decide(challenge.answer_id, Decision.CONFIRM, by="the link", now=world.now)
    world.work()
    challenge.refresh_from_db()
    assert challenge.status == Status.PROVED


def test_an_answer_that_came_in_time_counts_though_nobody_looked(world: World, ask: Ask) -> None:
    challenge = ask(method="EMAIL")
    assert challenge.answer_id is not None
    in_time = challenge.expires_at - timedelta(seconds=1)
    assert answers.decide(challenge.answer_id, Decision.CONFIRM, by="the link", now=in_time)
    world.now = challenge.expires_at + timedelta(days=1)
    world.work()
    challenge.refresh_from_db()
    assert challenge.status == Status.PROVED


def test_an_answer_during_a_look_is_not_lost(world: World, ask: Ask) -> None:
    """The look has read "unanswered"; the answer commits; then the look writes down what it saw."""
    challenge = ask(method="EMAIL")
    world.work()
    begun = Challenge.objects.get(pk=challenge.pk)
    seen = looking._look_at_the_answer(begun, world.now)
    assert challenge.answer_id is not None
    answers.decide(challenge.answer_id, Decision.CONFIRM, by="the link", now=world.now)
    looking.record(begun, world.now, seen)
    challenge.refresh_from_db()
    assert (challenge.status, challenge.due_at) == (Status.OPEN, world.now)
    world.work()
    challenge.refresh_from_db()
    assert challenge.status == Status.PROVED


def test_a_mail_that_no_server_takes_is_told(
    world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({"admin@shop.example.com": (550, b"no such user")})

    monkeypatch.setattr("verification.mail.EmailMultiAlternatives.send", refuse)
    challenge = ask(method="EMAIL")
    world.work()
    challenge.refresh_from_db()
    assert (challenge.status, challenge.problem_code) == (Status.OPEN, "mail.refused")
    assert OutgoingMail.objects.get().problem == "550 no such user"


def test_a_server_that_repeats_the_link_brings_no_token_into_the_database(
    world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(message: Any) -> int:
        link = message.body[message.body.index("http") :]
        raise smtplib.SMTPDataError(554, f"listed: {link}".encode())

    monkeypatch.setattr("verification.mail.EmailMultiAlternatives.send", refuse)
    challenge = ask(method="EMAIL")
    world.work()
    problem, answer = OutgoingMail.objects.get().problem, MailAnswer.objects.get()
    assert "/ca/prove/…" in problem
    assert answer.token() not in problem
    assert challenge.value not in problem


def test_a_challenge_that_gets_stuck_tells_people_nothing_of_our_insides(
    world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_given: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("verification.looking.see", breaks)
    challenge = ask()
    world.later(hours=2)
    challenge.refresh_from_db()
    assert (challenge.status, challenge.problem_code) == (Status.LAPSED, "proof.stuck")
    assert challenge.attempts == MOST_ATTEMPTS
    told = [challenge.problem_message, *Attempt.objects.values_list("message", flat=True)]
    assert not any("hunter2" in message for message in told)


@pytest.mark.parametrize(
    ("proved", "method", "name", "counts"),
    [
        ("shop.example.com", "DNS", "shop.example.com", True),
        ("shop.example.com", "DNS", "*.shop.example.com", True),
        ("*.shop.example.com", "DNS", "shop.example.com", True),
        ("shop.example.com", "DNS", "www.shop.example.com", True),
        ("shop.example.com", "DNS", "a.shop.example.com", True),
        ("shop.example.com", "CNAME", "*.a.shop.example.com", True),
        ("a.shop.example.com", "DNS", "shop.example.com", False),
        ("shop.example.com", "FILE", "shop.example.com", True),
        ("shop.example.com", "FILE", "www.shop.example.com", False),
        ("shop.example.com", "FILE", "*.shop.example.com", False),
        ("shop.example.com", "EMAIL", "*.shop.example.com", True),
        ("shop.example.com", "EMAIL", "www.shop.example.com", True),
        ("www.shop.example.com", "EMAIL", "shop.example.com", False),
        ("shop.example.com", "DNS", "workshop.example.com", False),
    ],
)
def test_which_names_a_proof_is_good_for(
    world: World, ask: Ask, proved: str, method: str, name: str, counts: bool
) -> None:
    challenge = ask(proved, method)
    Challenge.objects.update(status=Status.PROVED, proved_at=world.now)
    found = reuse.newest_proof(world.acme.pk, name, world.now)
    assert (found == challenge) is counts
    assert reuse.newest_proof(world.other.pk, name, world.now) is None


def test_a_proof_may_be_used_again_for_as_long_as_the_schedule_says(world: World, ask: Ask) -> None:
    ask()
    Challenge.objects.update(status=Status.PROVED, proved_at=world.now)
    end = world.now + domain_reuse(world.now)  # into the time in which a proof lasts 100 days
    short = world.now + timedelta(days=111)
    assert (short.year, short.month) == (2027, 3)
    name, customer = "shop.example.com", world.acme.pk
    assert reuse.newest_proof(customer, name, short - timedelta(days=1)) is not None
    assert reuse.newest_proof(customer, name, short + timedelta(days=2)) is None
    assert reuse.newest_proof(customer, name, end) is None


def test_what_is_no_longer_asked_for_is_not_looked_at(world: World, ask: Ask) -> None:
    challenge = ask()
    world.txt["_dnsauth.shop.example.com"] = [challenge.value]
    asking.close(challenge.proof_id, world.now)
    world.later(days=1)
    challenge.refresh_from_db()
    assert (challenge.status, Attempt.objects.count()) == (Status.CLOSED, 0)


def test_demo_evidence_is_marked(world: World, ask: Ask) -> None:
    challenge = ask()
    look_at_all([challenge], world.now, DictionaryNetwork())
    assert Attempt.objects.get().evidence["marked"] == "demo"


def test_a_link_belongs_to_its_question_and_purpose(world: World) -> None:
    confirm = answers.ask(Purpose.CONFIRM, world.now)
    token = confirm.token()
    assert answers.find(Purpose.CONFIRM, token) == confirm
    assert answers.find(Purpose.PROVE, token) is None
    for forged in (
        "",
        "1",
        f"{confirm.pk}-",
        token[:-1],
        token + "A",
        f"0{token}",
        "é-é",
        "9" * 40,
    ):
        assert answers.find(Purpose.CONFIRM, forged) is None, forged
    MailAnswer.objects.update(nonce="0" * 32)
    assert answers.find(Purpose.CONFIRM, token) is None


def test_an_answer_is_given_once_and_in_time(world: World) -> None:
    open_one, late = (answers.ask(Purpose.CONFIRM, world.now) for _i in range(2))
    assert answers.decide(open_one.pk, Decision.DECLINE, by="a", now=world.now)
    assert not answers.decide(open_one.pk, Decision.CONFIRM, by="b", now=world.now)
    open_one.refresh_from_db()
    assert (open_one.decision, open_one.decided_by) == ("DECLINE", "a")
    assert not answers.decide(late.pk, Decision.CONFIRM, by="a", now=late.expires_at)
    answers.close(late.pk, world.now)
    assert not answers.decide(late.pk, Decision.CONFIRM, by="a", now=world.now)

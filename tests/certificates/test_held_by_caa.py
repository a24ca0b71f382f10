"""While CAA holds an order, and after it ended one: whose turn, cause, fix and evidence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from certificates import listing
from certificates.badges import badge
from certificates.listing import TURNS, Wanted
from certificates.orders import request_reissue
from certificates.staff_turns import described
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.browsing import page_of, shown
from tests.certificates.wizarding import words
from verification.dictionary import DictionaryNetwork
from verification.network import CaaRecord, DnsStatus

pytestmark = pytest.mark.django_db
NAMES = ("www.shop.example.com", "pay.example.org")
OTHER = CaaRecord(0, "issue", "other.example")
KEYS = ["cause", "turn", "sentence", "fix", "evidence", "next_check_at"]


def applied(world: World) -> Certificate:
    """Sent in while CAA could still be read; the authority has not looked yet."""
    return world.sent_in(*NAMES)


def held(world: World) -> Certificate:
    """Nobody answers for CAA of the second name."""
    certificate = applied(world)
    world.network = DictionaryNetwork(
        txt=world.txt, cname=world.cname, statuses={"example.org": DnsStatus.SERVFAIL}
    )
    world.work()
    return world.fresh(certificate)


def refused(world: World) -> Certificate:
    certificate = applied(world)
    world.network = DictionaryNetwork(txt=world.txt, cname=world.cname, caa={NAMES[1]: [OTHER]})
    world.work()
    return world.fresh(certificate)


def facts(certificate: Certificate, capsys: pytest.CaptureFixture[str], flag: str) -> Any:
    call_command("show_certificate", certificate.pk, flag)
    return json.loads(capsys.readouterr().out)


def test_while_nobody_can_read_caa_it_is_the_dns_hosts_turn(
    world: World, alice: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    row = held(world)
    told = facts(row, capsys, "--json")
    turn = told["turn"]
    assert (turn["turn"], turn["cause"], turn["fix"]) == ("DNS_HOST", "caa.unreachable", "")
    assert (turn["names"], turn["of"]) == (1, 2)
    assert turn["next_check_at"] == told["waiting"]["until"]
    (each,) = told["caa"]
    assert [key for key in each if key in KEYS] == KEYS
    assert (each["name"], each["turn"]) == (NAMES[1], "DNS_HOST")
    assert ("example.org CAA", "SERVFAIL") in [
        (line["asked"], line["status"]) for line in each["evidence"]
    ]
    page = words(page_of(alice, row))
    assert "Your DNS host’s turn" in page
    assert "Turn of" not in page
    assert "before anything is signed. What proves the domain is asked for after that." in page
    assert "caa.unreachable" in page
    assert "permits 1 of the 2 names asked for" in page
    assert "example.org CAA" in page
    assert "We look again at" in page
    assert "Issued, version 1" in page
    assert "as soon as that is mended" in page
    assert "As soon as proved : organization review" in page
    for forecast in ("if you act today", "expected", "About "):
        assert forecast not in page, forecast
    line = words(shown(alice, "/certificates/").partition('class="turn-line"')[2])
    assert "Your DNS host’s turn:" in line[:60]
    assert "caa.unreachable" in line


def test_list_badge_and_administration_agree(world: World) -> None:
    row = held(world)
    assert badge(row, row.open_application).tone == "ca"
    (listed,) = listing.listing(Certificate.objects.all(), Wanted(), world.now).rows
    assert TURNS[listed.turn] == "ca"  # type: ignore[attr-defined]
    assert vars(described(Certificate.objects.all(), world.now).get())["turn"] == "dns_host"


def test_after_a_refusal_the_corrected_line_is_told(
    world: World, alice: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    row = refused(world)
    assert row.status == "UNPASSED"
    told = facts(row, capsys, "--json")
    identity = row.product.terms(world.now).caa_identities[0]
    line = f'{NAMES[1]}. CAA 0 issue "{identity}"'
    turn = told["turn"]
    assert (turn["turn"], turn["cause"], turn["fix"]) == ("YOU", "caa.forbids", line)
    (each,) = told["caa"]
    assert (each["cause"], each["turn"], each["fix"]) == ("caa.forbids", "YOU", line)
    assert each["next_check_at"] is None
    page = words(page_of(alice, row))
    assert "caa.forbids" in page
    assert f'{NAMES[1]}. CAA 0 issue "other.example"' in page.replace("&quot;", '"')
    assert f"Publish this CAA record at the DNS host: {line}" in page.replace("&quot;", '"')


def test_it_is_gone_once_caa_permits(world: World, alice: Client) -> None:
    row = held(world)
    world.network = DictionaryNetwork(txt=world.txt, cname=world.cname)
    world.later(minutes=30)
    page = words(page_of(alice, row))
    assert "caa.unreachable" not in page
    assert "permits 2 of the 2 names asked for" in page


def test_the_problem_of_a_challenge_is_what_diagnose_tells(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    row = world.submitted()
    world.look(row)
    (told,) = facts(row, capsys, "--challenges")
    problem = told["problem"]
    assert list(problem) == [*KEYS, "code", "message"]
    assert (problem["cause"], problem["message"]) == (problem["code"], problem["sentence"])
    assert problem["next_check_at"] == told["next_check_at"]
    asked = problem["evidence"][0]
    assert asked["asked"] == f"{told['record_name']} TXT"
    assert asked["status"] == "NXDOMAIN"


def reissued(world: World, **seen: Any) -> Certificate:
    """An issued certificate whose reissue meets what is `seen` of CAA after it was sent in."""
    row = world.issued("www.shop.example.com")
    request_reissue(
        certificate=row,
        wish=world.wish("new.example.org"),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.network = DictionaryNetwork(txt=world.txt, cname=world.cname, **seen)
    world.work()
    return world.fresh(row)


def test_a_reissue_that_is_held_before_its_mail(world: World, alice: Client) -> None:
    row = reissued(world, statuses={"example.org": DnsStatus.SERVFAIL})
    assert row.status == "REISSUING"
    page = words(page_of(alice, row))
    assert "Your DNS host’s turn" in page
    assert "Once that is mended : mail to the contact" in page
    assert "mail leaves by" not in page
    line = words(shown(alice, "/certificates/").partition('class="turn-line"')[2])
    assert "caa.unreachable" in line
    assert "mails the contact" not in line[:120]


def test_a_reissue_that_was_refused_leaves_nothing_to_do_and_tells_the_line(
    world: World, alice: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    row = reissued(world, caa={"example.org": [OTHER]})
    assert row.status == "ISSUED"
    turn = facts(row, capsys, "--json")["turn"]
    identity = row.product.terms(world.now).caa_identities[0]
    line = f'example.org. CAA 0 issue "{identity}"'
    assert (turn["turn"], turn["cause"], turn["fix"]) == (None, "caa.forbids", line)
    page = page_of(alice, row)
    assert "Nothing to do" in page
    assert page.count('class="paste"') == 1

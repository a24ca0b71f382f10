"""Whose turn the doctor says it is: the same in list, page, administration, desk, mail and JSON."""

from __future__ import annotations

import json

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client

from authorities.simulated import worklist
from certificates import listing
from certificates.badges import badge
from certificates.catalogue import DomainType, Type
from certificates.listing import TURNS, Wanted
from certificates.orders import submit
from certificates.proving import challenges_of
from certificates.staff_turns import described
from certificates.story import Certificate
from certificates.telling import turn
from tests.cast import World
from tests.certificates.browsing import page_of, shown
from tests.certificates.wizarding import words
from verification.causes import CATALOGUE, Turn
from verification.challenges import Challenge

pytestmark = pytest.mark.django_db
SENTENCES = {
    "dns.lame": "The zone shop.example.com is delegated to ns9.example, which does not answer.",
    "dns.cached_negative": "The name servers hold the record, but resolvers may keep it.",
    "dns.wrong_value": "At _dnsauth.shop.example.com we found TXT “x”. Publish the right one.",
    "caa.unreachable": "CAA could not be read.",
}


def found(certificate: Certificate, *codes: str) -> Certificate:
    """As if the last looks had found these causes, one a name."""
    asked = challenges_of(Certificate.objects.get(pk=certificate.pk).open_application)
    for challenge, code in zip(asked, codes, strict=True):
        Challenge.objects.filter(pk=challenge.pk).update(
            problem_code=code, problem_message=SENTENCES.get(code, "")
        )
    return Certificate.objects.get(pk=certificate.pk)


def several(world: World, count: int) -> Certificate:
    bought = world.bought(world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN))
    Certificate.objects.filter(pk=bought.pk).update(domain_count=count)
    names = [f"n{number}.example.org" for number in range(count)]
    submit(
        certificate=world.fresh(bought),
        wish=world.wish(names[0], more_domains=tuple(names[1:])),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    return world.fresh(bought)


@pytest.mark.parametrize(
    ("code", "tone", "title", "staff", "desk"),
    [
        ("dns.lame", "ca", "Your DNS host’s turn", "dns_host", "DNS host of the customer"),
        ("dns.cached_negative", "ca", "Our turn", "clock", "Ours, by itself"),
        ("dns.wrong_value", "you", "Your turn", "customer", "Customer"),
        ("", "you", "Your turn", "customer", "Customer"),
    ],
)
def test_it_is_the_same_everywhere(
    world: World, alice: Client, code: str, tone: str, title: str, staff: str, desk: str
) -> None:
    row = found(world.submitted("shop.example.com"), code)
    told = turn(row, challenges_of(row.open_application))
    assert (told.tone, told.title) == (tone, title)
    assert badge(row, row.open_application).tone == tone
    listed = listing.listing(Certificate.objects.all(), Wanted(), world.now)
    assert TURNS[listed.rows[0].turn] == tone  # type: ignore[attr-defined]
    assert vars(described(Certificate.objects.all(), world.now).get())["turn"] == staff
    order = world.order(row)
    assert worklist.read([order], world.now)[order.pk].turn == desk
    line = words(shown(alice, "/certificates/").partition('class="turn-line"')[2])
    assert line.startswith(f"> {title}:") or f"{title}:" in line[:60]
    page = words(page_of(alice, row))
    assert title in page
    assert ("as soon as that is mended" in page) == (code == "dns.lame")
    assert ("if you act today" in page) == (tone == "you")
    if code and tone == "ca":
        assert SENTENCES[code].partition(". ")[0][:40] in line
        assert SENTENCES[code] in page
        assert "Check now" in page
        assert "Your turn" not in page


def test_the_customers_turn_wins_and_its_names_are_counted(world: World, alice: Client) -> None:
    row = several(world, 3)
    mixed = found(row, "dns.lame", "dns.wrong_value", "dns.cached_negative")
    told = turn(mixed, challenges_of(mixed.open_application))
    assert (told.tone, told.whose) == ("you", "YOU")
    assert told.sentence.startswith("1 of 3 names; n1.example.org: At _dnsauth")
    assert "correct 1 DNS record" in words(shown(alice, "/certificates/"))
    found(row, "dns.wrong_value", "dns.nxdomain", "")
    assert "publish or correct 3 DNS records" in words(shown(alice, "/certificates/"))
    theirs = found(row, "dns.lame", "dns.lame", "dns.cached_negative")
    told = turn(theirs, challenges_of(theirs.open_application))
    assert (told.tone, told.whose) == ("ca", "DNS_HOST")
    assert told.sentence.startswith("2 of 3 names; n0.example.org: The zone")
    assert vars(described(Certificate.objects.all(), world.now).get())["turn"] == "dns_host"


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_the_list_agrees_with_the_badge_for_each_cause(world: World, code: str) -> None:
    row = found(world.submitted("shop.example.com"), code)
    (listed,) = listing.listing(Certificate.objects.all(), Wanted(), world.now).rows
    assert TURNS[listed.turn] == badge(row, row.open_application).tone  # type: ignore[attr-defined]
    assert (badge(row, row.open_application).tone == "you") == (CATALOGUE[code].turn == Turn.YOU)


def test_a_program_reads_turn_cause_sentence_and_fix(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    row = found(world.submitted("shop.example.com"), "dns.wrong_value")
    call_command("show_certificate", row.pk, "--json", "--as", "alice@acme.example")
    facts = json.loads(capsys.readouterr().out)["turn"]
    value = challenges_of(row.open_application)[0].value
    assert facts["turn"] == "YOU"
    assert facts["cause"] == "dns.wrong_value"
    assert facts["sentence"] == SENTENCES["dns.wrong_value"]
    assert facts["fix"] == f'_dnsauth.shop.example.com. 600 IN TXT "{value}"'
    assert (facts["names"], facts["of"]) == (1, 1)
    bought = world.bought()
    call_command("show_certificate", bought.pk, "--json", "--as", "alice@acme.example")
    assert json.loads(capsys.readouterr().out)["turn"]["turn"] == "YOU"


def test_the_administration_tells_turn_sentence_and_fix(world: World) -> None:
    row = found(world.submitted("shop.example.com"), "dns.wrong_value")
    desk = Client()
    desk.force_login(world.sam)
    page = words(desk.get(f"/admin/certificates/certificate/{row.pk}/change/").content.decode())
    assert "turn: Customer" in page
    assert SENTENCES["dns.wrong_value"] in page
    assert "_dnsauth.shop.example.com. 600 IN TXT" in page
    challenge = challenges_of(row.open_application)[0]
    page = words(desk.get(f"/admin/verification/challenge/{challenge.pk}/change/").content.decode())
    assert "Customer" in page
    assert "_dnsauth.shop.example.com. 600 IN TXT" in page
    listed = words(desk.get("/admin/verification/challenge/").content.decode())
    assert "Customer" in listed


def test_the_mail_of_what_lapsed_tells_the_last_cause_and_whose_turn_it_was(world: World) -> None:
    certificate = world.submitted("shop.example.com")
    world.txt["_dnsauth.shop.example.com"] = ["something else"]
    world.later(days=31)
    assert world.fresh(certificate).status == "UNPASSED"
    last = mail.outbox[-1]
    assert "shop.example.com: At _dnsauth.shop.example.com we found TXT" in last.body
    assert "(Your turn)" in last.body
    html = str(last.alternatives[0][0])  # type: ignore[attr-defined]
    assert "something else" in html

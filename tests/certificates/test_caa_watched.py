"""While an application waits for its proof or for the desk, CAA is watched.

Who must change a record hears of it before the application is refused for that.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from authorities.models import CaaAsking
from authorities.simulated import caa_asking, caa_looks
from authorities.simulated.desk import approve_organization
from certificates.caa_stands import caa_seen_at, caa_stand
from certificates.catalogue import Type
from certificates.story import Certificate
from certificates.taking_back import choose_method
from tests.cast import World
from tests.certificates.browsing import page_of
from tests.certificates.wizarding import words
from verification.dictionary import DictionaryNetwork
from verification.mail import OutgoingMail
from verification.network import CaaAnswer, CaaRecord, DnsStatus
from work.models import MOST_ATTEMPTS

pytestmark = pytest.mark.django_db
NAME = "www.shop.example.com"
OTHER = CaaRecord(0, "issue", "other.example")


def sees(world: World, *records: CaaRecord, **more: Any) -> None:
    """From now on CAA says so at the name."""
    caa = {NAME: list(records)} if records else {}
    world.network = DictionaryNetwork(txt=world.txt, cname=world.cname, caa=caa, **more)


def told(certificate: Certificate, capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    call_command("show_certificate", certificate.pk, "--json")
    return json.loads(capsys.readouterr().out)


def asking(world: World, certificate: Certificate) -> CaaAsking:
    return CaaAsking.objects.get(order=world.order(certificate))


def test_a_record_that_begins_to_forbid_is_told_within_an_hour(
    world: World, alice: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    row = world.submitted(NAME)
    assert "CAA does not let" not in words(page_of(alice, row))
    sees(world, OTHER)
    world.later(minutes=61)
    row = world.fresh(row)
    assert row.status == "CHECKING_DOMAIN"
    identity = row.product.terms(world.now).caa_identities[0]
    line = f'{NAME}. CAA 0 issue "{identity}"'
    facts = told(row, capsys)
    (each,) = facts["caa"]
    assert (each["name"], each["cause"], each["fix"]) == (NAME, "caa.forbids", line)
    assert each["next_check_at"] > each["looked_at"]
    # The proof is what it waits for now.
    assert (facts["turn"]["turn"], facts["turn"]["cause"]) == ("YOU", "dns.nxdomain")
    page = words(page_of(alice, row)).replace("&quot;", '"')
    assert "CAA does not let" in page
    assert f"sign for {NAME}." in page
    assert "_dnsauth" in page
    assert line in page
    assert f'{NAME}. CAA 0 issue "other.example"' in page


def test_check_now_looks_at_caa_too(world: World, alice: Client) -> None:
    row = world.submitted(NAME)
    sees(world, OTHER)
    world.now += timedelta(minutes=1)
    world.look(row)
    assert "CAA does not let" in words(page_of(alice, row))
    sees(world)
    world.now += timedelta(minutes=1)
    world.look(row)
    page = words(page_of(alice, row))
    assert "CAA does not let" not in page
    assert "permits the name asked for" in page


def test_the_reminder_tells_the_line_too(world: World) -> None:
    row = world.submitted(NAME)
    sees(world, OTHER)
    world.later(days=2)
    identity = row.product.terms(world.now).caa_identities[0]
    (mail,) = OutgoingMail.objects.filter(kind="unseen")
    for text in (" ".join(mail.text.split()), words(mail.html)):
        assert "_dnsauth.shop.example.com. 600 IN TXT" in text
        assert "caa.forbids" in text
        assert f'{NAME}. CAA 0 issue "{identity}"' in text.replace("&quot;", '"')


def test_the_page_is_drawn_anew_when_caa_was_looked_at(world: World, alice: Client) -> None:
    row = world.submitted(NAME)
    before = caa_seen_at(world.fresh(row))
    assert before is not None
    world.later(minutes=61)
    after = caa_seen_at(world.fresh(row))
    assert after is not None
    assert after > before


def test_what_could_not_be_read_is_no_note(world: World, alice: Client) -> None:
    row = world.submitted(NAME)
    sees(world, statuses={"example.com": DnsStatus.SERVFAIL})
    world.later(minutes=61)
    page = words(page_of(alice, row))
    assert "CAA does not let" not in page
    assert "caa.unreachable" in page
    assert "CAA could not be read" in page
    assert "does not permit" not in page


def test_caa_is_looked_at_for_the_way_that_is_chosen(world: World) -> None:
    """CAA may bind ways of proof (RFC 8657 4)."""
    row = world.submitted(NAME)
    (look,) = world.order(row).caa_looks.all()
    assert look.evidence["method"] == "ca-dns-txt"
    world.now += timedelta(minutes=1)
    choose_method(
        certificate=world.fresh(row),
        domain=NAME,
        method="FILE",
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    (look,) = world.order(row).caa_looks.all()
    assert (look.evidence["method"], look.at) == ("ca-file", world.now)


def test_what_was_seen_while_it_waited_lets_nobody_sign(world: World) -> None:
    """The permission before a signature is asked for anew, however young that look is."""
    row = world.submitted(NAME)
    world.now += timedelta(minutes=1)
    world.look(row)
    assert [look.code for look in world.order(row).caa_looks.all()] == ["ok"]
    world.publish(row)
    sees(world, OTHER)
    world.now += timedelta(seconds=1)
    world.look(row)
    assert world.fresh(row).status == "UNPASSED"
    assert world.fresh(row).failure_code == "caa.forbids"


def test_it_goes_on_while_the_desk_looks_and_ends_with_the_order(world: World) -> None:
    row = world.submitted(NAME, world.product("SYMANTEC", Type.OV_SSL_CERT))
    world.publish(row)
    world.look(row)
    assert world.fresh(row).status == "CHECKING_ORG"
    sees(world, OTHER)
    world.later(minutes=61)
    assert [look.code for look in world.order(row).caa_looks.all()] == ["caa.forbids"]
    sees(world)
    world.later(minutes=61)
    world.check(row)
    approve_organization(world.order(row).pk, actor=world.sol, now=world.now)
    world.work()
    assert world.fresh(row).status == "ISSUED"
    world.later(hours=3)
    assert asking(world, row).due_at is None


class Broken(DictionaryNetwork):
    """Our own mistake at every question for CAA."""

    def caa(self, name: str) -> CaaAnswer:
        raise RuntimeError("our own mistake")


def test_our_own_mistake_while_it_waits_refuses_nothing(world: World) -> None:
    row = world.submitted(NAME)
    good, world.network = world.network, Broken(txt=world.txt, cname=world.cname)
    for _try in range(MOST_ATTEMPTS + 1):
        world.later(hours=1, minutes=5)
    assert asking(world, row).set_aside_at is not None
    assert world.fresh(row).status == "CHECKING_DOMAIN"
    world.network = good
    world.publish(row)
    world.look(row)
    assert world.fresh(row).status == "ISSUED"


def test_a_watch_that_dies_is_made_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = world.submitted(NAME)
    sees(world, OTHER)
    world.now += timedelta(minutes=61)
    kept = caa_looks.keep

    def dies(*given: Any) -> None:
        kept(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(caa_asking, "keep", dies)
    watch, now = asking(world, row), datetime.fromisoformat(world.now.isoformat())
    with pytest.raises(KeyboardInterrupt):
        watch.step(now, world.network)
    assert [look.code for look in world.order(row).caa_looks.all()] == ["ok"]
    monkeypatch.undo()
    world.work()
    assert [look.code for look in world.order(row).caa_looks.all()] == ["caa.forbids"]


def test_the_note_names_what_forbids_and_not_what_cannot_be_read(
    world: World, alice: Client
) -> None:
    row = world.sent_in("www.one-shop.com", "www.two-shop.com")
    world.work()
    world.network = DictionaryNetwork(
        txt=world.txt,
        caa={"www.two-shop.com": [OTHER]},
        statuses={"www.one-shop.com": DnsStatus.SERVFAIL},
    )
    world.later(hours=3)
    page = words(page_of(alice, row))
    assert "CAA does not let DigiCert sign for www.two-shop.com." in page
    stand = caa_stand(world.fresh(row))
    assert stand is not None
    assert (stand.code, bool(stand.fix)) == ("caa.forbids", True)
    assert [each.look.code for each in stand.refusals] == ["caa.forbids", "caa.unreachable"]


def test_of_many_names_it_says_how_many_were_looked_at(world: World, alice: Client) -> None:
    """The first that is refused ends the question."""
    names = [f"www.shop{number}.com" for number in range(12)]
    row = world.sent_in(*names)
    world.network = DictionaryNetwork(txt=world.txt, caa={name: [OTHER] for name in names})
    world.work()
    looked_at = world.order(row).caa_looks.count()
    assert looked_at < 12
    assert f"of 12 names {looked_at} looked at, 0 permitted" in words(page_of(alice, row))


def test_a_look_that_is_due_is_told_as_under_way(world: World, alice: Client) -> None:
    row = world.submitted(NAME)
    assert "the next time on" in words(page_of(alice, row))
    CaaAsking.objects.update(due_at=world.now - timedelta(seconds=5))
    assert "we look at it now" in words(page_of(alice, row))


def test_where_nobody_looks_any_more_no_look_is_promised(world: World, alice: Client) -> None:
    row = world.submitted(NAME)
    assert "Until then we look at it again and again" in words(page_of(alice, row))
    CaaAsking.objects.update(set_aside_at=world.now)
    assert "we look at it again and again" not in words(page_of(alice, row))

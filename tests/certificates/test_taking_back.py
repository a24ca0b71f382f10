"""An application is taken back: decided once, and told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client

from authorities import port
from authorities.calendar import Bulletin
from authorities.models import CaaAsking, CaOrder
from authorities.port import AuthorityError
from authorities.simulated.adapter import SimulatedAuthority
from authorities.simulated.desk import approve_organization, refuse_organization
from certificates.catalogue import Type
from certificates.invariants import broken_invariants
from certificates.obstacles import Refused
from certificates.orders import submit
from certificates.proving import challenges_of
from certificates.story import Certificate
from certificates.taking_back import withdraw
from certificates.wishes import Wish
from tests.cast import ALL, World
from tests.certificates.browsing import page_of, shown
from verification import answers
from verification.answers import Decision
from verification.mail import OutgoingMail
from work.loop import run_due

pytestmark = pytest.mark.django_db


def back(world: World, certificate: Certificate) -> None:
    withdraw(certificate=world.fresh(certificate), actor=world.alice, now=world.now)


def codes(act: Callable[[], object]) -> list[str]:
    with pytest.raises(Refused) as refused:
        act()
    return [each.code for each in refused.value.obstacles]


def reviewed(world: World, kind: str = Type.OV_SSL_CERT) -> Certificate:
    """Its domain is proved; the desk has it."""
    certificate = world.submitted("ov.example.com", world.product("SYMANTEC", kind))
    world.publish(certificate)
    world.look(certificate)
    assert world.fresh(certificate).status == "CHECKING_ORG"
    return certificate


def told(certificate: Certificate) -> list[tuple[str, str, str]]:
    events = certificate.events.order_by("pk").values_list("verb", "after", "code")
    return [(verb, after, code) for verb, after, code in events]


def mails(kind: str) -> int:
    return OutgoingMail.objects.filter(kind=kind).count()


def test_withdrawn_at_forty_percent_everything_given_is_kept(world: World) -> None:
    certificate = world.submitted()
    back(world, certificate)
    assert world.fresh(certificate).status == "CANCELCHECKING"
    world.work()
    fresh = world.fresh(certificate)
    assert fresh.status == "PAID"
    application = fresh.applications.get()
    assert (application.outcome, application.domain) == ("WITHDRAWN", "www.shop.example.com")
    assert told(fresh)[-2:] == [("withdraw", "CANCELCHECKING", ""), ("withdrawn", "PAID", "")]
    assert [each.status for each in challenges_of(application)] == ["CLOSED"]
    assert mails("withdrawn") == 1
    assert broken_invariants() == []
    submit(
        certificate=fresh,
        wish=Wish(accepted=ALL),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    world.publish(certificate)
    world.look(certificate)
    assert world.fresh(certificate).status == "ISSUED"


def test_withdrawn_at_seventy_percent_nobody_issues_it(world: World) -> None:
    certificate = reviewed(world)
    back(world, certificate)
    world.work()
    assert world.fresh(certificate).status == "PAID"
    order = world.order(certificate)
    assert order.state == "WITHDRAWN"
    with pytest.raises(Exception, match="does not wait"):
        approve_organization(order.pk, actor=world.sam, now=world.now)
    world.later(days=31)
    assert world.fresh(certificate).status == "PAID"
    assert broken_invariants() == []


def test_issued_first_stays_issued_and_is_told(world: World) -> None:
    certificate = reviewed(world)
    world.check(certificate)
    approve_organization(world.order(certificate).pk, actor=world.sol, now=world.now)
    back(world, certificate)  # the desk was a moment earlier, and nobody has told us yet
    for _turn in range(3):  # the order asks for CAA, that is answered, the order goes on
        run_due(world.now, world.network, [CaOrder, CaaAsking])
    world.work()
    fresh = world.fresh(certificate)
    assert fresh.status == "ISSUED"
    last = fresh.events.get(verb="issue")
    assert last.code == "withdraw.issued_first"
    assert "issued before the withdrawal" in last.reason
    mail = OutgoingMail.objects.get(kind="issued")
    assert "before your withdrawal arrived" in mail.text
    assert mails("withdrawn") == mails("not_withdrawn") == 0
    assert broken_invariants() == []


def test_approved_first_goes_on_where_it_was_and_is_told_once(world: World) -> None:
    certificate = reviewed(world)
    Bulletin.objects.create(
        suspends=True,
        brand="SYMANTEC",
        title="Maintenance",
        starts_at=world.now,
        ends_at=world.now + timedelta(days=4),
    )
    world.check(certificate)
    approve_organization(world.order(certificate).pk, actor=world.sol, now=world.now)
    back(world, certificate)
    world.work()
    fresh = world.fresh(certificate)
    assert fresh.status == "ISSUING"
    assert told(fresh)[-1] == ("keep_application", "ISSUING", "withdraw.refused")
    assert mails("not_withdrawn") == 1
    assert codes(lambda: back(world, certificate)) == ["withdraw.approved"]
    assert broken_invariants() == []
    world.later(days=10)
    assert world.fresh(certificate).status == "ISSUED"
    assert world.fresh(certificate).events.get(verb="issue").code == ""
    assert mails("not_withdrawn") == 1


def test_refused_first_is_a_refusal_with_its_reason(world: World) -> None:
    certificate = reviewed(world)
    order = world.order(certificate)
    refuse_organization(order.pk, message="Not in the register.", actor=world.sam, now=world.now)
    back(world, certificate)
    world.work()
    fresh = world.fresh(certificate)
    assert (fresh.status, fresh.failure_message) == ("UNPASSED", "Not in the register.")
    assert broken_invariants() == []


def test_a_proof_that_comes_while_it_is_withdrawn_does_not_issue(world: World) -> None:
    certificate = world.submitted()
    world.publish(certificate)
    back(world, certificate)
    for challenge in challenges_of(world.fresh(certificate).last_application):
        challenge.step(world.now, world.network)
    world.work()
    # The proof was seen first, the authority approved at once: either way it is decided once.
    assert world.fresh(certificate).status in ("PAID", "ISSUED")
    assert broken_invariants() == []


def test_the_original_of_a_withdrawn_reissue_stays_cancelled_and_keeps_its_end(
    world: World,
) -> None:
    certificate = world.issued()
    first = world.fresh(certificate).current
    assert first is not None
    world.reissue(certificate, domain="www.other.example.com")
    world.later(days=3)
    answer = world.order(certificate).answer
    assert answers.decide(answer.pk, Decision.CONFIRM, by="test", now=world.now)
    world.work()
    assert world.fresh(certificate).status == "CHECKING_DOMAIN"
    back(world, certificate)
    world.work()
    assert world.fresh(certificate).status == "PAID"
    assert broken_invariants() == []
    submit(
        certificate=world.fresh(certificate),
        wish=Wish(accepted=ALL),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    world.publish(certificate)
    world.look(certificate)
    current = world.fresh(certificate).current
    assert current is not None
    assert (current.number, current.names) == (2, ["www.other.example.com"])
    assert current.not_after == first.not_after
    assert broken_invariants() == []


def test_an_authority_that_cannot_be_asked_is_asked_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = world.submitted()
    back(world, certificate)

    def silent(*args: object, **more: object) -> port.Answer:
        raise AuthorityError("ca.silent", "Nobody answers.", retryable=True)

    with monkeypatch.context() as patch:
        patch.setattr(SimulatedAuthority, "withdraw", silent)
        world.work()
    assert world.fresh(certificate).status == "CANCELCHECKING"
    world.later(hours=1)
    assert world.fresh(certificate).status == "PAID"


@pytest.mark.parametrize("status", ["PAID", "ISSUED", "REISSUING"])
def test_what_is_not_open_is_not_withdrawn(world: World, status: str) -> None:
    certificate = world.bought() if status == "PAID" else world.issued()
    if status == "REISSUING":
        world.reissue(certificate)
    before = told(certificate)
    assert codes(lambda: back(world, certificate)) == ["withdraw.not_open"]
    assert told(certificate) == before


def test_twice_is_told_and_changes_nothing(world: World) -> None:
    certificate = world.submitted()
    back(world, certificate)
    assert codes(lambda: back(world, certificate)) == ["withdraw.in_progress"]


def test_who_only_looks_withdraws_nothing(world: World) -> None:
    certificate = world.submitted()
    assert codes(lambda: withdraw(certificate=certificate, actor=world.victor, now=world.now)) == [
        "withdraw.forbidden"
    ]


# The doors


def test_the_page_says_what_follows_and_the_button_asks(alice: Client, world: World) -> None:
    certificate = world.submitted()
    address = f"/certificates/{certificate.pk}/withdraw/"
    assert address in page_of(alice, certificate)
    page = shown(alice, address)
    assert "decides within minutes" in page
    assert world.fresh(certificate).status == "CHECKING_DOMAIN"
    answer = alice.post(address, follow=True)
    assert "asked to give the application back" in answer.content.decode()
    assert world.fresh(certificate).status == "CANCELCHECKING"
    assert "CA verifying (withdrawal)" in page_of(alice, certificate)
    world.later(seconds=30)
    assert world.fresh(certificate).status == "PAID"
    page = shown(alice, address)
    assert "withdraw.not_open" in page
    assert "Withdraw: ask for it back" not in page


def test_withdrawn_by_command(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    certificate = world.submitted()
    call_command("withdraw", certificate.pk, "--json")
    assert '"status": "CANCELCHECKING"' in capsys.readouterr().out
    with pytest.raises(SystemExit) as refused:
        call_command("withdraw", certificate.pk)
    assert refused.value.code == 2


def test_due_ends_are_noted_by_command(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = world.issued()
    call_command("expire_due", "--json")
    assert '"changed": 0' in capsys.readouterr().out
    end = world.fresh(certificate).due_at
    assert end is not None
    module = "certificates.management.commands.expire_due"
    monkeypatch.setattr(f"{module}.clock", lambda: end)
    call_command("expire_due")
    assert capsys.readouterr().out.startswith("1 ended")
    assert world.fresh(certificate).status == "EXPIRED"
    call_command("expire_due")
    assert capsys.readouterr().out.startswith("0 ended")

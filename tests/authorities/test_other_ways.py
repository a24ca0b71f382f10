"""The authority looks itself whether a name may be proved in the way that is wanted for it."""

from __future__ import annotations

import pytest

from authorities.port import AuthorityError, open_counter
from certificates.catalogue import DomainType, Type
from certificates.invariants import broken_invariants
from certificates.orders import submit
from certificates.story import Certificate, Event
from certificates.taking_back import choose_method
from pki import schedule
from tests.cast import World
from verification.answers import MailAnswer
from verification.challenges import Challenge, Method, Status

pytestmark = pytest.mark.django_db
SHOP, WILD = "shop.example.com", "*.example.com"
LONG = ".".join(["a" * 60] * 3 + ["b" * 55, "example.com"])


@pytest.fixture
def world() -> World:
    return World()


def submitted(world: World, name: str) -> Certificate:
    kind = DomainType.WILDCARD if name == WILD else DomainType.SINGLE_DOMAIN
    brand = Type.OV_SSL_CERT if name[0].isdigit() else Type.DV_SSL_CERT
    method = "FILE" if name[0].isdigit() or name == LONG else "DNS"
    return world.submitted(name, world.product("GEOTRUST", brand, kind), method=method)


def ask(world: World, certificate: Certificate, method: str, mailbox: str = "") -> str:
    """The code with which it is refused; "" when it is taken."""
    application = certificate.last_application
    assert application is not None
    where = application.ca_request_id, application.domain
    try:
        open_counter("simulated").change_method(*where, method, mailbox, world.now)
    except AuthorityError as error:
        return error.code if not error.retryable else "retryable"
    return ""


@pytest.mark.parametrize(
    ("name", "method", "mailbox", "code"),
    [
        (SHOP, "GUESS", "", "method.unknown"),
        (SHOP, "", "", "method.unknown"),
        (WILD, "FILE", "", "file.wildcard"),
        ("93.184.216.34", "DNS", "", "method.address"),
        ("93.184.216.34", "EMAIL", "admin", "method.address"),
        (LONG, "DNS", "", "name.challenge_too_long"),
        (LONG, "CNAME", "", "name.challenge_too_long"),
        (LONG, "EMAIL", "postmaster", "name.mailbox_too_long"),
        (SHOP, "EMAIL", "root", "mailbox.unknown"),
        (SHOP, "EMAIL", "caa-0", "mailbox.unknown"),
        ("other.example.com", "FILE", "", ""),
        (WILD, "CNAME", "", ""),
        (SHOP, "EMAIL", "postmaster", ""),
    ],
)
def test_what_cannot_prove_a_name_is_refused_and_nothing_changes(
    world: World, name: str, method: str, mailbox: str, code: str
) -> None:
    certificate = submitted(world, name)
    before = list(Challenge.objects.values())
    assert ask(world, certificate, method, mailbox) == code
    assert (list(Challenge.objects.values()) == before) is bool(code)
    assert MailAnswer.objects.exists() is (method == "EMAIL" and not code)


def test_two_aliases_at_one_name_are_refused(world: World) -> None:
    product = world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN)
    certificate = world.bought(product)
    Certificate.objects.filter(pk=certificate.pk).update(domain_count=2)
    submit(
        certificate=world.fresh(certificate),
        wish=world.wish(SHOP, more_domains=(f"www.{SHOP}",)),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    assert ask(world, world.fresh(certificate), "CNAME") == ""
    Challenge.objects.filter(status=Status.OPEN, domain=f"www.{SHOP}").update(method="CNAME")
    assert ask(world, world.fresh(certificate), "DNS") == ""
    assert ask(world, world.fresh(certificate), "CNAME") == "cname.shared"


def test_mail_that_ended_before_the_authority_heard_of_it_is_told(world: World) -> None:
    certificate = submitted(world, SHOP)
    choose_method(
        certificate=certificate,
        domain=SHOP,
        method="EMAIL",
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.now = schedule.MAIL_METHOD_ENDS
    later = world.now.replace(year=2029)
    Challenge.objects.update(expires_at=later, due_at=later)
    world.work()
    (asked,) = Challenge.objects.all()
    assert (asked.method, asked.status) == (Method.DNS, Status.OPEN)
    told = Event.objects.get(verb="keep_method")
    assert told.code == "method.ended"
    assert "no authority takes a mail as proof" in told.reason
    assert broken_invariants() == []


def test_only_records_are_published_by_the_portal(world: World) -> None:
    """Or a repeat would not find what the first one asked for."""
    certificate = submitted(world, SHOP)
    application = certificate.last_application
    assert application is not None
    for _time in range(2):
        open_counter("simulated").change_method(
            application.ca_request_id, SHOP, "FILE", "", world.now, is_automatic=True
        )
    assert Challenge.objects.count() == 2

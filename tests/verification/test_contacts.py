"""Contacts that a domain publishes for mails like ours: what counts, and the way to a proof."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from certificates import mailbox_choices
from certificates.obstacles import Refused
from certificates.orders import submit
from certificates.taking_back import choose_method
from pki import schedule
from tests.cast import World
from tests.certificates.browsing import page_of
from tests.dns_server import LoopbackDns
from verification import contacts
from verification.answers import Decision, decide
from verification.causes import Turn, whose_turn
from verification.challenges import Challenge, Status
from verification.contacts import Contact
from verification.mail import OutgoingMail
from verification.network import GuardedNetwork
from verification.outcome import Outcome

NAME = "www.shop.example.com"
TXT_AT = f"_validation-contactemail.{NAME}"
TXT = Contact("txt", "tls@shop.example.com", TXT_AT)
CAA = Contact("caa", "security@shop.example.com", "shop.example.com")


@pytest.fixture
def world(network: GuardedNetwork) -> World:
    """It looks through the guarded door at a real DNS server."""
    made = World()
    made.network = network  # type: ignore[assignment]  # the real door in its place
    return made


@pytest.fixture
def dns(dns_server: LoopbackDns) -> LoopbackDns:
    """Both kinds of contact are published there."""
    dns_server.publish(TXT_AT, "TXT", TXT.address)
    dns_server.publish("shop.example.com", "CAA", (0, "contactemail", CAA.address))
    return dns_server


def published(domain: str, network: GuardedNetwork) -> tuple[Contact, ...]:
    return contacts.published(domain, network).contacts


def test_both_sources_are_found(dns: LoopbackDns, network: GuardedNetwork) -> None:
    assert published(NAME, network) == (TXT, CAA)
    assert published(f"*.{NAME}", network) == (TXT, CAA)
    assert contacts.is_id(TXT.id)
    assert contacts.is_id(CAA.id)


def test_a_nearer_caa_set_counts_and_not_the_parents(
    dns: LoopbackDns, network: GuardedNetwork
) -> None:
    dns.publish(NAME, "CAA", (0, "issue", "ca.example"))
    assert published(NAME, network) == (TXT,)


def test_a_txt_of_the_parent_is_not_the_names(dns: LoopbackDns, network: GuardedNetwork) -> None:
    dns.publish("_validation-contactemail.shop.example.com", "TXT", "other@example.org")
    assert TXT in published(NAME, network)
    assert all(each.address != "other@example.org" for each in published(NAME, network))


def test_a_public_suffix_speaks_for_nobody(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish("com", "CAA", (0, "contactemail", "hostmaster@registry.com"))
    dns_server.publish("example.com", "A", "192.0.2.1")
    assert published("example.com", network) == ()


def test_what_an_alias_leads_to_is_somebody_elses(
    dns: LoopbackDns, network: GuardedNetwork
) -> None:
    dns.remove(TXT_AT)
    dns.publish(TXT_AT, "CNAME", "mail.hoster.example")
    dns.publish("mail.hoster.example", "TXT", "anybody@hoster.com")
    dns.publish(NAME, "CNAME", "cdn.hoster.example")
    dns.publish("cdn.hoster.example", "CAA", (0, "contactemail", "anybody@hoster.com"))
    assert published(NAME, network) == ()


@pytest.mark.parametrize("failure", ["SERVFAIL", "TIMEOUT", "REFUSED", "BOGUS", "GARBAGE"])
def test_where_the_domain_does_not_answer_nobody_is_written_to(
    dns: LoopbackDns, network: GuardedNetwork, failure: str
) -> None:
    dns.fail(TXT_AT, failure)
    dns.fail("shop.example.com", failure, "CAA")
    assert published(NAME, network) == ()


FAILURES = [
    ("SERVFAIL", "dns.servfail"), ("TIMEOUT", "dns.timeout"), ("REFUSED", "dns.refused"),
    ("BOGUS", "dns.bogus"), ("GARBAGE", "dns.servfail"),
]  # fmt: skip


@pytest.mark.parametrize(("failure", "code"), FAILURES)
@pytest.mark.parametrize(
    ("contact", "at", "rtype"), [(TXT, TXT_AT, "TXT"), (CAA, "shop.example.com", "CAA")]
)
def test_a_place_that_cannot_be_read_is_no_contact_taken_away(
    dns: LoopbackDns, network: GuardedNetwork, contact: Contact, at: str, rtype: str,
    failure: str, code: str,
) -> None:  # fmt: skip
    """Whose name servers fail is told so, and not that the contact is to be published again."""
    dns.fail(at, failure, rtype)
    seen = contacts.look_up(NAME, contact.id, network)
    assert isinstance(seen, Outcome)
    assert seen.problem is not None
    assert (seen.problem.code, whose_turn(seen.problem.code)) == (code, Turn.DNS_HOST)
    assert at in seen.problem.message
    row = {"name": at, "type": rtype, "status": code.partition(".")[2].upper()}
    assert row.items() <= seen.evidence.items()
    # The other place is not asked for it, and what stands there is told.
    other = CAA if contact is TXT else TXT
    assert contacts.look_up(NAME, other.id, network) == other
    dns.heal(at, rtype)
    assert contacts.look_up(NAME, contact.id, network) == contact


def test_a_failure_of_the_other_place_does_not_hide_that_it_was_taken_away(
    dns: LoopbackDns, network: GuardedNetwork
) -> None:
    dns.remove(TXT_AT)
    dns.fail("shop.example.com", "SERVFAIL", "CAA")
    seen = contacts.look_up(NAME, TXT.id, network)
    assert isinstance(seen, Outcome)
    assert seen.problem is not None
    assert seen.problem.code == "mail.unpublished"


def test_a_resolver_that_answers_for_nothing_is_ours_to_mend(
    dns: LoopbackDns, network: GuardedNetwork
) -> None:
    for name, rtype in ((TXT_AT, "TXT"), (NAME, "CAA"), ("com", "CAA")):
        dns.fail(name, "REFUSED", rtype)
    for contact in (TXT, CAA):
        seen = contacts.look_up(NAME, contact.id, network)
        assert isinstance(seen, Outcome)
        assert seen.problem is not None
        assert seen.problem.code == "dns.resolver"


def test_the_form_tells_what_could_not_be_read(dns: LoopbackDns, network: GuardedNetwork) -> None:
    dns.fail(TXT_AT, "SERVFAIL")
    told = mailbox_choices.told(contacts.published(NAME, network))
    assert told.startswith(f"{TXT_AT} gave no usable answer (SERVFAIL)")
    assert told.endswith("stands at the end of the list.")
    dns.fail(NAME, "REFUSED", "CAA")
    told = mailbox_choices.told(contacts.published(NAME, network))
    assert f"{NAME} gave no usable answer (REFUSED)" in told
    assert "publishes no contact" not in told


@pytest.mark.parametrize(
    "said",
    [
        "", "tls", "@example.com", "tls@", "tls@localhost", "tls@com", "a@b@example.com",
        " tls@example.com", "tls@example.com ", "tls@example.com\n", "t ls@example.com",
        "a@example.com,b@example.com", "a@example.com b@example.com", "a@example.com;b@example.com",
        '"tls"@example.com', "tls(x)@example.com", "<tls@example.com>", "TLS <tls@example.com>",
        "mailto:tls@example.com", ".tls@example.com", "tls.@example.com", "t..s@example.com",
        "tls@example..com", "tls@-example.com", "tls@[192.0.2.1]", "tls@192.0.2.1",
        "tls@*.example.com",
        "tls\r\nBcc: x@example.com", "tls\x00@example.com", "tls\x7f@example.com",
        "t\u00e4s@example.com",
        "tls@ex\u0430mple.com", "\u202etls@example.com", f"{'a' * 65}@example.com",
        f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 63}.com", "tls@example.com\u2028",
    ],
)  # fmt: skip
def test_what_is_not_one_bare_address_is_nothing(said: str) -> None:
    assert not contacts.is_address(said)


@pytest.mark.parametrize(
    "said",
    [
        "tls@example.com",
        "T.l+s_1@Mail.Example.COM",
        "o'brien@example.co.uk",
        "a@xn--bcher-kva.com",
    ],
)
def test_one_bare_address_counts(said: str) -> None:
    assert contacts.is_address(said)


def test_no_more_than_five_of_one_source(dns: LoopbackDns, network: GuardedNetwork) -> None:
    """The same five whatever the order in which a server tells them, or the one that was picked
    from the form would be gone at the look."""
    nine = [f"a{n}@example.com" for n in range(9)]
    dns.publish_in_turn(TXT_AT, "TXT", nine, nine[::-1])
    for _again in range(2):
        found = [each for each in published(NAME, network) if each.source == "txt"]
        assert [each.address for each in found] == nine[:5]


@pytest.mark.django_db
@pytest.mark.parametrize(("contact", "rule"), [(TXT, "3.2.2.4.14"), (CAA, "3.2.2.4.13")])
def test_a_published_contact_is_mailed_and_proves_that_name_and_below(
    world: World, dns: LoopbackDns, contact: Contact, rule: str
) -> None:
    certificate = applied(world, contact.id)
    challenge = Challenge.objects.get()
    assert (challenge.mailbox, challenge.rule) == (contact.address, f"BR 2.2.6 {rule}")
    mail = OutgoingMail.objects.get(kind="prove_domain")
    assert mail.recipient == contact.address
    assert challenge.answer is not None
    assert challenge.answer.expires_at == challenge.expires_at
    assert decide(challenge.answer.pk, Decision.CONFIRM, by="", now=world.now)
    world.work()
    assert world.fresh(certificate).status == "ISSUED"
    challenge.refresh_from_db()
    assert challenge.proves(NAME, world.now)
    assert challenge.proves(f"*.{NAME}", world.now)
    assert challenge.proves(f"a.{NAME}", world.now)
    assert not challenge.proves("shop.example.com", world.now)


def applied(world: World, box: str):  # type: ignore[no-untyped-def]
    certificate = world.bought()
    submit(
        certificate=certificate,
        wish=world.wish(NAME, method="EMAIL", mailbox=box),
        actor=world.alice,
        now=world.now,
        network=world.network,
    )
    world.work()
    return certificate


@pytest.mark.django_db
def test_a_contact_that_is_not_published_is_told_and_looked_for_again(
    world: World, dns: LoopbackDns, client: Client
) -> None:
    dns.remove(TXT_AT)
    certificate = applied(world, TXT.id)
    challenge = Challenge.objects.get()
    assert (challenge.problem_code, challenge.answer) == ("mail.unpublished", None)
    assert challenge.due_at is not None
    assert challenge.due_at < world.now + timedelta(hours=1)
    assert not OutgoingMail.objects.filter(kind="prove_domain").exists()
    client.force_login(world.alice)
    assert "mail.unpublished" in page_of(client, certificate)
    # An address in its place is not the one that was chosen.
    dns.publish(TXT_AT, "TXT", "attacker@example.org")
    world.later(hours=1)
    assert not OutgoingMail.objects.filter(kind="prove_domain").exists()
    dns.publish(TXT_AT, "TXT", "attacker@example.org", TXT.address)
    world.later(hours=2)
    assert OutgoingMail.objects.get(kind="prove_domain").recipient == TXT.address
    challenge.refresh_from_db()
    assert challenge.problem_code == "mail.unanswered"


@pytest.mark.django_db
def test_a_place_that_answers_again_is_written_to(
    world: World, dns: LoopbackDns, client: Client
) -> None:
    dns.fail(TXT_AT, "SERVFAIL")
    certificate = applied(world, TXT.id)
    assert Challenge.objects.get().problem_code == "dns.servfail"
    client.force_login(world.alice)
    page = page_of(client, certificate)
    assert "Your DNS host’s turn" in page
    assert f"{TXT_AT} TXT" in page
    assert "mail.unpublished" not in page
    dns.heal(TXT_AT)
    world.later(hours=1)
    assert OutgoingMail.objects.get(kind="prove_domain").recipient == TXT.address


@pytest.mark.django_db
def test_a_contact_that_never_comes_lapses(world: World, dns: LoopbackDns) -> None:
    dns.remove(TXT_AT)
    applied(world, TXT.id)
    Challenge.objects.update(expires_at=world.now + timedelta(minutes=5))
    world.later(minutes=6)
    assert Challenge.objects.get().status == Status.LAPSED


@pytest.mark.django_db
@pytest.mark.parametrize(
    "box", ["root@example.org", "txt-", "txt-XYZ", TXT.id + "0", "caa-../../x"]
)
def test_a_client_cannot_name_an_address(world: World, dns: LoopbackDns, box: str) -> None:
    with pytest.raises(Refused) as refused:
        applied(world, box)
    assert [each.code for each in refused.value.obstacles] == ["mailbox.unknown"]
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db
def test_the_page_offers_what_is_published_when_it_is_asked_to_look(
    world: World, dns: LoopbackDns, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = applied(world, "admin")
    challenge = Challenge.objects.get()
    monkeypatch.setattr("certificates.taking_back_pages.network", lambda: world.network)
    monkeypatch.setattr("certificates.taking_back_pages.clock", lambda: world.now)
    client.force_login(world.alice)
    address = f"/certificates/{certificate.pk}/proofs/{challenge.pk}/method/"
    asked = len(dns.asked)
    page = client.get(address).content.decode()
    assert "Look for a contact that the domain publishes" in page
    assert TXT.address not in page
    assert len(dns.asked) == asked, "a page that is only read asks nobody"
    page = client.post(address, {"contacts": "look"}).content.decode()
    assert f'value="{TXT.id}" selected' in page
    assert f"{CAA.address} (CAA)" in page
    answer = client.post(address, {"method": "EMAIL", "mailbox": CAA.id})
    assert answer.status_code == 302
    world.work()
    chosen = Challenge.objects.get(status=Status.OPEN)
    assert (chosen.mailbox, chosen.rule) == (CAA.address, "BR 2.2.6 3.2.2.4.13")
    with pytest.raises(Refused) as refused:
        choose_method(
            certificate=world.fresh(certificate),
            domain=NAME,
            method="EMAIL",
            mailbox=CAA.id,
            actor=world.alice,
            now=world.now,
            network=world.network,
        )
    assert [each.code for each in refused.value.obstacles] == ["method.same"]


@pytest.mark.django_db
def test_the_method_ends_for_contacts_as_for_the_five(world: World, dns: LoopbackDns) -> None:
    world.now = schedule.MAIL_METHOD_ENDS
    with pytest.raises(Refused) as refused:
        applied(world, TXT.id)
    assert "method.ended" in [each.code for each in refused.value.obstacles]

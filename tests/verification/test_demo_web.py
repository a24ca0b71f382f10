"""The demo's web server: its page, the server behind it, and the file check that fetches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from tests.verification.test_embedded_dns import on_free_port
from verification import embedded_web
from verification.addresses import DEMO_SITES
from verification.demo_records import ZONE, DemoRecord
from verification.demo_sites import ADDRESS, DemoSite, serve
from verification.embedded_web import EmbeddedWeb
from verification.methods import file
from verification.network import GuardedNetwork, Policy, network_from_settings
from verification.outcome import Outcome, Question
from verification.policy import StandIn

HOST = f"shop.{ZONE}"
VALUE = "20261129" + "v" * 56

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def web() -> Iterator[EmbeddedWeb]:
    server = EmbeddedWeb(0)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def check(web: EmbeddedWeb) -> Iterator[Callable[[str], Outcome]]:
    """The file check of a host, through the guarded door, as in the demo."""
    zone = on_free_port([])
    zone.start()
    policy = Policy(
        resolvers=(("127.0.0.1", zone.port),),
        web_stand_in=StandIn(DEMO_SITES, "127.0.0.1", web.port),
        fetch_total=1.0,
    )
    network = GuardedNetwork(policy)
    now = datetime(2026, 11, 29, tzinfo=UTC)
    yield lambda host: file.check(Question(host, VALUE), network, now)
    zone.stop()


@pytest.fixture
def alice(settings: Settings, client: Client, tmp_path: Path) -> Client:
    settings.ENVIRONMENT = "demo"
    settings.DATA_DIR = tmp_path
    client.force_login(User.objects.create_user("alice@example.com", "password of Alice"))
    return client


def test_a_file_that_is_served_on_the_page_proves_the_name(
    alice: Client, check: Callable[[str], Outcome]
) -> None:
    assert alice.post(
        "/demo/web/", {"host": f"{HOST.upper()}.", "answer": "FILE", "content": VALUE}
    )
    record = DemoRecord.objects.get()
    assert (record.name, record.rtype, record.value) == (HOST, "A", ADDRESS)
    outcome = check(HOST)
    assert outcome.proved, outcome.problem
    page = alice.get("/demo/web/").content.decode()
    assert "This is a demo.</strong> This page plays" in " ".join(page.split())
    assert VALUE in page


def test_a_file_that_is_removed_proves_nothing_any_more(
    alice: Client, check: Callable[[str], Outcome]
) -> None:
    alice.post("/demo/web/", {"host": HOST, "answer": "FILE", "content": VALUE})
    site = DemoSite.objects.get()
    assert alice.get(f"/demo/web/{site.pk}/remove/").status_code == 405
    assert check(HOST).proved
    alice.post(f"/demo/web/{site.pk}/remove/")
    outcome = check(HOST)
    assert outcome.problem is not None
    assert outcome.problem.code == "file.absent"


@pytest.mark.parametrize(
    ("answer", "content", "code"),
    [
        ("ABSENT", VALUE, "file.absent"),
        ("FORBIDDEN", VALUE, "file.status"),
        ("PAGE", VALUE, "file.html"),
        ("OTHER", VALUE, "file.wrong_content"),
        ("FILE", "something else", "file.wrong_content"),
        ("FILE", f"value: {VALUE}", "file.extra_text"),
        ("LOOP", VALUE, "file.redirect_loop"),
        ("SLOW", VALUE, "file.timeout"),
    ],
)
def test_each_failure_that_the_page_offers_is_named(
    alice: Client, check: Callable[[str], Outcome], answer: str, content: str, code: str
) -> None:
    alice.post("/demo/web/", {"host": HOST, "answer": "FILE", "content": VALUE})
    alice.post("/demo/web/", {"host": HOST, "answer": answer, "content": content})
    assert DemoSite.objects.get().answer == answer
    outcome = check(HOST)
    assert not outcome.proved
    assert outcome.problem is not None
    assert outcome.problem.code == code


def test_a_host_with_a_record_of_its_own_keeps_it(check: Callable[[str], Outcome]) -> None:
    DemoRecord.objects.create(name=HOST, rtype="A", value="198.51.100.7")
    serve(HOST, "FILE", VALUE)
    assert DemoRecord.objects.get().value == "198.51.100.7"
    outcome = check(HOST)
    assert outcome.problem is not None
    assert outcome.problem.code == "file.address_refused"


def test_only_the_file_of_the_proof_is_served(web: EmbeddedWeb) -> None:
    serve(HOST, "FILE", VALUE)
    policy = Policy(resolvers=(), web_stand_in=StandIn(DEMO_SITES, "127.0.0.1", web.port))
    assert GuardedNetwork(policy).get(f"http://{ADDRESS}/etc/passwd").status == 404


def test_the_door_leads_to_the_stand_in_from_its_network_only(web: EmbeddedWeb) -> None:
    network = GuardedNetwork(
        Policy(resolvers=(), web_stand_in=StandIn(DEMO_SITES, "127.0.0.1", web.port))
    )
    for address in ("127.0.0.1", "192.0.2.1", "198.51.100.7"):
        assert network.get(f"http://{address}/").problem != "", address
    assert network.get(f"https://{ADDRESS}/").problem == "unreachable"
    assert GuardedNetwork(Policy(resolvers=())).get(f"http://{ADDRESS}/").problem == (
        "address_refused"
    )


@pytest.mark.parametrize("host", ["shop.example.com", "a b", "192.0.2.1", "10.0.0.1", "x" * 300])
def test_a_host_elsewhere_is_not_served(alice: Client, host: str) -> None:
    answer = alice.post("/demo/web/", {"host": host, "answer": "FILE", "content": VALUE})
    assert answer.status_code == 200
    assert not DemoSite.objects.exists()
    if len(host) < 254:
        assert "serves only hosts in demo.example.net" in answer.content.decode()


def test_a_link_fills_the_form_in_and_serves_nothing(alice: Client) -> None:
    page = alice.get(f"/demo/web/?host={HOST}&content=%3Cb%3E{VALUE}").content.decode()
    assert f'value="{HOST}"' in page
    assert f"&lt;b&gt;{VALUE}" in page
    assert not DemoSite.objects.exists()


def test_outside_the_demo_there_is_neither_page_nor_stand_in(
    alice: Client, settings: Settings
) -> None:
    settings.DEMO_WEB_ADDRESS = "127.0.0.1:10080"
    settings.VERIFICATION_RESOLVERS = ["127.0.0.1:10053"]
    assert network_from_settings().policy.web_stand_in is not None
    settings.ENVIRONMENT = "production"
    assert network_from_settings().policy.web_stand_in is None
    site = DemoSite.objects.create(host=HOST)
    assert alice.get("/demo/web/").status_code == 404
    assert alice.post("/demo/web/", {"host": HOST, "answer": "FILE"}).status_code == 404
    assert alice.post(f"/demo/web/{site.pk}/remove/").status_code == 404
    assert DemoSite.objects.get().content == ""


def test_the_slow_answer_is_slower_than_a_fetch() -> None:
    assert Policy(resolvers=()).fetch_total < embedded_web.SLOW

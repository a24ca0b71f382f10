"""The wizard for a first issue, and again after a refusal: the same steps from other data."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from certificates.applications import Application
from certificates.catalogue import Type
from certificates.drafts import Draft
from certificates.invariants import broken_invariants
from certificates.keys import StoredKey
from tests.cast import World
from tests.certificates.browsing import page_of, shown
from tests.certificates.test_every_page import faults
from tests.certificates.wizarding import (
    ACCEPTED,
    FACTS,
    TYPED,
    WAY,
    Walk,
    applying_for,
    drafts,
    errors,
    sent_in,
    words,
)
from verification.dictionary import DictionaryNetwork
from verification.network import CaaRecord

pytestmark = pytest.mark.django_db


def forbidding() -> DictionaryNetwork:
    return DictionaryNetwork(caa={"newname.org": [CaaRecord(0, "issue", "other-ca.example")]})


@pytest.fixture(autouse=True)
def _outside(settings: Settings) -> None:
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"


@pytest.fixture
def walk(alice: Client, world: World) -> Walk:
    return Walk(alice, world.bought(), "apply")


@pytest.fixture
def ov(alice: Client, world: World) -> Walk:
    return applying_for(alice, world, world.product("SYMANTEC", Type.OV_SSL_CERT))


def test_the_whole_way(walk: Walk, world: World) -> None:
    page = page_of(walk.client, walk.certificate)
    assert f'href="{walk.at()}"' in page
    assert walk.leads_to() == "csr"
    for step, following in zip(WAY, [*list(WAY)[1:]], strict=False):
        assert faults(walk.get(step).content.decode()) == []
        assert walk.take(step) == following
    review = walk.get("review").content.decode()
    assert faults(review) == []
    assert "authorize (opens in a new tab) this application." in words(review)
    assert "reissu" not in words(review).lower()
    answer = walk.post("review", **ACCEPTED)
    assert answer.headers["Location"] == f"/certificates/{walk.certificate.pk}/"
    told = page_of(walk.client, walk.certificate)
    assert "The application was sent in. GeoTrust asks for proof of the domain next." in told
    application = sent_in(walk)
    assert (application.kind, application.domain) == ("FIRST", "www.newname.org")
    assert (application.reason, application.key is not None) == ("", True)
    assert drafts() == []
    world.later(seconds=30)
    world.publish(walk.certificate)
    world.look(walk.certificate)
    assert world.fresh(walk.certificate).status == "ISSUED"
    assert broken_invariants() == []


def test_looking_writes_nothing(walk: Walk) -> None:
    for step in ("", "csr", "review"):
        walk.get(step)
    assert drafts() == []


@pytest.mark.parametrize("done", [0, 1, 2])
def test_no_step_can_be_skipped(walk: Walk, done: int) -> None:
    steps = list(WAY)
    walk.to(steps[done])
    for later in steps[done + 1 :]:
        assert walk.leads_to(later) == steps[done]
        answer = walk.post(later, **walk.way[later])
        assert answer.headers["Location"] == walk.at(steps[done])
    assert not Application.objects.exists()


def test_a_draft_holds_its_kind_and_goes_on_in_another_browser(walk: Walk, world: World) -> None:
    walk.to("contact")
    draft = Draft.objects.get()
    assert (draft.kind, draft.version_id, draft.step) == ("FIRST", None, "contact")
    other = Client()
    other.force_login(world.alice)
    elsewhere = Walk(other, walk.certificate, "apply")
    assert elsewhere.leads_to() == "contact"
    assert "www.newname.org" in elsewhere.get("domain").content.decode()


def test_a_draft_of_another_kind_is_outdated(walk: Walk) -> None:
    walk.to("contact")
    Draft.objects.update(kind="REISSUE")
    assert walk.leads_to() == "csr"
    assert "over now" in walk.page("csr")
    assert drafts() == []


def test_two_tabs_on_two_certificates_never_mix(alice: Client, world: World) -> None:
    one, two = (Walk(alice, world.bought(), "apply") for _i in range(2))
    one.take("csr")
    two.take("csr", algorithm="RSA_3072")
    one.take("domain", domain="a.newname.org")
    two.take("domain", domain="b.newname.org")
    for each in (one, two):
        each.take("contact")
    for each in (two, one):
        assert each.post("review", **ACCEPTED).status_code == 302
    assert [sent_in(each).domain for each in (one, two)] == ["a.newname.org", "b.newname.org"]
    assert sent_in(two).key_algorithm == "RSA_3072"


def test_sent_in_twice_it_is_one_application(walk: Walk) -> None:
    walk.to("review")
    assert walk.post("review", **ACCEPTED).status_code == 302
    page_of(walk.client, walk.certificate)
    assert walk.post("review", **ACCEPTED).status_code == 302
    assert "already sent in" in page_of(walk.client, walk.certificate)
    assert (Application.objects.count(), drafts()) == (1, [])


@pytest.mark.parametrize("left_out", list(ACCEPTED))
def test_every_consent_is_needed(walk: Walk, left_out: str) -> None:
    walk.to("review")
    given = {name: value for name, value in ACCEPTED.items() if name != left_out}
    assert errors(walk.post("review", **given)) == {left_out: ["apply.statements_missing"]}
    assert not Application.objects.exists()


def test_what_the_verb_refuses_stands_at_its_field(walk: Walk, settings: Settings) -> None:
    walk.to("review")
    settings.WORK_NETWORK = f"{__name__}.forbidding"
    answer = walk.post("review", **ACCEPTED)
    assert answer.headers["Location"] == walk.at("domain")
    found = walk.get("domain")
    assert errors(found) == {"domain": ["caa.forbids"]}
    page = found.content.decode()
    assert "The application was not sent in." in page
    assert ". CAA 0 issue &quot;geotrust.com&quot;" in page.partition("data-copy=")[2]
    assert "Go there" not in page, "one is there already"
    assert (Application.objects.count(), StoredKey.objects.count()) == (0, 0)


def test_a_person_must_be_named(walk: Walk) -> None:
    walk.to("contact")
    assert errors(walk.post("contact", who="keep", authorizer="keep"))["who"] == ["who.missing"]
    found = errors(walk.post("contact", **{**TYPED, "name": "", "technical_email": "nobody"}))
    assert found == {"name": ["contact.name"], "technical_email": ["technical.email"]}
    too_long = errors(walk.post("contact", **{**TYPED, "name": "ü" * 60}))
    assert too_long == {"name": ["contact.name_too_long"]}


def test_a_technical_contact_is_kept(walk: Walk) -> None:
    walk.to("contact").take("contact", technical_name="Tom", technical_email="tom@acme.example")
    assert "tom@acme.example" in walk.page("review")
    walk.post("review", **ACCEPTED)
    application = sent_in(walk)
    assert application.technical == {"name": "Tom", "email": "tom@acme.example"}
    assert application.ca_request.request().technical == application.technical


@pytest.mark.parametrize("reader", ["victor", "sam"])
def test_who_may_only_look_sends_nothing_in(walk: Walk, world: World, reader: str) -> None:
    walk.to("review")
    client = Client()
    client.force_login(getattr(world, reader))
    theirs = Walk(client, walk.certificate, "apply")
    for step in ("", *WAY):
        page = client.get(theirs.at(step))
        assert [each.code for each in page.context["obstacles"]] == ["apply.forbidden"]
    for step in WAY:
        assert theirs.post(step, **theirs.way[step]).status_code == 302
    assert (Application.objects.count(), len(drafts())) == (0, 1)


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "patch", "delete", "options"])
def test_a_stranger_finds_nothing(walk: Walk, world: World, method: str) -> None:
    walk.to("review")
    mallory = Client()
    mallory.force_login(world.mallory)
    for step in ("", "discard", "csr/check", *WAY):
        assert getattr(mallory, method)(walk.at(step)).status_code == 404
    assert len(drafts()) == 1


def test_the_hash_of_the_root_is_chosen_where_offered(ov: Walk, walk: Walk) -> None:
    assert "root_hash" in ov.get("csr").content.decode()
    assert "root_hash" not in walk.get("csr").content.decode()
    assert errors(ov.post("csr", **{**WAY["csr"], "root_hash": "MD5"}))["root_hash"]
    ov.take("csr", root_hash="SHA-256")
    ov.take("domain")
    ov.take("contact", **FACTS)
    ov.post("review", **ACCEPTED)
    application = sent_in(ov)
    assert application.root_hash == application.ca_request.request().root_hash == "SHA-256"


def test_the_list_leads_to_the_wizard(walk: Walk, world: World) -> None:
    page = shown(walk.client, "/certificates/")
    assert f'href="{walk.at()}"' in page
    assert "Apply…" in words(page)
    victor = Client()
    victor.force_login(world.victor)
    page = shown(victor, "/certificates/")
    assert f'href="{walk.at()}"' not in page
    assert "apply.forbidden" in page

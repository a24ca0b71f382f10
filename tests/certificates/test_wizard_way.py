"""The reissue wizard from its door to the sent-in application, and every way around a step."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from certificates.applications import Application
from certificates.catalogue import Type
from certificates.drafts import Draft
from certificates.keys import StoredKey
from certificates.lifecycle import Status
from certificates.story import Certificate
from tests.cast import World
from tests.certificates.test_every_page import faults
from tests.certificates.wizarding import CONSENT, WAY, Walk, drafts, errors, reissues, words
from verification.dictionary import DictionaryNetwork
from verification.network import CaaRecord

pytestmark = pytest.mark.django_db
FORBIDS = {"newname.org": [CaaRecord(0, "issue", "other-ca.example")]}


def forbidding() -> DictionaryNetwork:
    return DictionaryNetwork(caa=FORBIDS)


@pytest.fixture(autouse=True)
def _outside(settings: Settings) -> None:
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"


@pytest.fixture
def walk(alice: Client, issued: Certificate) -> Walk:
    return Walk(alice, issued)


def opened(certificate: Certificate) -> Application:
    found = Certificate.objects.get(pk=certificate.pk).open_application
    assert found is not None
    return found


def test_the_whole_way_with_a_key_of_ours(walk: Walk, issued: Certificate) -> None:
    assert walk.leads_to() == "csr"
    for step, following in zip(WAY, [*list(WAY)[1:]], strict=False):
        assert faults(walk.get(step).content.decode()) == []
        assert walk.take(step) == following
    assert faults(walk.get("review").content.decode()) == []
    answer = walk.post("review", **CONSENT)
    assert answer.headers["Location"] == f"/certificates/{issued.pk}/"
    page = walk.client.get(answer.headers["Location"]).content.decode()
    assert "The reissue was sent in. GeoTrust writes to alice@acme.example next." in page
    application = opened(issued)
    assert (application.domain, application.reason) == ("www.newname.org", "DOMAIN_CHANGE")
    assert application.key is not None
    assert drafts() == []


def test_looking_writes_nothing(walk: Walk) -> None:
    walk.get()
    walk.get("csr")
    walk.get("review")
    assert drafts() == []


@pytest.mark.parametrize("done", [0, 1, 2])
def test_no_step_can_be_skipped(walk: Walk, done: int) -> None:
    steps = list(WAY)
    walk.to(steps[done])
    for later in steps[done + 1 :]:
        assert walk.leads_to(later) == steps[done]
        answer = walk.post(later, **WAY[later])
        assert answer.headers["Location"] == walk.at(steps[done])
    assert reissues() == 0


def test_a_step_that_does_not_hold_any_more_is_to_be_done_again(walk: Walk, world: World) -> None:
    walk.to("review")
    Draft.objects.update(
        steps={**Draft.objects.get().steps, "domain": {"domain-domain": ["*.newname.org"]}}
    )
    assert walk.leads_to("review") == "domain"
    assert errors(walk.get("domain"))["domain"] == ["domain.type"]


def test_an_unknown_step_is_nowhere(walk: Walk) -> None:
    assert walk.get("other").status_code == 404


def test_two_tabs_on_two_certificates_never_mix(alice: Client, world: World) -> None:
    one, two = (Walk(alice, world.issued(name)) for name in ("a.example.com", "b.example.com"))
    one.take("csr")
    two.take("csr", algorithm="RSA_3072")
    one.take("domain", domain="a.newname.org")
    two.take("domain", domain="b.newname.org")
    for each in (one, two):
        each.take("contact")
    assert "a.newname.org" in one.page("review")
    assert "b.newname.org" not in one.page("review")
    for each in (two, one):
        assert each.post("review", **CONSENT).status_code == 302
    assert [opened(each.certificate).domain for each in (one, two)] == [
        "a.newname.org",
        "b.newname.org",
    ]
    assert opened(two.certificate).key_algorithm == "RSA_3072"


def test_a_draft_goes_on_in_another_browser_at_its_step(walk: Walk, world: World) -> None:
    walk.to("contact")
    other = Client()
    other.force_login(world.alice)
    elsewhere = Walk(other, walk.certificate)
    assert elsewhere.leads_to() == "contact"
    assert "www.newname.org" in elsewhere.get("domain").content.decode()


def test_two_people_have_two_drafts(walk: Walk, world: World) -> None:
    walk.to("contact")
    bob = Client()
    bob.force_login(world.bob)
    assert Walk(bob, walk.certificate).leads_to() == "csr"
    Walk(bob, walk.certificate).take("csr")
    assert [step for _pk, step in drafts()] == ["contact", "domain"]


def test_a_draft_for_an_earlier_version_is_discarded(walk: Walk, world: World) -> None:
    walk.to("review")
    world.reissue(walk.certificate)
    world.later(minutes=2)
    order = world.order(walk.certificate)
    assert order.answer is not None
    Client().post(f"/ca/confirm/{order.answer.token()}/", {"decision": "confirm"})
    world.work()
    assert world.fresh(walk.certificate).status == Status.ISSUED
    assert drafts() != []
    assert walk.leads_to("review") == "csr"
    assert "for an earlier version" in walk.page("csr")
    assert drafts() == []


def test_discard(walk: Walk) -> None:
    walk.to("contact")
    assert walk.client.get(walk.at("discard")).status_code == 405
    assert walk.client.post(walk.at("discard")).status_code == 302
    assert drafts() == []
    assert walk.leads_to() == "csr"


def test_sent_in_twice_it_is_one_application(walk: Walk) -> None:
    walk.to("review")
    assert walk.post("review", **CONSENT).status_code == 302
    walk.client.get(f"/certificates/{walk.certificate.pk}/")
    again = walk.post("review", **CONSENT)
    assert again.headers["Location"] == f"/certificates/{walk.certificate.pk}/"
    page = walk.client.get(again.headers["Location"]).content.decode()
    assert "already sent in" in page
    assert (reissues(), drafts()) == (1, [])


@pytest.mark.parametrize("left_out", ["service", "privacy", "authorisation"])
def test_every_consent_is_needed(walk: Walk, left_out: str) -> None:
    walk.to("review")
    given = {name: value for name, value in CONSENT.items() if name != left_out}
    assert errors(walk.post("review", **given)) == {left_out: ["reissue.statements_missing"]}
    assert reissues() == 0


def test_a_reason_is_needed(walk: Walk) -> None:
    walk.to("review")
    assert errors(walk.post("review", **{**CONSENT, "reason": "BORED"})) == {
        "reason": ["reason.missing"]
    }


def test_what_the_verb_refuses_stands_at_its_field(walk: Walk, settings: Settings) -> None:
    walk.to("review")
    keys_before = StoredKey.objects.count()
    settings.WORK_NETWORK = f"{__name__}.forbidding"
    answer = walk.post("review", **CONSENT)
    assert answer.headers["Location"] == walk.at("domain")
    shown = walk.get("domain")
    assert errors(shown) == {"domain": ["caa.forbids"]}
    assert "The reissue was not sent in." in shown.content.decode()
    assert (reissues(), StoredKey.objects.count()) == (0, keys_before)
    assert walk.take("domain", domain="www.other.org") == "contact"
    assert "not sent in" not in walk.page("review")
    assert walk.post("review", **CONSENT).status_code == 302
    assert opened(walk.certificate).domain == "www.other.org"


def test_caa_is_shown_before_anything_is_sent_in(walk: Walk, settings: Settings) -> None:
    settings.WORK_NETWORK = f"{__name__}.forbidding"
    walk.to("review")
    line = "newname.org. CAA 0 issue &quot;geotrust.com&quot;"
    assert f'data-copy="{line}" hidden' in walk.client.get(walk.at("review")).content.decode()
    page = walk.page("review")
    assert "CAA: The CAA records at newname.org let only others sign" in page
    assert "; accounturi=https://pki." in page
    copied = walk.client.get(walk.at("review")).content.decode().split("data-copy=")[1:]
    assert any("; accounturi=https://pki." in each.partition(" hidden")[0] for each in copied)
    assert "_dnsauth.newname.org" in page


def test_the_wizard_tells_who_may_not_all_reasons(walk: Walk, world: World) -> None:
    world.reissue(walk.certificate)
    victor = Client()
    victor.force_login(world.victor)
    theirs = Walk(victor, walk.certificate)
    for step in ("", "csr", "review"):
        page = victor.get(theirs.at(step))
        assert page.status_code == 200
        assert [each.code for each in page.context["obstacles"]] == [
            "reissue.not_issued",
            "reissue.in_progress",
            "reissue.forbidden",
        ]
        assert faults(page.content.decode()) == []


@pytest.mark.parametrize("reader", ["victor", "sam"])
def test_who_may_only_look_sends_nothing_in(walk: Walk, world: World, reader: str) -> None:
    walk.to("review")
    client = Client()
    client.force_login(getattr(world, reader))
    theirs = Walk(client, walk.certificate)
    for step in WAY:
        assert theirs.post(step, **WAY[step]).status_code == 302
    assert client.post(theirs.at("csr/check")).status_code == 302
    assert client.post(theirs.at("discard")).status_code == 302
    assert (reissues(), len(drafts())) == (0, 1)


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "patch", "delete", "options"])
def test_a_stranger_finds_nothing(walk: Walk, world: World, method: str) -> None:
    walk.to("review")
    mallory = Client()
    mallory.force_login(world.mallory)
    for step in ("", "discard", "csr/check", *WAY):
        assert getattr(mallory, method)(walk.at(step)).status_code == 404
    assert len(drafts()) == 1


def test_a_form_of_another_site_is_refused(walk: Walk, world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.alice)
    for step in ("csr", "csr/check", "discard"):
        assert strict.post(walk.at(step)).status_code == 403


def test_the_statements_can_be_read(alice: Client) -> None:
    for slug in ("service", "privacy", "authorisation"):
        answer = alice.get(f"/statements/{slug}/")
        assert answer.status_code == 200
        assert "Version of 1 Nov 2026" in answer.content.decode()
        assert faults(answer.content.decode()) == []
    assert alice.get("/statements/other/").status_code == 404


def test_the_company_is_asked_of_who_needs_one(alice: Client, world: World) -> None:
    product = world.product("GEOTRUST", Type.OV_SSL_CERT)
    walk = Walk(alice, world.issued("ov.example.com", product)).to("contact")
    page = walk.get("contact").content.decode()
    assert "Acme Retail Ltd" in page
    facts = {
        f"organization_{part}": value
        for part, value in {"name": "Acme AG", "country": "Germany", "city": ""}.items()
    }
    answer = walk.post("contact", **{**WAY["contact"], **facts})
    assert errors(answer)["organization_city"] == ["organization.missing"]
    assert "fill in Country, two letters; City." in words(answer.content.decode())
    facts |= {"organization_city": "Berlin"}
    found = errors(
        walk.post("contact", **{**WAY["contact"], **facts, "organization_country": "XX1"})
    )
    assert list(found) == ["organization_country"]
    walk.take("contact", **{**facts, "organization_country": "de"})
    review = walk.page("review")
    assert "Acme AG, 01234567" not in review
    assert "Acme AG, Berlin, DE" in review
    assert "I may act for Acme AG, and" in review
    assert walk.post("review", **CONSENT).status_code == 302
    company = opened(walk.certificate).organization
    assert company == {"name": "Acme AG", "country": "DE", "city": "Berlin"}

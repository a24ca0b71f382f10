"""The wizard for a first issue, and again after a refusal: the same steps from other data."""

from __future__ import annotations

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from authorities.papers import Paper
from authorities.simulated.desk import refuse_organization
from certificates.applications import Application
from certificates.catalogue import DomainType, Product, Type
from certificates.drafts import Draft
from certificates.invariants import broken_invariants
from certificates.keys import StoredKey
from certificates.proving import challenges_of
from certificates.story import Certificate
from tests.cast import COMPANY, World
from tests.certificates.browsing import page_of, shown
from tests.certificates.test_every_page import faults
from tests.certificates.test_wishes import request_for
from tests.certificates.wizarding import ACCEPTED, TYPED, WAY, Walk, drafts, errors, words
from verification.dictionary import DictionaryNetwork
from verification.network import CaaRecord

pytestmark = pytest.mark.django_db
FACTS = {f"organization_{part}": fact for part, fact in COMPANY.items()}


def forbidding() -> DictionaryNetwork:
    return DictionaryNetwork(caa={"newname.org": [CaaRecord(0, "issue", "other-ca.example")]})


@pytest.fixture(autouse=True)
def _outside(settings: Settings) -> None:
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"


@pytest.fixture
def walk(alice: Client, world: World) -> Walk:
    return Walk(alice, world.bought(), "apply")


def for_product(alice: Client, world: World, product: Product, **held: int) -> Walk:
    bought = world.bought(product)
    Certificate.objects.filter(pk=bought.pk).update(**held)
    return Walk(alice, world.fresh(bought), "apply")


@pytest.fixture
def several(alice: Client, world: World) -> Walk:
    product = world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN)
    return for_product(alice, world, product, domain_count=4, wildcard_count=1)


@pytest.fixture
def ov(alice: Client, world: World) -> Walk:
    return for_product(alice, world, world.product("SYMANTEC", Type.OV_SSL_CERT))


def opened(walk: Walk) -> Application:
    found = Certificate.objects.get(pk=walk.certificate.pk).open_application
    assert found is not None
    return found


def picture(kind: str = "PNG", name: str = "scan.png") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "white").save(out, kind)
    return SimpleUploadedFile(name, out.getvalue())


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
    application = opened(walk)
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
    assert [opened(each).domain for each in (one, two)] == ["a.newname.org", "b.newname.org"]
    assert opened(two).key_algorithm == "RSA_3072"


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
    assert "The application was not sent in." in found.content.decode()
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
    application = opened(walk)
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


def test_several_names_one_a_line(several: Walk, world: World) -> None:
    several.take("csr")
    lines = "b.newname.org\r\n\r\n*.c.newname.org\r\n"
    several.take("domain", domain="a.newname.org", more=lines)
    assert "b.newname.org" in several.get("domain").content.decode()
    several.take("contact", **FACTS)
    several.post("review", **ACCEPTED)
    assert opened(several).sans == ["a.newname.org", "b.newname.org", "*.c.newname.org"]
    world.later(seconds=30)
    asked = challenges_of(opened(several))
    assert sorted(each.domain for each in asked) == sorted(opened(several).sans)
    page = page_of(several.client, several.certificate)
    assert all(each.value in page for each in asked)


def test_every_wrong_line_is_told_at_once(several: Walk) -> None:
    several.take("csr")
    lines = "b.newname.org\n\nwrong_name.org\nc.newname.org\n*.*.d.org"
    answer = several.post("domain", domain="10.0.0.1", more=lines, method="DNS")
    found = answer.context["form"].errors  # type: ignore[attr-defined]
    assert len(found["domain"]) == 1
    told = [re.match(r"Line (\d+): ", each) for each in found["more"]]
    assert [each and each.group(1) for each in told] == ["3", "5"]
    assert not Application.objects.exists()


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("", "domain.too_few"),
        ("a.newname.org", "domain.too_few"),
        ("b.org\nc.newname.org\nd.newname.org\ne.newname.org", "domain.too_many"),
        ("*.b.newname.org\n*.c.newname.org", "domain.too_many_wildcards"),
    ],
)
def test_the_names_are_counted(several: Walk, lines: str, code: str) -> None:
    several.take("csr")
    answer = several.post("domain", domain="a.newname.org", more=lines, method="DNS")
    assert errors(answer) == {"more": [code]}


def test_what_is_written_twice_or_covered_is_a_note(several: Walk) -> None:
    several.take("csr")
    lines = "*.newname.org\na.newname.org\nother.org"
    several.take("domain", domain="a.newname.org", more=lines)
    page = several.page("domain")
    assert "Line 2: a.newname.org stands there twice; it is taken once." in page
    assert "*.newname.org covers a.newname.org already" in page


def test_a_sensitive_word_refuses_dv_and_says_the_way_out(walk: Walk) -> None:
    walk.take("csr")
    answer = walk.post("domain", domain="my-bank.newname.org", method="DNS")
    assert errors(answer) == {"domain": ["domain.sensitive_word"]}
    page = words(answer.content.decode())
    assert "my-bank.newname.org carries the word “bank”" in page
    assert "Choose another domain, or an OV or EV product." in page


def test_a_sensitive_word_does_not_matter_to_ov(ov: Walk) -> None:
    assert ov.to("domain").take("domain", domain="my-bank.newname.org") == "contact"


def test_the_hash_of_the_root_is_chosen_where_offered(ov: Walk, walk: Walk) -> None:
    assert "root_hash" in ov.get("csr").content.decode()
    assert "root_hash" not in walk.get("csr").content.decode()
    assert errors(ov.post("csr", **{**WAY["csr"], "root_hash": "MD5"}))["root_hash"]
    ov.take("csr", root_hash="SHA-256")
    ov.take("domain")
    ov.take("contact", **FACTS)
    ov.post("review", **ACCEPTED)
    application = opened(ov)
    assert application.root_hash == application.ca_request.request().root_hash == "SHA-256"


def test_papers_are_kept_with_the_draft_and_the_application(ov: Walk, world: World) -> None:
    ov.to("contact")
    wrong = ov.post("contact", **{**TYPED, "name": ""}, bank_permit=picture())
    assert "bank_permit" not in errors(wrong)
    held = Paper.objects.get()
    assert (held.customer, held.kind) == (world.acme.pk, "bank_permit")
    assert held.file_name in wrong.content.decode()
    ov.take("contact", **FACTS, bank_permit_held=held.pk, business_licence=picture("JPEG"))
    assert "Handed in: Bank account permit, Business licence" in ov.page("review")
    ov.post("review", **ACCEPTED)
    application = opened(ov)
    assert application.bank_permit == held
    assert application.business_licence is not None
    assert set(application.ca_request.request().papers) == set(application.papers.values())
    world.later(days=8)
    assert Paper.objects.count() == 2


def test_a_paper_of_no_application_goes_after_a_week(ov: Walk, world: World) -> None:
    ov.to("contact").take("contact", **FACTS, bank_permit=picture())
    assert Paper.objects.count() == 1
    world.later(days=6)
    assert Paper.objects.count() == 1
    world.later(days=2)
    assert not Paper.objects.exists()
    assert ov.post("review", **ACCEPTED).status_code == 302
    assert opened(ov).papers == {}


def test_a_paper_is_taken_back(ov: Walk) -> None:
    ov.to("contact").take("contact", **FACTS, bank_permit=picture())
    held = Paper.objects.get().pk
    ov.take("contact", **FACTS, bank_permit_held=held, bank_permit_drop="on")
    ov.post("review", **ACCEPTED)
    assert opened(ov).papers == {}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<svg onload=alert(1)>", "picture.format"),
        (b"\x89PNG\r\n\x1a\nrest", "picture.format"),
        (b"x" * (2 * 1024 * 1024 + 1), "picture.too_large"),
    ],
)
def test_what_is_no_picture_is_refused_at_its_field(ov: Walk, content: bytes, code: str) -> None:
    ov.to("contact")
    file = SimpleUploadedFile("scan.png", content, "image/png")
    answer = ov.post("contact", **TYPED, **FACTS, bank_permit=file)
    assert errors(answer) == {"bank_permit": [code]}
    assert not Paper.objects.exists()


def test_a_paper_of_another_project_is_not_taken(ov: Walk, world: World) -> None:
    theirs = for_product(Client(), world, world.product("SYMANTEC", Type.OV_SSL_CERT))
    theirs.client.force_login(world.alice)
    ov.to("contact").take("contact", **FACTS, bank_permit=picture())
    Paper.objects.update(customer=world.other.pk)
    ov.take("contact", **FACTS, bank_permit_held=Paper.objects.get().pk)
    ov.post("review", **ACCEPTED)
    assert opened(ov).papers == {}


def test_a_paper_is_saved_and_never_shown(ov: Walk, world: World) -> None:
    ov.to("contact").take("contact", **FACTS, bank_permit=picture())
    paper = Paper.objects.get()
    address = f"/certificates/{ov.certificate.pk}/papers/{paper.pk}/"
    answer = ov.client.get(address)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{paper.file_name}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (answer.headers["Content-Type"], answer.content) == ("image/png", bytes(paper.data))
    mallory = Client()
    mallory.force_login(world.mallory)
    assert mallory.get(address).status_code == 404
    own = world.bought(owner=world.mallory)
    assert mallory.get(f"/certificates/{own.pk}/papers/{paper.pk}/").status_code == 404
    sam = Client()
    sam.force_login(world.sam)
    assert sam.get(f"/admin/authorities/paper/{paper.pk}/file/").content == bytes(paper.data)
    assert mallory.get(f"/admin/authorities/paper/{paper.pk}/file/").status_code == 302


def refused(world: World, walk: Walk) -> None:
    world.later(seconds=30)
    world.publish(walk.certificate)
    world.look(walk.certificate)
    order = world.order(walk.certificate)
    message = "Not in the register. Write the name as it stands there."
    refuse_organization(order.pk, message=message, actor=world.sam, now=world.now)
    world.later(seconds=30)


def test_again_after_a_refusal_from_the_same_data(ov: Walk, world: World) -> None:
    ov.take("csr", algorithm="RSA_3072", root_hash="SHA-256")
    ov.take("domain")
    ov.take("contact", **FACTS, technical_name="Tom", bank_permit=picture())
    ov.post("review", **ACCEPTED)
    refused(world, ov)
    assert world.fresh(ov.certificate).status == "UNPASSED"
    page = words(page_of(ov.client, ov.certificate))
    assert "Not in the register." in page
    assert "DigiCert refused application 1 on" in page
    assert "Apply again…" in page
    form = ov.get("csr").context["form"]  # type: ignore[attr-defined]
    assert (form["algorithm"].value(), form["root_hash"].value()) == ("RSA_3072", "SHA-256")
    ov.take("csr", algorithm="RSA_3072", root_hash="SHA-256")
    form = ov.get("domain").context["form"]  # type: ignore[attr-defined]
    assert (form["domain"].value(), form["method"].value()) == ("www.newname.org", "DNS")
    ov.take("domain")
    answer = ov.get("contact")
    form = answer.context["form"]  # type: ignore[attr-defined]
    assert form["organization_name"].value() == "Acme Retail Ltd"
    assert form["technical_name"].value() == "Tom"
    assert "The contact of application 1" in answer.content.decode()
    paper = Paper.objects.get()
    assert paper.file_name in answer.content.decode()
    held = {"bank_permit_held": paper.pk, "technical_name": "Tom"}
    facts = {**FACTS, "organization_name": "Acme Retail Limited"}
    ov.take("contact", who="keep", **facts, **held)
    assert "Before: Acme Retail Ltd" in ov.page("review")
    ov.post("review", **ACCEPTED)
    application = opened(ov)
    assert (application.number, application.kind) == (2, "FIRST")
    assert application.organization["name"] == "Acme Retail Limited"
    assert application.bank_permit == paper
    assert application.contact_name == "Alice"
    assert broken_invariants() == []


def test_again_with_the_own_csr_of_before(ov: Walk, world: World) -> None:
    pem = request_for("www.newname.org").decode()
    ov.take("csr", source="own", pem=pem)
    ov.take("domain")
    ov.take("contact", **FACTS)
    ov.post("review", **ACCEPTED)
    refused(world, ov)
    form = ov.get("csr").context["form"]  # type: ignore[attr-defined]
    assert (form["source"].value(), form["pem"].value()) == ("own", pem)


def test_the_list_leads_to_the_wizard(walk: Walk, world: World) -> None:
    page = shown(walk.client, "/certificates/")
    assert f'href="{walk.at()}"' in page
    assert "Apply…" in words(page)
    victor = Client()
    victor.force_login(world.victor)
    page = shown(victor, "/certificates/")
    assert f'href="{walk.at()}"' not in page
    assert "apply.forbidden" in page

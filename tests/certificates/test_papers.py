"""Papers of an organization: handed in with the wizard, kept, saved, gone by themselves."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from authorities.papers import MOST_UNUSED, Paper
from authorities.simulated.desk import refuse_organization
from certificates.catalogue import Type
from certificates.invariants import broken_invariants
from tests.cast import World
from tests.certificates.browsing import page_of
from tests.certificates.test_wishes import request_for
from tests.certificates.wizarding import (
    ACCEPTED,
    FACTS,
    TYPED,
    Walk,
    applying_for,
    errors,
    picture,
    sent_in,
    words,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _outside(settings: Settings) -> None:
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"


@pytest.fixture
def ov(alice: Client, world: World) -> Walk:
    return applying_for(alice, world, world.product("SYMANTEC", Type.OV_SSL_CERT))


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
    application = sent_in(ov)
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
    assert sent_in(ov).papers == {}


def test_a_project_does_not_fill_the_store(ov: Walk, world: World) -> None:
    ov.to("contact").take("contact", **FACTS, bank_permit=picture())
    one = Paper.objects.get()
    for _number in range(MOST_UNUSED - 1):
        one.pk = None
        one.save()
    answer = ov.post("contact", **TYPED, **FACTS, bank_permit=picture())
    assert errors(answer) == {"bank_permit": ["paper.too_many"]}
    assert Paper.objects.count() == MOST_UNUSED


def test_a_paper_is_taken_back(ov: Walk) -> None:
    ov.to("contact").take("contact", **FACTS, bank_permit=picture())
    held = Paper.objects.get().pk
    ov.take("contact", **FACTS, bank_permit_held=held, bank_permit_drop="on")
    ov.post("review", **ACCEPTED)
    assert sent_in(ov).papers == {}


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
    theirs = applying_for(Client(), world, world.product("SYMANTEC", Type.OV_SSL_CERT))
    theirs.client.force_login(world.alice)
    ov.to("contact").take("contact", **FACTS, bank_permit=picture())
    Paper.objects.update(customer=world.other.pk)
    ov.take("contact", **FACTS, bank_permit_held=Paper.objects.get().pk)
    ov.post("review", **ACCEPTED)
    assert sent_in(ov).papers == {}


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
    application = sent_in(ov)
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

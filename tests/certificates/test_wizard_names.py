"""The names of a first issue: one a line, counted, and told by their number."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from certificates.applications import Application
from certificates.catalogue import DomainType, Type
from certificates.proving import challenges_of
from tests.cast import World
from tests.certificates.browsing import page_of
from tests.certificates.wizarding import ACCEPTED, FACTS, Walk, applying_for, errors, sent_in, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _outside(settings: Settings) -> None:
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"


@pytest.fixture
def walk(alice: Client, world: World) -> Walk:
    return Walk(alice, world.bought(), "apply")


@pytest.fixture
def several(alice: Client, world: World) -> Walk:
    product = world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN)
    return applying_for(alice, world, product, domain_count=4, wildcard_count=1)


@pytest.fixture
def ov(alice: Client, world: World) -> Walk:
    return applying_for(alice, world, world.product("SYMANTEC", Type.OV_SSL_CERT))


def test_several_names_one_a_line(several: Walk, world: World) -> None:
    several.take("csr")
    lines = "b.newname.org\r\n\r\n*.c.newname.org\r\n"
    several.take("domain", domain="a.newname.org", more=lines)
    assert "b.newname.org" in several.get("domain").content.decode()
    several.take("contact", **FACTS)
    several.post("review", **ACCEPTED)
    assert sent_in(several).sans == ["a.newname.org", "b.newname.org", "*.c.newname.org"]
    world.later(seconds=30)
    asked = challenges_of(sent_in(several))
    assert sorted(each.domain for each in asked) == sorted(sent_in(several).sans)
    page = page_of(several.client, several.certificate)
    assert all(each.value in page for each in asked)


def test_every_wrong_line_is_told_at_once(several: Walk) -> None:
    several.take("csr")
    lines = "b.newname.org\n\nwrong_name.org\n\n*.*.d.org"
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
        ("a.newname.org\n" * 251, "domain.too_many"),
        ("*.b.newname.org\n*.c.newname.org", "domain.too_many_wildcards"),
    ],
)
def test_the_names_are_counted(several: Walk, lines: str, code: str) -> None:
    several.take("csr")
    answer = several.post("domain", domain="a.newname.org", more=lines, method="DNS")
    assert errors(answer) == {"more": [code]}


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("wrong_name.org", ["csr.name_underscore"]),
        (
            "wrong_name.org\nc.newname.org\nd.newname.org\ne.newname.org",
            ["csr.name_underscore", "domain.too_many"],
        ),
    ],
)
def test_a_wrong_name_counts_as_the_one_that_it_will_be(
    several: Walk, lines: str, found: list[str]
) -> None:
    several.take("csr")
    answer = several.post("domain", domain="a.newname.org", more=lines, method="DNS")
    assert errors(answer) == {"more": found}
    if len(found) == 2:
        assert "It asks for 5 names; your product holds 4." in words(answer.content.decode())


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

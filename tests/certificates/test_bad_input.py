"""Bad names and addresses: the same code at every door, nothing kept, nothing broken."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from certificates.applications import Application
from certificates.catalogue import DomainType, Type
from certificates.help import topic_path
from pki.names import MAX_LABEL, MAX_NAME, canonical
from tests.cast import World
from tests.certificates.test_commands import run
from tests.certificates.wizarding import FACTS, Walk, applying_for, errors
from tests.pki.forged_requests import dns, named
from verification import challenge_names
from verification.methods.cname import target
from verification.methods.dns import record_name

pytestmark = pytest.mark.django_db

LONG = ("x" * 49 + ".") * 6 + "com"  # 303 characters
BAD = {
    "exam ple.com": "csr.name_character",
    "-example.com": "csr.name_character",
    "www..example.com": "csr.name_empty_label",
    "my_shop.example.com": "csr.name_underscore",
    "xn--a.com": "csr.bad_idn",
    "ab--c.com": "csr.bad_idn",
    "co.uk": "csr.public_suffix",
    "1.0.0.127.in-addr.arpa": "csr.name_reverse_zone",
    "8.b.d.0.1.0.0.2.ip6.arpa": "csr.name_reverse_zone",
    "shop.local": "csr.internal_name",
    "hidden.onion": "csr.name_onion",
    "example.com\u202e": "csr.bad_idn",
    "exam\x07ple.com": "csr.name_character",
    "a.com\r\nb.com": "csr.name_character",
    "a.com\0.b.com": "csr.nul",
    LONG: "csr.name_too_long",
    "x" * 100_000: "csr.name_too_long",
}
# The longest names that fit, and with the record's label before them do not.
FITS = ("x" * 60 + ".") * 3 + "y" * 57 + ".com"
TOO_LONG = ("x" * 60 + ".") * 3 + "y" * 58 + ".com"


@pytest.fixture(autouse=True)
def _outside(settings: Settings) -> None:
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"


@pytest.fixture
def walk(alice: Client, world: World) -> Walk:
    found = Walk(alice, world.bought(), "apply")
    found.take("csr")
    return found


@pytest.fixture
def several(alice: Client, world: World) -> Walk:
    product = world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN)
    found = applying_for(alice, world, product, domain_count=4, wildcard_count=1)
    found.take("csr")
    return found


@pytest.mark.parametrize(("name", "code"), BAD.items(), ids=map(ascii, range(len(BAD))))
def test_the_wizard_tells_it_at_its_field(walk: Walk, name: str, code: str) -> None:
    answer = walk.post("domain", domain=name, method="DNS")
    assert errors(answer) == {"domain": [code]}
    (sentence,) = answer.context["form"].errors["domain"]  # type: ignore[attr-defined]
    assert sentence.isprintable()
    assert len(sentence) < 400
    assert topic_path(code)
    assert not Application.objects.exists()


def test_an_additional_name_is_told_with_its_line(several: Walk) -> None:
    answer = several.post("domain", domain="a.newname.org", more=f"b.org\n{LONG}", method="DNS")
    assert errors(answer) == {"more": ["csr.name_too_long"]}
    (sentence,) = answer.context["form"].errors["more"]  # type: ignore[attr-defined]
    assert sentence.startswith("Line 2: The name xxx")
    assert len(sentence) < 250


@pytest.mark.parametrize(("name", "code"), BAD.items(), ids=map(ascii, range(len(BAD))))
def test_the_commands_tell_the_same(world: World, name: str, code: str) -> None:
    bought, issued = world.bought(), world.issued()
    contact = ("--contact-name", "Alice", "--contact-email", "alice@acme.example")
    sent = run("apply", bought.pk, *contact, "--accept-statements", f"--domain={name}")
    assert (sent.code, sent.codes) == (2, [code])
    assert len(sent.err) < 500
    sent = run("reissue", issued.pk, "--accept-statements", f"--domain={name}")
    assert (sent.code, sent.codes) == (2, [code])
    if code != "csr.internal_name":  # a network of one's own may be looked at
        sent = run("diagnose", "--method", "DNS", "--value", "v", "--", name)
        assert (sent.code, sent.codes) == (2, [code])


def test_an_additional_name_of_the_command(world: World) -> None:
    product = world.product("SYMANTEC", Type.OV_SSL_CERT, DomainType.MULTI_DOMAIN)
    bought = world.bought(product)
    names = ("--domain", "a.newname.org", f"--san={LONG}")
    sent = run("apply", bought.pk, "--accept-statements", *names)
    assert "csr.name_too_long" in sent.codes
    assert "Line 1: The name xxx" in sent.err


def test_a_record_that_would_not_fit_is_told_before(walk: Walk, world: World) -> None:
    assert (len(record_name(FITS)), len(record_name(TOO_LONG))) == (MAX_NAME, MAX_NAME + 1)
    for method in ("DNS", "CNAME"):
        answer = walk.post("domain", domain=TOO_LONG, method=method)
        assert errors(answer)["method"] == ["name.challenge_too_long"]
    answer = walk.post("domain", domain=TOO_LONG, method="FILE")
    assert answer.status_code == 302
    sent = run("diagnose", TOO_LONG, "--method", "DNS", "--value", "v")
    assert (sent.code, sent.codes) == (2, ["name.challenge_too_long"])
    assert run("diagnose", FITS, "--method", "DNS", "--value", "v").code == 3


@pytest.mark.parametrize("length", [1, 32, 33, 64, 200, 217, 218, 300])
def test_the_target_of_an_alias_fits_or_is_told(length: int, world: World) -> None:
    """Below dcv.pki.example.com, which with its dots takes 20 of the 253 characters."""
    value = "v" * length
    to = target(value)
    assert "".join(to.removesuffix(".dcv.pki.example.com").split(".")) == value
    assert all(0 < len(label) <= MAX_LABEL for label in to.split("."))
    fits = len(to) <= MAX_NAME
    assert fits == (length < 226)
    assert (challenge_names.problem("a.newname.org", "CNAME", value=value) is None) == fits
    if not fits:
        sent = run("diagnose", "a.newname.org", "--method", "CNAME", "--value", value)
        assert (sent.code, sent.codes) == (2, ["name.challenge_too_long"])
        assert "would lead to a name of" in sent.err


def test_a_portal_whose_own_name_leaves_no_room_for_an_alias_says_so(
    walk: Walk, settings: Settings
) -> None:
    settings.PKI_HOST = "p." * 90 + "example.com"  # 191
    answer = walk.post("domain", domain="a.newname.org", method="CNAME")
    assert errors(answer)["method"] == ["name.challenge_too_long"]
    assert walk.post("domain", domain="a.newname.org", method="DNS").status_code == 302


def test_a_mailbox_that_would_not_fit_is_told_before() -> None:
    host = "x." * 115 + "example.com"  # 241
    assert challenge_names.problem(host, "EMAIL", "admin") is None
    found = challenge_names.problem(host, "EMAIL", "administrator")
    assert found is not None
    assert found.code == "name.mailbox_too_long"


LABEL = st.text("abcxyz019", min_size=1, max_size=63)


@given(st.lists(LABEL, min_size=1, max_size=12), st.booleans(), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_record_fits_or_is_told(labels: list[str], is_wildcard: bool, is_www: bool) -> None:
    host = ".".join([*(["www"] if is_www else []), *labels, "com"])
    if len(host) > MAX_NAME:
        return
    name = canonical(f"*.{host}" if is_wildcard else host)
    found = challenge_names.problem(name, "DNS")
    assert (found is None) == (len(record_name(name)) <= MAX_NAME)
    assert found is None or len(found.message) < 400


def test_the_wizard_says_that_people_will_look(walk: Walk, world: World) -> None:
    walk.take("domain", domain="аpple.newname.org")
    page = walk.page("domain")
    assert "mixes letters of several scripts (Cyrillic, Latin)" in page
    assert "stands in the certificate as xn--pple-43d.newname.org" in page
    walk.take("contact", **FACTS)
    page = walk.page("review")
    assert "The staff of GeoTrust look at the names." in page
    assert "name.mixed_scripts" in page


ADDRESSES = {
    '"a\x01b"@acme.example': "_control_character",
    "alice\u202e@acme.example": "_control_character",
    "alice\u200b@acme.example": "_control_character",
    "alice@acme.example\r\nBcc: eve@evil.example": "_control_character",
    "alice@acme.example\nBcc: eve@evil.example": "_control_character",
    "alice\0@acme.example": "_control_character",
    "alice@acme.example, eve@evil.example": "_several",
    "alice@acme.example eve@evil.example": "_several",
    "a" * 300 + "@acme.example": "_too_long",
    "alice": "",
    "Alice <alice@acme.example>": "",
}


@pytest.mark.parametrize(("address", "kind"), ADDRESSES.items(), ids=map(str, range(11)))
def test_a_bad_address_is_told_at_each_field(walk: Walk, address: str, kind: str) -> None:
    walk.take("domain", domain="shop.newname.org")
    typed = {"who": "typed", "name": "Alice", "email": address}
    answer = walk.post("contact", **typed, authorizer="same")
    assert errors(answer) == {"email": [f"contact.email{kind}"]}
    typed = {"who": "typed", "name": "Alice", "email": "alice@acme.example"}
    other = {"authorizer": "typed", "authorizer_name": "Bob", "authorizer_email": address}
    answer = walk.post("contact", **{**typed, **other})
    assert errors(answer) == {"authorizer_email": [f"authorizer.email{kind}"]}
    answer = walk.post("contact", **typed, authorizer="same", technical_email=address)
    assert errors(answer) == {"technical_email": [f"technical.email{kind}"]}
    assert topic_path(f"contact.email{kind}")
    assert topic_path(f"authorizer.email{kind}")
    assert topic_path(f"technical.email{kind}")


ASCII = {name: code for name, code in BAD.items() if name.isascii() and len(name) < 1000}


@pytest.mark.parametrize(("name", "code"), ASCII.items(), ids=map(str, range(len(ASCII))))
def test_a_csr_tells_the_same(tmp_path: Path, name: str, code: str) -> None:
    file, out = tmp_path / "bad.csr", io.StringIO()
    file.write_bytes(named(dns(name)))
    with pytest.raises(CommandError):
        call_command("check_csr", str(file), stdout=out)
    assert f"refused {code}: " in out.getvalue()

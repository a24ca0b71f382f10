"""Canonical names, and what the registries' suffixes say about them."""

from __future__ import annotations

import pytest

from pki import names
from pki.names import NameRefused


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("Shop.Example.COM", "shop.example.com"),
        ("shop.example.com.", "shop.example.com"),
        ("*.Example.com", "*.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("bücher。example。", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
        ("com", "com"),
    ],
)
def test_there_is_one_form_of_a_name(given: str, canonical: str) -> None:
    assert names.canonical(given) == canonical
    assert names.canonical(canonical) == canonical


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "csr.name_empty_label"),
        ("a_b.com", "csr.name_underscore"),
        ("a*.com", "csr.wildcard_misuse"),
        ("1.2.3.4", "csr.name_ip"),
    ],
)
def test_what_has_no_canonical_form_says_why(text: str, code: str) -> None:
    with pytest.raises(NameRefused) as refusal:
        names.canonical(text)
    assert refusal.value.finding.code == code
    assert str(refusal.value) == refusal.value.finding.message


@pytest.mark.parametrize(
    ("name", "suffix", "registered"),
    [
        ("shop.example.com", "com", "example.com"),
        ("*.shop.example.co.uk", "co.uk", "example.co.uk"),
        ("customer.github.io", "io", "github.io"),
        ("a.b.foo.ck", "foo.ck", "b.foo.ck"),
        ("www.ck", "ck", "www.ck"),
        ("com", "com", ""),
        ("server.local", "", ""),
    ],
)
def test_suffixes_are_those_of_registries(name: str, suffix: str, registered: str) -> None:
    assert (names.public_suffix(name), names.registered_domain(name)) == (suffix, registered)


def test_a_wildcard_is_its_first_label() -> None:
    assert names.is_wildcard("*.example.com")
    assert not names.is_wildcard("www.example.com")
    assert names.strip_wildcard("*.example.com") == "example.com"
    assert names.strip_wildcard("example.com") == "example.com"


def test_wildcards_are_refused_where_they_may_not_stand() -> None:
    name, findings = names.check_name("*.example.com", wildcard_allowed=False)
    assert (name, [each.code for each in findings]) == (None, ["csr.wildcard_not_allowed"])
    name, findings = names.check_name("*.com", wildcard_allowed=False)
    assert [each.code for each in findings] == ["csr.public_suffix", "csr.wildcard_not_allowed"]


def test_a_sentence_says_what_to_do() -> None:
    _, (finding,) = names.check_name("shop.example.com:443")
    assert finding.message == (
        "shop.example.com:443 ends in a port. A certificate holds for every port: leave away the"
        " colon and what follows."
    )

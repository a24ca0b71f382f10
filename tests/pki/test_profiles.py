"""The rules for leaves that the linters let pass."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from pki import keys, profiles
from pki.keys import KeyAlgorithm
from pki.profiles import Leaf, Level, Subject
from pki.weak_keys import WeakKeys
from tests.pki import small_ca


def codes(leaf: Leaf, weak: WeakKeys | None = None) -> list[str]:
    issuer = small_ca.issuing(leaf.level).certificate
    return [finding.code for finding in profiles.check(leaf, issuer, weak or WeakKeys())]


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("algorithm", list(KeyAlgorithm))
def test_every_level_and_key_may_pass(level: Level, algorithm: KeyAlgorithm) -> None:
    assert codes(small_ca.leaf(level, algorithm=algorithm)) == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), ["leaf.no_names"]),
        (("*.co.uk",), ["csr.public_suffix"]),
        (("co.uk",), ["csr.public_suffix"]),
        (("a.example.com", "a.example.com"), ["leaf.name_twice"]),
        (("A.example.com",), ["leaf.name_not_canonical"]),
        (("a_b.example.com",), ["csr.name_underscore"]),
        (("localhost",), ["csr.internal_name"]),
        (("*.example.com", "example.com"), []),
    ],
)
def test_names_are_judged_again(names: tuple[str, ...], expected: list[str]) -> None:
    assert codes(small_ca.leaf(names=names)) == expected


def test_every_name_is_looked_at_not_the_first_one_many_times() -> None:
    names = ("a.example.com", "a_b.example.com", "*.co.uk")
    assert codes(small_ca.leaf(names=names)) == ["csr.name_underscore", "csr.public_suffix"]


def test_ev_has_no_wildcards() -> None:
    leaf = small_ca.leaf(Level.EV, names=("*.example.com",))
    assert codes(leaf) == ["csr.wildcard_not_allowed"]


@pytest.mark.parametrize(
    ("level", "change", "expected"),
    [
        (Level.OV, {"organization": ""}, ["leaf.subject_organization"]),
        (Level.OV, {"country": ""}, ["leaf.subject_country"]),
        (Level.OV, {"country": "gb"}, ["leaf.subject_country_code"]),
        (Level.OV, {"country": "GBR"}, ["leaf.subject_country_code"]),
        (Level.OV, {"state": "", "locality": " "}, ["leaf.subject_locality"]),
        (Level.OV, {"state": ""}, []),
        (Level.EV, {"serial_number": ""}, ["leaf.subject_serial_number"]),
        (Level.EV, {"jurisdiction_country": ""}, ["leaf.subject_jurisdiction_country"]),
        (Level.EV, {"business_category": "Shop"}, ["leaf.subject_business_category"]),
    ],
)
def test_a_level_demands_its_subject(
    level: Level, change: dict[str, str], expected: list[str]
) -> None:
    subject = replace(small_ca.SUBJECTS[level] or small_ca.COMPANY, **change)
    assert codes(replace(small_ca.leaf(level), subject=subject)) == expected


def test_dv_names_nobody_and_ov_somebody() -> None:
    assert codes(replace(small_ca.leaf(), subject=Subject("A", "GB", "B"))) == [
        "leaf.subject_not_allowed"
    ]
    assert codes(replace(small_ca.leaf(Level.OV), subject=None)) == [
        "leaf.subject_organization",
        "leaf.subject_country",
        "leaf.subject_locality",
    ]


def test_one_second_too_long_is_too_long() -> None:
    leaf = small_ca.leaf()
    assert codes(leaf) == []
    assert codes(replace(leaf, not_after=leaf.not_after + timedelta(seconds=1))) == [
        "leaf.too_long"
    ]


def test_a_leaf_does_not_outlive_its_issuer_and_does_not_end_before_it_starts() -> None:
    leaf = small_ca.leaf()
    end = small_ca.issuing(Level.DV).certificate.not_valid_after_utc
    late = replace(leaf, not_before=end - timedelta(days=1), not_after=end + timedelta(days=1))
    assert codes(late) == ["leaf.outlives_issuer"]
    assert codes(replace(leaf, not_after=leaf.not_before)) == ["leaf.ends_early"]


def test_known_weak_keys_are_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    x = key.public_numbers().x
    digest = hashlib.sha256(x.to_bytes(32, "big")).hexdigest()
    leaf = replace(small_ca.leaf(), spki_der=keys.spki_der(key))
    assert codes(leaf) == []
    assert codes(leaf, WeakKeys(frozenset({digest}))) == ["csr.weak_key"]

"""Anchors as they are written in settings and in files."""

from __future__ import annotations

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from verification.network import GuardedNetwork, network_from_settings
from verification.trust_anchors import closest, parse_anchors

DS = "20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"
KEY = (
    "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKG"
    "Q=="
)


@pytest.mark.parametrize(
    ("text", "zones"),
    [
        ("", []),
        (f". IN DS {DS}", ["."]),
        (f". DS {DS}", ["."]),
        (f".\t172800\tIN\tDS\t{DS}", ["."]),
        (f". in ds {DS.lower()}", ["."]),
        (f"; the root\n\n. IN DS {DS} ; of 2017\n", ["."]),
        (f". IN DS {DS}, example.com. IN DNSKEY {KEY}", [".", "example.com."]),
        (f". IN DS {DS}\nexample.com IN DNSKEY {KEY} ;{{id = 1}}", [".", "example.com."]),
    ],
)
def test_zone_file_lines_are_read(text: str, zones: list[str]) -> None:
    assert [anchor.zone.to_text() for anchor in parse_anchors(text)] == zones


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("twenty", "entry 1 is neither"),
        (".", "entry 1 is neither"),
        (". IN A 192.0.2.1", "entry 1 is neither"),
        (". IN DS", "entry 1 cannot be read as DS"),
        (f". IN DS {DS}, . IN DS 1 2", "entry 2 cannot be read as DS"),
        (". IN DS 1 8 2 xyz", "entry 1 cannot be read"),
        (". IN DNSKEY 257 3 8 %%%", "entry 1 cannot be read as DNSKEY"),
        (f"{'a' * 64}. IN DS {DS}", "entry 1 cannot be read"),
    ],
)
def test_what_is_no_anchor_is_refused_by_its_place(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_anchors(text)


@given(st.text(max_size=60))
def test_any_text_is_anchors_or_a_value_error(text: str) -> None:
    told = ""
    try:
        parse_anchors(text)
    except ValueError as error:
        told = str(error)
    assert told == "" or told.startswith("entry ")


def test_the_nearest_anchor_counts() -> None:
    anchors = parse_anchors(f". IN DS {DS}, example.com IN DS {DS}")
    name = dns.name.from_text("www.example.com")
    assert closest(anchors, name) == dns.name.from_text("example.com")
    assert closest(anchors, dns.name.from_text("example.net")) == dns.name.root
    assert closest(anchors[1:], dns.name.from_text("example.net")) is None


def test_the_settings_name_the_anchors(settings: Settings) -> None:
    settings.DNSSEC_TRUST_ANCHORS = f". IN DS {DS}"
    network = network_from_settings()
    assert network.policy.anchors == parse_anchors(f". IN DS {DS}")
    settings.VERIFICATION_RESOLVERS = ["127.0.0.1:53"]
    settings.VERIFICATION_PERSPECTIVES = ["paris=127.0.0.2", "tokyo=127.0.0.3"]
    beside = network_from_settings().perspectives["paris"]
    assert isinstance(beside, GuardedNetwork)
    assert beside.policy.anchors == network.policy.anchors

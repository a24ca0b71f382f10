"""The names at which a name may be proved: up to the registered domain, never past it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pki.authorization import authorization_names, covers
from pki.names import public_suffix, registered_domain


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("example.com", ["example.com"]),
        ("*.example.com", ["example.com"]),
        ("a.b.example.com", ["a.b.example.com", "b.example.com", "example.com"]),
        ("*.b.example.co.uk", ["b.example.co.uk", "example.co.uk"]),
        ("www.co.uk", ["www.co.uk"]),
        ("co.uk", ["co.uk"]),
        ("host.internal", ["host.internal"]),
        ("192.0.2.1", ["192.0.2.1"]),
    ],
)
def test_where_a_name_may_be_proved(name: str, places: list[str]) -> None:
    assert list(authorization_names(name)) == places


def test_a_neighbour_and_a_likeness_are_not_covered() -> None:
    assert covers("example.com", "a.b.example.com")
    assert not covers("example.com", "badexample.com")
    assert not covers("a.example.com", "example.com")
    assert not covers("co.uk", "shop.co.uk")
    assert not covers("com", "example.com")


LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
SUFFIX = st.sampled_from(["com", "org", "co.uk", "com.au", "de", "github.io", "nothing", "ck"])
NAME = st.builds(
    lambda wild, labels, suffix: ("*." if wild else "") + ".".join([*labels, suffix]),
    st.booleans(),
    st.lists(LABEL, max_size=5),
    SUFFIX,
)


@given(NAME)
def test_every_place_is_the_name_or_above_it_and_below_a_suffix(name: str) -> None:
    places = authorization_names(name)
    host = name.removeprefix("*.")
    assert places[0] == host
    for place in places:
        assert host == place or host.endswith("." + place)
    if registered_domain(host):
        assert places[-1] == registered_domain(host)
        assert public_suffix(host) not in places
    else:
        assert places == (host,)


@given(NAME.filter(registered_domain))
def test_who_covers_a_name_covers_what_is_below_it(name: str) -> None:
    host = name.removeprefix("*.")
    for place in authorization_names(name):
        assert covers(place, f"below.{host}")
        assert covers(place, f"*.{host}")


@given(NAME.filter(registered_domain), NAME.filter(registered_domain))
def test_two_registered_domains_never_cover_each_other(first: str, second: str) -> None:
    assume(registered_domain(first) != registered_domain(second))
    assert not set(authorization_names(first)) & set(authorization_names(second))

"""Which names a CSR may ask for, and what comes out of it."""

from __future__ import annotations

import ipaddress

import pytest

from pki import csr
from pki.der import wrap
from tests.pki.forged_requests import common_name, dns, named, pem, request, vector

SHOP = dns("shop.example.com")


def refusals(data: bytes, product: csr.Product | None = None) -> list[str]:
    checked = csr.check(data, product=product)
    found = [each.code for each in checked.findings if each.severity == "refused"]
    assert checked.ok is (not found)
    return found


def only_common_name(text: str) -> bytes:
    return pem(request(subject=common_name(text), attributes=b""))


BAD = [
    ("a\0.example.com", "csr.nul"),
    ("shop.example.com\0.evil.com", "csr.nul"),
    ("192.0.2.1", "csr.name_ip"),
    ("10.0.0.1", "csr.name_ip"),
    ("2001:db8::1", "csr.name_ip"),
    ("[2001:db8::1]", "csr.name_ip"),
    ("*.192.0.2.1", "csr.name_ip"),
    ("https://shop.example.com/", "csr.name_url"),
    ("shop.example.com/path", "csr.name_url"),
    ("shop.example.com:443", "csr.name_port"),
    ("webmaster@example.com", "csr.name_email"),
    ("shop_1.example.com", "csr.name_underscore"),
    ("_dmarc.example.com", "csr.name_underscore"),
    ("x" * 64 + ".example.com", "csr.name_label_too_long"),
    ("abcdefgh." * 28 + "example.com", "csr.name_too_long"),
    ("shop..example.com", "csr.name_empty_label"),
    (".example.com", "csr.name_empty_label"),
    ("-shop.example.com", "csr.name_character"),
    ("shop-.example.com", "csr.name_character"),
    ("my shop.example.com", "csr.name_character"),
    ("shop.example.com,www.example.com", "csr.name_character"),
    ("facebookcorewwwi.onion", "csr.name_onion"),
    ("1.2.0.192.in-addr.arpa", "csr.name_reverse_zone"),
    ("8.b.d.0.1.0.0.2.ip6.arpa", "csr.name_reverse_zone"),
    ("*", "csr.wildcard_misuse"),
    ("a.*.example.com", "csr.wildcard_misuse"),
    ("*.*.example.com", "csr.wildcard_misuse"),
    ("www*.example.com", "csr.wildcard_misuse"),
    ("*www.example.com", "csr.wildcard_misuse"),
    ("*.com", "csr.public_suffix"),
    ("*.co.uk", "csr.public_suffix"),
    ("co.uk", "csr.public_suffix"),
    ("*.xn--55qx5d.cn", "csr.public_suffix"),
    ("server.local", "csr.internal_name"),
    ("intranet", "csr.internal_name"),
    ("host.internal", "csr.internal_name"),
    ("nas.lan", "csr.internal_name"),
    ("app.localhost", "csr.internal_name"),
    ("printer.home.arpa", "csr.internal_name"),
    ("shop.example", "csr.internal_name"),
    ("xn--a.example.com", "csr.bad_idn"),
    ("xn--n3h.example.com", "csr.bad_idn"),
    ("ab--cd.example.com", "csr.bad_idn"),
    ("xn--bcher-KVA9.example.com", "csr.bad_idn"),
]


@pytest.mark.parametrize(("name", "code"), BAD)
def test_a_bad_alternative_name_is_refused(name: str, code: str) -> None:
    checked = csr.check(named(dns(name)))
    assert [each.code for each in checked.findings] == [code]
    assert checked.names == ()


@pytest.mark.parametrize(("name", "code"), BAD)
def test_a_bad_common_name_alone_is_refused(name: str, code: str) -> None:
    checked = csr.check(only_common_name(name))
    assert [each.code for each in checked.findings] == [code]
    assert checked.names == ()


@pytest.mark.parametrize(
    "name",
    [
        "example.com",
        "demo.example.net",
        "*.example.net",
        "*.demo.example.net",
        "shop.newname.org",
        "a.b.c.d.e.example.com",
        "1.example.com",
        "x" * 63 + ".example.com",
        "customer.github.io",
        "xn--bcher-kva.example.com",
        "www.ck",
        "3com.com",
        "xn--bcher-kva.xn--fiqs8s",
    ],
)
def test_names_of_the_public_dns_are_taken_as_they_are(name: str) -> None:
    checked = csr.check(named(dns(name)))
    assert (checked.ok, checked.names, checked.findings) == (True, (name,), ())


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("github.io", "name.private_suffix"),
        ("*.github.io", "name.private_suffix"),
        ("xn--pple-43d.com", "name.mixed_scripts"),
    ],
)
def test_names_that_people_look_at_first_are_taken_with_a_note(name: str, code: str) -> None:
    checked = csr.check(named(dns(name)))
    assert (checked.ok, checked.names) == (True, (name,))
    assert [(each.code, each.severity) for each in checked.findings] == [(code, "note")]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("bücher.example.com", "xn--bcher-kva.example.com"),
        ("BÜCHER.Example.COM", "xn--bcher-kva.example.com"),
        ("straße.example.com", "xn--strae-oqa.example.com"),
        ("*.bücher.example.com", "*.xn--bcher-kva.example.com"),
        ("shop.example.com.", "shop.example.com"),
        ("公司.example.cn", "xn--55qx5d.example.cn"),
    ],
)
def test_a_common_name_is_rewritten_to_its_canonical_form_with_a_note(
    given: str, name: str
) -> None:
    checked = csr.check(only_common_name(given))
    assert (checked.ok, checked.names) == (True, (name,))
    assert [(each.code, each.params["name"]) for each in checked.findings] == [
        ("csr.name_rewritten", name)
    ]


def test_a_name_in_capitals_is_the_same_name() -> None:
    checked = csr.check(named(dns("Shop.EXAMPLE.com")))
    assert (checked.names, checked.findings) == (("shop.example.com",), ())


def test_openssl_writes_a_u_label_and_the_certificate_gets_an_a_label() -> None:
    assert csr.check(vector("u_label.pem")).names == ("xn--bcher-kva.example.com",)


@pytest.mark.parametrize("name", ["☃.example.com", "\u202eabc.example.com", "٣a.example.com"])
def test_signs_that_idna_does_not_know_are_refused(name: str) -> None:
    assert refusals(only_common_name(name)) == ["csr.bad_idn"]


def test_letters_beyond_ascii_have_no_place_in_an_alternative_name() -> None:
    assert refusals(named(dns("bücher.example.com"))) == ["csr.bad_idn"]


@pytest.mark.parametrize(
    ("tag", "encoding"), [(0x0C, "utf-8"), (0x13, "ascii"), (0x1E, "utf-16-be"), (0x14, "latin-1")]
)
def test_a_common_name_is_read_in_each_type_of_string(tag: int, encoding: str) -> None:
    subject = common_name("shop.example.com", tag, encoding)
    checked = csr.check(pem(request(subject=subject, attributes=b"")))
    assert (checked.ok, checked.names) == (True, ("shop.example.com",))


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ([wrap(0x87, ipaddress.ip_address("192.0.2.1").packed)], "csr.name_ip"),
        ([wrap(0x87, ipaddress.ip_address("2001:db8::1").packed)], "csr.name_ip"),
        ([wrap(0x87, b"abc")], "csr.name_ip"),
        ([wrap(0x86, b"https://shop.example.com/")], "csr.name_uri"),
        ([wrap(0x81, b"webmaster@example.com")], "csr.name_email"),
        ([wrap(0x88, b"\x2a\x03")], "csr.name_type"),
        ([wrap(0xA4, wrap(0x30))], "csr.name_type"),
        ([wrap(0x82, b"")], "csr.name_empty_label"),
    ],
)
def test_other_kinds_of_names_are_refused_also_beside_good_ones(
    names: list[bytes], code: str
) -> None:
    assert refusals(named(*names)) == [code]
    assert refusals(named(SHOP, *names)) == [code]


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("san_ip.pem", ["csr.name_ip", "csr.name_ip"]),
        ("san_uri.pem", ["csr.name_uri"]),
        ("san_email.pem", ["csr.name_email"]),
        ("no_name.pem", ["csr.no_name"]),
    ],
)
def test_requests_of_openssl_for_what_is_no_host(name: str, codes: list[str]) -> None:
    assert refusals(vector(name)) == codes


def test_an_empty_list_of_names_is_no_name() -> None:
    assert refusals(named()) == ["csr.no_name"]
    assert refusals(pem(request(attributes=b""))) == ["csr.no_name"]


def test_every_fault_is_told() -> None:
    data = named(dns("a_b.example.com"), SHOP, dns("server.local"), dns("192.0.2.1"))
    checked = csr.check(data)
    assert [each.code for each in checked.findings] == [
        "csr.name_underscore",
        "csr.internal_name",
        "csr.name_ip",
    ]
    assert checked.names == ("shop.example.com",)


@pytest.mark.parametrize("text", ["My Shop Ltd.", "shop", "Müller & Söhne", "https://x.example/"])
def test_a_common_name_that_is_no_host_beside_alternative_names_is_a_note(text: str) -> None:
    checked = csr.check(named(SHOP, subject=common_name(text)))
    assert (checked.ok, checked.names) == (True, ("shop.example.com",))
    assert [(each.severity, each.code) for each in checked.findings] == [
        ("note", "csr.common_name_ignored")
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("192.0.2.1", "csr.name_ip"),
        ("2001:db8::1", "csr.name_ip"),
        ("server.local", "csr.internal_name"),
        ("*.com", "csr.public_suffix"),
        ("x\0y", "csr.nul"),
    ],
)
def test_a_common_name_that_is_meant_as_a_host_is_judged_beside_alternative_names(
    text: str, code: str
) -> None:
    assert refusals(named(SHOP, subject=common_name(text))) == [code]


def test_a_common_name_that_is_also_an_alternative_name_counts_once_and_first() -> None:
    data = named(dns("www.example.com"), SHOP, subject=common_name("shop.example.com"))
    checked = csr.check(data)
    assert (checked.names, checked.findings) == (("shop.example.com", "www.example.com"), ())


def test_a_common_name_that_is_no_alternative_name_is_one_more_name() -> None:
    data = named(dns("www.example.com"), subject=common_name("shop.example.com"))
    assert csr.check(data).names == ("shop.example.com", "www.example.com")


def test_duplicates_are_folded_with_a_note() -> None:
    data = named(SHOP, dns("SHOP.example.com"), dns("www.example.com"), dns("shop.example.com."))
    checked = csr.check(data, product="multi")
    assert checked.ok
    assert checked.names == ("shop.example.com", "www.example.com")
    assert [each.code for each in checked.findings] == ["csr.name_rewritten", "csr.duplicate_name"]
    assert checked.findings[1].params == {"names": "shop.example.com"}


def test_duplicates_do_not_make_a_single_name_two() -> None:
    assert refusals(named(SHOP, SHOP), "single") == []


@pytest.mark.parametrize(
    ("product", "count", "codes"),
    [
        ("single", 1, []),
        ("single", 2, ["csr.too_many_names"]),
        ("wildcard", 2, ["csr.too_many_names"]),
        ("multi", 1, []),
        ("multi", 250, []),
        ("multi", 251, ["csr.too_many_names"]),
        (None, 250, []),
        (None, 251, ["csr.too_many_names"]),
    ],
)
def test_each_product_takes_so_many_names(
    product: csr.Product | None, count: int, codes: list[str]
) -> None:
    data = named(*(dns(f"host{number}.example.com") for number in range(count)))
    assert refusals(data, product) == codes


@pytest.mark.parametrize(
    ("product", "codes"),
    [("single", ["csr.wildcard_not_allowed"]), ("wildcard", []), ("multi", []), (None, [])],
)
def test_wildcards_stand_where_the_product_takes_them(
    product: csr.Product | None, codes: list[str]
) -> None:
    assert refusals(named(dns("*.example.com")), product) == codes


def test_a_wildcard_product_does_not_ask_for_a_wildcard() -> None:
    assert refusals(named(SHOP), "wildcard") == []

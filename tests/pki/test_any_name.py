"""Whatever stands in a field for a name: one canonical form, or a finding with a known code."""

from __future__ import annotations

import re
import time

import idna
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pki import held_names, names
from pki.findings import Finding, is_refused
from pki.names import NameRefused

CODES = {
    "csr.nul",
    "csr.name_url",
    "csr.name_email",
    "csr.name_ip",
    "csr.name_port",
    "csr.wildcard_misuse",
    "csr.name_label_too_long",
    "csr.name_too_long",
    "csr.name_empty_label",
    "csr.name_underscore",
    "csr.name_character",
    "csr.bad_idn",
    "csr.name_onion",
    "csr.name_reverse_zone",
    "csr.internal_name",
    "csr.public_suffix",
    "csr.name_rewritten",
}
LDH = re.compile(
    r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)
LONGEST_SENTENCE = 500

LETTERS = st.sampled_from(
    "abcxyz019-_.*@/:\\ \t\n\0\x7fàüßſαаяא1１。．﹒․\u200d\u200c\u00ad\u202e\u0301日ー한ا٠"
)
PARTS = st.sampled_from(
    [
        "xn--",
        "xn--bcher-kva",
        "ab--c",
        "*.",
        "www.",
        ".com",
        ".co.uk",
        ".github.io",
        ".onion",
        ".in-addr.arpa",
        ".ip6.arpa",
        ".local",
        "example",
        "https://",
        ":443",
        "bücher",
        "пример",
    ]
)
WRITTEN = st.lists(LETTERS | PARTS | st.characters(), max_size=40).map("".join)
LONG = st.tuples(WRITTEN, st.integers(1, 400)).map(lambda both: (both[0] * both[1])[:20_000])


def refusal(text: str) -> Finding | None:
    try:
        names.canonical(text)
    except NameRefused as refused:
        return refused.finding
    return None


@given(st.text() | WRITTEN | LONG)
@example("１.２.３.４")
@example("bücher。.")
@example("*.bücher..")
@example("ü" * 58 + ".com")
@example("ü" * 300)
@example("＊.example.com")
@example("xn--xn--bcher-kva-abc.com")
def test_any_text_has_a_form_or_a_fault(text: str) -> None:
    host, findings = names.check_name(text)
    assert {each.code for each in findings} <= CODES
    assert (host is None) == is_refused(findings)
    for each in findings:
        assert len(each.message) < LONGEST_SENTENCE
        assert each.message.isprintable()
    if (fault := refusal(text)) is not None:
        assert fault.code in CODES
        return
    form = names.canonical(text)
    assert LDH.fullmatch(form)
    assert len(names.strip_wildcard(form)) <= 253
    assert names.canonical(form) == form
    for each in held_names.reasons(form):  # never an error, whatever the form holds
        assert each.message.isprintable()


@given(st.text(st.characters(categories=["Ll", "Lo", "Lm", "Nd"]), min_size=1, max_size=12))
def test_letters_and_their_a_label_name_the_same_host(label: str) -> None:
    if refusal(f"{label}.example.com") is not None:
        return
    form = names.canonical(f"{label}.example.com")
    shown = ".".join(map(held_names.in_letters, form.split(".")))
    assert names.canonical(shown) == form
    assert idna.encode(shown).decode() == form


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=58))
def test_an_a_label_is_taken_only_as_it_would_be_made(rest: str) -> None:
    label = f"xn--{rest}"
    if refusal(f"{label}.com") is None:
        assert idna.alabel(idna.ulabel(label)).decode() == label


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("xn--a.com", "csr.bad_idn"),  # does not decode
        ("xn--example-.com", "csr.name_character"),
        ("xn--ls8h.la", "csr.bad_idn"),  # decodes to a picture, which IDNA 2008 does not take
        ("xn--u-ccb.com", "csr.bad_idn"),  # u and its dots apart, which are written as one letter
        ("ab--c.com", "csr.bad_idn"),
        ("1.0.0.127.in-addr.arpa", "csr.name_reverse_zone"),
        ("*.8.b.d.0.1.0.0.2.ip6.arpa", "csr.name_reverse_zone"),
        ("in-addr.arpa", "csr.name_reverse_zone"),
        ("ip6.arpa", "csr.name_reverse_zone"),
        ("router.home.arpa", "csr.internal_name"),
        ("arpa", "csr.public_suffix"),
        ("abc.onion", "csr.name_onion"),
        ("printer.local", "csr.internal_name"),
        ("db.internal", "csr.internal_name"),
        ("localhost", "csr.internal_name"),
        ("co.uk", "csr.public_suffix"),
        ("*.co.uk", "csr.public_suffix"),
        ("１.２.３.４", "csr.name_ip"),
        ("example.com\u202e", "csr.bad_idn"),
        ("exam\nple.com", "csr.name_character"),
        ("a.b\x7fc.com", "csr.name_character"),
        ("ü" * 58 + ".com", "csr.name_label_too_long"),
        ("ü" * 50 + ("." + "ü" * 50) * 4 + ".com", "csr.name_too_long"),
        ("x" * 300 + ".com", "csr.name_label_too_long"),
        (("x" * 49 + ".") * 6 + "com", "csr.name_too_long"),
        ("x." * 50_000 + "com", "csr.name_too_long"),
    ],
)
def test_each_fault_has_its_code(text: str, code: str) -> None:
    host, findings = names.check_name(text)
    assert (host, [each.code for each in findings]) == (None, [code])


@pytest.mark.parametrize(
    "text", ["x" * 10**6, "ü" * 10**6, "." * 10**6, ":1" * 10**6, "*." * 10**6]
)
def test_a_huge_text_is_told_at_once_and_shortly(text: str) -> None:
    began = time.perf_counter()
    _host, findings = names.check_name(text)
    assert time.perf_counter() - began < 20
    assert [each.code for each in findings] == ["csr.name_too_long"]
    assert len(findings[0].message) < 300


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("аpple.com", ["name.mixed_scripts"]),  # the first letter is Cyrillic
        ("www.gοοgle.com", ["name.mixed_scripts"]),  # Greek omicrons
        ("日本аб.com", ["name.mixed_scripts"]),
        ("пример.рф", []),
        ("пример.com", []),  # each label by itself
        ("пример-1.com", []),
        ("日本語のドメインabc.com", []),
        ("한국abc.com", []),
        ("中文ㄅㄆ.com", []),
        ("한국の.com", ["name.mixed_scripts"]),
        ("bücher.de", []),
        ("فارسی۱۲.com", []),
        ("github.io", ["name.private_suffix"]),
        ("*.github.io", ["name.private_suffix"]),
        ("blogspot.com", ["name.private_suffix"]),
        ("*.blogspot.com", ["name.private_suffix"]),
        ("me.github.io", []),
        ("*.me.github.io", []),
        ("www.example.com", []),
    ],
)
def test_what_people_look_at(text: str, codes: list[str]) -> None:
    host, findings = names.check_name(text)
    assert host is not None
    assert not is_refused(findings)
    assert [each.code for each in held_names.reasons(host)] == codes


def test_the_reason_shows_the_letters() -> None:
    (reason,) = held_names.reasons("xn--pple-43d.com")
    assert "xn--pple-43d.com (аpple.com)" in reason.message
    assert "(Cyrillic, Latin)" in reason.message

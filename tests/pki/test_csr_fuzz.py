"""Whatever the bytes are: an answer, never an exception, and soon."""

from __future__ import annotations

import time

from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pki import csr, keys, names, strict_der
from pki.keys import KeyAlgorithm
from pki.pem import request_bytes
from pki.strict_der import Element, NotStrict
from tests.pki.forged_requests import VECTORS, pem, vector

SEEDS = sorted(path.name for path in VECTORS.glob("*.pem"))
REQUESTS = [name for name in SEEDS if name != "certificate.pem"]

# Timings belong to test_an_ordinary_csr_is_judged_in_no_time, not to a deadline of hypothesis.
steady = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow], database=None
)


def answers(data: bytes) -> csr.CheckedCsr:
    """Check, and hold what every answer promises."""
    checked = csr.check(data)
    refused = [each for each in checked.findings if each.severity == "refused"]
    assert checked.ok is (not refused)
    assert all(each.code.startswith("csr.") and each.message for each in checked.findings)
    if checked.ok:
        assert checked.names
        assert checked.der is not None
        assert x509.load_der_x509_csr(checked.der).is_signature_valid
        assert all(names.canonical(name) == name for name in checked.names)
        assert checked.public_key is not None
    return checked


@st.composite
def mutations(draw: st.DrawFn, data: bytes) -> bytes:
    """A few octets changed, put in, or taken out."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(changed) - 1, 0)))
        how = draw(st.sampled_from(["change", "flip", "insert", "delete", "repeat"]))
        if how == "change":
            changed[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
        elif how == "flip":
            changed[at : at + 1] = bytes([changed[at] ^ 1 << draw(st.integers(0, 7))])
        elif how == "insert":
            changed[at:at] = draw(st.binary(min_size=1, max_size=8))
        elif how == "delete":
            del changed[at : at + draw(st.integers(1, 8))]
        else:
            changed[at:at] = changed[at : at + 40]
    return bytes(changed)


@steady
@given(st.binary(max_size=600))
def test_random_bytes(data: bytes) -> None:
    answers(data)


@steady
@given(st.binary(min_size=1, max_size=600))
def test_random_bytes_in_armour(data: bytes) -> None:
    assert not answers(pem(data)).ok


@steady
@given(st.data())
def test_changed_text_of_real_requests(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(SEEDS))
    answers(data.draw(mutations(vector(name))))


@steady
@given(st.data())
def test_changed_bytes_of_real_requests(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(REQUESTS))
    answers(pem(data.draw(mutations(request_bytes(vector(name))))))


@steady
@given(st.data())
def test_one_element_of_a_real_request_exchanged_for_another(data: st.DataObject) -> None:
    elements = tree(strict_der.read(request_bytes(vector(data.draw(st.sampled_from(REQUESTS))))))
    whole, old = elements[0], data.draw(st.sampled_from(elements))
    new = data.draw(st.sampled_from(elements))
    answers(pem(exchange(whole, old, new.encoded)))


def tree(element: Element) -> list[Element]:
    return [element, *(below for part in element.parts for below in tree(part))]


def exchange(whole: Element, old: Element, new: bytes) -> bytes:
    """`whole` with the octets of one element exchanged and every length around it set right."""
    if whole is old:
        return new
    if not whole.parts:
        return whole.encoded
    content = b"".join(exchange(part, old, new) for part in whole.parts)
    size = len(content)
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    length = bytes([size]) if size < 0x80 else bytes([0x80 | len(octets)]) + octets
    return bytes([whole.tag]) + length + content


@steady
@given(st.text(max_size=80))
def test_any_text_as_a_name(text: str) -> None:
    name, findings = names.check_name(text)
    assert (name is None) is any(each.severity == "refused" for each in findings)
    assert all(each.message for each in findings)
    if name is not None:
        assert names.check_name(name) == (name, [])


@steady
@given(st.text(alphabet="abxn-*_.:/@\0é公。ß1９", max_size=40))
def test_any_text_of_the_signs_that_matter_as_a_name(text: str) -> None:
    for candidate in (text, text + ".com", "xn--" + text + ".de", "*." + text + ".org"):
        name, _ = names.check_name(candidate)
        if name is not None:
            assert names.check_name(name) == (name, [])
            assert name.isascii()


@steady
@given(st.binary(max_size=200))
def test_strict_der_is_read_whole_or_not_at_all(data: bytes) -> None:
    try:
        element = strict_der.read(data)
    except NotStrict:
        return
    assert element.encoded == data
    assert exchange(element, Element(0, b"", b"", ()), b"") == data


def test_an_ordinary_csr_is_judged_in_no_time() -> None:
    data = vector("p256.pem")
    csr.check(data)
    started = time.perf_counter()
    for _ in range(20):
        csr.check(data)
    assert (time.perf_counter() - started) / 20 < 0.5


def test_the_largest_hostile_lists_are_judged_soon() -> None:
    key = keys.generate(KeyAlgorithm.EC_P256)
    many = csr.build(key, [f"a{number}.b_c" for number in range(900)])
    started = time.perf_counter()
    checked = csr.check(pem(many))
    assert time.perf_counter() - started < 20
    assert len(checked.findings) == 900

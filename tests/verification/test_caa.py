"""RFC 8659 against a real DNS server on loopback."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dns_server import LoopbackDns
from verification import caa, caa_records
from verification.dictionary import DictionaryNetwork
from verification.network import CaaAnswer, CaaRecord, DnsStatus, GuardedNetwork, Policy

US = ("ca1.example.net", "ca.example.org")

Records = list[tuple[int, str, str]]


def judged(records: Records, domain: str = "example.com") -> tuple[bool, str]:
    base = domain.removeprefix("*.")
    network = DictionaryNetwork(caa={base: [CaaRecord(*record) for record in records]})
    verdict = caa.judge(domain, US, network)
    return verdict.allowed, verdict.problem.code if verdict.problem else ""


ALLOWED = (True, "")
FORBIDDEN = (False, "caa.forbids")
WILD = (False, "caa.forbids_wildcard")
UNKNOWN = (False, "caa.unknown_critical")

ISSUE_VALUES = {
    "ca1.example.net": ALLOWED,
    "CA1.Example.NET": ALLOWED,
    "ca.example.org": ALLOWED,
    " \tca1.example.net\t ": ALLOWED,
    "ca1.example.net;": ALLOWED,
    "ca1.example.net; ": ALLOWED,
    "ca1.example.net; policy=ev": ALLOWED,
    "ca1.example.net; a=1; b = 2": ALLOWED,
    "ca1.example.net;a=": ALLOWED,
    "ca1.example.net; account=230123": ALLOWED,
    ";": FORBIDDEN,
    "": FORBIDDEN,
    " ; ": FORBIDDEN,
    "; policy=ev": FORBIDDEN,
    "ca2.example.net": FORBIDDEN,
    "evil-ca1.example.net": FORBIDDEN,
    "ca1.example.net.evil.example": FORBIDDEN,
    "%%%%%": FORBIDDEN,
    "ca1.example.net.": FORBIDDEN,
    "ca1.example.net ca2.example.net": FORBIDDEN,
    "ca1.example.net policy=ev": FORBIDDEN,
    "ca1.example.net; policy": FORBIDDEN,
    "ca1.example.net; =ev": FORBIDDEN,
    "ca1.example.net; policy=e v": FORBIDDEN,
    "ca1.example.net; a=1;": FORBIDDEN,
    "ca1.example.net;; a=1": FORBIDDEN,
    "ca1.example.net, ca2.example.net": FORBIDDEN,
    "-ca1.example.net": FORBIDDEN,
    "ca1..example.net": FORBIDDEN,
    "https://ca1.example.net": FORBIDDEN,
    "ca1.example.net; accounturi=https://acme.example/1": (False, "caa.account"),
    "ca1.example.net; ValidationMethods=dns-01": (False, "caa.method"),
    "ca1.example.net\\x00": FORBIDDEN,
}


@pytest.mark.parametrize(("value", "expected"), ISSUE_VALUES.items())
def test_an_issue_value_permits_us_only_when_it_is_well_formed_and_names_us(
    value: str, expected: tuple[bool, str]
) -> None:
    assert judged([(0, "issue", value)]) == expected


CASES: dict[str, tuple[str, Records, tuple[bool, str]]] = {
    "no record": ("example.com", [], ALLOWED),
    "one of several names us": (
        "example.com",
        [(0, "issue", "other.example"), (0, "issue", "ca1.example.net")],
        ALLOWED,
    ),
    "a malformed one beside ours": (
        "example.com",
        [(0, "issue", "%%%"), (0, "issue", "ca1.example.net")],
        ALLOWED,
    ),
    "nobody beside ours": (
        "example.com",
        [(0, "issue", ";"), (0, "issue", "ca1.example.net")],
        ALLOWED,
    ),
    "tags are folded": ("example.com", [(0, "ISSUE", "other.example")], FORBIDDEN),
    "a report address only": ("example.com", [(0, "iodef", "mailto:a@b.example")], ALLOWED),
    "mail certificates only": ("example.com", [(128, "issuemail", ";")], ALLOWED),
    "an unknown tag": ("example.com", [(0, "tbs", "unknown")], ALLOWED),
    "an unknown critical tag": ("example.com", [(128, "tbs", "unknown")], UNKNOWN),
    "critical among other bits": ("example.com", [(0xFF, "tbs", "unknown")], UNKNOWN),
    "another bit is not critical": ("example.com", [(0x7F, "tbs", "unknown")], ALLOWED),
    "unknown critical beside ours": (
        "example.com",
        [(0, "issue", "ca1.example.net"), (128, "tbs", "unknown")],
        UNKNOWN,
    ),
    "issue may be critical": ("example.com", [(128, "issue", "ca1.example.net")], ALLOWED),
    "issuewild says nothing of plain names": ("example.com", [(0, "issuewild", ";")], ALLOWED),
    "issuewild does not permit plain names": (
        "example.com",
        [(0, "issue", ";"), (0, "issuewild", "ca1.example.net")],
        FORBIDDEN,
    ),
    "issue holds for wildcards": ("*.example.com", [(0, "issue", "ca1.example.net")], ALLOWED),
    "issue forbids wildcards": ("*.example.com", [(0, "issue", ";")], FORBIDDEN),
    "issuewild goes before issue": (
        "*.example.com",
        [(0, "issue", "ca1.example.net"), (0, "issuewild", ";")],
        WILD,
    ),
    "issuewild permits where issue does not": (
        "*.example.com",
        [(0, "issue", ";"), (0, "issuewild", "ca1.example.net")],
        ALLOWED,
    ),
    "a malformed issuewild goes before issue": (
        "*.example.com",
        [(0, "issue", "ca1.example.net"), (0, "issuewild", "%%%")],
        WILD,
    ),
}


@pytest.mark.parametrize(("domain", "records", "expected"), CASES.values(), ids=CASES.keys())
def test_record_sets(domain: str, records: Records, expected: tuple[bool, str]) -> None:
    assert judged(records, domain) == expected


def test_the_climb_ends_at_the_first_name_with_records(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish("b.example.com", "CAA", (0, "issue", "ca1.example.net"))
    dns_server.publish("example.com", "CAA", (0, "issue", ";"))
    verdict = caa.judge("a.b.example.com", US, network)
    assert verdict.allowed
    assert verdict.evidence["found_at"] == "b.example.com"
    assert [one["name"] for one in verdict.evidence["asked"]] == [
        "a.b.example.com",
        "b.example.com",
    ]


def test_the_climb_goes_up_to_the_top_level_domain_and_not_to_the_root(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    assert caa.judge("*.a.example.com", US, network).allowed
    assert [one.name for one in dns_server.asked] == ["a.example.com", "example.com", "com"]


def test_a_record_of_a_top_level_domain_counts(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish("com", "CAA", (0, "issue", ";"))
    assert not caa.judge("a.example.com", US, network).allowed


@pytest.mark.parametrize("follows", [True, False])
def test_a_cname_is_followed_for_the_name_asked(follows: bool) -> None:
    with LoopbackDns(follows=follows) as server:
        server.publish("www.example.com", "CNAME", "host.example.net")
        server.publish("host.example.net", "CAA", (0, "issue", ";"))
        server.publish("example.com", "CAA", (0, "issue", "ca1.example.net"))
        verdict = caa.judge("www.example.com", US, guarded(server))
    assert verdict.problem is not None
    assert verdict.problem.code == "caa.forbids"
    assert verdict.evidence["asked"][0]["chain"] == ["host.example.net"]
    assert verdict.evidence["found_at"] == "host.example.net"


BESIDE_AN_ALIAS = {
    "caa.forbids": (0, "issue", ";"),
    "caa.forbids_wildcard": (0, "issuewild", ";"),
    "caa.unknown_critical": (128, "tbs", "unknown"),
    "caa.account": (0, "issue", f"{US[0]}; accounturi=https://acme.example/1"),
    "caa.method": (0, "issue", f"{US[0]}; validationmethods=dns-01"),
}


@pytest.mark.parametrize(("code", "record"), BESIDE_AN_ALIAS.items())
def test_the_line_is_for_where_an_alias_leads(code: str, record: tuple[int, str, str]) -> None:
    """Nothing can stand beside a CNAME (RFC 1034 3.6.2)."""
    name = "www.example.com"
    with LoopbackDns() as server:
        server.publish(name, "CNAME", "edge.example.net")
        server.publish("edge.example.net", "CNAME", "host.example.net")
        server.publish("host.example.net", "CAA", record)
        asked = f"*.{name}" if code == "caa.forbids_wildcard" else name
        verdict = caa.judge(asked, US, guarded(server), account="https://ca/7", method="DNS")
    assert verdict.problem is not None
    assert verdict.problem.code == code
    assert verdict.problem.fix.startswith("host.example.net. CAA 0 ")
    assert f"{name}. CAA" not in verdict.problem.message
    assert "www.example.com leads to that name as an alias (CNAME)" in verdict.problem.message
    assert "ask whoever runs host.example.net to publish it" in verdict.problem.message


def test_the_parents_of_a_cname_target_do_not_count() -> None:
    with LoopbackDns() as server:
        server.publish("www.example.com", "CNAME", "host.example.net")
        server.publish("host.example.net", "A", "203.0.113.1")
        server.publish("example.net", "CAA", (0, "issue", ";"))
        assert caa.judge("www.example.com", US, guarded(server)).allowed
        assert server.questions("example.net", "CAA") == 0


@pytest.mark.parametrize("how", ["SERVFAIL", "TIMEOUT", "BOGUS", "REFUSED", "GARBAGE", "REFERRAL"])
@pytest.mark.parametrize("where", ["a.example.com", "example.com", "com"])
def test_a_look_up_that_fails_permits_nothing_and_may_be_tried_again(
    dns_server: LoopbackDns, network: GuardedNetwork, how: str, where: str
) -> None:
    dns_server.fail(where, how)
    verdict = caa.judge("a.example.com", US, network)
    assert verdict.problem is not None
    assert (verdict.allowed, verdict.retryable) == (False, True)
    # A resolver that knows nothing of the whole top level is ours to mend.
    is_ours = where == "com" and how != "BOGUS"
    assert verdict.problem.code == ("caa.resolver" if is_ours else "caa.unreachable")
    assert where in verdict.problem.message


def test_a_climb_that_takes_too_long_is_given_up_and_may_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(caa, "LONGEST_CLIMB", 0.2)

    class Slow(DictionaryNetwork):
        def caa(self, name: str) -> CaaAnswer:
            time.sleep(0.05)
            return super().caa(name)

    verdict = caa.judge("a." * 40 + "example.com", US, Slow())
    assert (verdict.allowed, verdict.retryable) == (False, True)
    assert len(verdict.evidence["asked"]) < 10


def test_a_failure_above_the_records_does_not_matter(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish("example.com", "CAA", (0, "issue", "ca1.example.net"))
    dns_server.fail("com", "SERVFAIL")
    assert caa.judge("a.example.com", US, network).allowed


def test_a_refusal_says_where_what_and_which_record_to_publish(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish("example.com", "CAA", (0, "issue", "other.example"))
    verdict = caa.judge("shop.example.com", US, network)
    assert verdict.problem is not None
    assert verdict.problem.message == (
        "The CAA records at example.com let only others sign for shop.example.com "
        '(issue “other.example”). Publish there: example.com. CAA 0 issue "ca1.example.net"'
    )
    assert not verdict.retryable


def test_a_refusal_of_a_wildcard_names_the_wildcard_tag() -> None:
    network = DictionaryNetwork(caa={"example.com": [CaaRecord(0, "issuewild", ";")]})
    verdict = caa.judge("*.example.com", US, network)
    assert verdict.problem is not None
    assert verdict.problem.message.endswith('example.com. CAA 0 issuewild "ca1.example.net"')


def test_a_failing_dictionary_answers_as_a_failing_network() -> None:
    network = DictionaryNetwork(statuses={"example.com": DnsStatus.SERVFAIL})
    verdict = caa.judge("example.com", US, network)
    assert verdict.retryable
    assert verdict.evidence["marked"] == "demo"


def test_evidence_is_bounded_and_printable(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    hostile = [(0, f"x{number}", "y" * 500) for number in range(60)]
    dns_server.publish("example.com", "CAA", *hostile, (0, "issue", "\x1b[2J"))
    dns_server.fail("example.com", "TRUNCATED")
    verdict = caa.judge("example.com", US, network)
    kept = json.dumps(verdict.evidence)
    assert len(kept) < 8000
    assert "\\u001b" not in kept
    assert not verdict.allowed


@given(st.text(alphabet=st.characters(min_codepoint=0, max_codepoint=0x24F), max_size=60))
def test_reading_a_value_never_fails_and_yields_only_names(value: str) -> None:
    read = caa_records.issuer(value)
    if read is not None and read[0]:
        assert all(label and label.isalnum() for label in read[0].replace("-", "").split("."))
        assert read[0] == read[0].lower()


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 128]),
            st.sampled_from(["issue", "issuewild", "iodef", "tbs"]),
            st.sampled_from(["ca1.example.net", "other.example", ";", "%%%"]),
        ),
        max_size=5,
    ),
    st.booleans(),
)
def test_more_issue_records_for_others_never_permit_more(records: Any, wild: bool) -> None:
    domain = "*.example.com" if wild else "example.com"
    before = judged(records, domain)[0]
    tag = "issuewild" if wild else "issue"
    after = judged([*records, (0, tag, "other.example")], domain)[0]
    assert before or not after


def guarded(server: LoopbackDns) -> GuardedNetwork:
    return GuardedNetwork(Policy(resolvers=((server.host, server.port),), dns_try=0.3))

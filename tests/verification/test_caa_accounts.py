"""RFC 8657: records that bind us to an account or to ways of proof."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dns_server import LoopbackDns
from verification import caa, caa_records
from verification.caa import CaaVerdict
from verification.caa_records import METHOD_LABELS
from verification.dictionary import DictionaryNetwork
from verification.network import CaaRecord, GuardedNetwork

CA = "ca.example.net"
OURS = "https://pki.example.net/ca/account/7"
THEIRS = "https://pki.example.net/ca/account/70"


def judged(
    *values: str, domain: str = "example.com", tag: str = "issue", method: str = "DNS"
) -> CaaVerdict:
    records = [CaaRecord(0, tag, value) for value in values]
    network = DictionaryNetwork(caa={domain.removeprefix("*."): records})
    return caa.judge(domain, [CA], network, account=OURS, method=method)


def code(verdict: CaaVerdict) -> str:
    return verdict.problem.code if verdict.problem else ""


ACCOUNT, METHOD, OTHER = "caa.account", "caa.method", "caa.forbids"
RULES: dict[str, tuple[Sequence[str], str]] = {
    "no parameter": ([CA], ""),
    "our account": ([f"{CA}; accounturi={OURS}"], ""),
    "the tag is folded": ([f"{CA}; AccountURI={OURS}"], ""),
    "blanks around the sign": ([f"{CA};accounturi\t= {OURS} "], ""),
    "another account": ([f"{CA}; accounturi={THEIRS}"], ACCOUNT),
    "the URI is compared letter by letter": ([f"{CA}; accounturi={OURS.upper()}"], ACCOUNT),
    "not its beginning": ([f"{CA}; accounturi={OURS[:-1]}"], ACCOUNT),
    "an empty account": ([f"{CA}; accounturi="], ACCOUNT),
    "our account twice": ([f"{CA}; accounturi={OURS}; accounturi={OURS}"], ACCOUNT),
    "our account and another": ([f"{CA}; accounturi={OURS}; accounturi={THEIRS}"], ACCOUNT),
    "our account at another CA": ([f"other.example; accounturi={OURS}"], OTHER),
    "our method": ([f"{CA}; validationmethods=ca-dns-txt"], ""),
    "our method among others": ([f"{CA}; validationmethods=dns-01,ca-dns-txt,x"], ""),
    "another method": ([f"{CA}; validationmethods=dns-01"], METHOD),
    "no method": ([f"{CA}; validationmethods="], METHOD),
    "a label is compared letter by letter": ([f"{CA}; validationmethods=CA-DNS-TXT"], METHOD),
    "blanks in the list": ([f"{CA}; validationmethods=dns-01, ca-dns-txt"], OTHER),
    "an empty label": ([f"{CA}; validationmethods=ca-dns-txt,,x"], METHOD),
    "a last comma": ([f"{CA}; validationmethods=ca-dns-txt,"], METHOD),
    "an underscore in a label": ([f"{CA}; validationmethods=ca-dns-txt,a_b"], METHOD),
    "our method twice": (
        [f"{CA}; validationmethods=ca-dns-txt; validationmethods=ca-dns-txt"],
        METHOD,
    ),
    "both fit": ([f"{CA}; validationmethods=ca-dns-txt; accounturi={OURS}"], ""),
    "the account fits, the method does not": (
        [f"{CA}; accounturi={OURS}; validationmethods=ca-file"],
        METHOD,
    ),
    "the method fits, the account does not": (
        [f"{CA}; accounturi={THEIRS}; validationmethods=ca-dns-txt"],
        ACCOUNT,
    ),
    "neither fits": ([f"{CA}; accounturi={THEIRS}; validationmethods=ca-file"], ACCOUNT),
    "an unknown parameter": ([f"{CA}; accounturi={OURS}; policy=ev"], ""),
    "a malformed parameter": ([f"{CA}; accounturi={OURS}; policy"], OTHER),
    "one of several fits": (
        [f"{CA}; accounturi={THEIRS}", f"{CA}; validationmethods=x", f"{CA}; accounturi={OURS}"],
        "",
    ),
    "two halves make no whole": (
        [
            f"{CA}; accounturi={OURS}; validationmethods=ca-file",
            f"{CA}; accounturi={THEIRS}; validationmethods=ca-dns-txt",
        ],
        METHOD,
    ),
    "an open one beside a bound one": ([f"{CA}; accounturi={THEIRS}", CA], ""),
    "a bound one of ours says more than others": (
        ["other.example", f"{CA}; accounturi={THEIRS}"],
        ACCOUNT,
    ),
}


@pytest.mark.parametrize(("values", "expected"), RULES.values(), ids=RULES.keys())
def test_what_a_record_binds_must_fit_whole(values: Sequence[str], expected: str) -> None:
    verdict = judged(*values)
    assert (verdict.allowed, code(verdict), verdict.retryable) == (not expected, expected, False)


@pytest.mark.parametrize(("method", "label"), METHOD_LABELS.items())
def test_every_method_has_a_label_of_its_own(method: str, label: str) -> None:
    assert label.startswith("ca-")
    for other in METHOD_LABELS:
        verdict = judged(f"{CA}; validationmethods={label}", method=other)
        assert verdict.allowed is (other == method)


def test_without_an_account_or_a_method_nothing_bound_permits() -> None:
    for bound in (f"accounturi={OURS}", "accounturi=", "validationmethods=ca-file"):
        network = DictionaryNetwork(caa={"example.com": [CaaRecord(0, "issue", f"{CA}; {bound}")]})
        assert not caa.judge("example.com", [CA], network).allowed


def test_issuewild_binds_wildcards_as_issue_does() -> None:
    bound = f"{CA}; accounturi={THEIRS}"
    assert code(judged(bound, domain="*.example.com", tag="issuewild")) == ACCOUNT
    assert judged(bound, tag="issuewild").allowed


def test_the_record_that_decided_is_kept() -> None:
    deciding = {"flags": 0, "tag": "issue", "value": f"{CA}; accounturi={OURS}"}
    verdict = judged("other.example", f"{CA}; accounturi={OURS}")
    assert verdict.evidence["decided_by"] == deciding
    assert (verdict.evidence["account"], verdict.evidence["method"]) == (OURS, "ca-dns-txt")
    refused = judged("other.example", f"{CA}; validationmethods=ca-file")
    assert refused.evidence["decided_by"]["value"] == f"{CA}; validationmethods=ca-file"
    assert judged("other.example").evidence["decided_by"]["value"] == "other.example"
    assert "decided_by" not in judged().evidence


def test_a_refused_account_is_told_with_the_record_to_paste(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    value = f"{CA}; accounturi={THEIRS}; validationmethods=ca-file"
    dns_server.publish("example.com", "CAA", (0, "issue", value))
    verdict = caa.judge("shop.example.com", [CA], network, account=OURS, method="DNS")
    assert verdict.problem is not None
    assert verdict.problem.code == ACCOUNT
    assert verdict.problem.message == (
        f"The CAA record issue “{value}” at example.com does not permit your account, so that no "
        "certificate for shop.example.com may be signed for it. Publish beside it, so "
        "that both accounts are permitted: "
        f'example.com. CAA 0 issue "{CA}; accounturi={OURS}; '
        'validationmethods=ca-file,ca-dns-txt"'
    )


def test_a_refused_method_is_told_with_the_record_to_paste() -> None:
    verdict = judged(f"{CA}; validationmethods=ca-file,dns-01", domain="*.example.com")
    assert verdict.problem is not None
    assert verdict.problem.message == (
        f"The CAA record issue “{CA}; validationmethods=ca-file,dns-01” at example.com does not "
        "permit the way in which *.example.com is proved (ca-dns-txt). Choose a way that it "
        "names, or publish there instead: "
        f'example.com. CAA 0 issue "{CA}; validationmethods=ca-file,dns-01,ca-dns-txt"'
    )


KEPT = {
    "labels that are not ours": (
        "validationmethods=http-01,ca-file,x-1",
        "validationmethods=http-01,ca-file,x-1,ca-dns-txt",
    ),
    "another account's ways": (
        f"accounturi={THEIRS}; validationmethods=ca-dns-txt,x-1",
        f"accounturi={OURS}; validationmethods=ca-dns-txt,x-1",
    ),
    "other parameters": (
        f"policy=ev; accounturi={THEIRS}; note=",
        f"policy=ev; accounturi={OURS}; note=",
    ),
    "what stands there twice": (
        f"x=1; accounturi={THEIRS}; x=2",
        f"x=1; accounturi={OURS}; x=2",
    ),
    "the account that fits": (
        f"accounturi={OURS}; validationmethods=x",
        f"accounturi={OURS}; validationmethods=x,ca-dns-txt",
    ),
    "nothing malformed": ("validationmethods=x,,y", "validationmethods=ca-dns-txt"),
    "a sign that is escaped": (
        f'note=a"b\\c; accounturi={THEIRS}',
        f'note=a\\"b\\\\c; accounturi={OURS}',
    ),
}


@pytest.mark.parametrize(("bound", "kept"), KEPT.values(), ids=KEPT.keys())
def test_the_corrected_record_keeps_all_else_that_it_said(bound: str, kept: str) -> None:
    problem = judged(f"{CA}; {bound}").problem
    assert problem is not None
    assert problem.fix == f'example.com. CAA 0 issue "{CA}; {kept}"'


def test_of_a_very_long_record_only_what_binds_is_repeated() -> None:
    problem = judged(f"{CA}; note={'x' * 300}; accounturi={THEIRS}").problem
    assert problem is not None
    assert problem.fix == f'example.com. CAA 0 issue "{CA}; accounturi={OURS}"'


HOSTILE = st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x17F), max_size=60)
PARAMETER = st.one_of(
    st.sampled_from(
        [f"accounturi={OURS}", f"accounturi={THEIRS}", "validationmethods=ca-file,ca-dns-txt"]
    ),
    st.sampled_from(["validationmethods=,", "accounturi", "policy=ev", ""]),
    HOSTILE,
)


@given(st.lists(PARAMETER, max_size=4))
def test_parameters_only_ever_forbid(parameters: list[str]) -> None:
    value = "; ".join([CA, *parameters])
    verdict = judged(value)
    if verdict.allowed:  # then it says nothing that does not fit, whatever else it says
        read = caa_records.issuer(value)
        assert read is not None
        assert [said for tag, said in read[1] if tag == "accounturi"] in ([], [OURS])
        methods = [said for tag, said in read[1] if tag == "validationmethods"]
        assert not methods or "ca-dns-txt" in methods[0].split(",")
    else:
        assert verdict.problem is not None
        assert len(verdict.problem.message) < 1000


@given(st.lists(PARAMETER, max_size=4))
def test_the_record_that_we_tell_to_paste_permits(parameters: list[str]) -> None:
    verdict = judged("; ".join([CA, *parameters]))
    if verdict.problem is not None:
        line = verdict.problem.fix.removeprefix('example.com. CAA 0 issue "').removesuffix('"')
        assert judged(line.replace('\\"', '"').replace("\\\\", "\\")).allowed


@given(
    st.lists(st.tuples(st.from_regex(r"\A[a-z0-9]{1,9}\Z"), st.from_regex(r"\A[!-:<-~]{0,20}\Z")))
)
def test_well_formed_parameters_are_read_as_they_stand(said: list[tuple[str, str]]) -> None:
    value = "; ".join([CA, *(f"{tag}={text}" for tag, text in said)])
    assert caa_records.issuer(value) == (CA, tuple(said))

"""A wildcard record that answers at the name of a proof: nothing stands there, nothing goes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.sightings import Sought, what_was_seen
from tests.dns_server import LoopbackDns
from verification.causes import Turn
from verification.diagnosis import Diagnosis, diagnose
from verification.dictionary import DictionaryNetwork
from verification.methods import CHECKERS, cname
from verification.network import DnsAnswer, DnsStatus, GuardedNetwork
from verification.outcome import Question
from verification.precheck import precheck
from verification.wildcards import LENGTH, made_up_beside

NOW = datetime(2026, 11, 24, 9, 50, 0, tzinfo=UTC)
VALUE = "20261124k3p9x0q8z7w6v5u4t3s2r1q0p9o8n7m6l5k4j3i2h1g0f9e8d7c6b5a4"
EARLIER = "20261001" + "z" * 56
AT = "_dnsauth.example.com"
MADE_UP = re.compile(rf"[a-z]{{{LENGTH}}}")
WHERE = Mapping[str, Sequence[str]]


class Counting(DictionaryNetwork):
    """The dictionary, which knows what it was asked, and may fall silent at names made up."""

    silent = False

    def __init__(self, txt: WHERE, aliases: Mapping[str, str]) -> None:
        super().__init__(txt=txt, cname=aliases)
        self.asked: list[str] = []

    def txt(self, name: str) -> DnsAnswer:
        return self._told(super().txt(name))

    def cname(self, name: str) -> DnsAnswer:
        return self._told(super().cname(name))

    def _told(self, answer: DnsAnswer) -> DnsAnswer:
        self.asked.append(answer.name)
        if self.silent and MADE_UP.fullmatch(answer.name.partition(".")[0]):
            return DnsAnswer(answer.name, answer.rtype, DnsStatus.TIMEOUT)
        return answer

    @property
    def made_up(self) -> list[str]:
        return [name for name in self.asked if MADE_UP.fullmatch(name.partition(".")[0])]


def look(
    network: DictionaryNetwork | GuardedNetwork,
    method: str = "DNS",
    domain: str = "example.com",
    earlier: tuple[str, ...] = (),
) -> Diagnosis:
    outcome = CHECKERS[method](Question(domain, VALUE, earlier), network, NOW)
    return diagnose(domain, method, VALUE, outcome, NOW)


ANY_ALIAS = {"*.example.com": "other.host.example"}
ANY_TEXT = {"*.example.com": ["v=spf1 -all"], "example.com": ["of the domain itself"]}


@pytest.mark.parametrize(
    ("method", "txt", "aliases", "found"),
    [
        ("DNS", {"example.com": ["self"]}, ANY_ALIAS, "CNAME “other.host.example”"),
        (
            "DNS",
            {"example.com": ["self"], "other.host.example": ["there"]},
            ANY_ALIAS,
            "CNAME “other.host.example”",
        ),
        (
            "DNS",
            {"example.com": ["self"], "other.host.example": [EARLIER]},
            ANY_ALIAS,
            "CNAME “other.host.example”",
        ),
        ("DNS", ANY_TEXT, {}, "TXT “v=spf1 -all”"),
        ("DNS", ANY_TEXT | {"*.example.com": [EARLIER]}, {}, f"TXT “{EARLIER}”"),
        ("CNAME", {"example.com": ["self"]}, ANY_ALIAS, "CNAME “other.host.example”"),
        (
            "CNAME",
            {"example.com": ["self"]},
            {"*.example.com": cname.target(EARLIER)},
            f"CNAME “{cname.target(EARLIER)[:40]}",
        ),
    ],
)
def test_what_a_wildcard_answers_is_not_told_to_stand_at_the_name(
    method: str, txt: WHERE, aliases: Mapping[str, str], found: str
) -> None:
    asked = Counting(txt, aliases)
    said = look(asked, method, earlier=(EARLIER,))
    assert (said.cause, said.turn) == ("dns.absent", Turn.YOU)
    assert said.sentence.startswith(
        f"No record stands at {AT} itself: the wildcard record *.example.com answers there ({found}"
    )
    assert "which may stay." in said.sentence
    assert "emove" not in said.sentence
    what = f'TXT "{VALUE}"' if method == "DNS" else f"CNAME {cname.target(VALUE)}."
    assert said.fix == f"{AT}. 600 IN {what}"
    assert len(asked.made_up) == 1
    (row,) = [row for row in said.evidence if row.get("made_up")]
    assert row["asked"].startswith(f"{asked.made_up[0]} ")
    assert row["seen"] or row["chain"]


def test_a_wildcard_text_is_no_text_beside_which_an_alias_cannot_stand() -> None:
    asked = Counting(ANY_TEXT, {})
    said = look(asked, "CNAME")
    assert said.cause == "dns.absent"
    assert "a wildcard record of the zone answers there (TXT “v=spf1 -all”)" in said.sentence
    assert "Publish a CNAME at exactly this name that leads to" in said.sentence
    assert len(asked.made_up) == 1


def test_which_wildcard_it_is_is_told_only_where_that_is_sure() -> None:
    """shop.example.com does not exist itself, so that the wildcard stands further up."""
    said = look(Counting({"example.com": ["self"]}, ANY_ALIAS), domain="shop.example.com")
    assert said.cause == "dns.absent"
    assert "*." not in said.sentence
    assert "a wildcard record of the zone answers there" in said.sentence
    below = {"shop.example.com": ["self"], "*.shop.example.com": ["for all below"]}
    said = look(Counting(below, ANY_ALIAS), domain="shop.example.com")
    assert "the wildcard record *.shop.example.com answers there" in said.sentence
    # The same is said of the name above ours: by itself, or by the wildcard too.
    same = {"shop.example.com": ["for all"], "*.shop.example.com": ["for all"]}
    assert "of the zone" in look(Counting(same, {}), domain="shop.example.com").sentence


def test_a_wildcard_does_not_reach_below_a_name_that_exists() -> None:
    asked = Counting({"shop.example.com": ["self"]}, ANY_ALIAS)
    assert look(asked, domain="shop.example.com").cause == "dns.nxdomain"
    assert asked.made_up == []


@pytest.mark.parametrize(
    ("method", "txt", "aliases", "cause"),
    [
        ("DNS", {}, {AT: "other.host.example"}, "dns.cname_conflict"),
        ("DNS", {AT: ["other"]}, {}, "dns.wrong_value"),
        ("DNS", {AT: [EARLIER]}, {}, "dns.stale_value"),
        ("DNS", {AT: ["other"]}, ANY_ALIAS, "dns.wrong_value"),
        ("DNS", {AT: ["other"], "*.example.com": ["for all"]}, {}, "dns.wrong_value"),
        ("DNS", {}, ANY_ALIAS | {AT: "another.host.example"}, "dns.cname_conflict"),
        ("CNAME", {AT: ["other"]}, {}, "dns.cname_conflict"),
        ("CNAME", {}, ANY_ALIAS | {AT: "another.host.example"}, "dns.wrong_value"),
        ("CNAME", {}, {AT: cname.target(EARLIER)}, "dns.stale_value"),
    ],
)
def test_what_stands_at_the_name_itself_is_told_as_before(
    method: str, txt: WHERE, aliases: Mapping[str, str], cause: str
) -> None:
    asked = Counting(txt, aliases)
    assert look(asked, method, earlier=(EARLIER,)).cause == cause
    assert len(asked.made_up) == 1


@pytest.mark.parametrize(
    ("txt", "aliases", "cause"),
    [
        ({}, ANY_ALIAS, "dns.cname_conflict"),
        ({"*.example.com": ["other"]}, {}, "dns.wrong_value"),
        ({"*.example.com": [EARLIER]}, {}, "dns.stale_value"),
    ],
)
def test_no_answer_to_the_comparison_leaves_the_cause(
    txt: WHERE, aliases: Mapping[str, str], cause: str
) -> None:
    asked = Counting(txt, aliases)
    asked.silent = True
    assert look(asked, earlier=(EARLIER,)).cause == cause
    assert len(asked.made_up) == 1


def test_what_cannot_change_the_cause_is_not_asked() -> None:
    for txt in ({AT: [VALUE]}, {AT: [f'"{VALUE}"']}, {f"dnsauth{AT[8:]}": [VALUE]}, {}):
        asked = Counting(txt, {})
        look(asked)
        assert asked.made_up == []


def test_a_record_in_the_wrong_place_is_found_behind_a_wildcard() -> None:
    asked = Counting({"example.com": [VALUE]}, ANY_ALIAS)
    assert look(asked).cause == "dns.wrong_level"


def test_the_value_in_a_wildcard_proves() -> None:
    assert look(Counting({"*.example.com": [VALUE]}, {})).cause == "ok"
    assert look(Counting({}, {"*.example.com": cname.target(VALUE)}), "CNAME").cause == "ok"


def test_an_alias_at_the_name_takes_one_more_question(
    dns_server: LoopbackDns, network: GuardedNetwork
) -> None:
    dns_server.publish(AT, "CNAME", "other.host.example")
    assert look(network).cause == "dns.cname_conflict"
    asked = [one.name for one in dns_server.asked if one.rtype == "TXT"]
    assert asked[0] == AT
    assert len(asked) == 2
    assert MADE_UP.fullmatch(asked[1].removesuffix(".example.com"))


def test_the_page_shows_the_comparison() -> None:
    outcome = CHECKERS["DNS"](Question("example.com", VALUE), Counting({}, ANY_ALIAS), NOW)
    assert outcome.problem is not None
    saw = what_was_seen(outcome.evidence, Sought(outcome.problem.code, AT, VALUE))
    (line,) = [each for each in saw if each.label == "We compared with"]
    assert line.seen == "NXDOMAIN, → other.host.example"
    assert not any(each.wrong or each.wrong_seen for each in saw)


def test_before_it_is_asked_for_a_wildcard_is_in_nobodys_way() -> None:
    asked = Counting({"example.com": ["self"]}, ANY_ALIAS)
    for method, what in (("DNS", "record"), ("CNAME", "alias")):
        seen = precheck("example.com", method, asked)
        assert seen.is_ready
        assert seen.sentence == (
            f"no {what} at {AT} itself yet; a wildcard record of the zone answers there (CNAME"
            f" “other.host.example”). The {what} that you get when the proof is asked for comes"
            " before it."
        )
    assert len(asked.asked) == 4
    seen = precheck("example.com", "DNS", Counting(ANY_TEXT, {}), earlier=("v=spf1 -all",))
    assert seen.is_ready
    assert "answers there (TXT “v=spf1 -all”)" in seen.sentence


def test_before_it_is_asked_for_what_stands_there_is_told_as_before() -> None:
    alias = Counting({}, ANY_ALIAS | {AT: "another.host.example"})
    assert precheck("example.com", "DNS", alias).code == "dns.cname_conflict"
    assert "an alias stands at" in precheck("example.com", "CNAME", alias).sentence
    asked = Counting(ANY_TEXT, ANY_ALIAS)
    asked.silent = True
    assert precheck("example.com", "CNAME", asked).sentence.startswith("an alias stands")
    record = Counting({AT: ["other"]}, {})
    assert precheck("example.com", "DNS", record).sentence.startswith("a record stands at")


def test_a_name_that_is_made_up_cannot_be_foreseen() -> None:
    names = {made_up_beside("_dnsauth.shop.example.com") for _again in range(100)}
    assert len(names) == 100
    assert all(MADE_UP.fullmatch(name.removesuffix(".shop.example.com")) for name in names)


LABELS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4)


@given(LABELS, LABELS, LABELS)
def test_the_dictionary_finds_wildcards_as_the_dns_does(
    wild: list[str], held: list[str], asked: list[str]
) -> None:
    """RFC 4592 3.3.1, said in another way: the closest name above that exists has the wildcard."""
    below, there, name = (".".join([*each, "zone"]) for each in (wild, held, asked))
    seen = DictionaryNetwork(txt={f"*.{below}": ["wild"], there: ["held"]}).txt(name)
    exist = {".".join(parts[at:]) for parts in (f"*.{below}".split("."), there.split("."))
             for at in range(len(parts))}  # fmt: skip
    if name == there:
        assert seen.values == ("held",)
    elif name in exist:
        assert seen.status is DnsStatus.NODATA
    else:
        parts = name.split(".")
        above = next(
            ".".join(parts[at:]) for at in range(len(parts)) if ".".join(parts[at:]) in exist
        )
        assert seen.values == (("wild",) if above == below else ())
        assert seen.status is (DnsStatus.OK if above == below else DnsStatus.NXDOMAIN)


def test_the_dictionary_follows_aliases_and_no_circle() -> None:
    one = DictionaryNetwork(cname={"a.example": "b.example", "b.example": "a.example"})
    assert one.txt("a.example").values == ()
    two = DictionaryNetwork(txt={"b.example": ["x"]}, cname={"a.example": "b.example"})
    seen = two.txt("a.example")
    assert (seen.status, seen.values, seen.chain) == (DnsStatus.OK, ("x",), ("b.example",))

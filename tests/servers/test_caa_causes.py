"""One zone a cause of CAA, on bind9 behind unbound: what `diagnose` says of each.

The record that proves the name stands in these zones, so that CAA alone is in the way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from tests.cast import World
from tests.ports import free_port
from tests.servers.conftest import Servers, impatient
from tests.servers.telling import told
from tests.servers.zones import TARGET, VALUE, CauseZone
from verification.caa import judge
from verification.challenges import Challenge
from verification.dictionary import DictionaryNetwork
from verification.network import CaaRecord, GuardedNetwork
from verification.policy import Perspective

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

CA = "ca1.example.net"
ACCOUNT = "https://pki.example.com/digicert/account/7"
US = ("--identity", CA, "--account", ACCOUNT)


@dataclass(frozen=True)
class Case:
    """`name` has a blank for the zone, `line` is the corrected record below its name."""

    label: str
    name: str
    cause: str
    says: str
    line: str = ""
    turn: str = "YOU"
    status: str = "OK"

    @property
    def zone(self) -> str:
        return CauseZone(self.label).name

    @property
    def fix(self) -> str:
        return f"{self.zone}. CAA 0 {self.line}" if self.line else ""


CASES = [
    Case("caa-other", "www.{}", "caa.forbids", "let only others sign", f'issue "{CA}"'),
    Case("caa-wild", "*.{}", "caa.forbids_wildcard", "CAA 0 issuewild", f'issuewild "{CA}"'),
    Case("caa-critical", "{}", "caa.unknown_critical", "“tbs”", 'tbs "unknown"'),
    Case("caa-account", "{}", "caa.account", "does not permit your account",
         f'issue "{CA}; accounturi={ACCOUNT}"'),
    Case("caa-method", "{}", "caa.method", "is proved (ca-dns-txt)",
         f'issue "{CA}; validationmethods=ca-email,ca-dns-txt"'),
    Case("caa-tampered", "{}", "caa.unreachable", "could not be read (BOGUS)",
         turn="DNS_HOST", status="BOGUS"),
]  # fmt: skip
TESTED = {case.cause for case in CASES} | {"caa.resolver"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.cause)
def test_each_cause_is_named_with_its_turn_and_line(network: GuardedNetwork, case: Case) -> None:
    name = case.name.format(case.zone)
    answer = told(network, name, "DNS", 3, *US)
    assert (answer["cause"], answer["turn"]) == (case.cause, case.turn), answer
    assert case.says in answer["sentence"]
    assert answer["fix"] == case.fix
    assert answer["also"] == []
    rows = {row["asked"]: row for row in answer["evidence"]}
    assert rows[f"{case.zone} CAA"]["status"] == case.status
    verdict = rows[f"CAA verdict on {name}"]
    assert (verdict["status"], verdict["of"]) == (case.cause, case.zone)
    assert (verdict["for"], verdict["account"]) == ([CA], ACCOUNT)
    is_again = case.cause == "caa.unreachable"
    assert bool(verdict["seen"]) is not is_again
    assert (answer["next_check_at"] is not None) is is_again


@pytest.mark.parametrize("case", [each for each in CASES if each.line], ids=lambda case: case.cause)
def test_the_corrected_line_permits(case: Case) -> None:
    tag, _blank, value = case.line.partition(" ")
    mended = DictionaryNetwork(caa={case.zone: [CaaRecord(0, tag, value.strip('"'))]})
    name = case.name.format(case.zone)
    assert judge(name, [CA], mended, account=ACCOUNT, method="DNS").allowed


def test_what_keeps_the_proof_from_being_seen_is_told_first_and_caa_beside_it(
    network: GuardedNetwork,
) -> None:
    answer = told(network, "www.caa-other.example.com", "CNAME", 3, *US)
    assert answer["cause"] == "dns.cname_conflict"
    assert answer["fix"] == f"_dnsauth.caa-other.example.com. 600 IN CNAME {TARGET}."
    (other,) = answer["also"]
    assert (other["cause"], other["turn"]) == ("caa.forbids", "YOU")
    assert other["fix"] == f'caa-other.example.com. CAA 0 issue "{CA}"'


def test_a_zone_that_is_down_keeps_caa_from_being_read_too(network: GuardedNetwork) -> None:
    answer = told(network, "round.servfail.example.com", "DNS", 3, *US)
    assert answer["cause"] == "dns.servfail"
    (other,) = answer["also"]
    assert (other["cause"], other["turn"], other["fix"]) == ("caa.unreachable", "DNS_HOST", "")
    assert "could not be read (SERVFAIL)" in other["sentence"]


@pytest.mark.parametrize("label", ["caa", "fine"])
def test_what_names_us_or_nobody_permits(network: GuardedNetwork, label: str) -> None:
    answer = told(network, f"{label}.example.com", "DNS", 0, *US)
    assert (answer["cause"], answer["next_check_at"], answer["also"]) == ("ok", None, [])
    seen = [f'0 issue "{CA}"'] if label == "caa" else []
    (verdict,) = (row for row in answer["evidence"] if row["asked"].startswith("CAA verdict"))
    assert (verdict["status"], verdict["seen"]) == ("ok", seen)


def test_without_an_account_one_that_is_bound_is_told_as_not_known(network: GuardedNetwork) -> None:
    answer = told(network, "caa-account.example.com", "DNS", 3, "--identity", CA)
    assert answer["cause"] == "caa.account"
    assert "which account asks for caa-account.example.com is not known here" in answer["sentence"]
    assert answer["fix"] == f'caa-account.example.com. CAA 0 issue "{CA}"'


def test_who_asks_is_any_brand_that_is_sold_unless_one_is_named(network: GuardedNetwork) -> None:
    answer = told(network, "caa.example.com", "DNS", 3)
    (verdict,) = (row for row in answer["evidence"] if row["asked"].startswith("CAA verdict"))
    assert {"digicert.com", "globalsign.com", "vtrus.com"} < set(verdict["for"])
    assert (answer["cause"], verdict["permits"]) == ("caa.forbids", [])
    assert "a record of the authority that is to sign, such as: caa.example" in answer["sentence"]
    assert answer["fix"] == 'caa.example.com. CAA 0 issue "digicert.com"'
    answer = told(network, "caa.example.com", "DNS", 3, "--brand", "globalsign")
    assert answer["fix"] == 'caa.example.com. CAA 0 issue "globalsign.com"'
    assert "Publish there: caa.example.com. CAA 0" in answer["sentence"]


def test_a_value_of_an_order_says_itself_who_asks(network: GuardedNetwork) -> None:
    world = World(now=datetime.now(UTC))
    certificate = world.submitted("caa.example.com")
    Challenge.objects.update(value=VALUE)
    project = certificate.project_id
    answer = told(network, "caa.example.com", "DNS", 3)
    (verdict,) = (row for row in answer["evidence"] if row["asked"].startswith("CAA verdict"))
    assert verdict["for"] == ["geotrust.com", "digicert.com"]
    assert verdict["account"] == f"https://pki.example.com/geotrust/account/{project}"
    assert answer["fix"] == 'caa.example.com. CAA 0 issue "geotrust.com"'


def test_every_place_is_shown_and_the_quorum_decides(servers: Servers) -> None:
    ports = {"north": servers.validating.port, "east": free_port(), "west": free_port()}
    places = tuple(Perspective(place, ("127.0.0.1", port)) for place, port in ports.items())
    network = GuardedNetwork(replace(impatient(servers.policy()), perspectives=places))
    answer = told(network, "caa.example.com", "DNS", 3, *US)
    codes = [answer["cause"], *(each["cause"] for each in answer["also"])]
    assert codes == ["dns.resolver", "caa.resolver"]
    assert {answer["turn"], answer["also"][0]["turn"]} == {"US"}
    assert "east (UNREACHED), west (UNREACHED), 2 of 3" in answer["also"][0]["sentence"]
    views = [row for row in answer["evidence"] if "agrees" in row and "CAA" in row["asked"]]
    assert [(row["of"].partition(" ")[0], row["agrees"]) for row in views] == [
        ("north", True), ("east", False), ("west", False),
    ]  # fmt: skip

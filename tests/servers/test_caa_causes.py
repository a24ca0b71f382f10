"""One zone a cause of CAA, on bind9 behind unbound."""

from __future__ import annotations

import pytest

from tests.servers.zones import CauseZone
from verification import caa
from verification.causes import whose_turn
from verification.network import GuardedNetwork

pytestmark = pytest.mark.servers

US = ("ca1.example.net",)
ACCOUNT = "https://pki.example.com/digicert/account/7"
# Zone: the name asked for, the cause, whether it is asked again, whose turn, what it says.
CASES = [
    ("caa-other", "www.{}", "caa.forbids", False, "YOU", "let only others sign"),
    ("caa-wild", "*.{}", "caa.forbids_wildcard", False, "YOU", "CAA 0 issuewild"),
    ("caa-critical", "{}", "caa.unknown_critical", False, "YOU", "“tbs”"),
    ("caa-account", "{}", "caa.account", False, "YOU", f"accounturi={ACCOUNT}"),
    ("caa-method", "{}", "caa.method", False, "YOU", "validationmethods=ca-email,ca-dns-txt"),
    ("servfail", "round.{}", "caa.unreachable", True, "DNS_HOST", "could not be read (SERVFAIL)"),
    ("caa-tampered", "{}", "caa.unreachable", True, "DNS_HOST", "could not be read (BOGUS)"),
]
TESTED = {cause for _zone, _name, cause, *_rest in CASES}


@pytest.mark.parametrize(("label", "name", "cause", "again", "turn", "says"), CASES)
def test_each_cause_is_named(
    network: GuardedNetwork, label: str, name: str, cause: str, again: bool, turn: str, says: str
) -> None:
    domain = name.format(CauseZone(label).name)
    verdict = caa.judge(domain, US, network, account=ACCOUNT, method="DNS")
    assert verdict.problem is not None
    assert (verdict.allowed, verdict.retryable, verdict.problem.code) == (False, again, cause)
    assert whose_turn(cause) == turn
    assert says in verdict.problem.message
    assert verdict.evidence["asked"][-1]["status"] in ("OK", "SERVFAIL", "BOGUS")
    assert ("decided_by" in verdict.evidence) is not again


@pytest.mark.parametrize("name", ["caa", "www.caa", "caa-wild", "fine"])
def test_what_names_us_or_nobody_permits(network: GuardedNetwork, name: str) -> None:
    assert caa.judge(f"{name}.example.com", US, network).allowed

"""One zone a cause, on bind9 behind unbound: what `diagnose` says of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dns.message
import pytest

from tests.cast import World
from tests.servers.bind import silent
from tests.servers.conftest import Servers
from tests.servers.meddler import meddler
from tests.servers.telling import of_the_proof, told
from tests.servers.zones import EARLIER, SECOND, TARGET, VALUE, CauseZone
from verification.asking import demand
from verification.challenges import Challenge, Proof
from verification.methods import CHECKERS
from verification.network import GuardedNetwork
from verification.outcome import Question
from verification.writing import Letter

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

LETTER = Letter("desk@geotrust.example", "GeoTrust", "scs0000000000000", "alice@acme.example")


@dataclass(frozen=True)
class Case:
    """`says`: a part of the sentence. `asked`: one question of the evidence, and its status."""

    label: str
    method: str
    cause: str
    turn: str
    says: str
    asked: tuple[str, str]

    @property
    def name(self) -> str:
        return CauseZone(self.label).name

    @property
    def fix(self) -> str:
        if self.turn != "YOU":
            return ""
        what = f'TXT "{VALUE}"' if self.method == "DNS" else f"CNAME {TARGET}."
        return f"_dnsauth.{self.name}. 600 IN {what}"


def case(label: str, cause: str, says: str, asked: str, status: str, turn: str = "YOU") -> Case:
    method = "CNAME" if label.startswith("alias") else "DNS"
    return Case(label, method, cause, turn, says, (asked, status))


HOST = "DNS_HOST"
CASES = [
    case("absent", "dns.absent", "exists but holds no TXT record",
         "_dnsauth.absent.example.com TXT", "NODATA"),
    case("nxdomain", "dns.nxdomain", "does not exist in the DNS",
         "_dnsauth.nxdomain.example.com TXT", "NXDOMAIN"),
    case("wrong", "dns.wrong_value", "we found TXT “something else”",
         "_dnsauth.wrong.example.com TXT", "OK"),
    case("quoted", "dns.quoted_value", "with quotes", "_dnsauth.quoted.example.com TXT", "OK"),
    case("split", "dns.quoted_value", "cuts that do not belong",
         "_dnsauth.split.example.com TXT", "OK"),
    case("doubled", "dns.doubled_suffix", "_dnsauth.doubled.example.com.doubled.example.com",
         "_dnsauth.doubled.example.com.doubled.example.com TXT", "OK"),
    case("underscore", "dns.underscore_lost", "without the underscore",
         "dnsauth.underscore.example.com TXT", "OK"),
    case("level", "dns.wrong_level", "stands at level.example.com, where it does not count",
         "level.example.com TXT", "OK"),
    case("conflict", "dns.cname_conflict", "is an alias (CNAME) of www.example.com",
         "_dnsauth.conflict.example.com TXT", "NODATA"),
    case("any-alias", "dns.absent", "*.any-alias.example.com answers there (CNAME “www.example.com",
         "_dnsauth.any-alias.example.com TXT", "NODATA"),
    case("any-text", "dns.absent", "*.any-text.example.com answers there (TXT “for all”). Publish",
         "_dnsauth.any-text.example.com TXT", "OK"),
    case("servfail", "dns.servfail", "gave no usable answer (SERVFAIL",
         "_dnsauth.servfail.example.com TXT", "SERVFAIL", HOST),  # an alias into a dead zone
    case("refused", "dns.refused", "refused to answer",
         "_dnsauth.refused.example.com TXT", "UNREACHED", HOST),
    case("denied", "dns.resolver", "(REFUSED), though the name servers of example.com do",
         "_dnsauth.denied.example.com TXT", "OK", "US"),
    case("unheard", "dns.resolver", "(TIMEOUT), though the name servers of example.com do",
         "_dnsauth.unheard.example.com TXT", "OK", "US"),
    case("timeout", "dns.timeout", "No answer for _dnsauth.timeout.example.com came in time",
         "_dnsauth.timeout.example.com TXT", "TIMEOUT", HOST),
    case("tampered", "dns.bogus", "DNSSEC signatures for _dnsauth.tampered.example.com",
         "_dnsauth.tampered.example.com TXT", "BOGUS", HOST),
    case("lame", "dns.lame", "zone lame.example.com is delegated to ns2.example.com, where",
         "_dnsauth.lame.example.com TXT", "LAME", HOST),
    case("partial", "dns.partial", "ns2.example.com do, ns1.example.com do not",
         "_dnsauth.partial.example.com TXT", "OK", HOST),
    case("alias-absent", "dns.absent", "exists but holds no CNAME",
         "_dnsauth.alias-absent.example.com CNAME", "NODATA"),
    case("alias-wrong", "dns.wrong_value", "a CNAME to “www.example.com”",
         "_dnsauth.alias-wrong.example.com CNAME", "OK"),
    case("alias-suffixed", "dns.wrong_value", "the DNS host added a domain to the target",
         "_dnsauth.alias-suffixed.example.com CNAME", "OK"),
    case("alias-doubled", "dns.doubled_suffix", ".example.com.alias-doubled.example.com",
         "_dnsauth.alias-doubled.example.com.alias-doubled.example.com CNAME", "OK"),
    case("alias-underscore", "dns.underscore_lost", "without the underscore",
         "dnsauth.alias-underscore.example.com CNAME", "OK"),
    case("alias-conflict", "dns.cname_conflict", "a TXT record (“left over”), beside which no",
         "_dnsauth.alias-conflict.example.com TXT", "OK"),
    case("alias-any", "dns.absent", "*.alias-any.example.com answers there (CNAME “www.example.com",
         "_dnsauth.alias-any.example.com CNAME", "OK"),
    case("alias-any-text", "dns.absent", "*.alias-any-text.example.com answers there (TXT “for all",
         "_dnsauth.alias-any-text.example.com TXT", "OK"),
    case("alias-partial", "dns.partial", "ns2.example.com do, ns1.example.com do not",
         "_dnsauth.alias-partial.example.com CNAME", "OK", HOST),
]  # fmt: skip
CAA_IS_SILENT_TOO = {"refused", "timeout", "lame", "unheard", "denied"}
TESTED = {each.cause for each in CASES} | {"dns.stale_value", "dns.cached_negative"}


@pytest.mark.parametrize("each", CASES, ids=lambda each: f"{each.label} {each.cause}")
def test_each_cause_is_named_with_its_turn_and_line(network: GuardedNetwork, each: Case) -> None:
    if each.label in ("timeout", "unheard"):
        network = GuardedNetwork(replace(network.policy, dns_try=0.4, dns_total=3.0))
    answer = told(network, each.name, each.method, 3)
    assert (answer["cause"], answer["turn"]) == (each.cause, each.turn), answer
    assert each.says in answer["sentence"]
    assert answer["fix"] == each.fix
    asked = [(row["asked"], row["status"]) for row in answer["evidence"]]
    assert each.asked in asked, asked
    assert all(row["of"] for row in answer["evidence"])
    # A zone that does not answer says nothing of CAA either.
    also = [other["cause"] for other in answer["also"]]
    assert also == (["caa.unreachable"] if each.label in CAA_IS_SILENT_TOO else []), also


def test_a_record_of_a_name_in_a_zone_above_it_lands_below_that_zone(
    network: GuardedNetwork,
) -> None:
    """shop.example.com has no zone of its own: its DNS host adds example.com to what is typed."""
    answer = told(network, "shop.example.com", "DNS", 3)
    assert (answer["cause"], answer["turn"]) == ("dns.doubled_suffix", "YOU")
    assert answer["sentence"].startswith(
        "The record stands at _dnsauth.shop.example.com.example.com: the DNS host added example.com"
        " to a host that held it already. Type only _dnsauth.shop as the host,"
    )
    assert answer["fix"] == f'_dnsauth.shop.example.com. 600 IN TXT "{VALUE}"'
    asked = Question("deep.down.example.com", VALUE[::-1])
    outcome = CHECKERS["DNS"](asked, network, datetime.now(UTC))
    assert outcome.problem is not None
    assert outcome.problem.code == "dns.wrong_level"
    assert "stands at _dnsauth.example.com, where" in outcome.problem.message


@pytest.mark.parametrize(("label", "method"), [("fine", "DNS"), ("alias", "CNAME")])
def test_what_stands_right_is_proved(network: GuardedNetwork, label: str, method: str) -> None:
    answer = told(network, f"{label}.example.com", method, 0)
    assert (answer["cause"], answer["turn"], answer["fix"]) == ("ok", None, "")


def test_an_alias_one_level_off_is_found_at_www(network: GuardedNetwork) -> None:
    answer = told(network, "www.alias-level.example.com", "CNAME", 3)
    assert answer["cause"] == "dns.wrong_level"
    assert answer["fix"] == f"_dnsauth.alias-level.example.com. 600 IN CNAME {TARGET}."
    assert "stands at _dnsauth.www.alias-level.example.com" in answer["sentence"]


@pytest.mark.parametrize(
    ("name", "method", "says"),
    [
        ("any-alias.example.com", "DNS", "the wildcard record *.any-alias.example.com"),
        ("deep.down.any-alias.example.com", "DNS", "a wildcard record of the zone"),
        ("alias-any.example.com", "CNAME", "the wildcard record *.alias-any.example.com"),
        ("www.down.alias-any.example.com", "CNAME", "a wildcard record of the zone"),
    ],
)
def test_a_wildcard_is_compared_with_a_name_that_is_made_up_and_may_stay(
    network: GuardedNetwork, name: str, method: str, says: str
) -> None:
    answer = told(network, name, method, 3)
    assert (answer["cause"], answer["turn"]) == ("dns.absent", "YOU")
    assert f"itself: {says} answers there" in answer["sentence"]
    assert "comes before the wildcard record, which may stay." in answer["sentence"]
    (compared,) = [row for row in answer["evidence"] if row.get("made_up")]
    seen = compared.get("chain") or compared["seen"]
    assert seen == ["www.example.com"]
    assert compared["asked"].partition(".")[2].startswith(name.removeprefix("www."))


@pytest.mark.parametrize(("label", "method"), [("any-stale", "DNS"), ("alias-any-stale", "CNAME")])
def test_an_earlier_value_in_a_wildcard_is_not_to_be_replaced(
    network: GuardedNetwork, label: str, method: str
) -> None:
    answer = told(network, f"{label}.example.com", method, 3, "--earlier", EARLIER)
    assert (answer["cause"], answer["turn"]) == ("dns.absent", "YOU")
    assert f"the wildcard record *.{label}.example.com answers" in answer["sentence"]


def test_a_signed_wildcard_is_known_too(servers: Servers) -> None:
    validating = GuardedNetwork(servers.policy(servers.trusting, anchored=True))
    assert told(validating, "any-signed.example.com", "DNS", 3)["cause"] == "dns.absent"


def test_what_comes_before_a_wildcard_waits_until_the_resolver_forgets(
    servers: Servers, network: GuardedNetwork
) -> None:
    assert told(network, "cached-any.example.com", "DNS", 3)["cause"] == "dns.absent"
    servers.bind.publish("cached-any.example.com", "_dnsauth", "TXT", f'"{VALUE}"')
    answer = told(network, "cached-any.example.com", "DNS", 3)
    assert (answer["cause"], answer["turn"]) == ("dns.cached_negative", "US")


STALE = [("stale", "DNS"), ("alias-stale", "CNAME")]


@pytest.mark.parametrize(("label", "method"), STALE)
def test_a_value_that_is_said_to_be_earlier_is_stale(
    network: GuardedNetwork, label: str, method: str
) -> None:
    words = ("--earlier", "another", "--earlier", EARLIER)
    answer = told(network, f"{label}.example.com", method, 3, *words)
    assert (answer["cause"], answer["turn"]) == ("dns.stale_value", "YOU")
    assert EARLIER[:20] in answer["sentence"]
    what = f'TXT "{VALUE}"' if method == "DNS" else f"CNAME {TARGET}."
    assert answer["fix"] == f"_dnsauth.{label}.example.com. 600 IN {what}"
    assert told(network, f"{label}.example.com", method, 3)["cause"] == "dns.wrong_value"


@pytest.mark.parametrize(("label", "method"), STALE)
def test_a_value_that_the_same_customer_was_asked_for_before_is_stale(
    network: GuardedNetwork, label: str, method: str
) -> None:
    world, name = World(now=datetime.now(UTC)), f"{label}.example.com"
    for value, project in ((EARLIER, world.acme), (VALUE, world.other)):
        proof = demand(project_id=project.pk, domains=[name], method=method, mailbox="",
                       letter=LETTER, now=world.now)  # fmt: skip
        proof.challenges.update(value=value)
    # The earlier application has ended: what an open one asks for may stand beside ours.
    Challenge.objects.filter(value=EARLIER).update(status="CLOSED", due_at=None)
    assert told(network, name, method, 3)["cause"] == "dns.wrong_value", "it was another's"
    named = told(network, name, method, 3, "--project", "Acme")
    assert named["cause"] == "dns.stale_value"
    Proof.objects.update(project=world.acme)
    assert told(network, name, method, 3)["cause"] == "dns.stale_value"


def test_a_record_published_after_a_look_waits_until_the_resolver_forgets(
    servers: Servers, network: GuardedNetwork
) -> None:
    assert told(network, "cached.example.com", "DNS", 3)["cause"] == "dns.nxdomain"
    servers.bind.publish("cached.example.com", "_dnsauth", "TXT", f'"{VALUE}"')
    answer: dict[str, Any] = told(network, "cached.example.com", "DNS", 3)
    assert (answer["cause"], answer["turn"], answer["fix"]) == ("dns.cached_negative", "US", "")
    assert of_the_proof(answer)[-1]["of"] == "ns1.example.com (127.0.0.1)"
    assert of_the_proof(answer)[-1]["seen"] == [VALUE]
    wait = datetime.fromisoformat(answer["next_check_at"]) - datetime.now(UTC)
    assert timedelta(minutes=4) < wait <= timedelta(minutes=20)


@pytest.mark.parametrize("method", ["DNS", "CNAME"])
def test_a_resolver_of_ours_that_fails_is_nobody_elses_turn(
    servers: Servers, network: GuardedNetwork, method: str
) -> None:
    """No cause at the name: nothing listens, none is named, one refuses us, one says nothing."""
    with silent() as silent_port:
        ours = {
            "could not be reached": (("127.0.0.1", 1),),
            "(none is configured) could not be reached": (),
            "does not answer now": ((SECOND, servers.bind.port),),
            "as for its whole top level": (("127.0.0.1", silent_port),),
        }
        for says, resolvers in ours.items():
            policy = replace(network.policy, resolvers=resolvers, dns_try=0.3, dns_total=2.0)
            answer = told(GuardedNetwork(policy), "fine.example.com", method, 3)
            assert (answer["cause"], answer["turn"], answer["fix"]) == ("dns.resolver", "US", "")
            assert says in answer["sentence"]


def test_a_second_resolver_that_answers_is_enough(network: GuardedNetwork) -> None:
    policy = replace(network.policy, resolvers=(("127.0.0.1", 1), *network.policy.resolvers))
    assert told(GuardedNetwork(policy), "fine.example.com", "DNS", 0)["cause"] == "ok"


def test_what_the_servers_lack_is_lacking_whatever_our_resolver_does(
    network: GuardedNetwork,
) -> None:
    outcome = CHECKERS["DNS"](Question("denied.example.com", EARLIER), network, datetime.now(UTC))
    assert outcome.problem is not None
    assert outcome.problem.code == "dns.wrong_value"
    assert f"we found TXT “{VALUE}”" in outcome.problem.message
    outcome = CHECKERS["CNAME"](Question("denied.example.com", VALUE), network, datetime.now(UTC))
    assert outcome.problem is not None
    assert outcome.problem.code == "dns.absent"


def test_a_resolver_that_gives_no_reason_is_seen_through_when_signatures_do_not_hold(
    servers: Servers,
) -> None:
    def without_reason(answer: dns.message.Message) -> dns.message.Message:
        answer.use_edns(False)
        return answer

    with meddler(servers.validating.port, without_reason) as port:
        policy = replace(servers.policy(), resolvers=(("127.0.0.1", port),))
        answer = told(GuardedNetwork(policy), "tampered.example.com", "DNS", 3)
        assert (answer["cause"], answer["turn"]) == ("dns.bogus", "DNS_HOST")
        answer = told(GuardedNetwork(policy), "servfail.example.com", "DNS", 3)
        assert (answer["cause"], answer["turn"]) == ("dns.servfail", "DNS_HOST")


@pytest.mark.parametrize(
    ("name", "method", "domain"),
    [
        ("shop.exmaple.com", "DNS", "exmaple.com"),
        ("exmaple.com", "CNAME", "exmaple.com"),
        ("new.absent.example.com", "DNS", ""),  # its zone is there, and lets it be published
    ],
)
def test_of_a_domain_that_nobody_registered_that_is_told(
    network: GuardedNetwork, name: str, method: str, domain: str
) -> None:
    answer = told(network, name, method, 3)
    assert (answer["cause"], answer["turn"]) == ("dns.nxdomain", "YOU")
    says = f"{domain} does not exist in the DNS, so that nothing can stand at _dnsauth.{name}."
    assert answer["sentence"].startswith(says if domain else f"The name _dnsauth.{name} does not")

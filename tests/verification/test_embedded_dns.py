"""The demo's DNS server: its own zone from rows, everything else from the system's resolver."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.db import connections

from tests.dns_server import LoopbackDns
from verification import caa
from verification.demo_records import ZONE, DemoRecord, publish_default_records
from verification.embedded_dns import EmbeddedDns, rdata
from verification.management.commands.run_demo_dns import upstream
from verification.network import CaaRecord, DnsStatus, GuardedNetwork, Policy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def elsewhere() -> Iterator[LoopbackDns]:
    """Plays the resolver of the system."""
    with LoopbackDns() as server:
        yield server


@pytest.fixture
def asked(elsewhere: LoopbackDns) -> Iterator[GuardedNetwork]:
    server = on_free_port([(elsewhere.host, elsewhere.port)])
    server.start()
    yield GuardedNetwork(Policy(resolvers=(("127.0.0.1", server.port),), dns_total=4.0))
    server.stop()


def on_free_port(upstream: list[tuple[str, int]]) -> EmbeddedDns:
    """One whose free port was taken for the other transport meanwhile is begun anew."""
    for _try in range(20):
        with suppress(OSError):
            return EmbeddedDns(0, upstream)
    raise OSError("no port is free for both UDP and TCP")


def publish(name: str, rtype: str, value: str) -> None:
    DemoRecord.objects.create(name=name, rtype=rtype, value=value)


def test_a_record_is_seen_as_soon_as_it_is_published(asked: GuardedNetwork) -> None:
    name = f"_dnsauth.shop.{ZONE}"
    assert asked.txt(name).status is DnsStatus.NXDOMAIN
    publish(name, "TXT", "value")
    answer = asked.txt(name)
    assert (answer.status, answer.values, answer.ttl) == (DnsStatus.OK, ("value",), 5)
    DemoRecord.objects.all().delete()
    assert asked.txt(name).status is DnsStatus.NXDOMAIN


def test_names_above_a_record_exist_without_data(asked: GuardedNetwork) -> None:
    publish(f"a.b.{ZONE}", "TXT", "value")
    assert asked.txt(f"b.{ZONE}").status is DnsStatus.NODATA
    assert asked.txt(ZONE).status is DnsStatus.NODATA
    assert asked.caa(f"a.b.{ZONE}").status is DnsStatus.NODATA


def test_a_long_text_is_answered_in_chunks_and_many_over_tcp(asked: GuardedNetwork) -> None:
    long = "x" * 700
    publish(ZONE, "TXT", long)
    assert asked.txt(ZONE).values == (long,)
    for number in range(9):
        publish(ZONE, "TXT", f"{number}" + long)
    assert len(asked.txt(ZONE).values) == 10


def test_a_cname_is_followed_inside_the_zone_and_outside(
    asked: GuardedNetwork, elsewhere: LoopbackDns
) -> None:
    publish(f"a.{ZONE}", "CNAME", f"B.{ZONE}.")
    publish(f"b.{ZONE}", "TXT", "inside")
    publish(f"c.{ZONE}", "CNAME", "v.example.com")
    elsewhere.publish("v.example.com", "TXT", "outside")
    assert asked.txt(f"a.{ZONE}").values == ("inside",)
    assert asked.txt(f"c.{ZONE}").values == ("outside",)


def test_the_default_records_let_the_brands_issue_without_any_other_network(
    asked: GuardedNetwork, elsewhere: LoopbackDns
) -> None:
    assert publish_default_records(["ca1.example", "CA2.example"]) == 2
    assert publish_default_records(["ca1.example", "ca2.example"]) == 0
    assert asked.caa(ZONE).records == (
        CaaRecord(0, "issue", "ca1.example"),
        CaaRecord(0, "issue", "ca2.example"),
    )
    assert caa.judge(f"*.shop.{ZONE}", ["ca2.example"], asked).allowed
    assert not caa.judge(f"shop.{ZONE}", ["ca3.example"], asked).allowed
    assert elsewhere.asked == []


def test_other_names_are_forwarded_as_they_are(
    asked: GuardedNetwork, elsewhere: LoopbackDns
) -> None:
    elsewhere.publish("example.com", "CAA", (0, "issue", b"\xff".decode("latin-1")))
    elsewhere.publish("example.com", "TXT", *[f"{number}" + "x" * 240 for number in range(40)])
    elsewhere.fail("bogus.example.com", "BOGUS")
    elsewhere.fail("example.com", "TRUNCATED", "TXT")
    assert len(asked.txt("example.com").values) == 40
    assert asked.caa("example.com").status is DnsStatus.OK
    assert asked.txt("bogus.example.com").status is DnsStatus.BOGUS
    assert asked.txt("absent.example.com").status is DnsStatus.NXDOMAIN


@pytest.mark.parametrize("kind", ["none", "closed", "silent"])
def test_without_a_resolver_other_names_fail_quickly(elsewhere: LoopbackDns, kind: str) -> None:
    with LoopbackDns() as gone:
        closed = (gone.host, gone.port)
    elsewhere.fail("shop.example.com", "TIMEOUT")
    silent = (elsewhere.host, elsewhere.port)
    server = on_free_port({"none": [], "closed": [closed], "silent": [silent]}[kind])
    server.start()
    network = GuardedNetwork(Policy(resolvers=(("127.0.0.1", server.port),)))
    # Who asks waits 2.5 seconds and would see TIMEOUT.
    assert network.txt("shop.example.com").status is DnsStatus.SERVFAIL
    assert network.txt("shop.example.com").status is DnsStatus.SERVFAIL
    server.stop()
    # A resolver that gave no answer is left alone for a while.
    assert elsewhere.questions("shop.example.com", "TXT") == (kind == "silent")


def test_questions_leave_no_connection_open(asked: GuardedNetwork) -> None:
    publish(ZONE, "TXT", "value")
    for _turn in range(30):
        assert asked.txt(ZONE).values == ("value",)
    connections["default"].close()
    DemoRecord.objects.all().delete()


@pytest.mark.parametrize(
    ("rtype", "value"),
    [("A", "1.2.3"), ("A", "::1"), ("CNAME", "a b"), ("CNAME", "-"), ("CNAME", "a." * 130 + "x"),
     ("CAA", "issue"), ("CAA", "0 issue"), ("CAA", '256 issue "a"'), ("CAA", "x issue a"),
     ("CAA", "0 is-sue a")],
)  # fmt: skip
def test_a_value_that_is_no_record_data_is_refused(rtype: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"CAA|CNAME|[Oo]ctet|unpack|literal|address"):
        rdata(rtype, value)


@pytest.mark.parametrize(
    ("name", "rtype"),
    [("example.com", "TXT"), (f"x{ZONE}", "TXT"), (f"a b.{ZONE}", "TXT"), (f".{ZONE}", "TXT"),
     (ZONE, "CNAME"), (f"taken.{ZONE}", "CNAME"), (f"alias.{ZONE}", "TXT")],
)  # fmt: skip
def test_the_zone_takes_no_foreign_name_and_no_company_for_a_cname(name: str, rtype: str) -> None:
    publish(f"taken.{ZONE}", "TXT", "value")
    publish(f"alias.{ZONE}", "CNAME", f"taken.{ZONE}")
    with pytest.raises(ValidationError):
        DemoRecord(name=name, rtype=rtype, value="other.example").full_clean()


def test_the_server_does_not_forward_to_itself() -> None:
    assert ("127.0.0.1", 53) not in upstream(53)


def test_the_command_serves_until_it_is_ended() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "manage.py", "run_demo_dns", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert f"DNS of the demo on 127.0.0.1:{port}\n".encode() in iter(
            process.stderr.readline, b""
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stdout.read() == b""

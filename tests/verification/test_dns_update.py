"""Dynamic update against bind9: publish, take away, and every way in which a server says no."""

from __future__ import annotations

import base64
import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

import dns.message
import pytest
from dns.update import UpdateMessage

from tests.dns_bind import (
    HOST,
    KEY,
    NARROW_KEY,
    OTHER_SECRET,
    SECRET,
    STRANGE_KEY,
    ZONE,
    Bind,
    bind,
    running_bind,
)
from tests.dns_server import LoopbackDns
from tests.ports import free_port
from verification import update_door
from verification.dictionary import DictionaryNetwork
from verification.dns_update import ALGORITHMS, SENTENCES, Access, DynamicUpdate, Unchanged
from verification.network import Carried, GuardedNetwork
from verification.outcome import Problem
from verification.published import PublishedRecord
from verification.slots import at_server

__all__ = ["bind"]
pytestmark = pytest.mark.servers
TEXT = PublishedRecord("_dnsauth.www.example.com", "TXT", "a-value-of-ours")
ALIAS = PublishedRecord("_dnsauth.www.example.com", "CNAME", "one.two.dcv.pki.example.com")


def access(bind: Bind, **changes: object) -> Access:
    given = Access(ZONE, HOST, bind.port, KEY, bind.algorithm, base64.b64decode(SECRET))
    return replace(given, **changes)  # type: ignore[arg-type]


def provider(bind: Bind, **changes: object) -> DynamicUpdate:
    return DynamicUpdate(access(bind, **changes), bind.network)


def code(wrong: Problem | None) -> str:
    assert wrong is not None
    assert "%(" not in wrong.message
    return wrong.code


def test_a_text_comes_and_goes_and_may_do_so_twice(bind: Bind) -> None:
    zone = provider(bind)
    for _again in range(2):
        assert zone.publish(TEXT) is None
        assert bind.values(TEXT.name) == [TEXT.value]
    for _again in range(2):
        assert zone.withdraw(TEXT) is None
        assert bind.values(TEXT.name) == []


def test_what_others_hold_at_the_name_stays(bind: Bind) -> None:
    ours = PublishedRecord("_dnsauth.shared.example.com", "TXT", "ours")
    assert provider(bind).publish(ours) is None
    assert bind.values(ours.name) == ["of somebody else", "ours"]
    assert provider(bind).withdraw(ours) is None
    assert bind.values(ours.name) == ["of somebody else"]


def test_an_alias_comes_and_goes_and_may_do_so_twice(bind: Bind) -> None:
    zone = provider(bind)
    for _again in range(2):
        assert zone.publish(ALIAS) is None
        assert bind.values(ALIAS.name, "CNAME") == [ALIAS.value + "."]
    for _again in range(2):
        assert zone.withdraw(ALIAS) is None
        assert bind.values(ALIAS.name, "CNAME") == []


@pytest.mark.parametrize("label", ["alias", "text"])
def test_an_alias_replaces_nothing(bind: Bind, label: str) -> None:
    there = replace(ALIAS, name=f"_dnsauth.{label}.example.com")
    before = bind.values(there.name, "ANY")
    assert code(provider(bind).publish(there)) == "zone.name_taken"
    assert bind.values(there.name, "ANY") == before
    assert provider(bind).withdraw(there) is None
    assert bind.values(there.name, "ANY") == before


def test_a_text_beside_an_alias_is_told_and_not_passed_over(bind: Bind) -> None:
    there = replace(TEXT, name="_dnsauth.alias.example.com")
    assert code(provider(bind).publish(there)) == "zone.name_taken"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm(algorithm: str) -> None:
    with running_bind(algorithm) as server:
        assert provider(server).publish(TEXT) is None
        assert server.values(TEXT.name) == [TEXT.value]


def test_every_no_of_the_server(bind: Bind) -> None:
    other = base64.b64decode(OTHER_SECRET)
    assert code(provider(bind, key_name=STRANGE_KEY).publish(TEXT)) == "zone.badkey"
    assert code(provider(bind, algorithm="hmac-sha512").publish(TEXT)) == "zone.badkey"
    assert code(provider(bind, secret=other).publish(TEXT)) == "zone.badsig"
    assert code(provider(bind, key_name=NARROW_KEY).publish(TEXT)) == "zone.refused"
    narrow = replace(TEXT, name="_dnsauth.only.example.com")
    assert provider(bind, key_name=NARROW_KEY).publish(narrow) is None
    assert code(provider(bind, zone="other.example").publish(TEXT)) == "zone.notauth"
    outside = replace(TEXT, name="_dnsauth.example.org")
    assert code(provider(bind).publish(outside)) == "zone.notzone"
    closed = replace(TEXT, name="a.closed.example.net")
    assert code(provider(bind, zone="closed.example.net").publish(closed)) == "zone.refused"
    assert bind.values(TEXT.name) == []


def test_a_clock_that_differs(bind: Bind, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 3600)
    assert code(provider(bind).publish(TEXT)) == "zone.badtime"


def test_a_server_that_is_down(bind: Bind) -> None:
    assert code(provider(bind, port=free_port()).publish(TEXT)) == "zone.unreachable"
    bind.stop()
    assert code(provider(bind).publish(TEXT)) == "zone.unreachable"


def test_a_server_that_hangs(bind: Bind) -> None:
    assert bind.process is not None
    os.kill(bind.process.pid, signal.SIGSTOP)
    try:
        assert code(provider(bind).publish(TEXT)) == "zone.timeout"
    finally:
        os.kill(bind.process.pid, signal.SIGCONT)


def test_no_door_to_addresses_that_are_not_public(bind: Bind) -> None:
    shut = GuardedNetwork(bind.policy(is_open=False))
    for server in (HOST, "::1", "10.0.0.1", "169.254.169.254", "ns.example.com"):
        found = DynamicUpdate(access(bind, server=server), shut).publish(TEXT)
        assert code(found) == "zone.address_refused", server
        assert found is not None
        told = found.message.replace(server, "")  # what was typed, and nothing that we found out
        assert not any(each in told for each in ("127.", "::1", "10.", "169."))
    for server in ("nowhere.example.com", "0x7f.1", "2130706433"):
        found = DynamicUpdate(access(bind, server=server), shut).publish(TEXT)
        assert code(found) == "zone.unresolved", server
    assert bind.values(TEXT.name) == []


def test_a_server_that_could_not_be_looked_up_may_have_an_address(bind: Bind) -> None:
    """Nothing was sent, and nobody is told to correct a name that is right."""
    with LoopbackDns() as resolver:
        policy = replace(
            bind.policy(), resolvers=((resolver.host, resolver.port),), dns_try=0.3, dns_total=1.0
        )
        resolver.publish("com", "SOA", 900)
        for how in ("BOGUS", "REFUSED", "SERVFAIL"):
            resolver.fail("ns.example.com", how)
            found = DynamicUpdate(
                access(bind, server="ns.example.com"), GuardedNetwork(policy)
            ).publish(TEXT)
            assert code(found) == "zone.unlooked"
            assert isinstance(found, Unchanged)
            assert how in found.message
        resolver.fail("com", "SERVFAIL")
        found = DynamicUpdate(
            access(bind, server="ns.example.com"), GuardedNetwork(policy)
        ).publish(TEXT)
        assert code(found) == "zone.resolver"
    for resolvers in ((), ((HOST, free_port()),)):
        network = GuardedNetwork(replace(policy, resolvers=resolvers))
        found = DynamicUpdate(access(bind, server="ns.example.com"), network).publish(TEXT)
        assert code(found) == "zone.resolver"
        assert isinstance(found, Unchanged)
    assert bind.values(TEXT.name) == []


def test_however_long_it_takes_to_learn_where_it_is_the_server_is_asked(bind: Bind) -> None:
    with LoopbackDns() as resolver:
        resolver.publish("ns.example.com", "A", HOST)
        resolver.fail("ns.example.com", "TIMEOUT", "AAAA")
        policy = replace(
            bind.policy(), resolvers=((resolver.host, resolver.port),), dns_try=0.3, dns_total=0.6
        )
        zone = DynamicUpdate(access(bind, server="ns.example.com"), GuardedNetwork(policy))
        assert zone.publish(TEXT) is None
    assert bind.values(TEXT.name) == [TEXT.value]


def test_two_at_most_are_at_a_server_at_once(bind: Bind) -> None:
    zone = provider(bind)
    slots, place = zone.network.policy.slots, at_server(HOST)  # type: ignore[attr-defined]
    holds = [slots.take(place, 30), slots.take(place, 30)]
    begun = time.monotonic()
    assert code(zone.publish(TEXT)) == "zone.busy"
    assert time.monotonic() - begun < 9
    assert bind.values(TEXT.name) == []
    slots.give_back(place, holds[0])
    assert zone.publish(TEXT) is None
    again = slots.take(place, 30)
    assert again, "the place is free again"


def test_a_place_is_held_where_we_are_connected_and_nowhere_else(
    bind: Bind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who names others' addresses beside his own keeps nobody from being asked there."""
    victim = "127.0.0.77"
    both = [ip_address(HOST), ip_address(victim)]
    monkeypatch.setattr(update_door, "_addresses", lambda *_of: (both, None))
    zone = provider(bind)
    slots = zone.network.policy.slots  # type: ignore[attr-defined]
    others = [slots.take(at_server(victim), 30), slots.take(at_server(victim), 30)]
    assert all(others)
    assert zone.publish(TEXT) is None


def test_a_server_by_name(bind: Bind) -> None:
    assert provider(bind, server="ns.example.com").publish(TEXT) is None
    assert bind.values(TEXT.name) == [TEXT.value]


@pytest.fixture
def liar(request: pytest.FixtureRequest) -> Iterator[int]:
    """Answers one update without a signature, by this code."""
    with socket.create_server((HOST, 0)) as door:

        def answer() -> None:
            line, _address = door.accept()
            with line:
                length = int.from_bytes(line.recv(2), "big")
                asked = line.recv(length)
                zone = asked[12 : asked.index(b"\0", 12) + 5]
                wire = asked[:2] + bytes([0xA8, request.param]) + b"\0\1" + b"\0" * 6 + zone
                line.sendall(len(wire).to_bytes(2, "big") + wire)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield int(door.getsockname()[1])
        thread.join(5)


@pytest.mark.parametrize(
    ("liar", "found"),
    [(0, "zone.unsigned"), (4, "zone.failed"), (5, "zone.refused"), (9, "zone.notauth")],
    indirect=["liar"],
)
def test_a_yes_without_a_signature_is_not_believed(bind: Bind, liar: int, found: str) -> None:
    assert code(provider(bind, port=liar).publish(TEXT)) == found


def test_something_else_listens_there(bind: Bind) -> None:
    with socket.create_server((HOST, 0)) as door:

        def answer() -> None:
            line, _address = door.accept()
            with line:
                line.recv(1000)
                line.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n" + b"x" * 30_000)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        port = int(door.getsockname()[1])
        assert code(provider(bind, port=port).publish(TEXT)) == "zone.garbage"
        thread.join(5)


def test_only_a_signed_refusal_is_certain(bind: Bind) -> None:
    """Whoever stands between could refuse what the server did."""
    outside = replace(TEXT, name="_dnsauth.example.org")
    for refused in (
        provider(bind, key_name=NARROW_KEY).publish(TEXT),
        provider(bind).publish(outside),
        provider(bind, key_name=STRANGE_KEY).publish(TEXT),
        provider(bind, server="nowhere.example.com").publish(TEXT),
    ):
        assert isinstance(refused, Unchanged), refused
    assert not isinstance(provider(bind, port=free_port()).publish(TEXT), Unchanged)


@pytest.mark.parametrize("liar", [5, 9], indirect=True)
def test_an_unsigned_refusal_is_told_and_not_certain(bind: Bind, liar: int) -> None:
    refused = provider(bind, port=liar).publish(TEXT)
    assert refused is not None
    assert not isinstance(refused, Unchanged)


def test_a_traceback_with_all_its_values_shows_no_secret() -> None:
    class Dying(DictionaryNetwork):
        def update(self, host: str, port: int, message: UpdateMessage) -> Carried:
            reading = dns.message.from_wire(b"\0" * 12 + b"\1", keyring=message.keyring)
            return Carried(response=reading)

    given = Access(ZONE, HOST, 53, KEY, "hmac-sha256", base64.b64decode(SECRET))
    with pytest.raises(dns.message.TrailingJunk) as raised:
        DynamicUpdate(given, Dying()).publish(TEXT)
    told = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    shown = "".join(told.format())
    assert "keyring" in shown
    assert f"<TSIG key {KEY}.>" in shown
    for secret in (SECRET, base64.b64decode(SECRET).decode()):
        assert secret not in shown


def test_the_key_shows_nowhere(bind: Bind) -> None:
    zone = provider(bind)
    assert "secret" not in repr(zone)
    assert SECRET not in repr(zone)
    assert all(len(str(text)) > 25 for text in SENTENCES.values())

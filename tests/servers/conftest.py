"""The servers, started once a session, and the door that asks them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.servers.bind import Bind, bind, silent
from tests.servers.nginx import Nginx, hosts, nginx
from tests.servers.programs import program
from tests.servers.unbound import Unbound, second_name_server, unbound
from tests.servers.zones import Hierarchy
from tests.verification.conftest import LOOPBACK
from verification.network import GuardedNetwork, Policy
from verification.trust_anchors import parse_anchors


@dataclass(frozen=True)
class Servers:
    bind: Bind
    validating: Unbound
    trusting: Unbound  # it passes on what it gets and judges nothing
    nginx: Nginx

    def policy(self, resolver: Unbound | None = None, *, anchored: bool = False) -> Policy:
        """The production policy, but for the ports and loopback."""
        return Policy(
            resolvers=(("127.0.0.1", (resolver or self.validating).port),),
            name_server_port=self.bind.port,
            http_ports=(self.nginx.http, self.nginx.https),
            allowed_networks=LOOPBACK,
            anchors=parse_anchors(self.bind.zones.anchor) if anchored else (),
        )


def impatient(policy: Policy) -> Policy:
    """The same, where no answer will come."""
    return replace(policy, dns_try=0.4, dns_total=1.2, fetch_total=1.5)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    for name in ("named", "dnssec-keygen", "dnssec-signzone", "unbound", "nginx"):
        program(name)
    # /tmp by name: servers that gave up root must be able to enter.
    with tempfile.TemporaryDirectory(prefix="reseal-servers-", dir="/tmp") as name:
        folder = Path(name)
        zones = Hierarchy(folder, hosts())
        with (
            bind(folder, zones) as authoritative,
            second_name_server(folder / "second", authoritative),
            silent() as silent_port,
            unbound(folder / "validating", authoritative, silent_port) as validating,
            unbound(folder / "trusting", authoritative, silent_port, validates=False) as trusting,
            nginx(folder / "nginx") as web,
        ):
            yield Servers(authoritative, validating, trusting, web)


@pytest.fixture
def network(servers: Servers) -> GuardedNetwork:
    """The door with a validating resolver, and without anchors of our own."""
    return GuardedNetwork(servers.policy())


@pytest.fixture
def anchored(servers: Servers) -> GuardedNetwork:
    """The door that judges signatures itself, with a resolver that does not."""
    return GuardedNetwork(servers.policy(servers.trusting, anchored=True))

"""The production network policy, on the real ports, against servers at public-looking addresses.

These tests need a network namespace of their own, with these addresses on its loopback device:

    ip link set lo up
    ip addr add 203.0.114.10/32 dev lo
    ip addr add 203.0.114.11/32 dev lo
    ip addr add 10.11.12.13/32 dev lo
    ip -6 addr add 2a10:ffff:ffff::10/128 dev lo nodad

as root: `unshare -n sh -c '…; RESEAL_NETNS=1 pytest -m netns'`. The first, second and last look
public to the policy (nobody is reached there: the namespace has no way out), the third is private.
Without the addresses the tests are skipped; with RESEAL_NETNS=1 they fail instead, so that a
forgotten preparation is not taken for a pass.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.dns_server import LoopbackDns, dns_server
from tests.http_server import LoopbackHttp
from verification.network import GuardedNetwork, Policy

__all__ = ["dns_server"]

PUBLIC = "203.0.114.10"
PUBLIC_TOO = "203.0.114.11"
PRIVATE = "10.11.12.13"
PUBLIC_SIX = "2a10:ffff:ffff::10"
NEEDED = (PUBLIC, PUBLIC_TOO, PRIVATE, PUBLIC_SIX)


def is_here(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


@pytest.fixture(autouse=True)
def addresses() -> None:
    missing = [address for address in NEEDED if not is_here(address)]
    if missing and os.environ.get("RESEAL_NETNS") == "1":
        pytest.fail(f"RESEAL_NETNS=1, but no device here has {', '.join(missing)}")
    if missing:
        pytest.skip(f"needs a network namespace with {', '.join(missing)}")


@pytest.fixture
def production(addresses: None, dns_server: LoopbackDns) -> GuardedNetwork:
    """The policy of production: only the resolver is named, as an operator would name it."""
    return GuardedNetwork(Policy(resolvers=((dns_server.host, dns_server.port),)))


Sites = dict[str, LoopbackHttp]


@pytest.fixture
def sites(addresses: None) -> Iterator[Sites]:
    """A web server on port 80 of every needed address and of loopback."""
    with ExitStack() as stack:
        hosts = (*NEEDED, "127.0.0.1", "::1")
        yield {host: stack.enter_context(LoopbackHttp(host, 80)) for host in hosts}


@pytest.fixture
def secure_site(addresses: None) -> Iterator[LoopbackHttp]:
    with LoopbackHttp(PUBLIC, 443, tls=True) as server:
        yield server

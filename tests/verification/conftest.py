from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network

import pytest

from tests.dns_server import LoopbackDns, dns_server
from tests.http_server import LoopbackHttp, http_server, https_server
from verification.network import GuardedNetwork, Policy

__all__ = ["dns_server", "http_server", "https_server"]

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.fixture
def network(dns_server: LoopbackDns) -> GuardedNetwork:
    """The real door with the production policy, but for its resolver and shorter patience."""
    return GuardedNetwork(
        Policy(resolvers=((dns_server.host, dns_server.port),), dns_try=0.3, dns_total=1.0)
    )


Door = Callable[..., GuardedNetwork]


@pytest.fixture
def door(dns_server: LoopbackDns, http_server: LoopbackHttp, https_server: LoopbackHttp) -> Door:
    """A network that may connect to loopback, where the test's servers play ports 80 and 443."""

    def build(fetch_total: float = 5.0) -> GuardedNetwork:
        return GuardedNetwork(
            Policy(
                resolvers=((dns_server.host, dns_server.port),),
                http_ports=(http_server.port, https_server.port),
                allowed_networks=LOOPBACK,
                dns_try=0.3,
                dns_total=1.0,
                connect_try=1.0,
                fetch_total=fetch_total,
            )
        )

    return build

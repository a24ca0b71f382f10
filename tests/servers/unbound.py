"""Debian's unbound: as resolvers that know where the test's zones are served, and as the second
name server of some, at an address where bind9 cannot listen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from tests.ports import free_port
from tests.servers.bind import Bind
from tests.servers.programs import program, running
from tests.servers.zones import (
    CAUSE_ZONES,
    DEEPER,
    FIRST,
    PARENT,
    SECOND,
    TRUSTING_TOO,
    VALIDATING_TOO,
)

SETTINGS = """
server:
  interface: {host}
  port: {port}
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: "{folder}/unbound.pid"
  use-syslog: no
  do-daemonize: no
  do-ip6: no
  num-threads: 1
  so-reuseport: no
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  qname-minimisation: no
  outbound-msg-retry: 2
  ede: yes
  module-config: "{modules}"
  {more}
  local-zone: "refused.example.com." refuse
  local-zone: "denied.example.com." refuse
remote-control:
  control-enable: no
{zones}
"""


@dataclass(frozen=True)
class Unbound:
    port: int
    host_too: str

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def elsewhere(self) -> str:
        """The same, at a host that nobody else has."""
        return f"{self.host_too}:{self.port}"


def _stub(name: str, host: str, port: int) -> str:
    return f'stub-zone:\n  name: "{name}"\n  stub-addr: {host}@{port}\n  stub-prime: no\n'


def _stubs(bind: Bind, silent_port: int) -> Iterator[str]:
    for name in (".", "com", PARENT, *DEEPER):
        yield _stub(name, FIRST, bind.port)
    for zone in CAUSE_ZONES:
        match zone.label:
            case "timeout" | "unheard":
                yield _stub(zone.name, FIRST, silent_port)
            case "lame":
                yield _stub(zone.name, SECOND, bind.port)
            case _:
                yield _stub(zone.name, FIRST, bind.port)


def _is_answering(host: str, port: int) -> bool:
    try:
        dns.query.udp(dns.message.make_query("com", "SOA"), host, timeout=0.5, port=port)
    except (dns.exception.DNSException, OSError):
        return False
    return True


@contextmanager
def unbound(
    folder: Path, bind: Bind, silent_port: int, *, validates: bool = True
) -> Iterator[Unbound]:
    """A resolver. With `validates` it refuses what is bogus and says so by an extended error."""
    modules = "validator iterator" if validates else "iterator"
    anchor = f'trust-anchor: "{" ".join(bind.zones.anchor.split())}"' if validates else ""
    zones = "".join(_stubs(bind, silent_port))
    too = VALIDATING_TOO if validates else TRUSTING_TOO
    more = f"interface: {too}\n  {anchor}"
    with _started(folder, "127.0.0.1", free_port(), modules, more, zones) as port:
        yield Unbound(port, too)


@contextmanager
def second_name_server(folder: Path, bind: Bind) -> Iterator[None]:
    """It holds what differs from the first, and refuses everything else."""
    zones = "".join(
        f'auth-zone:\n  name: "{zone.name}"\n  for-upstream: no\n'
        f'  zonefile: "{bind.zones.file(f"{zone.name}.second")}"\n'
        for zone in CAUSE_ZONES
        if zone.second is not None
    )
    with _started(folder, SECOND, bind.port, "iterator", "", zones):
        yield


@contextmanager
def _started(
    folder: Path, host: str, port: int, modules: str, more: str, zones: str
) -> Iterator[int]:
    folder.mkdir()
    file = folder / "unbound.conf"
    file.write_text(
        SETTINGS.format(
            host=host, port=port, folder=folder, modules=modules, more=more, zones=zones
        )
    )
    command = [program("unbound"), "-d", "-p", "-c", str(file)]
    with running(command, folder / "unbound.log", lambda: _is_answering(host, port)):
        yield port

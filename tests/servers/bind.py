"""Debian's bind9 as the name server of all zones. (It listens at no address without a device.)"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.update

from tests.ports import free_port
from tests.servers.programs import program, running
from tests.servers.zones import FIRST, Hierarchy

SETTINGS = """
options {{
  directory "{folder}"; pid-file "{folder}/named.pid"; session-keyfile "{folder}/session.key";
  listen-on port {port} {{ {first}; }}; listen-on-v6 {{ none; }};
  recursion no; notify no; allow-transfer {{ none; }}; dnssec-validation no;
  empty-zones-enable no; check-names primary ignore;
}};
controls {{ }};
{zones}
"""


@dataclass(frozen=True)
class Bind:
    port: int
    zones: Hierarchy

    def publish(self, zone: str, name: str, rtype: str, value: str) -> None:
        """Add a record by dynamic update; resolvers are not told."""
        update = dns.update.UpdateMessage(zone)
        update.add(name, 300, rtype, value)
        answer = dns.query.tcp(update, FIRST, timeout=5, port=self.port)
        assert answer.rcode() == 0, answer


def _zone(name: str, file: str, *, is_open: bool = False) -> str:
    update = f"allow-update {{ {FIRST}; }};" if is_open else ""
    return f'zone "{name}" {{ type primary; file "{file}"; {update} }};\n'


def _is_answering(port: int) -> bool:
    try:
        dns.query.udp(dns.message.make_query(".", "SOA"), FIRST, timeout=0.2, port=port)
    except (dns.exception.DNSException, OSError):
        return False
    return True


@contextmanager
def bind(folder: Path, zones: Hierarchy) -> Iterator[Bind]:
    port = free_port()
    settings = SETTINGS.format(
        folder=folder,
        port=port,
        first=FIRST,
        zones="".join(
            _zone(name, str(zones.file(name)), is_open=name.startswith("cached"))
            for name in zones.names
        ),
    )
    file = folder / "named.conf"
    file.write_text(settings)
    command = [program("named"), "-g", "-n", "1", "-c", str(file)]
    with running(command, folder / "named.log", lambda: _is_answering(port)):
        yield Bind(port, zones)


@contextmanager
def silent() -> Iterator[int]:
    """The port of a server that hears every question and never says anything."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind((FIRST, 0))
        yield int(door.getsockname()[1])

"""Debian's bind9 on loopback, with zones that only signed updates change.

`example.com` may be written by the key `reseal-key`, below `_dnsauth` names also by `narrow-key`.
Use it as a fixture (`from tests.dns_bind import bind`).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import pytest

from tests.ports import free_port
from verification.network import GuardedNetwork, Policy
from verification.zone_book import Connection

HOST = "127.0.0.1"
ZONE = "example.com"
KEY, NARROW_KEY, STRANGE_KEY = "reseal-key", "narrow-key", "strange-key"
SECRET = "c2VjcmV0LW9mLXRoZS10ZXN0LXNlY3JldC1vZi10aGU="
OTHER_SECRET = "YW5vdGhlci1zZWNyZXQtb2YtdGhlLXRlc3QtYW5vdGg="
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
SETTINGS = """
options {{
  directory "{folder}"; pid-file "{folder}/named.pid"; session-keyfile "{folder}/session.key";
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  recursion no; notify no; allow-transfer {{ none; }}; dnssec-validation no; empty-zones-enable no;
}};
controls {{ }};
key "reseal-key" {{ algorithm {algorithm}; secret "{secret}"; }};
key "narrow-key" {{ algorithm {algorithm}; secret "{secret}"; }};
zone "example.com" {{
  type primary; file "{folder}/example.com";
  update-policy {{
    grant reseal-key zonesub ANY;
    grant narrow-key name _dnsauth.only.example.com. TXT;
  }};
}};
zone "closed.example.net" {{ type primary; file "{folder}/closed"; }};
"""
ZONE_FILE = """$TTL 60
@ IN SOA ns.example.com. hostmaster.example.com. 1 60 60 3600 5
@ IN NS ns.example.com.
ns.example.com. IN A 127.0.0.1
@ IN CAA 0 issue "digicert.com"
_dnsauth.shared.example.com. IN TXT "of somebody else"
_dnsauth.alias.example.com. IN CNAME elsewhere.example.org.
_dnsauth.text.example.com. IN TXT "a text"
"""
CLOSED_FILE = "$TTL 60\n@ IN SOA a. b. 1 60 60 60 5\n@ IN NS a.\n"


@dataclass
class Bind:
    """A running server; `network` reaches it as a name server and asks it as a resolver."""

    folder: Path
    algorithm: str = "hmac-sha256"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        texts = {"folder": self.folder, "port": self.port, "secret": SECRET}
        (self.folder / "named.conf").write_text(SETTINGS.format(algorithm=self.algorithm, **texts))
        command = ["named", "-g", "-n", "1", "-c", str(self.folder / "named.conf")]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        until = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < until, (self.folder / "log").read_text()
            assert self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
            self.process = None

    def values(self, name: str, rtype: str = "TXT") -> list[str]:
        """What the server itself answers, sorted."""
        question = dns.message.make_query(name, rtype)
        answer = dns.query.tcp(question, HOST, timeout=5, port=self.port).answer
        return sorted(str(each).strip('"') for rrset in answer for each in rrset)

    @property
    def network(self) -> GuardedNetwork:
        return GuardedNetwork(self.policy())

    def policy(self, *, is_open: bool = True) -> Policy:
        return Policy(
            resolvers=((HOST, self.port),),
            name_server_port=self.port,
            allowed_networks=LOOPBACK if is_open else (),
            dns_try=1.0,
            dns_total=3.0,
            connect_try=1.0,
        )

    def connection(self, **changes: object) -> Connection:
        given: dict[str, object] = {
            "name": ZONE,
            "server": HOST,
            "port": self.port,
            "key_name": KEY,
            "algorithm": self.algorithm,
            "secret": SECRET,
        }
        return Connection(**{**given, **changes})  # type: ignore[arg-type]

    def _answers(self) -> bool:
        try:
            question = dns.message.make_query(ZONE, "SOA")
            return dns.query.udp(question, HOST, timeout=0.2, port=self.port).rcode() == 0
        except (dns.exception.DNSException, OSError):
            return False


def demand_bind() -> None:
    if shutil.which("named") is None:
        if os.environ.get("RESEAL_SERVERS"):
            pytest.fail("bind9 is missing; CI installs it")
        pytest.skip("needs bind9 (make check installs it)")


@contextmanager
def running_bind(algorithm: str = "hmac-sha256") -> Iterator[Bind]:
    demand_bind()
    with tempfile.TemporaryDirectory(prefix="reseal-bind-", dir="/tmp") as name:
        folder = Path(name)
        (folder / "example.com").write_text(ZONE_FILE)
        (folder / "closed").write_text(
            ZONE_FILE.splitlines()[0] + "\n@ IN SOA a. b. 1 60 60 60 5\n@ IN NS a.\n"
        )
        server = Bind(folder, algorithm)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture
def bind() -> Iterator[Bind]:
    with running_bind() as server:
        yield server

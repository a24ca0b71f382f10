"""The zones of these tests: a root, com and example.com that are signed, and a zone for each cause.

The keys are made, and the zones signed, when the tests run.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.programs import program
from verification.methods import cname

VALUE = "20261124k3p9x0q8z7w6v5u4t3s2r1q0p9o8n7m6l5k4j3i2h1g0f9e8d7c6b5a4"
EARLIER = "20261001" + "z" * 56
TARGET = cname.target(VALUE)
PARENT = "example.com"
FIRST, SECOND, NOBODY = "127.0.0.1", "127.0.0.2", "127.0.0.3"
# Where the resolvers are found too, the one that validates first: a perspective has its own host.
VALIDATING_TOO, TRUSTING_TOO = "127.0.0.4", "127.0.0.5"
HERE = ("ns1.example.com.",)
BOTH = ("ns1.example.com.", "ns2.example.com.")
NSEC3 = ("-3", "-", "-H", "0")
RECORD = f'_dnsauth TXT "{VALUE}"'
# What a DNS host made of the whole name of a record for shop.example.com, and of its label alone
# for a name further down.
LANDED = (f'_dnsauth.shop.example.com TXT "{VALUE}"', f'_dnsauth TXT "{VALUE[::-1]}"')


@dataclass(frozen=True)
class CauseZone:
    """One zone below example.com. `second` are its records at the second name server.

    `signing` are the words for dnssec-signzone, None for a zone without signatures; then `ds` says
    whether the parent claims that it is signed all the same. `damage` is replaced in the signed
    zone by as many other characters.
    """

    label: str
    records: Sequence[str] = ()
    servers: Sequence[str] = HERE
    second: Sequence[str] | None = None
    signing: Sequence[str] | None = None
    ds: bool = True
    damage: tuple[str, str] | None = None
    served: bool = True
    files: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.label}.{PARENT}"


CAUSE_ZONES = (
    # What stands in the zone.
    CauseZone("fine", [RECORD, "www A 192.0.2.1"]),
    CauseZone("absent", ["_dnsauth A 192.0.2.1"]),
    CauseZone("nxdomain"),
    CauseZone("wrong", ['_dnsauth TXT "something else"']),
    CauseZone("stale", [f'_dnsauth TXT "{EARLIER}"']),
    CauseZone("quoted", [rf'_dnsauth TXT "\"{VALUE}\""']),
    CauseZone("split", [f'_dnsauth TXT "{VALUE[:30]}"', f'_dnsauth TXT "{VALUE[30:]}"']),
    CauseZone("doubled", [f'_dnsauth.doubled.example.com TXT "{VALUE}"']),
    CauseZone("underscore", [f'dnsauth TXT "{VALUE}"']),
    CauseZone("level", [f'@ TXT "{VALUE}"']),
    CauseZone("conflict", ["_dnsauth CNAME www.example.com."]),
    # The same for an alias.
    CauseZone("alias", [f"_dnsauth CNAME {TARGET}."]),
    CauseZone("alias-absent", ["_dnsauth A 192.0.2.1"]),
    CauseZone("alias-wrong", ["_dnsauth CNAME www.example.com."]),
    CauseZone("alias-suffixed", [f"_dnsauth CNAME {TARGET}"]),
    CauseZone("alias-stale", [f"_dnsauth CNAME {cname.target(EARLIER)}."]),
    CauseZone("alias-doubled", [f"_dnsauth.alias-doubled.example.com CNAME {TARGET}."]),
    CauseZone("alias-underscore", [f"dnsauth CNAME {TARGET}."]),
    CauseZone("alias-level", [f"_dnsauth.www CNAME {TARGET}."]),
    CauseZone("alias-conflict", ['_dnsauth TXT "left over"']),
    # A wildcard answers where nothing stands.
    CauseZone("any-alias", ["* CNAME www.example.com."]),
    CauseZone("any-text", ['* TXT "for all"']),
    CauseZone("any-stale", [f'* TXT "{EARLIER}"']),
    CauseZone("any-signed", ['* TXT "for all"'], signing=()),
    CauseZone("cached-any", ["* CNAME www.example.com."]),
    CauseZone("alias-any", ["* CNAME www.example.com."]),
    CauseZone("alias-any-text", ['* TXT "for all"']),
    CauseZone("alias-any-stale", [f"* CNAME {cname.target(EARLIER)}."]),
    # How the zone is served.
    CauseZone("servfail", ["* CNAME _dnsauth.lame.example.com."]),
    CauseZone("refused", servers=["ns3.example.com."], served=False),
    CauseZone("timeout", servers=["ns3.example.com."], served=False),
    # The same by our own resolver alone.
    CauseZone("denied", [RECORD, "@ A 127.0.0.1"]),
    CauseZone("unheard", [RECORD, "@ A 127.0.0.1"]),
    CauseZone("lame", servers=["ns2.example.com."], served=False),
    CauseZone("partial", servers=BOTH, second=[RECORD]),
    CauseZone("alias-partial", servers=BOTH, second=[f"_dnsauth CNAME {TARGET}."]),
    CauseZone("cached"),
    # Signatures.
    CauseZone("signed", [RECORD, "_dnsauth.deep.er A 192.0.2.1"], signing=()),
    CauseZone("three", [RECORD, "_dnsauth.deep.er A 192.0.2.1"], signing=NSEC3),
    CauseZone("wild", [f'*.w TXT "{VALUE}"', "taken.w A 192.0.2.1"], signing=()),
    CauseZone("wild-three", [f'*.w TXT "{VALUE}"', "taken.w A 192.0.2.1"], signing=NSEC3),
    CauseZone("optout", [RECORD, "plain NS ns1.example.com."], signing=(*NSEC3, "-A")),
    CauseZone("alias-signed", [f"_dnsauth CNAME {TARGET}."], signing=()),
    CauseZone("led", ["_dnsauth CNAME _dnsauth.signed.example.com."], signing=()),
    CauseZone("led-out", ["_dnsauth CNAME _dnsauth.fine.example.com."], signing=()),
    CauseZone("led-down", ["* CNAME nothing.below.led-down.example.com.",
              "below NS ns1.example.com."], signing=()),
    CauseZone("moved", ["below DNAME signed.example.com."], signing=()),
    CauseZone("tampered", [RECORD], signing=(), damage=(VALUE, EARLIER)),
    CauseZone("tampered-a", ["@ A 127.0.0.1"], signing=(), damage=("127.0.0.1", "127.0.0.2")),
    CauseZone("expired", [RECORD], signing=("-s", "20200101000000", "-e", "20200201000000")),
    CauseZone("stripped", [RECORD]),
    CauseZone("wrongkey", [RECORD], signing=()),
    CauseZone("caa-tampered", [RECORD, '@ CAA 0 issue "ca1.example.net"'], signing=(),
              damage=("ca1.example.net", "ca9.example.net")),
    # CAA.
    CauseZone("caa", [RECORD, '@ CAA 0 issue "ca1.example.net"']),
    CauseZone("caa-other", [RECORD, '@ CAA 0 issue "ca2.example.net"']),
    CauseZone("caa-wild", [RECORD, '@ CAA 0 issue "ca1.example.net"', '@ CAA 0 issuewild ";"']),
    CauseZone("caa-critical", [RECORD, '@ CAA 128 tbs "unknown"']),
    CauseZone("caa-account", [RECORD, '@ CAA 0 issue "ca1.example.net; accounturi=https://other/1"']),
    CauseZone("caa-method", [RECORD,
              '@ CAA 0 issue "ca1.example.net; validationmethods=ca-email"']),
)  # fmt: skip
# Zones below those, by the name of the zone above.
DEEPER: dict[str, list[str]] = {
    "plain.optout.example.com": [RECORD],
    "below.led-down.example.com": [],
}
UNSIGNED_BUT_CLAIMED = {"stripped", "wrongkey"}  # the parent has a DS of a key that nobody uses


def zone_text(records: Sequence[str], servers: Sequence[str]) -> str:
    """A zone file with a short memory, so that "no" is kept for twenty minutes."""
    lines = ["$TTL 300", "@ SOA ns1.example.com. hostmaster.example.com. 1 3600 600 86400 1200"]
    return "\n".join([*lines, *(f"@ NS {server}" for server in servers), *records, ""])


class Hierarchy:
    """The zone files in `folder`, signed, and the root's key as a trust anchor."""

    def __init__(self, folder: Path, hosts: Sequence[str]) -> None:
        self.folder = folder
        delegations = []
        for zone in CAUSE_ZONES:
            delegations += [f"{zone.label} NS {server}" for server in zone.servers]
            if zone.label in UNSIGNED_BUT_CLAIMED:
                delegations += self.claims(zone.name)
            if zone.served:
                self.write(zone.name, zone_text(zone.records, zone.servers))
            if zone.second is not None:
                self.write(f"{zone.name}.second", zone_text(zone.second, zone.servers))
            if zone.signing is not None:
                made = self.sign(zone.name, zone.signing)
                delegations += made if zone.label not in UNSIGNED_BUT_CLAIMED else []
                if zone.damage is not None:
                    self.damage(zone.name, *zone.damage)
        for name, records in DEEPER.items():
            self.write(name, zone_text(records, HERE))
        servers = [f"ns1 A {FIRST}", f"ns2 A {SECOND}", f"ns3 A {NOBODY}", "www A 192.0.2.1"]
        self.write(PARENT, zone_text([*servers, *hosts, *LANDED, *delegations], HERE))
        below = [f"example NS {HERE[0]}", *self.sign(PARENT, ())]
        self.write("com", zone_text(below, HERE))
        self.write(".", zone_text([f"com. NS {HERE[0]}", *self.sign("com", ())], HERE))
        self.anchor = self.key(".")
        self.sign(".", ())

    @property
    def names(self) -> list[str]:
        served = [zone.name for zone in CAUSE_ZONES if zone.served]
        return [".", "com", PARENT, *served, *DEEPER]

    def file(self, name: str) -> Path:
        return self.folder / ("root.zone" if name == "." else f"{name}.zone")

    def write(self, name: str, text: str) -> None:
        self.file(name).write_text(text)

    def key(self, name: str) -> str:
        """The one key of a zone, made on first use, as a line of a zone file."""
        base = self.folder / f"key-{name}"
        if not base.exists():
            base.mkdir()
            command = [program("dnssec-keygen"), "-q", "-K", str(base), "-a", "ECDSAP256SHA256"]
            subprocess.run([*command, "-f", "KSK", name], check=True, capture_output=True)
        (file,) = base.glob("*.key")
        return next(line for line in file.read_text().splitlines() if not line.startswith(";"))

    def sign(self, name: str, words: Sequence[str]) -> list[str]:
        """Sign the zone in its file; the DS records that its parent publishes."""
        file = self.file(name)
        file.write_text(f"{file.read_text()}\n{self.key(name)}\n")
        (key,) = (self.folder / f"key-{name}").glob("*.key")
        signer = [program("dnssec-signzone"), "-z", "-P", "-o", name, "-d", str(self.folder)]
        subprocess.run(
            [*signer, "-f", str(file), *words, str(file), str(key)],
            check=True,
            capture_output=True,
            cwd=self.folder,
        )
        made = self.folder / f"dsset-{name.rstrip('.')}."
        return made.read_text().splitlines()

    def claims(self, name: str) -> list[str]:
        """The DS record of a key that signs nothing."""
        return [f"{name}. DS 12345 13 2 {'ab' * 32}"]

    def damage(self, name: str, old: str, new: str) -> None:
        text = self.file(name).read_text()
        assert old in text, name
        self.file(name).write_text(re.sub(re.escape(old), new, text))

"""Keys that are known or easy to find out: a list of them, and the attacks that need no list.

BR 6.1.1.3: keys of Debian's broken generator, ROCA and close primes are refused; so are keys whose
modulus has small factors (BR 6.1.6) or betrays a broken generator in another way.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from badkeys.checks import checkrsa

from pki.findings import Finding, gettext_noop, refused

DIGEST = re.compile(r"[0-9a-f]{64}")

# Never badkeys' `blocklist` (ends the process when its download is missing), nor `rsawarnings`
# (complains of RSA-8192, which is allowed).
CHECKS = ("roca", "fermat", "smallfactors", "sharedprimes", "pattern", "rsapoly")

ADVICE = {
    "roca": (
        "csr.roca",
        gettext_noop(
            "The RSA key was made by a chip or library with the ROCA flaw (CVE-2017-15361): its"
            " private key can be computed. Make a new key with other software, and a new CSR."
        ),
    ),
    "fermat": (
        "csr.close_primes",
        gettext_noop(
            "The two primes of the RSA key are so close together that its private key can be"
            " computed. Make a new key with other software, and a new CSR."
        ),
    ),
    "smallfactors": (
        "csr.small_factor",
        gettext_noop(
            "The modulus of the RSA key has a small prime factor: the key is damaged or broken."
            " Make a new key, and a new CSR."
        ),
    ),
}
WEAK = (
    "csr.weak_key",
    gettext_noop(
        "The key is a known weak key: others can have its private key. Make a new key with"
        " up-to-date software, and a new CSR."
    ),
)


@dataclass(frozen=True)
class WeakKeys:
    """Known weak keys by digest: lower-case hex of SHA-256 over the big-endian bytes of the modulus
    (RSA, no leading zero) or of the x-coordinate (EC)."""

    digests: frozenset[str] = frozenset()

    @classmethod
    def load(cls, path: str | Path | None) -> WeakKeys:
        """Read a list: a digest a line, upper or lower case, empty lines and `#` comments skipped.

        No path is an empty list. Raises OSError when the file cannot be read and ValueError, with
        the number of the line, when a line is no digest.
        """
        if not path:
            return cls()
        found = set()
        with Path(path).open(encoding="ascii") as lines:
            for number, line in enumerate(lines, start=1):
                digest = line.partition("#")[0].strip().lower()
                if not digest:
                    continue
                if not DIGEST.fullmatch(digest):
                    raise ValueError(f"{path}, line {number}: not a SHA-256 digest in hex")
                found.add(digest)
        return cls(frozenset(found))

    def __contains__(self, octets: bytes) -> bool:
        """Whether the key with this modulus or x-coordinate is listed (big-endian; leading zeros
        of a coordinate may be in the digest or not)."""
        forms = {octets, octets.lstrip(b"\0")} if self.digests else ()
        return any(hashlib.sha256(form).hexdigest() in self.digests for form in forms)


def listed(octets: bytes, weak: WeakKeys) -> list[Finding]:
    return [refused(*WEAK)] if octets in weak else []


def check_modulus(modulus: int, exponent: int, weak: WeakKeys) -> list[Finding]:
    """Whether an RSA key of ordinary size can be found out; one finding a cause, codes differ."""
    codes = dict(ADVICE.get(name, WEAK) for name in checkrsa(modulus, exponent, checks=CHECKS))
    if modulus.to_bytes((modulus.bit_length() + 7) // 8, "big") in weak:
        codes.update([WEAK])
    return [refused(code, text) for code, text in codes.items()]

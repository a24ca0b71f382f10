"""What a CAA record says, and who asks for a certificate (RFC 8659 4, RFC 8657)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

CRITICAL = 0x80
ACCOUNT, METHODS = "accounturi", "validationmethods"
# How our ways to prove a name are called in `validationmethods`. This CA speaks no ACME, so that
# its labels begin with "ca-" (RFC 8657 4).
METHOD_LABELS = {
    "DNS": "ca-dns-txt",
    "CNAME": "ca-dns-cname",
    "FILE": "ca-file",
    "EMAIL": "ca-email",
}

# RFC 8659 4.2, piece by piece: issuer-domain-name, and one parameter; RFC 8657 4: the labels.
# ASCII, because without it the long s and the Kelvin sign would pass for letters.
_FOLD = re.ASCII | re.IGNORECASE
ISSUER = re.compile(r"[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*", _FOLD)
PARAMETER = re.compile(r"([a-z0-9]+(?:-+[a-z0-9]+)*)[ \t]*=[ \t]*([\x21-\x3a\x3c-\x7e]*)", _FOLD)
TAG = re.compile(r"[a-z0-9]+", _FOLD)
LABELS = re.compile(r"(?:[a-z0-9-]+(?:,[a-z0-9-]+)*)?", _FOLD)
BLANK = " \t"


@dataclass(frozen=True)
class Applicant:
    """Who asks, as CAA may name it: the CA's domain names, the account's URI, the way of proof.

    Without an account or a method a record that binds either never permits. `otherwise` is the
    way in which the name can still be proved anew, where an earlier proof by `method` is not
    permitted. `is_any` says that the domain names are of several CAs, and that it is not known
    which of them will be asked.
    """

    identities: Sequence[str]
    account: str = ""
    method: str = ""
    otherwise: str = ""
    is_any: bool = False

    @property
    def label(self) -> str:
        return METHOD_LABELS.get(self.method, "")

    def is_named(self, issuer_name: str) -> bool:
        return issuer_name in {identity.lower() for identity in self.identities}


Parameters = tuple[tuple[str, str], ...]


def issuer(value: str) -> tuple[str, Parameters] | None:
    """Issuer domain name (folded, "" for nobody) and parameters; None when malformed."""
    first, *rest = value.split(";")
    name = first.strip(BLANK)
    if name and not ISSUER.fullmatch(name):
        return None
    if not rest or [part.strip(BLANK) for part in rest] == [""]:
        return name.lower(), ()
    found = [PARAMETER.fullmatch(part.strip(BLANK)) for part in rest]
    read = tuple((match[1].lower(), match[2]) for match in found if match is not None)
    return (name.lower(), read) if len(read) == len(rest) else None


def labels(value: str) -> frozenset[str]:
    """The labels of a `validationmethods` value; none when it is malformed (RFC 8657 4)."""
    return frozenset(value.split(",")) - {""} if LABELS.fullmatch(value) else frozenset()

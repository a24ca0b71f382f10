"""A customer's CSR read back: what refuses it first, then what is fine, then remarks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.first_sentence import first_sentence
from certificates import wishes
from certificates.obstacles import Obstacle
from certificates.story import Certificate
from certificates.wishes import Wish
from pki import csr
from pki.csr import CheckedCsr
from pki.findings import is_refused
from pki.names import strip_wildcard
from pki.pem import BEGIN, MAX_BYTES, is_private_key

PRIVATE_KEY = "csr.private_key"
BINARY = "csr.not_pem"
TOO_MANY = {"csr.too_many_names", "domain.too_many"}
# What a new CSR by the same key mends; with any other refusal of a key, the key is new as well.
ABOUT_NAMES = TOO_MANY | {"csr.no_name", "csr.wildcard_not_allowed", "domain.type"}
ABOUT_KEYS = {
    PRIVATE_KEY,
    "csr.key_too_small",
    "csr.key_too_large",
    "csr.key_size_odd",
    "csr.key_type",
    "csr.key_compromised",
    "csr.key_of_another",
    "csr.pss_key",
    "csr.exponent",
    "csr.explicit_curve",
    "csr.curve",
    "csr.roca",
    "csr.close_primes",
    "csr.small_factor",
    "csr.weak_key",
}


@dataclass(frozen=True)
class Line:
    """One line of what we read: a bold sentence that stands alone, then the rest."""

    tone: str  # problem, done; empty for a remark
    title: str
    text: str = ""
    code: str = ""
    fits: tuple[str, ...] = ()
    too_many: tuple[str, ...] = ()
    command: str = ""  # to paste into a shell


@dataclass(frozen=True)
class Reading:
    """`pem` is the request alone, for the draft; empty when it is refused."""

    lines: tuple[Line, ...]
    obstacles: tuple[Obstacle, ...]
    names: tuple[str, ...]
    pem: str

    @property
    def ok(self) -> bool:
        return not self.obstacles

    @property
    def holds_private_key(self) -> bool:
        return any(each.code == PRIVATE_KEY for each in self.obstacles)


def as_pem(data: bytes) -> bytes:
    """A binary request as text; whatever else it is stays as it is, for the check to refuse."""
    is_der = data[:1] == b"\x30" and len(data) <= MAX_BYTES and not is_private_key(data)
    return csr.pem(data).encode() if is_der else data


def read(data: bytes, certificate: Certificate, now: datetime) -> Reading:
    """Judge a paste or file for this certificate as the verb will judge it."""
    current = certificate.current
    last = current.application if current is not None else None
    weighed = wishes.weigh(Wish(csr=as_pem(data)), certificate, last, now)
    checked = weighed.checked
    assert checked is not None
    refusals = _told_once([each for each in weighed.obstacles if each.about == "csr"])
    lines = [_refusal(each, checked, certificate) for each in refusals]
    lines += _fine(checked, certificate)
    lines += _remarks(data, checked, certificate)
    pem = csr.pem(checked.der) if checked.der is not None and not refusals else ""
    return Reading(tuple(lines), tuple(refusals), checked.names, pem)


def _told_once(obstacles: list[Obstacle]) -> list[Obstacle]:
    """Too many names for the kind of product are too many for what was bought as well."""
    codes = {each.code for each in obstacles}
    return [
        each
        for each in obstacles
        if each.code != "domain.too_many" or "csr.too_many_names" not in codes
    ]


def _refusal(refused: Obstacle, checked: CheckedCsr, certificate: Certificate) -> Line:
    title, rest = first_sentence(refused.message)
    too_many = checked.names if refused.code in TOO_MANY else ()
    held = certificate.domain_count
    name = checked.names[0] if checked.names else certificate.domain
    return Line(
        tone="problem",
        title=title,
        text=rest,
        code=refused.code,
        fits=too_many[:held],
        too_many=too_many[held:],
        command=command(refused.code, name, certificate),
    )


def command(code: str, name: str, certificate: Certificate) -> str:
    """What makes a CSR that has not this fault; empty where no one line does."""
    if code == BINARY:
        return "openssl req -inform DER -in request.der -out request.csr"
    if code not in ABOUT_NAMES | ABOUT_KEYS or not name:
        return ""
    base = strip_wildcard(name)
    asked = f"*.{base}" if certificate.product.is_wildcard else base
    stem = base.partition(".")[0]
    key = f"-key {stem}.key"
    if code in ABOUT_KEYS:
        key = f"-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {stem}.key"
    return f"openssl req -new {key} -out {stem}.csr -subj '/CN={asked}'"


def _fine(checked: CheckedCsr, certificate: Certificate) -> Iterator[Line]:
    codes = {each.code for each in checked.findings if is_refused([each])}
    if checked.public_key is not None and checked.key is not None:
        yield Line(
            "done",
            _("Key: %(key)s.") % {"key": checked.key.replace("EC_P", "EC P-").replace("_", " ")},
            _("Strong enough, and not on a list of known weak keys."),
        )
        if checked.der is not None and not any("sign" in code for code in codes):
            yield Line(
                "done",
                _("Signature: %(name)s.") % {"name": _signature(checked.der)},
                _("It verifies; you hold the key."),
            )
    if checked.names and not codes & TOO_MANY:
        count = len(checked.names)
        title = ngettext("Name: %(names)s.", "Names: %(names)s.", count)
        told = _("The domain of the new version is taken from here.")
        yield Line("done", title % {"names": ", ".join(checked.names)}, told)


def _signature(der: bytes) -> str:
    request = x509.load_der_x509_csr(der)
    hash_name = request.signature_hash_algorithm
    assert hash_name is not None  # what signs without a hash is refused before
    kind = "RSA" if isinstance(request.public_key(), rsa.RSAPublicKey) else "ECDSA"
    return f"{hash_name.name.upper().replace('SHA', 'SHA-')} {_('with')} {kind}"


def _remarks(data: bytes, checked: CheckedCsr, certificate: Certificate) -> Iterator[Line]:
    current = certificate.current
    if current is not None and checked.spki_sha256 == current.spki_sha256:
        yield Line(
            "",
            _("This is the key of version %(number)d.") % {"number": current.number},
            _("You may keep it, unless you reissue because it leaked or was lost."),
        )
    for each in checked.findings:
        if not is_refused([each]):
            title, rest = first_sentence(_(each.text) % each.params)
            yield Line("", title, rest, each.code)
    start = BEGIN.search(data)
    skipped = len(data[: start.start()].strip().splitlines()) if start and checked.der else 0
    if skipped:
        told = ngettext(
            "%(count)d line before BEGIN skipped.", "%(count)d lines before BEGIN skipped.", skipped
        )
        yield Line("", told % {"count": skipped}, _("They are not part of the request."))

"""Certificate requests: the one check that console, API and command share, and making one.

What depends on the account (whose key it is, whether it leaked) is not asked here.
"""

from __future__ import annotations

import base64
import hashlib
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from pki import addresses, public_keys, request, requested_names
from pki.addresses import IpNetwork
from pki.findings import Finding, gettext_noop, is_refused, note, refused
from pki.keys import PrivateKey, PublicKey
from pki.pem import PasteRefused, request_bytes
from pki.request import NotARequest, Request
from pki.signature_algorithms import check_signature_algorithm
from pki.strict_der import NotStrict, TrailingData
from pki.weak_keys import WeakKeys

MAX_COMMON_NAME = 64  # ub-common-name, RFC 5280 A.1

Product = Literal["single", "wildcard", "multi"]

FIELDS = {
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.15": "businessCategory",
    "2.5.4.17": "postalCode",
    "2.5.4.42": "GN",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
    "1.2.840.113549.1.9.2": "unstructuredName",
    "1.2.840.113549.1.9.7": "challengePassword",
    "1.3.6.1.4.1.311.13.2.2": "enrollmentCSP",
    "1.3.6.1.4.1.311.13.2.3": "osVersion",
    "1.3.6.1.4.1.311.21.20": "clientInfo",
    "1.3.6.1.5.5.7.1.24": "tlsFeature",
    "2.5.29.14": "subjectKeyIdentifier",
    "2.5.29.15": "keyUsage",
    "2.5.29.19": "basicConstraints",
    "2.5.29.37": "extendedKeyUsage",
}


@dataclass(frozen=True)
class CheckedCsr:
    """What was found. `names` are the good ones, canonical, the common name first; `key` is a name
    as in `RSA_2048` even when refused; `der` is set when the bytes are a request, the digest and
    `public_key` when the key may be used as well."""

    ok: bool
    names: tuple[str, ...] = ()
    key: str | None = None
    findings: tuple[Finding, ...] = ()
    der: bytes | None = None
    spki_sha256: str | None = None
    public_key: PublicKey | None = None


def check(
    data: bytes,
    *,
    product: Product | None = None,
    weak: WeakKeys = WeakKeys(),  # noqa: B008 — frozen
    p521_allowed: bool = False,
    public: Sequence[IpNetwork] | None = None,
) -> CheckedCsr:
    """Judge a paste or file that should hold a CSR in PEM. Never raises, whatever the bytes.

    `product` sets how many names may stand and whether wildcards may; none is the widest. IP
    addresses may stand where `public` is given: networks that count as public beside those that
    are.
    """
    try:
        der = request_bytes(data)
        asked = request.read(der)
        named = requested_names.judge(asked, product, public)
    except PasteRefused as refusal:
        return CheckedCsr(ok=False, findings=(refusal.finding,))
    except TrailingData:
        return CheckedCsr(ok=False, findings=(trailing_data(),))
    except NotARequest:
        return CheckedCsr(ok=False, findings=(malformed(),))
    except NotStrict:
        return CheckedCsr(ok=False, findings=(not_der(),))
    described = public_keys.describe(asked.spki, weak, p521_allowed=p521_allowed)
    parsed = None if described.findings else parse(der)
    if parsed is None and not described.findings:
        return CheckedCsr(ok=False, key=described.name, findings=(not_der(),))
    findings = [*check_repeats(asked), *described.findings, *check_signature(asked, parsed)]
    findings += [*named.findings, *ignored(asked)]
    key = parsed.public_key() if parsed else None
    return CheckedCsr(
        ok=not is_refused(findings),
        names=named.names,
        key=described.name,
        findings=tuple(findings),
        der=der,
        spki_sha256=hashlib.sha256(asked.spki).hexdigest() if key else None,
        public_key=key if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) else None,
    )


def parse(der: bytes) -> x509.CertificateSigningRequest | None:
    """The request as the library reads it; None where it sees a fault of its own, as in the signs
    of a PrintableString."""
    try:
        return x509.load_der_x509_csr(der)
    except ValueError:
        return None


def check_repeats(asked: Request) -> list[Finding]:
    """Attributes and extensions that stand twice: readers differ in which they take."""
    kinds = Counter(
        request.EXTENSION_REQUESTS[0] if kind in request.EXTENSION_REQUESTS else kind
        for kind, _ in asked.attributes
    )
    findings = []
    if any(count > 1 for count in kinds.values()) or any(
        kind in request.EXTENSION_REQUESTS and len(values) != 1 for kind, values in asked.attributes
    ):
        findings.append(
            refused(
                "csr.duplicate_attribute",
                gettext_noop(
                    "The CSR holds the same attribute twice, and programs differ in which one they"
                    " read. Make a new CSR with one list of extensions."
                ),
            )
        )
    extensions = Counter(kind for kind, _ in asked.extensions)
    if any(count > 1 for count in extensions.values()):
        findings.append(
            refused(
                "csr.duplicate_extension",
                gettext_noop(
                    "The CSR holds the same extension twice, and programs differ in which one they"
                    " read. Make a new CSR with all names in one list."
                ),
            )
        )
    return findings


def check_signature(asked: Request, parsed: x509.CertificateSigningRequest | None) -> list[Finding]:
    """That the holder of the key made this request (RFC 2986 4.2), by a hash that is allowed.

    Nothing is `parsed` when the key is refused: its signature is not computed, which such keys can
    make expensive.
    """
    findings = check_signature_algorithm(asked.signature_algorithm, is_key_good=parsed is not None)
    if findings or parsed is None:
        return findings
    try:
        if parsed.is_signature_valid:
            return []
    except (ValueError, UnsupportedAlgorithm):
        pass  # an algorithm that does not fit the key
    return [
        refused(
            "csr.bad_signature",
            gettext_noop(
                "The CSR is not signed by the key that it carries: it was changed, or damaged in"
                " copying. Copy it again, or make a new one."
            ),
        )
    ]


def ignored(asked: Request) -> list[Finding]:
    """Notes of what does not reach the certificate; of an attribute only its name is told."""
    rows = (
        (
            "csr.subject_ignored",
            gettext_noop("These subject fields do not reach the certificate: %(fields)s."),
            [kind for kind, _ in asked.subject if kind != request.COMMON_NAME],
        ),
        (
            "csr.attribute_ignored",
            gettext_noop("These attributes do not reach the certificate: %(fields)s."),
            [kind for kind, _ in asked.attributes if kind not in request.EXTENSION_REQUESTS],
        ),
        (
            "csr.extension_ignored",
            gettext_noop("These extensions do not reach the certificate: %(fields)s."),
            [kind for kind, _ in asked.extensions if kind != request.SUBJECT_ALTERNATIVE_NAME],
        ),
    )
    return [note(code, text, fields=labels(kinds)) for code, text, kinds in rows if kinds]


def labels(kinds: Iterable[str]) -> str:
    """The short names of object identifiers, each once, at most ten."""
    shown = [FIELDS.get(kind, kind)[:40] for kind in dict.fromkeys(kinds)]
    return ", ".join(shown[:10]) + (", …" if len(shown) > 10 else "")


def build(key: PrivateKey, names: Sequence[str]) -> bytes:
    """A request in DER for canonical names, the main one first (also the common name, where it is
    short enough)."""
    common = names[0] if len(names[0]) <= MAX_COMMON_NAME else None
    subject = x509.Name(
        [x509.NameAttribute(x509.NameOID.COMMON_NAME, common)] if common is not None else []
    )
    alternatives = x509.SubjectAlternativeName(addresses.general_names(names))
    builder = x509.CertificateSigningRequestBuilder(subject)
    signed = builder.add_extension(alternatives, critical=False).sign(key, hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


def pem(der: bytes) -> str:
    """A request in DER as PEM (RFC 7468 7)."""
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode("ascii"), 64))
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n"


def trailing_data() -> Finding:
    return refused(
        "csr.trailing_data",
        gettext_noop(
            "Bytes follow the CSR inside its PEM block, and programs differ in whether they read"
            " them. Make a new CSR."
        ),
    )


def not_der() -> Finding:
    return refused(
        "csr.not_der",
        gettext_noop(
            "The bytes of the CSR are not strict DER: they were changed, or the program that wrote"
            " them does not keep to X.690. Copy the CSR again, or make it with other software."
        ),
    )


def malformed() -> Finding:
    return refused(
        "csr.malformed",
        gettext_noop(
            "The PEM block holds something else than a certificate request (PKCS #10). Give the"
            " CSR, or make a new one."
        ),
    )

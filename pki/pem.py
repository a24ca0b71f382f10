"""A paste or file that should hold one certificate request in PEM (RFC 7468), and nothing secret.

Text around the block, line ends of any system, a UTF-8 byte order mark and the older label
`NEW CERTIFICATE REQUEST` are welcome.
"""

from __future__ import annotations

import base64
import binascii
import re

from pki import strict_der
from pki.findings import Finding, gettext_noop, printable, refused
from pki.strict_der import Element, NotStrict

MAX_BYTES = 16 * 1024
LABELS = (b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST")
UTF8_MARK = b"\xef\xbb\xbf"

BEGIN = re.compile(rb"-----BEGIN ([^\r\n-]*)-----")
BLOCK = re.compile(rb"-----BEGIN ([^\r\n-]*)-----([^-]*)-----END \1-----")
# Looked for in any armour, also a damaged one: what is secret must not be taken for something else.
PRIVATE_KEY = re.compile(
    rb"BEGIN[ A-Z0-9]*PRIVATE KEY|PuTTY-User-Key-File|Private-Lines:|Private-Key:", re.IGNORECASE
)
# DER of a key begins with a SEQUENCE, the Base64 of that with an M.
BASE64_RUN = re.compile(rb"^[ \t]*(M[A-Za-z0-9+/=\s]{63,})", re.MULTILINE)


class PasteRefused(ValueError):
    """A paste without one readable request; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def request_bytes(data: bytes) -> bytes:
    """The bytes of the one request in the paste, its Base64 decoded and nothing else judged.

    Raises PasteRefused. A private key is looked for first, whatever else is wrong.
    """
    flat = data.replace(b"\0", b"")  # UTF-16 of Latin letters becomes readable
    if PRIVATE_KEY.search(flat) or holds_private_key(data):
        raise PasteRefused(private_key())
    if len(data) > MAX_BYTES:
        raise PasteRefused(too_large())
    if b"\0" in data and BEGIN.search(flat) and not BEGIN.search(data):
        raise PasteRefused(utf16())
    data = data.removeprefix(UTF8_MARK)
    beginnings = BEGIN.findall(data)
    if not beginnings:
        raise PasteRefused(not_pem())
    if len(beginnings) > 1:
        raise PasteRefused(second_block())
    if beginnings[0] not in LABELS:
        raise PasteRefused(not_a_request(beginnings[0]))
    block = BLOCK.search(data)
    if block is None:
        raise PasteRefused(cut_off())
    der = decoded(block[2])
    if der is None:
        raise PasteRefused(bad_base64())
    if is_private_key(der):
        raise PasteRefused(private_key())
    return der


def decoded(text: bytes) -> bytes | None:
    """Base64 between the lines of the armour; None when it is not the one encoding of its bytes
    (RFC 4648 3.5)."""
    joined = b"".join(text.split())
    try:
        der = base64.b64decode(joined, validate=True)
    except (binascii.Error, ValueError):
        return None
    return der if der and base64.b64encode(der) == joined else None


def holds_private_key(data: bytes) -> bool:
    """Whether a private key stands here without its armour: as DER, or as bare Base64."""
    if is_private_key(data):
        return True
    runs = (b"".join(run.split()) for run in BASE64_RUN.findall(data[: 4 * MAX_BYTES]))
    return any(is_private_key(der) for run in runs if (der := decoded(run)))


def is_private_key(der: bytes) -> bool:
    """Whether the bytes have the shape of PKCS #1, SEC 1 or PKCS #8, plain or encrypted."""
    try:
        outer = strict_der.read(der)
        parts = strict_der.parts(outer, strict_der.SEQUENCE)
    except NotStrict:
        return False
    return any(shape(parts) for shape in (is_pkcs1, is_pkcs8_or_sec1, is_encrypted_pkcs8))


def is_pkcs1(parts: tuple[Element, ...]) -> bool:
    """Version and eight numbers of RSA (RFC 8017 A.1.2), or version and five of DSA."""
    integers = [part.tag == strict_der.INTEGER for part in parts]
    return len(integers) >= 6 and all(integers[:6])


def is_pkcs8_or_sec1(parts: tuple[Element, ...]) -> bool:
    """Version, perhaps an algorithm, and octets that hold the key (RFC 5958 2, RFC 5915 3)."""
    tags = [part.tag for part in parts[:3]]
    integer, sequence, octets = strict_der.INTEGER, strict_der.SEQUENCE, strict_der.OCTET_STRING
    return tags == [integer, sequence, octets] or tags[:2] == [integer, octets]


def is_encrypted_pkcs8(parts: tuple[Element, ...]) -> bool:
    """An algorithm and the encrypted octets (RFC 5958 3)."""
    return [part.tag for part in parts] == [strict_der.SEQUENCE, strict_der.OCTET_STRING]


def private_key() -> Finding:
    return refused(
        "csr.private_key",
        gettext_noop(
            "There is a private key in what you gave. We did not keep it, but a key that was shown"
            " to others is not secret any more: discard it, make a new key, and give only the CSR."
        ),
    )


def too_large() -> Finding:
    return refused(
        "csr.too_large",
        gettext_noop(
            "What you gave is larger than %(limit)d KiB. Give only the CSR, from its BEGIN line to"
            " its END line."
        ),
        limit=MAX_BYTES // 1024,
    )


def utf16() -> Finding:
    return refused(
        "csr.utf16",
        gettext_noop(
            "The file is written in UTF-16, as some Windows programs do. Save it again as ASCII or"
            " UTF-8 text."
        ),
    )


def not_pem() -> Finding:
    return refused(
        "csr.not_pem",
        gettext_noop(
            "There is no CSR in PEM here: no line -----BEGIN CERTIFICATE REQUEST-----. Give the"
            " text of the CSR file; a binary one becomes text by openssl req -inform DER -in FILE."
        ),
    )


def second_block() -> Finding:
    return refused(
        "csr.second_block",
        gettext_noop(
            "There is more than one BEGIN line here. Give one CSR, from its BEGIN line to its END"
            " line, and nothing else that is armoured."
        ),
    )


def not_a_request(label: bytes) -> Finding:
    return refused(
        "csr.not_a_request",
        gettext_noop(
            "This is a %(label)s, not a certificate request. Give the CSR, which begins with"
            " -----BEGIN CERTIFICATE REQUEST-----."
        ),
        label=printable(label.decode("latin-1"), 40),
    )


def cut_off() -> Finding:
    return refused(
        "csr.cut_off",
        gettext_noop(
            "The CSR has no line -----END CERTIFICATE REQUEST----- that fits its BEGIN line. Copy"
            " it again, whole."
        ),
    )


def bad_base64() -> Finding:
    return refused(
        "csr.bad_base64",
        gettext_noop(
            "The text between the BEGIN and END lines is not whole Base64: something was added,"
            " changed or lost. Copy the CSR again, whole."
        ),
    )

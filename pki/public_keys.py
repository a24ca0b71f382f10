"""Which public keys a publicly trusted certificate may carry (BR 6.1.1.3, 6.1.5, 6.1.6, 7.1.3.1).

The bytes of the SubjectPublicKeyInfo are judged before any library reads them: libraries accept
explicit curves, an RSA key under the PSS identifier, or one without its NULL.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pki import strict_der
from pki.findings import Finding, gettext_noop, refused
from pki.strict_der import Element, NotStrict
from pki.weak_keys import WeakKeys, check_modulus, listed

RSA = "1.2.840.113549.1.1.1"
RSA_PSS = "1.2.840.113549.1.1.10"
EC = "1.2.840.10045.2.1"
CURVES = {
    "1.2.840.10045.3.1.7": ("EC_P256", 32),
    "1.3.132.0.34": ("EC_P384", 48),
    "1.3.132.0.35": ("EC_P521", 66),
}
UNCOMPRESSED = 4

MIN_BITS = 2048
MAX_BITS = 8192
MIN_EXPONENT = 65537
MAX_EXPONENT_BITS = 256
LARGE_BITS = 3072
MAX_EXPONENT_BITS_OF_LARGE = 64


@dataclass(frozen=True)
class PublicKeyInfo:
    """What the bytes of a public key say: a name as in `RSA_2048`, None for types that we do not
    know, and what is wrong."""

    name: str | None
    findings: tuple[Finding, ...]


def check_spki(spki_der: bytes, weak: WeakKeys, *, p521_allowed: bool = False) -> list[Finding]:
    """Everything that keeps this key out of a certificate; an empty list when nothing does."""
    return list(describe(spki_der, weak, p521_allowed=p521_allowed).findings)


def describe(spki_der: bytes, weak: WeakKeys, *, p521_allowed: bool = False) -> PublicKeyInfo:
    """Name and faults of a SubjectPublicKeyInfo (RFC 5280 4.1.2.7). Never raises."""
    try:
        algorithm, bits = strict_der.parts(strict_der.read(spki_der), strict_der.SEQUENCE)
        kind, *parameters = strict_der.parts(algorithm, strict_der.SEQUENCE)
        key = strict_der.whole_octets(bits)
        oid = strict_der.oid(kind)
        name: str | None
        if oid == RSA:
            name, findings = describe_rsa(key, parameters, weak)
        elif oid == EC:
            name, findings = describe_ec(key, parameters, weak, p521_allowed)
        else:
            return PublicKeyInfo(None, (other_type(oid),))
    except ValueError:  # NotStrict, or not the number of parts that a key has
        return PublicKeyInfo(None, (malformed(),))
    if not findings and not is_readable(spki_der):
        findings = [malformed()]
    return PublicKeyInfo(name, tuple(findings))


def describe_rsa(
    key: bytes, parameters: list[Element], weak: WeakKeys
) -> tuple[str, list[Finding]]:
    """An RSA key by RFC 3279 2.3.1 and BR 6.1.5, 6.1.6. Raises NotStrict."""
    numbers = strict_der.parts(strict_der.read(key), strict_der.SEQUENCE)
    if len(numbers) != 2:
        raise NotStrict("an RSA public key is two numbers")
    modulus, exponent = (strict_der.integer(number) for number in numbers)
    if modulus < 3 or exponent < 1:
        raise NotStrict("an RSA public key is two positive numbers")
    findings = []
    if [parameter.tag for parameter in parameters] != [strict_der.NULL]:
        findings.append(
            refused(
                "csr.spki_without_null",
                gettext_noop(
                    "The RSA key lacks the NULL parameter that the standard asks for (RFC 3279),"
                    " or has another in its place. Make the CSR with other software."
                ),
            )
        )
    size_findings = check_size(modulus.bit_length())
    findings += size_findings + check_exponent(exponent, modulus.bit_length())
    if not size_findings:
        findings += check_modulus(modulus, exponent, weak)
    return f"RSA_{modulus.bit_length()}", findings


def check_size(bits: int) -> list[Finding]:
    """BR 6.1.5: at least 2048 bits, a multiple of 8; above 8192 nobody can afford to check."""
    if bits < MIN_BITS:
        return [
            refused(
                "csr.key_too_small",
                gettext_noop(
                    "The RSA key has %(bits)d bits, and %(limit)d are the least. Make a key of"
                    " 2048 bits or more, and a new CSR."
                ),
                bits=bits,
                limit=MIN_BITS,
            )
        ]
    if bits > MAX_BITS:
        return [
            refused(
                "csr.key_too_large",
                gettext_noop(
                    "The RSA key has %(bits)d bits, and %(limit)d are the most. Make a key of 2048,"
                    " 3072 or 4096 bits, and a new CSR."
                ),
                bits=bits,
                limit=MAX_BITS,
            )
        ]
    if bits % 8:
        return [
            refused(
                "csr.key_size_odd",
                gettext_noop(
                    "The RSA key has %(bits)d bits, which is not a multiple of 8. Make a key of"
                    " 2048, 3072 or 4096 bits, and a new CSR."
                ),
                bits=bits,
            )
        ]
    return []


def check_exponent(exponent: int, bits: int) -> list[Finding]:
    """BR 6.1.6: odd, from 2^16+1 to 2^256-1. Beside a modulus of more than 3072 bits OpenSSL, and
    so most servers and clients, computes with exponents up to 64 bits only."""
    most = MAX_EXPONENT_BITS if bits <= LARGE_BITS else MAX_EXPONENT_BITS_OF_LARGE
    if exponent % 2 and exponent >= MIN_EXPONENT and exponent.bit_length() <= most:
        return []
    return [
        refused(
            "csr.exponent",
            gettext_noop(
                "The public exponent of the RSA key is not allowed: it must be odd, at least 65537"
                " and below 2^%(most)d. Make a key with the usual exponent 65537, and a new CSR."
            ),
            most=most,
        )
    ]


def describe_ec(
    key: bytes, parameters: list[Element], weak: WeakKeys, p521_allowed: bool
) -> tuple[str | None, list[Finding]]:
    """A key on a named curve by RFC 5480 2.1.1 and 2.2, BR 6.1.5. Raises NotStrict."""
    if len(parameters) != 1:
        raise NotStrict("an EC key names its curve")
    if parameters[0].tag == strict_der.SEQUENCE:
        return None, [
            refused(
                "csr.explicit_curve",
                gettext_noop(
                    "The CSR spells out the numbers of its curve instead of naming it, which can"
                    " hide a false curve (RFC 5480 2.1.1). Make the key with a named curve, P-256"
                    " or P-384, and a new CSR."
                ),
            )
        ]
    if parameters[0].tag == strict_der.NULL:
        return None, [other_curve()]
    name, octets = CURVES.get(strict_der.oid(parameters[0]), (None, 0))
    if name is None:
        return None, [other_curve()]
    if name == "EC_P521" and not p521_allowed:
        return name, [other_curve()]
    if len(key) != 1 + 2 * octets or key[0] != UNCOMPRESSED:
        return name, [
            refused(
                "csr.compressed_point",
                gettext_noop(
                    "The point of the EC key is not written out in full (RFC 5480 2.2). Make the"
                    " CSR with the point in its uncompressed form."
                ),
            )
        ]
    return name, listed(key[1 : 1 + octets], weak)


def is_readable(spki_der: bytes) -> bool:
    """Whether the library takes it for a key: the point is on its curve, for instance."""
    try:
        load_der_public_key(spki_der)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def other_curve() -> Finding:
    return refused(
        "csr.curve",
        gettext_noop(
            "The EC key is on a curve that certificates for the public do not use here. Make a key"
            " on P-256 or P-384, and a new CSR."
        ),
    )


def other_type(oid: str) -> Finding:
    if oid == RSA_PSS:
        return refused(
            "csr.pss_key",
            gettext_noop(
                "The key is marked for RSA-PSS signatures only, which certificates for the public"
                " may not carry (BR 7.1.3.1). Make an ordinary RSA key, and a new CSR."
            ),
        )
    return refused(
        "csr.key_type",
        gettext_noop(
            "The type of the key (%(oid)s) is not one that certificates for the public may carry"
            " (BR 6.1.5). Make an RSA key, or an EC key on P-256 or P-384, and a new CSR."
        ),
        oid=oid,
    )


def malformed() -> Finding:
    return refused(
        "csr.key_malformed",
        gettext_noop(
            "The public key cannot be read: its bytes are damaged, or are no key of its type. Make"
            " a new key and a new CSR."
        ),
    )

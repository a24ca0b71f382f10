"""By which algorithms a request may be signed: SHA-256, SHA-384 or SHA-512 (BR 7.1.3.2)."""

from __future__ import annotations

from pki import strict_der
from pki.findings import Finding, gettext_noop, refused
from pki.strict_der import Element, NotStrict

RSASSA_PSS = "1.2.840.113549.1.1.10"

ALLOWED = {
    "1.2.840.113549.1.1.11",  # RSA with SHA-256
    "1.2.840.113549.1.1.12",  # SHA-384
    "1.2.840.113549.1.1.13",  # SHA-512
    "1.2.840.10045.4.3.2",  # ECDSA with SHA-256
    "1.2.840.10045.4.3.3",  # SHA-384
    "1.2.840.10045.4.3.4",  # SHA-512
}
PSS_HASHES = {
    "2.16.840.1.101.3.4.2.1",  # SHA-256
    "2.16.840.1.101.3.4.2.2",  # SHA-384
    "2.16.840.1.101.3.4.2.3",  # SHA-512
}
SHA1 = "1.3.14.3.2.26"

# Hashes outside of BR 7.1.3.2, whether broken or not.
HASHES = {
    SHA1: "SHA-1",
    "1.2.840.113549.2.2": "MD2",
    "1.2.840.113549.2.5": "MD5",
    "2.16.840.1.101.3.4.2.4": "SHA-224",
    "2.16.840.1.101.3.4.2.5": "SHA-512/224",
    "2.16.840.1.101.3.4.2.6": "SHA-512/256",
    "2.16.840.1.101.3.4.2.7": "SHA3-224",
    "2.16.840.1.101.3.4.2.8": "SHA3-256",
    "2.16.840.1.101.3.4.2.9": "SHA3-384",
    "2.16.840.1.101.3.4.2.10": "SHA3-512",
    # the same, with the kind of key in one identifier
    "1.2.840.113549.1.1.2": "MD2",
    "1.2.840.113549.1.1.3": "MD4",
    "1.2.840.113549.1.1.4": "MD5",
    "1.2.840.113549.1.1.5": "SHA-1",
    "1.3.14.3.2.29": "SHA-1",
    "1.2.840.113549.1.1.14": "SHA-224",
    "1.2.840.113549.1.1.15": "SHA-512/224",
    "1.2.840.113549.1.1.16": "SHA-512/256",
    "1.2.840.10045.4.1": "SHA-1",
    "1.2.840.10045.4.3.1": "SHA-224",
    "2.16.840.1.101.3.4.3.9": "SHA3-224",
    "2.16.840.1.101.3.4.3.10": "SHA3-256",
    "2.16.840.1.101.3.4.3.11": "SHA3-384",
    "2.16.840.1.101.3.4.3.12": "SHA3-512",
    "2.16.840.1.101.3.4.3.13": "SHA3-224",
    "2.16.840.1.101.3.4.3.14": "SHA3-256",
    "2.16.840.1.101.3.4.3.15": "SHA3-384",
    "2.16.840.1.101.3.4.3.16": "SHA3-512",
}


def check_signature_algorithm(algorithm: Element, *, is_key_good: bool) -> list[Finding]:
    """A hash that is not allowed, always; an unknown algorithm only beside a good key, since a
    strange key explains a strange signature."""
    try:
        kind = hash_or_algorithm(algorithm)
    except ValueError:  # NotStrict, or other parameters than the algorithm has
        kind = "?"
    if kind in ALLOWED or kind in PSS_HASHES:
        return []
    if kind in HASHES:
        return [
            refused(
                "csr.weak_hash",
                gettext_noop(
                    "The CSR is signed with %(hash)s, which is not allowed (BR 7.1.3.2). Make the"
                    " CSR again with SHA-256, for example openssl req -new -sha256."
                ),
                hash=HASHES[kind],
            )
        ]
    if not is_key_good:
        return []
    return [
        refused(
            "csr.signature_algorithm",
            gettext_noop(
                "The CSR is signed by an algorithm that is not allowed (BR 7.1.3.2). Make it again"
                " with SHA-256, for example openssl req -new -sha256."
            ),
        )
    ]


def hash_or_algorithm(algorithm: Element) -> str:
    """The identifier of the algorithm; for RSA-PSS, which names its hash apart, of that hash
    (RFC 4055 3.1; none named is SHA-1). Raises ValueError."""
    kind, *parameters = algorithm.parts
    oid = strict_der.oid(kind)
    if oid != RSASSA_PSS:
        return oid
    (pss,) = parameters
    named = [part for part in strict_der.parts(pss, strict_der.SEQUENCE) if part.tag == 0xA0]
    if not named:
        return SHA1
    (hash_algorithm,) = named[0].parts
    if not hash_algorithm.parts:
        raise NotStrict("a hash algorithm without its identifier")
    return strict_der.oid(hash_algorithm.parts[0])

"""Certificates as files for servers: PEM chains, and zips with a folder a server."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence

from cryptography import x509
from cryptography.hazmat.primitives import serialization

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_NO_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip knows: the same content gives the same bytes
_PRIVATE = 0o600 << 16


def pem(certificates: Sequence[bytes]) -> str:
    """PEM of certificates given as DER, in the given order."""
    return "".join(
        x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM).decode()
        for der in certificates
    )


def safe_name(text: str) -> str:
    """A name for a file on any system: `*` is spelled out, nothing leads to another folder."""
    plain = _UNSAFE.sub("_", text.replace("*", "_wildcard")).lstrip(".")
    return plain[:200] or "certificate"


def _zip(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _PRIVATE
            archive.writestr(entry, content)
    return buffer.getvalue()


def _split(chain: str) -> tuple[str, str]:
    """The leaf, and the issuers that follow it."""
    leaf, *issuers = x509.load_pem_x509_certificates(chain.encode())
    encoding = serialization.Encoding.PEM
    rest = "".join(issuer.public_bytes(encoding).decode() for issuer in issuers)
    return leaf.public_bytes(encoding).decode(), rest


def apache_files(chain: str, private: str | None) -> dict[str, str]:
    """Leaf and issuers apart, as SSLCertificateFile and SSLCertificateChainFile take them."""
    leaf, issuers = _split(chain)
    return {"ca.crt": issuers, "server.crt": leaf} | _key_file(private)


def nginx_files(chain: str, private: str | None) -> dict[str, str]:
    """Leaf and issuers in one file, as ssl_certificate takes them."""
    return {"server.crt": chain} | _key_file(private)


def pem_files(chain: str, private: str | None) -> dict[str, str]:
    leaf, issuers = _split(chain)
    return {"cert.pem": leaf, "chain.pem": issuers, "fullchain.pem": chain} | (
        {"privkey.pem": private} if private else {}
    )


def _key_file(private: str | None) -> dict[str, str]:
    return {"server.key": private} if private else {}


def server_zip(certificate_id: str, domain: str, chain: str, private: str | None) -> bytes:
    """A folder each for Apache, Nginx and plain PEM; every name starts with id and domain.

    `chain` is PEM, leaf first, without root; `private` is the key's PEM, None when it is not ours
    to give.
    """
    start = safe_name(f"{certificate_id}_{domain}")
    folders = {
        "Apache": apache_files(chain, private),
        "Nginx": nginx_files(chain, private),
        "PEM": pem_files(chain, private),
    }
    return _zip(
        {
            f"{start}_{folder}/{start}_{name}": content.encode()
            for folder, files in folders.items()
            for name, content in files.items()
        }
    )

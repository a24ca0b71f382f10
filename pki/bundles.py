"""Certificates as files for servers: PEM chains, and zips with a folder a server."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization.pkcs12 import (
    PBES,
    serialize_key_and_certificates,
)

from pki.keys import PrivateKey, private_pem

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


def pkcs12(
    alias: str, chain: str, key: PrivateKey, passphrase: str, *, is_legacy: bool = False
) -> bytes:
    """Key, leaf and issuers in one file (RFC 7292), as IIS and Tomcat take them.

    The default is AES-256 with SHA-256. `is_legacy` is for Windows before Server 2019 and Java
    before 8u301, which read 3DES with SHA-1 only.
    """
    leaf, *issuers = x509.load_pem_x509_certificates(chain.encode())
    builder = serialization.PrivateFormat.PKCS12.encryption_builder().kdf_rounds(ROUNDS)
    if is_legacy:
        builder = builder.key_cert_algorithm(PBES.PBESv1SHA1And3KeyTripleDESCBC)
        builder = builder.hmac_hash(SHA1())  # noqa: S303  # what these systems can read
    else:
        builder = builder.key_cert_algorithm(PBES.PBESv2SHA256AndAES256CBC).hmac_hash(SHA256())
    encryption = builder.build(passphrase.encode())
    return serialize_key_and_certificates(alias.encode(), key, leaf, issuers, encryption)


class Server(StrEnum):
    """Who reads the files; the value is the name of their folder."""

    NGINX = "Nginx"
    APACHE = "Apache"
    IIS = "IIS"
    TOMCAT = "Tomcat"
    PEM = "PEM"


TEXT_FILES: Mapping[Server, Callable[[str, str | None], dict[str, str]]] = {
    Server.APACHE: apache_files,
    Server.NGINX: nginx_files,
    Server.PEM: pem_files,
}
PKCS12_FILES = {Server.IIS: "server.pfx", Server.TOMCAT: "server.p12"}
ALIAS = "server"
ROUNDS = 100_000


def server_files(
    server: Server,
    chain: str,
    key: PrivateKey | None,
    passphrase: str = "",
    *,
    is_legacy: bool = False,
) -> dict[str, bytes]:
    """The files of one server. A key is encrypted with `passphrase`, where one is given.

    `chain` is PEM, leaf first, without root. A PKCS #12 file needs key and passphrase: nothing
    comes for its readers without both.
    """
    if server in PKCS12_FILES:
        if key is None or not passphrase:
            return {}
        content = pkcs12(ALIAS, chain, key, passphrase, is_legacy=is_legacy)
        return {PKCS12_FILES[server]: content}
    private = None if key is None else private_pem(key, passphrase)
    files = TEXT_FILES[server](chain, private)
    return {name: content.encode() for name, content in files.items()}


def server_zip(
    certificate_id: str,
    domain: str,
    chain: str,
    key: PrivateKey | None,
    servers: Sequence[Server] = tuple(Server),
    passphrase: str = "",
    *,
    is_legacy: bool = False,
) -> bytes:
    """A folder a server; every name starts with id and domain. See `server_files`."""
    start = safe_name(f"{certificate_id}_{domain}")
    return _zip(
        {
            f"{start}_{server.value}/{start}_{name}": content
            for server in servers
            for name, content in server_files(
                server, chain, key, passphrase, is_legacy=is_legacy
            ).items()
        }
    )

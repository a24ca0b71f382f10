"""What differs between two versions of a certificate, line by line; and what stayed the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.dates import second
from certificates.versions import Version

Lines = tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """One field of both versions, as lines; `gone` and `come` are lines that the other lacks."""

    label: str
    before: Lines
    after: Lines
    is_code: bool = False

    @property
    def is_same(self) -> bool:
        return self.before == self.after

    @property
    def gone(self) -> Lines:
        return tuple(line for line in self.before if line not in self.after)

    @property
    def come(self) -> Lines:
        return tuple(line for line in self.after if line not in self.before)


@dataclass(frozen=True)
class Comparison:
    before: Version
    after: Version
    changed: tuple[Difference, ...]
    same: tuple[Difference, ...]


@dataclass(frozen=True)
class Field:
    label: Promise
    read: Callable[[Version, x509.Certificate], Lines]
    is_code: bool = False


def _moment(version: Version, when: str) -> Lines:
    return (f"{second(getattr(version, when))} UTC",)


def _algorithm(version: Version) -> str:
    """RSA 2048, EC P-256"""
    return version.key_algorithm.replace("EC_P", "EC P-").replace("_", " ")


def _name(name: x509.Name) -> Lines:
    return (name.rfc4514_string() or _("none"),)


FIELDS: tuple[Field, ...] = (
    Field(gettext_lazy("Names"), lambda version, _leaf: tuple(sorted(version.names))),
    Field(gettext_lazy("Valid from"), lambda version, _leaf: _moment(version, "not_before")),
    Field(gettext_lazy("Valid to"), lambda version, _leaf: _moment(version, "not_after")),
    Field(gettext_lazy("Serial"), lambda version, _leaf: (version.serial,), is_code=True),
    Field(gettext_lazy("Key"), lambda version, _leaf: (_algorithm(version),)),
    Field(
        gettext_lazy("Public key (SHA-256)"),
        lambda version, _leaf: (version.spki_sha256,),
        is_code=True,
    ),
    Field(
        gettext_lazy("Who holds the key"),
        lambda version, _leaf: (str(version.get_key_custody_display()),),
    ),
    Field(gettext_lazy("Subject"), lambda _version, leaf: _name(leaf.subject)),
    Field(gettext_lazy("Issuer"), lambda _version, leaf: _name(leaf.issuer)),
)


def compare(before: Version, after: Version) -> Comparison:
    leaves = [x509.load_pem_x509_certificate(each.leaf.encode()) for each in (before, after)]
    found = [
        Difference(
            str(field.label),
            field.read(before, leaves[0]),
            field.read(after, leaves[1]),
            field.is_code,
        )
        for field in FIELDS
    ]
    return Comparison(
        before,
        after,
        changed=tuple(each for each in found if not each.is_same),
        same=tuple(each for each in found if each.is_same),
    )

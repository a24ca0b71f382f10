"""Finding a certificate by what people have at hand: a name, a domain, a serial, a fingerprint."""

from __future__ import annotations

import re

from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast

from certificates.applications import Application
from certificates.versions import Version
from pki import names

LONGEST = 253  # the longest name of a host; a fingerprint with its colons is shorter
FEWEST_DIGITS = 6  # fewer digits of a serial would find chance
_LABEL = re.compile(r"^\s*(?:serial|sha-?256 fingerprint)\s*[=:]\s*", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]+")
_ID = re.compile(r"(?:scs)?[0-9]+")
_HOST = re.compile(r"[a-z0-9*._-]+")


def tidy(text: str) -> str:
    """What was typed, without what no name holds (PostgreSQL refuses NUL by raising)."""
    return "".join(sign for sign in text if sign.isprintable()).strip()[:LONGEST]


def matching(text: str) -> Q:
    """The certificates that `text` means; of any version, also those that were replaced."""
    found = Q(name__icontains=text)
    if _ID.fullmatch(text.lower()):
        found |= Q(pk__contains=text.lower())
    host = as_stored(text)
    if host:
        found |= Q(domain__contains=host) | _with_name(host)
    digits = re.sub(r"[:\s]", "", _LABEL.sub("", text)).lower()
    if len(digits) >= FEWEST_DIGITS and _HEX.fullmatch(digits):
        found |= _with_digits(digits)
    return found


def as_stored(text: str) -> str:
    """The form in which names are stored: lower case, A-labels. Empty if it is no part of one."""
    host = text.lower().removesuffix(".")
    if not host.isascii():
        try:
            host = names.mapped(host)
        except names.NameRefused:
            return ""
    return host if _HOST.fullmatch(host) else ""


def _with_name(host: str) -> Q:
    """Any of its names: of the version in force, or of the application that is open."""
    issued = Version.objects.annotate(listed=Cast("names", TextField()))
    asked = Application.objects.annotate(listed=Cast("sans", TextField()))
    return Q(
        Exists(issued.filter(certificate=OuterRef("pk"), is_current=True, listed__contains=host))
    ) | Q(
        Exists(
            asked.filter(certificate=OuterRef("pk"), ended_at__isnull=True, listed__contains=host)
        )
    )


def _with_digits(digits: str) -> Q:
    # A serial is stored without leading zeros; tools print them.
    serial = digits.lstrip("0") or "0"
    return Q(
        Exists(
            Version.objects.filter(
                Q(serial__startswith=serial) | Q(fingerprint__startswith=digits),
                certificate=OuterRef("pk"),
            )
        )
    )

"""Whether a text is one plain mail address: what people type, and what would break a mail's head.

Stricter than RFC 5322, whose quoted names may hold control characters: such an address would be
read differently by each program that it passes.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from pki.findings import printable

LONGEST = 254  # RFC 5321 4.5.3.1.3, without the angle brackets
# Controls, marks that turn the direction of writing or join nothing, other line ends (RFC 5322
# 2.2, 3.2.3; Unicode TR 36 2.1): none of them is seen, and each may end a header.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@dataclass(frozen=True)
class Fault:
    """`kind` is the end of a code, whose beginning says whose address it is; empty: no address."""

    kind: str
    message: str


def fault(text: str) -> Fault | None:
    """What is wrong with a mail address; None when it is one."""
    if len(text) > LONGEST:
        message = _("%(address)s is longer than the %(limit)d characters of a mail address.")
        told = {"address": printable(text, 40), "limit": LONGEST}
        return Fault("_too_long", message % told + " " + _("Use a shorter one."))
    if any(unicodedata.category(sign) in UNSEEN for sign in text):
        message = _(
            "There are signs in %(address)s that nobody sees, such as the end of a line or a mark"
            " of direction. Delete the address and type it anew."
        )
        return Fault("_control_character", message % {"address": printable(text)})
    if _is_address(text):
        return None
    if text.count("@") > 1:
        message = _("%(address)s is more than one address. Write one, like name@company.example.")
        return Fault("_several", message % {"address": printable(text)})
    return Fault("", _("This is no e-mail address. Write it like name@company.example."))


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return not text.startswith('"')  # a quoted name: no mailbox of today needs it

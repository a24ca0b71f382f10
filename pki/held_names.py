"""Names that a certificate may carry only when people have looked at them.

Nothing is wrong with their form, so that nothing here refuses. Who else than us would hold them:
BR 4.2.1 asks for more care with names that may be used for fraud.
"""

from __future__ import annotations

from functools import cache

import idna
from publicsuffixlist import PublicSuffixList

from pki import scripts
from pki.addresses import is_address
from pki.findings import Finding, gettext_noop, note, printable
from pki.names import public_suffix, registered_domain, strip_wildcard

MIXED_SCRIPTS = "name.mixed_scripts"
PRIVATE_SUFFIX = "name.private_suffix"
HOLDING = frozenset({MIXED_SCRIPTS, PRIVATE_SUFFIX})
LONGEST_SHOWN = 120


def reasons(name: str) -> list[Finding]:
    """Why people look at a canonical name first; empty for almost every name."""
    if is_address(name):
        return []
    checks = (check_scripts, check_private_suffix)
    return [found for check in checks if (found := check(name)) is not None]


def in_letters(label: str) -> str:
    """A label as people read it; an A-label that does not decode stays as it is."""
    try:
        return idna.ulabel(label) if label.startswith("xn--") else label
    except (idna.IDNAError, UnicodeError):
        return label


def shown(name: str) -> str:
    """A name as it is stored, and where that differs also as people read it."""
    letters = ".".join(map(in_letters, name.split(".")))
    return printable(name if letters == name else f"{name} ({letters})", LONGEST_SHOWN)


def check_scripts(name: str) -> Finding | None:
    """A label that mixes scripts may pass for another one: а (Cyrillic) for a (UTS 39 5.2)."""
    for label in map(in_letters, strip_wildcard(name).split(".")):
        if scripts.is_mixed(label):
            return note(
                MIXED_SCRIPTS,
                gettext_noop(
                    "%(name)s mixes letters of several scripts (%(scripts)s) in one label, which"
                    " can make it pass for another name. The authority’s staff look at it before"
                    " anything else happens; check that every letter is the one that you mean."
                ),
                name=shown(name),
                scripts=", ".join(sorted(each.title() for each in scripts.scripts(label))),
            )
    return None


@cache
def _every_suffix() -> PublicSuffixList:
    """With the private part of the list, in which hosters name what their customers share."""
    return PublicSuffixList(accept_unknown=False)


def own_domain(name: str) -> str:
    """What a canonical name's holder has for themselves: the registered domain, or below a suffix
    of the private part the name of the hoster's customer; empty when there is none."""
    return _every_suffix().privatesuffix(strip_wildcard(name)) or registered_domain(name)


def check_private_suffix(name: str) -> Finding | None:
    """A name below which a hoster's customers stand: it, or its wildcard, speaks for all of them
    (BR 3.2.2.6)."""
    base = strip_wildcard(name)
    if _every_suffix().publicsuffix(base) != base or public_suffix(base) == base:
        return None
    return note(
        PRIVATE_SUFFIX,
        gettext_noop(
            "Customers of a hoster have names of their own below %(suffix)s, for all of whom"
            " %(name)s would speak. The authority’s staff look at it before anything else"
            " happens; name your own host if you are one of those customers."
        ),
        name=shown(name),
        suffix=shown(base),
    )

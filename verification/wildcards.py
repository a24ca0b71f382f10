"""Whether a wildcard record answers for a name at which nothing stands.

It does for every name that is not there (RFC 4592 3.3.1), so that a name that we make up gets the
same answer. What is published at the name itself comes before the wildcard, which may stay.
"""

from __future__ import annotations

import secrets
from string import ascii_lowercase

from verification.dns_lookup import UNANSWERED, DnsAnswer, DnsStatus
from verification.evidence import quoted

# Letters enough that nobody has published such a name, or can know which one is asked.
LENGTH = 16


def made_up_beside(name: str) -> str:
    """A name that nobody has published, with the same parent as `name`."""
    label = "".join(secrets.choice(ascii_lowercase) for _ in range(LENGTH))
    return f"{label}.{name.partition('.')[2]}"


def found_in(answer: DnsAnswer) -> frozenset[str]:
    """The records at a name: the alias that stands there, else its values; none in a failure."""
    if answer.status in UNANSWERED or answer.status is DnsStatus.BOGUS:
        return frozenset()
    if answer.chain or answer.rtype == "CNAME":
        leads_to = answer.chain[:1] or answer.values
        return frozenset(f"CNAME {each.rstrip('.').lower()}" for each in leads_to)
    return frozenset(f"{answer.rtype} {each}" for each in answer.values)


def told(answer: DnsAnswer) -> str:
    """The same as a sentence names them: the type, and the alias or the first few values."""
    if answer.chain:
        return f"CNAME {quoted(answer.chain[:1], 255)}"
    return f"{answer.rtype} {quoted(answer.values)}"

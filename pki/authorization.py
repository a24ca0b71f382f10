"""Which names a proof of control may stand for (BR 1.6.1, Authorization Domain Name).

A name may be proved at itself or at any name above it, down from the registered domain and never
at a registry's own suffix: whoever holds `co.uk` does not hold `shop.co.uk`.
"""

from __future__ import annotations

from pki.names import registered_domain, strip_wildcard


def authorization_names(name: str) -> tuple[str, ...]:
    """The names at which `name` (canonical) may be proved, itself first, the registered domain
    last. A wildcard is proved where it stands. What nobody registered stands for itself alone."""
    host = strip_wildcard(name)
    top = registered_domain(host)
    if not top:
        return (host,)
    labels = host.split(".")
    below = len(labels) - len(top.split("."))
    return tuple(".".join(labels[at:]) for at in range(below + 1))


def covers(proved: str, name: str) -> bool:
    """Whether a proof at `proved` may stand for `name`."""
    return proved in authorization_names(name)

"""Proof by e-mail: which mailboxes may answer (BR 3.2.2.4.4). The list is never the client's."""

from pki.names import strip_wildcard

LOCAL_PARTS = ("admin", "administrator", "webmaster", "hostmaster", "postmaster")
FIRST = LOCAL_PARTS[0]  # where nobody picked one


def mailboxes(domain: str) -> tuple[str, ...]:
    """The five constructed addresses at the domain itself; a wildcard's are at its base."""
    base = strip_wildcard(domain)
    return tuple(f"{local}@{base}" for local in LOCAL_PARTS)

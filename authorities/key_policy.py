"""How CSRs and keys are judged in this installation: the rules of `pki` with our settings."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from django.conf import settings

from pki import csr
from pki.addresses import IpNetwork
from pki.csr import CheckedCsr
from pki.weak_keys import WeakKeys
from verification.addresses import DEMO_SITES


@lru_cache(maxsize=4)
def _listed(path: str) -> WeakKeys:
    return WeakKeys.load(path or None)


def weak_keys() -> WeakKeys:
    """The list of WEAK_KEYS_FILE, read once a process. Raises OSError or ValueError."""
    return _listed(settings.WEAK_KEYS_FILE)


def played_networks() -> tuple[IpNetwork, ...]:
    """Networks that count as public though nobody has them: the demo's own, and only there."""
    return (DEMO_SITES,) if settings.ENVIRONMENT == "demo" else ()


def check_csr(
    data: bytes,
    product: Literal["single", "wildcard", "multi"] | None = None,
    *,
    allows_addresses: bool = False,
) -> CheckedCsr:
    """Everything about a CSR that does not depend on who brings it."""
    return csr.check(
        data,
        product=product,
        weak=weak_keys(),
        p521_allowed=settings.P521_ALLOWED,
        public=played_networks() if allows_addresses else None,
    )

"""Whether a look-up that failed is the fault of our own resolver: it answers for nothing at all.

One question about the top level tells, and costs nobody's name servers anything. The doctor of a
record asks more (verification/second_look.py).
"""

from __future__ import annotations

from verification.dns_lookup import UNANSWERED, DnsStatus
from verification.network import Network


def is_deaf(name: str, status: DnsStatus, network: Network) -> bool:
    """Whether `status`, met at `name`, says nothing of the domain's own servers."""
    if status is DnsStatus.UNREACHED:
        return True
    if status not in UNANSWERED:
        return False
    return network.caa(name.rpartition(".")[2]).status in UNANSWERED

"""The key of a DNS update, which shows its secret nowhere."""

from __future__ import annotations

import dns.tsig


class QuietKey(dns.tsig.Key):
    """A TSIG key for keyrings: frames of a traceback hold them, and debug pages write them out."""

    def __repr__(self) -> str:
        return f"<TSIG key {self.name}>"

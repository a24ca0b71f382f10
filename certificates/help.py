"""Help in place: which short page explains a state or a refusal."""

from __future__ import annotations


def topic_path(code: str) -> str:
    """The address of the page about this code; empty when there is none."""
    return ""

"""One page of help: what a state or a refusal means, what to do, how long it takes."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Topic:
    """`codes` are the stable codes (or statuses) that lead to this page."""

    slug: str
    title: str | Promise
    means: str | Promise
    do: str | Promise
    takes: str | Promise
    codes: tuple[str, ...] = ()

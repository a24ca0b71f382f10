"""The list as its reader sees it: shared by the tests of its order, its rows and its search."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.test import Client

from certificates.story import Certificate
from tests.cast import World

LIST = "/certificates/"


@dataclass
class Seen:
    """A page of the list as its reader sees it."""

    ids: list[str]
    counts: dict[str, int]
    page: str

    def row(self, certificate: Certificate) -> str:
        """The words of one row, in one line."""
        (row,) = [part for part in self.page.split("<tr>") if f">{certificate.pk}<" in part]
        return words(row)


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.replace("<wbr>", ""))).split())


def look(client: Client, **asked: str) -> Seen:
    answer = client.get(LIST, asked)
    assert answer.status_code == 200
    return Seen(
        [row.certificate.pk for row in answer.context["rows"]],
        answer.context["page"].counts,
        answer.content.decode(),
    )


def in_status(world: World, status: str, **facts: Any) -> Certificate:
    """A bought certificate that stands in `status`, whatever led there."""
    bought = world.bought()
    Certificate.objects.filter(pk=bought.pk).update(status=status, **facts)
    return world.fresh(bought)

"""A certificate whose mail has left, and its link, opened and pressed as a browser does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core import mail
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from certificates.story import Certificate
from tests.cast import World
from verification.answers import MailAnswer


@dataclass
class Asked:
    """A certificate whose mail has left, and the link that was in it."""

    world: World
    certificate: Certificate
    link: str

    @property
    def token(self) -> str:
        return self.link.split("/")[-2]

    @property
    def answer(self) -> MailAnswer:
        return MailAnswer.objects.latest("pk")

    def status(self) -> str:
        """After all that the answer sets in motion."""
        self.world.now = max(self.world.now, datetime.now(UTC))
        self.world.work()
        return str(self.world.fresh(self.certificate).status)


ANSWER_LINK = re.compile(r"https?://[^/\s]+(/ca/\S+)")


def questions() -> list[mail.EmailMessage]:
    """The mails that ask something: those of an authority, which carry an answer link."""
    return [each for each in mail.outbox if ANSWER_LINK.search(str(each.body))]


def link_in_last_question() -> str:
    found = ANSWER_LINK.findall(str(questions()[-1].body))
    assert len(found) == 1
    return str(found[0])


def reissue_asked(world: World, **more: str) -> Asked:
    certificate = world.issued()
    world.reissue(certificate, None, **more)
    world.later(minutes=2)
    return Asked(world, certificate, link_in_last_question())


def look(link: str) -> str:
    answer = Client().get(link)
    assert answer.status_code == 200
    return str(answer.content.decode())


def press(link: str, decision: str, client: Client | None = None) -> HttpResponse:
    return (client or Client()).post(link, {"decision": decision})  # type: ignore[return-value]


def heading(page: str | HttpResponse) -> str:
    text = page if isinstance(page, str) else page.content.decode()
    found = re.search(r"<h1[^>]*>(.*?)</h1>", text, re.DOTALL)
    assert found is not None
    return " ".join(found[1].split())


def everything() -> Iterator[tuple[str, str]]:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # our own tables
            for found in cursor.fetchall():
                yield table, str(found)

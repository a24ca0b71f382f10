"""A person's browser, and what a page says."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from accounts.models import User

CODE = re.compile(r'class="code small"[^>]*>([a-z_]+\.[a-z_]+)')


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def shown(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return str(answer.content.decode())


def codes(answer: Any) -> list[str]:
    """The codes of what a page refuses."""
    assert answer.status_code == 200
    return CODE.findall(answer.content.decode())

"""Pages as text."""

from __future__ import annotations

from django.test import Client

from certificates.story import Certificate


def shown(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return str(answer.content.decode())


def page_of(client: Client, certificate: Certificate) -> str:
    return shown(client, f"/certificates/{certificate.pk}/")

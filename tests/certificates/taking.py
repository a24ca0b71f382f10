"""Taking a private key as a browser does: shared by the tests of the key and of the password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.http import HttpResponse
from django.test import Client

from accounts.audit import AuditEntry
from accounts.models import User
from accounts.sign_in import FRESH_FOR, SESSION_KEY
from certificates.story import Certificate


def signed_in(user: User, *, strict: bool = False) -> Client:
    client = Client(enforce_csrf_checks=strict)
    client.force_login(user)
    return client


def given(client: Client, at: datetime) -> Client:
    """As if the password had been given at `at`."""
    session = client.session
    session[SESSION_KEY] = at.timestamp()
    session.save()
    return client


def stale(user: User) -> Client:
    return given(signed_in(user), datetime.now(UTC) - FRESH_FOR - timedelta(seconds=1))


def take(client: Client, issued: Certificate, **data: str) -> HttpResponse:
    """For all servers and knowingly without a passphrase, where `data` says nothing else."""
    asked = {"server": "all", "without_passphrase": "on", **data}
    asked = {name: value for name, value in asked.items() if value}
    return client.post(f"/certificates/{issued.pk}/1/key/", asked)  # type: ignore[return-value]


def refusal(client: Client, issued: Certificate, answer: HttpResponse) -> list[str]:
    """The sentences at the fields of the form, or on the page to which a refused request leads."""
    if answer.status_code == 200:
        assert "attachment" not in answer.headers.get("Content-Disposition", "")
        errors = answer.context["key_form"].errors  # type: ignore[attr-defined]
        return [sentence for sentences in errors.values() for sentence in sentences]
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/certificates/{issued.pk}/"
    page = client.get(answer.headers["Location"])
    return [str(message) for message in page.context["messages"]]


def log() -> list[tuple[str, str]]:
    """The security log without sign-ins."""
    rows = AuditEntry.objects.exclude(action__startswith="sign_in")
    return list(rows.values_list("action", "actor"))

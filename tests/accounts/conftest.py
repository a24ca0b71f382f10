"""Alice with one project, and a client in which she is signed in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.models import Membership, Project, Role, User
from tests.accounts.signing_in import SECRET, sign_in
from tests.cast import World

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@acme.example", SECRET)


@pytest.fixture
def acme(alice: User) -> Project:
    project = Project.objects.create(name="Acme", created_at=NOW)
    Membership.objects.create(project=project, user=alice, role=Role.OPERATOR, since=NOW)
    return project


@pytest.fixture
def here(client: Client, alice: User, acme: Project) -> Client:
    """Signed in a moment ago."""
    assert sign_in(client, alice.email).status_code == 302
    return client


@pytest.fixture
def world(db: None) -> World:
    """The whole cast, today: the pages read the clock."""
    return World(now=datetime.now(UTC))

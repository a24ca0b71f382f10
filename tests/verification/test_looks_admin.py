"""Looks at challenges in the administration: told in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from tests.cast import World
from tests.certificates.browsing import shown
from verification.challenges import Attempt
from verification.evidence import in_words

pytestmark = pytest.mark.django_db
LOOKS = "/admin/verification/attempt/"


def test_each_look_says_in_words_whether_it_proved_the_name() -> None:
    world = World(now=datetime.now(UTC))
    certificate = world.submitted()
    world.publish(certificate)
    world.look(certificate)
    client = Client()
    client.force_login(world.sam)
    page = shown(client, LOOKS)
    assert '<td class="field-proved">Proved</td>' in page
    assert '<td class="field-proved">Not proved</td>' in page
    assert 'alt="True"' not in page
    assert page.index(">Proved<") < page.index(">Not proved<"), "the newest first"
    assert "Not proved" in shown(client, f"{LOOKS}{Attempt.objects.earliest('pk').pk}/change/")


def test_what_was_seen_keeps_its_zeros_and_tells_apart_what_was_asked_for() -> None:
    record = {"flags": 0, "tag": "issue", "value": ""}
    asked = [{"name": "a.example", "values": []}, {"name": "b.example", "values": ["x", "y"]}]
    assert in_words({"decided_by": record, "elsewhere": asked, "servers": [], "ttl": 0}) == {
        "decided_by": "flags: 0; tag: issue; value: –",
        "elsewhere": "name: a.example; values: – | name: b.example; values: x, y",
        "servers": "–",
        "ttl": "0",
    }

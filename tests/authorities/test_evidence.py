"""What stands behind a note: the call that was made, the picture that was seen."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.access import Team
from accounts.models import User
from authorities.pictures import Picture
from authorities.simulated import desk
from authorities.simulated.desk import DeskRefused
from authorities.simulated.evidence import Call, EvidenceFile, PhoneCall
from authorities.simulated.orders import ReviewItem, ReviewNote
from tests.authorities.desk_scenes import in_review
from tests.cast import World
from tests.certificates.browsing import shown

pytestmark = pytest.mark.django_db

DESK = "/admin/authorities/caorder/"


@pytest.fixture
def world(settings: Any) -> World:
    """At the time of the machine: the pages read its clock."""
    settings.WORK_NETWORK = "verification.dictionary.DictionaryNetwork"
    return World(now=datetime.now(UTC))


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def refused(do: Callable[[], Any]) -> str:
    with pytest.raises(DeskRefused) as caught:
        do()
    assert not ReviewNote.objects.exists()
    return caught.value.code


CALL = Call(
    "+44 20 7946 0100", "Companies House", "Ms Hale", datetime(2026, 1, 2, tzinfo=UTC), "Ok"
)
WRONG_CALLS = [
    (None, True, "desk.call_log"),
    (Call("", "x", "y", CALL.called_at, "z"), True, "desk.call_log"),
    (Call("1", " ", "y", CALL.called_at, "z"), True, "desk.call_log"),
    (Call("1", "x", "y", datetime(2099, 1, 1, tzinfo=UTC), "z"), True, "desk.call_to_come"),
    (Call("1", "x", " ", CALL.called_at, "z"), True, "desk.call_unanswered"),
]


@pytest.mark.parametrize(("call", "is_good", "code"), WRONG_CALLS)
def test_a_call_is_told_whole(world: World, call: Call | None, is_good: bool, code: str) -> None:
    order = world.order(in_review(world))
    found = refused(
        lambda: desk.note_review(
            order.pk,
            ReviewItem.PHONE,
            is_good=is_good,
            text="Called.",
            actor=world.sam,
            now=world.now,
            call=call,
        )
    )
    assert found == code
    assert not PhoneCall.objects.exists()


def test_a_call_that_nobody_answered_is_kept_as_wanting(world: World) -> None:
    order = world.order(in_review(world))
    call = Call("1", "Companies House", "", CALL.called_at, "It rang.")
    desk.note_review(
        order.pk,
        ReviewItem.PHONE,
        is_good=False,
        text="No.",
        actor=world.sam,
        now=world.now,
        call=call,
    )
    assert "Nobody answered." in shown(signed_in(world.sam), f"{DESK}{order.pk}/change/")


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(out, "PNG")
    return out.getvalue()


def test_a_note_keeps_its_call_and_its_picture_and_both_are_append_only(world: World) -> None:
    order, sam = world.order(in_review(world)), signed_in(world.sam)
    told = {
        "item": "PHONE",
        "is_good": "yes",
        "text": "Spoke to her.",
        "number": CALL.number,
        "found_in": CALL.found_in,
        "answered_by": CALL.answered_by,
        "called_at": "2026-01-02T10:00",
        "outcome": "She confirmed it.",
        "picture": SimpleUploadedFile("x.svg", png() + b"<script>", "image/svg+xml"),
    }
    assert sam.post(f"{DESK}{order.pk}/note/", told).status_code == 302
    note = ReviewNote.objects.get()
    assert (note.call.number, note.call.answered_by) == (CALL.number, "Ms Hale")
    assert note.person == world.sam
    for row in (note.call, note.file):
        for change in (row.save, row.delete):
            with pytest.raises(TypeError):
                change()
    page = shown(sam, f"{DESK}{order.pk}/change/")
    assert "Called +44 20 7946 0100 (listed in Companies House)" in page
    address = f"{DESK}{order.pk}/evidence/{note.pk}/"
    assert f'href="{address}"' in page
    answer = sam.get(address)
    assert b"<script>" not in answer.content
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    name = f"{order.reference}-phone-{note.pk}.png"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert signed_in(world.staff("ada", Team.AUDITOR)).get(address).status_code == 200
    assert signed_in(world.staff("sue", Team.SUPPORT)).get(address).status_code == 403
    assert signed_in(world.alice).get(address, follow=True).status_code == 404
    other = world.order(in_review(world, "other.example.com"))
    assert sam.get(f"{DESK}{other.pk}/evidence/{note.pk}/").status_code == 404


def test_what_is_no_picture_is_refused_by_name(world: World) -> None:
    order = world.order(in_review(world))
    told = {"item": "REGISTRY", "is_good": "yes", "text": "x"}
    file = SimpleUploadedFile("a.png", b"%PDF-1.7", "image/png")
    answer = signed_in(world.sam).post(f"{DESK}{order.pk}/note/", told | {"picture": file})
    assert "neither a PNG nor a JPEG" in answer.content.decode()
    assert not ReviewNote.objects.exists()
    assert not EvidenceFile.objects.exists()


def test_a_picture_is_kept_by_the_verb_too(world: World) -> None:
    note = desk.note_review(
        world.order(in_review(world)).pk,
        ReviewItem.REGISTRY,
        is_good=True,
        text="Extract.",
        actor=world.sam,
        now=world.now,
        picture=Picture(png(), "image/png", 3, 2),
    )
    assert bytes(note.file.data) == png()

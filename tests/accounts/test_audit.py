"""The security log: what is changed or taken out is found, and numbers never clash."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.actors import Machine
from accounts.audit import AuditEntry, broken_links, record
from accounts.models import Project, User

NOW = datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=UTC)
WRITERS, EACH = 4, 6


@pytest.fixture
def project() -> Project:
    return Project.objects.create(name="Acme", created_at=NOW)


def write(project_id: int | None, count: int = 1, **more: Any) -> list[AuditEntry]:
    facts: dict[str, Any] = {
        "actor": Machine("Reseal"),
        "action": "key.download",
        "subject": "scs1",
        "detail": {"b": 1, "a": ["ü", None]},
    }
    return [
        record(project_id=project_id, now=NOW + timedelta(seconds=each), **(facts | more))
        for each in range(count)
    ]


@pytest.mark.django_db
def test_each_entry_carries_the_digest_of_the_one_before(project: Project) -> None:
    first, second, third = write(project.pk, 3)
    assert [entry.number for entry in (first, second, third)] == [1, 2, 3]
    assert [first.previous, second.previous] == ["", first.digest]
    assert third.previous == second.digest
    assert len({first.digest, second.digest, third.digest}) == 3
    assert broken_links() == []


@pytest.mark.django_db
def test_every_project_and_the_house_have_a_chain_of_their_own(project: Project) -> None:
    other = Project.objects.create(name="Other", created_at=NOW)
    for project_id in (project.pk, None, other.pk, None, project.pk):
        write(project_id)
    numbers = AuditEntry.objects.order_by("pk").values_list("project_id", "number")
    assert list(numbers) == [
        (project.pk, 1),
        (None, 1),
        (other.pk, 1),
        (None, 2),
        (project.pk, 2),
    ]
    assert broken_links() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"actor": "mallory@other.example"},
        {"action": "sign_in"},
        {"subject": "scs2"},
        {"detail": {"b": 2, "a": ["ü", None]}},
        {"detail": {}},
        {"at": NOW + timedelta(microseconds=1)},
        {"previous": "0" * 64},
        {"digest": "0" * 64},
        {"number": 9},
    ],
)
def test_a_row_that_was_changed_behind_our_back_is_found(
    project: Project, change: dict[str, Any]
) -> None:
    entries = write(project.pk, 3)
    AuditEntry.objects.filter(pk=entries[1].pk).update(**change)
    assert entries[1].pk in {entry.pk for entry in broken_links()}


@pytest.mark.django_db
def test_a_changed_row_is_found_even_when_its_digest_was_made_anew(project: Project) -> None:
    """The one after it still carries the old digest."""
    entries = write(project.pk, 3)
    changed = AuditEntry.objects.get(pk=entries[1].pk)
    changed.actor = "mallory@other.example"
    digest = changed.expected_digest()
    AuditEntry.objects.filter(pk=changed.pk).update(actor=changed.actor, digest=digest)
    assert [entry.pk for entry in broken_links()] == [entries[2].pk]


@pytest.mark.django_db
@pytest.mark.parametrize("taken", [0, 1])
def test_a_row_that_was_taken_out_is_found(project: Project, taken: int) -> None:
    entries = write(project.pk, 3)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_auditentry WHERE id = %s", [entries[taken].pk])
    assert [entry.pk for entry in broken_links()] == [entries[taken + 1].pk]


@pytest.mark.django_db
def test_a_row_moved_to_another_project_is_found(project: Project) -> None:
    other = Project.objects.create(name="Other", created_at=NOW)
    entries = write(project.pk, 2)
    AuditEntry.objects.filter(pk=entries[1].pk).update(project=other)
    assert [entry.pk for entry in broken_links()] == [entries[1].pk]


@pytest.mark.django_db
def test_an_entry_is_neither_saved_again_nor_deleted(project: Project) -> None:
    (entry,) = write(project.pk)
    entry.actor = "mallory@other.example"
    with pytest.raises(TypeError, match="append-only"):
        entry.save()
    with pytest.raises(TypeError, match="append-only"):
        entry.delete()
    assert AuditEntry.objects.get().actor == "Reseal"
    assert broken_links() == []


@pytest.mark.django_db
def test_a_number_is_given_once(project: Project) -> None:
    for project_id in (project.pk, None):
        write(project_id)
        twin = AuditEntry(project_id=project_id, number=1, at=NOW, actor="x", action="x")
        with pytest.raises(IntegrityError), transaction.atomic():
            twin.save()


@pytest.mark.django_db
def test_what_is_undone_leaves_no_gap(project: Project) -> None:
    write(project.pk)
    with transaction.atomic():
        write(project.pk)
        transaction.set_rollback(True)
    write(project.pk)
    assert list(AuditEntry.objects.values_list("number", flat=True)) == [1, 2]
    assert broken_links() == []


@pytest.mark.django_db
def test_a_person_stands_in_the_log_by_address(project: Project) -> None:
    person = User.objects.create_user("alice@acme.example")
    (entry,) = write(project.pk, actor=person)
    assert entry.actor == "alice@acme.example"


def at_once(work: Any) -> list[BaseException]:
    """Run `work` in several threads, each with a connection of its own; what they raised."""
    raised: list[BaseException] = []
    start = threading.Barrier(WRITERS)

    def run() -> None:
        try:
            start.wait(10)
            for _i in range(EACH):
                work()
        except Exception as error:  # noqa: BLE001  # for the test to judge
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _i in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


@pytest.fixture(params=["project", "house"])
def room(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[int | None]:
    if request.param == "house":
        yield None
    else:
        yield Project.objects.create(name="Acme", created_at=NOW).pk


def test_writers_at_the_same_time_get_consecutive_numbers(room: int | None) -> None:
    assert at_once(lambda: write(room)) == []
    numbers = AuditEntry.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, WRITERS * EACH + 1))
    assert broken_links() == []

"""The rows of one test are gone before the next, whatever a worker does meanwhile."""

from __future__ import annotations

import threading

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from psycopg.sql import SQL, Identifier

from accounts.models import User
from tests.cast import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def test_a_flush_that_a_deadlock_ended_is_done_again(world: World) -> None:
    settings = connection.settings_dict
    worker = psycopg.connect(
        host=settings["HOST"], port=settings["PORT"], user=settings["USER"],
        dbname=settings["NAME"], autocommit=False,
    )  # fmt: skip
    with worker, worker.cursor() as cursor:
        # It is the flush that notices the deadlock, and is ended.
        cursor.execute("SET deadlock_timeout = '60s'")
        cursor.execute("LOCK TABLE accounts_user, certificates_product IN ACCESS SHARE MODE")
        ended: list[BaseException] = []

        def flush() -> None:
            try:
                # As between two tests: the rows that the next ones copy bring their own numbers,
                # and the sequences must stay past them.
                call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
            except BaseException as error:  # noqa: BLE001  # told below
                ended.append(error)
            finally:
                connection.close()

        flushing = threading.Thread(target=flush)
        flushing.start()
        # TRUNCATE has some tables by now and waits for one of ours.
        while not _waits(worker):
            assert flushing.is_alive()
        for table in connection.introspection.table_names():
            cursor.execute(SQL("SELECT 1 FROM {} LIMIT 1").format(Identifier(table)))
        worker.commit()
        flushing.join(60)
    assert ended == []
    assert not User.objects.exists()


def _waits(worker: psycopg.Connection[tuple[object, ...]]) -> bool:
    found = worker.execute(
        "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return found.fetchone() is not None

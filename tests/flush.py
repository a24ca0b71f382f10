"""Emptying the test database while workers are at it.

A worker goes on between two tests of a module. What it holds and what TRUNCATE wants may be each
other's, and PostgreSQL then ends one of the two. The worker takes its work up again by itself; the
flush does it here.
"""

from __future__ import annotations

from django.db import OperationalError
from django.db.backends.base.operations import BaseDatabaseOperations
from psycopg.errors import DeadlockDetected

TRIES = 10
_once = BaseDatabaseOperations.execute_sql_flush


def execute_sql_flush(operations: BaseDatabaseOperations, sql_list: list[str]) -> None:
    """Django's own, once more where it was the one that a deadlock ended."""
    for left in reversed(range(TRIES)):
        try:
            _once(operations, sql_list)
        except OperationalError as error:
            if not left or not isinstance(error.__cause__, DeadlockDetected):
                raise
        else:
            return

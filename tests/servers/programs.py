"""The programs that these tests start, and their life."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

PACKAGES = {
    "named": "bind9",
    "dnssec-keygen": "bind9-utils",
    "dnssec-signzone": "bind9-utils",
    "unbound": "unbound",
    "nginx": "nginx-light",
}
# Where Debian puts servers, which is not in the path of everybody.
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
LONGEST_START = 10.0


class NotStarted(Exception):
    """A server ended, or was not ready in time; with what it wrote."""


def program(name: str) -> str:
    """The path of a program; the test is skipped without it, and fails in CI."""
    found = shutil.which(name, path=PATH)
    if found is not None:
        return found
    told = f"needs {name} (Debian package {PACKAGES[name]})"
    if os.environ.get("CI") == "true" or os.environ.get("RESEAL_SERVERS") == "1":
        pytest.fail(told)
    pytest.skip(told)


@contextmanager
def running(
    command: Sequence[str], log: Path, is_ready: Callable[[], bool]
) -> Iterator[subprocess.Popen[bytes]]:
    """The server that `command` starts in the foreground, from when it answers until the end."""
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=written, stderr=written, cwd=log.parent
        )
    try:
        until = time.monotonic() + LONGEST_START
        while not is_ready():
            if process.poll() is not None or time.monotonic() > until:
                raise NotStarted(f"{command[0]}: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

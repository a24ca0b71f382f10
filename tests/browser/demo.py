"""The whole demo as `make run` starts it, in a directory of its own, and the browser for it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
STARTS_WITHIN = 300.0  # seconds
# Chromium must neither look for updates nor talk to anybody; root has no sandbox.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Demo:
    """A portal that runs. `environment` is what it was started in."""

    address: str
    environment: dict[str, str]

    def manage(self, *words: str) -> str:
        """Run a command of the portal beside it, as its operator does; answer what it printed."""
        asked = [sys.executable, "manage.py", *words]
        done = subprocess.run(
            asked, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def running_demo(data: Path, *, working_day: int = 2) -> Iterator[Demo]:
    """Start the portal on `data` and end it by Ctrl-C. Working days in seconds."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(data),
        "LANG": "C.UTF-8",
        "DATA_DIR": str(data),
        "PORT": str(port),
        "DEMO_DNS_PORT": str(free_port()),
        "DEMO_WEB_PORT": str(free_port()),
        "CA_WORKING_DAY": str(working_day),
        "LOG_LEVEL": "WARNING",
    }
    log = data / "portal.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_portal"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        end = time.monotonic() + STARTS_WITHIN
        while "Reseal is ready" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.2)
        yield Demo(f"http://localhost:{port}", environment)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)

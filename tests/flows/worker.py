"""The real worker, with a hook that kills it at a named point, once."""

import os
import signal
from pathlib import Path

from config.celery import app
from work import failpoints

__all__ = ["app"]

POINT = os.environ.get("RESEAL_TEST_FAIL_POINT", "")


def die(name: str) -> None:
    """SIGKILL the whole worker: no handler, no cleanup, as when the machine loses power."""
    if name != POINT:
        return
    mark = Path(os.environ["DATA_DIR"]) / f"killed-{os.getpgrp()}"
    mark.write_text(name)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if POINT:
    failpoints.install(die)

"""The demo's own secrets: made on first use, kept in one file that only its owner may read."""

from __future__ import annotations

import base64
import os
import secrets
import tempfile
from pathlib import Path


def read(path: Path) -> dict[str, str]:
    """What the file holds, by name; nothing when there is no such file."""
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        return {}
    lines = (line.partition("=") for line in text.splitlines() if not line.startswith("#"))
    return {name: value for name, equals, value in lines if equals}


def read_or_make(path: Path) -> dict[str, str]:
    """The secrets of this demo, made when there are none yet.

    The finished file is linked into place, which fails when another process was quicker; so
    processes that start at once all read the same secrets. Raises OSError when the directory
    cannot be written.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".secrets-")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(_fresh())
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        except FileExistsError:
            pass  # the other process's secrets are the ones
        finally:
            Path(draft).unlink()
    return read(path)


def _fresh() -> str:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return (
        "# Secrets of this demo. Whoever has them can read every stored key.\n"
        f"SECRET_KEY={secrets.token_urlsafe(48)}\n"
        f"KEY_ENCRYPTION_KEYS=demo:{key}\n"
    )

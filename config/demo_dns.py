"""Where the demo's DNS listens right now: a note by the portal for commands in other terminals."""

from __future__ import annotations

import os
from pathlib import Path


def announce(file: Path, address: str) -> None:
    """Note that this process keeps a DNS at `address` ("127.0.0.1:10053")."""
    draft = file.with_suffix(".new")
    draft.write_text(f"{address} {os.getpid()}\n", encoding="ascii")
    draft.rename(file)


def announced(file: Path) -> str | None:
    """The address that was noted, while the process that noted it lives; a killed portal leaves
    its note behind."""
    try:
        address, _space, process = file.read_text(encoding="ascii").partition(" ")
        os.kill(int(process), 0)
    except PermissionError:
        return address  # it lives and belongs to somebody else
    except (OSError, ValueError):
        return None
    return address

"""What `manage.py diagnose` tells, as other programs read it."""

from __future__ import annotations

import io
import json
from typing import Any
from unittest.mock import patch

from django.core.management import call_command

from tests.servers.zones import VALUE
from verification.network import Network

COMMAND = "certificates.management.commands.diagnose.network"
KEYS = ["cause", "turn", "sentence", "fix", "evidence", "next_check_at", "also"]


def told(network: Network, name: str, method: str, code: int) -> dict[str, Any]:
    """The answer about `name`, for which the command ends with `code`."""
    out, ended = io.StringIO(), 0
    words = (name, "--method", method, "--value", VALUE, "--json")
    with patch(COMMAND, lambda: network):
        try:
            call_command("diagnose", *words, stdout=out)
        except SystemExit as end:
            ended = int(end.code or 0)
    answer: dict[str, Any] = json.loads(out.getvalue())
    assert list(answer) == KEYS
    assert ended == code, answer
    return answer

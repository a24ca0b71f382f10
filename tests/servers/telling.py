"""What `manage.py diagnose` tells, as other programs read it."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any
from unittest.mock import patch

from django.core.management import call_command

from tests.servers.zones import VALUE
from verification.network import Network
from work.loop import clock

COMMAND = "certificates.management.commands.diagnose"
KEYS = ["cause", "turn", "sentence", "fix", "evidence", "next_check_at", "also"]
ALSO = ["cause", "turn", "sentence", "fix"]


def told(
    network: Network,
    name: str,
    method: str,
    code: int,
    *words: str,
    value: str = VALUE,
    now: datetime | None = None,
) -> dict[str, Any]:
    """The answer about `name`, for which the command ends with `code`; `words` are options."""
    out, ended = io.StringIO(), 0
    asked = (name, "--method", method, "--value", value, "--json", *words)
    with (
        patch(f"{COMMAND}.network", lambda: network),
        patch(f"{COMMAND}.clock", lambda: now or clock()),
    ):
        try:
            call_command("diagnose", *asked, stdout=out)
        except SystemExit as end:
            ended = int(end.code or 0)
    answer: dict[str, Any] = json.loads(out.getvalue())
    assert list(answer) == KEYS
    assert all(list(each) == ALSO for each in answer["also"])
    assert ended == code, answer
    return answer


def of_the_proof(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of evidence that are not about CAA."""
    return [row for row in answer["evidence"] if "CAA" not in row["asked"]]

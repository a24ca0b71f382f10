"""Named places where a test may kill the process, to prove that nothing is lost there.

Outside the tests no hook is installed and `reach` does nothing.
"""

from collections.abc import Callable

_hook: Callable[[str], None] | None = None


def install(hook: Callable[[str], None] | None) -> None:
    """Let `hook` see every name that is reached; None takes it away again. For tests only."""
    global _hook  # noqa: PLW0603  # one hook a process
    _hook = hook


def reach(name: str) -> None:
    if _hook is not None:
        _hook(name)

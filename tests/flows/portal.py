"""The whole portal with real parts, for flows: worker and beat processes, broker, DNS, SMTP, HTTP.

The test talks to it as people do: verbs, mail that arrived, DNS records. Nothing runs eagerly.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.test import Client

from certificates.orders import request_reissue
from certificates.proving import challenges_of, check_now
from certificates.story import Certificate
from certificates.wishes import Wish
from tests.cast import ALL
from tests.dns_server import LoopbackDns
from tests.http_server import LoopbackHttp
from tests.ports import free_port
from verification.methods.dns import record_name
from verification.network import GuardedNetwork, Policy
from work.loop import clock

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60.0


class Mailbox:
    """A real SMTP server on loopback that keeps what it accepted, and may refuse.

    `messages` are the mails that ask something; `letters` those that only tell.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.letters: list[EmailMessage] = []
        self.refuse_with = ""

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse_with:
            return self.refuse_with
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("plain",))
        asks = body is not None and re.search(r"/(ca|invitations)/", body.get_content())
        (self.messages if asks else self.letters).append(message)
        return "250 Message accepted for delivery"

    def to(self, address: str) -> list[EmailMessage]:
        return [message for message in self.messages if message["To"] == address]


def link_in(message: EmailMessage) -> str:
    """The path of the answer link in a mail's text."""
    body = message.get_body(("plain",))
    assert body is not None
    found = re.search(r"https?://[^/\s]+(/ca/\S+)", body.get_content())
    assert found is not None
    return found.group(1)


@dataclass
class Portal:
    dns: LoopbackDns
    http: LoopbackHttp
    mail: Mailbox
    smtp_port: int
    broker: str
    log: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        database = settings.DATABASES["default"]
        if "sqlite" in database["ENGINE"]:
            url = f"sqlite:///{database['NAME']}"
        else:
            user = f"{database['USER']}:{database['PASSWORD']}"
            url = f"postgresql://{user}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
        return {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "DATA_DIR": str(settings.DATA_DIR),
            "DATABASE_URL": url,
            "REDIS_URL": self.broker,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "VERIFICATION_RESOLVERS": self.dns.address,
            "VERIFICATION_HTTP_PORTS": f"{self.http.port},{self.http.port}",
            "VERIFICATION_ALLOWED_NETWORKS": "127.0.0.0/8",
            "CA_WORKING_DAY": "1",
            "WORK_LEASE": "4",
            "WORK_TICK": "1",
            "PYTHONWARNINGS": "ignore",
        }

    @property
    def network(self) -> GuardedNetwork:
        from ipaddress import ip_network

        return GuardedNetwork(
            Policy(
                resolvers=((self.dns.host, self.dns.port),),
                http_ports=(self.http.port, self.http.port),
                allowed_networks=(ip_network("127.0.0.0/8"),),
            )
        )

    def start_worker(self, fail_point: str = "", *, beat: bool = True) -> subprocess.Popen[bytes]:
        """A real worker with its beat; it dies by SIGKILL when it first reaches `fail_point`."""
        environment = self.environment
        if fail_point:
            environment["RESEAL_TEST_FAIL_POINT"] = fail_point
        schedule = tempfile.mktemp(prefix="beat-", dir=settings.DATA_DIR)  # noqa: S306
        with self.log.open("ab") as log:
            worker = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "celery",
                    "-A",
                    "tests.flows.worker",
                    "worker",
                    *(["-B", "-s", schedule] if beat else []),
                    "-c",
                    "1",
                    "-l",
                    "INFO",
                    "--without-mingle",
                    "--without-gossip",
                    "-n",
                    f"w{time.monotonic_ns()}@localhost",
                ],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(worker)
        return worker

    def stop(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()

    def wait(self, condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
        """What `condition` answers as soon as it is true; fails with the worker's last words."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if found := condition():
                return found
            time.sleep(0.05)
        raise AssertionError(f"waited in vain for {what}\n" + self.log.read_text()[-6000:])

    def wait_for_status(self, certificate: Certificate, status: str) -> Certificate:
        self.wait(lambda: fresh(certificate).status == status, f"{status}")
        return fresh(certificate)

    def publish(self, certificate: Certificate) -> None:
        """The customer's DNS host publishes what is asked."""
        for challenge in challenges_of(fresh(certificate).last_application):
            self.dns.publish(record_name(challenge.domain), "TXT", challenge.value)


def look(portal: Portal, certificate: Certificate) -> None:
    """The customer presses Check now, as soon as there is something to check."""
    portal.wait(lambda: challenges_of(fresh(certificate).open_application), "the challenge")
    check_now(
        certificate=fresh(certificate),
        actor=certificate.bought_by,
        now=clock(),
        network=portal.network,
    )


def fresh(certificate: Certificate) -> Certificate:
    return Certificate.objects.get(pk=certificate.pk)


@contextlib.contextmanager
def running_portal(directory: Path, broker: str) -> Iterator[Portal]:
    """Everything but the worker, which each test starts as it needs it."""
    mailbox = Mailbox()
    with contextlib.ExitStack() as stack:
        smtp = Controller(mailbox, hostname="127.0.0.1", port=free_port())
        smtp.start()
        stack.callback(smtp.stop)
        portal = Portal(
            stack.enter_context(LoopbackDns()),
            stack.enter_context(LoopbackHttp()),
            mailbox,
            smtp.port,
            broker,
            directory / "worker.log",
        )
        portal.log.touch()
        stack.callback(portal.stop)
        yield portal


def ask(portal: Portal, certificate: Certificate, **wish: object) -> None:
    """The owner asks for a reissue."""
    request_reissue(
        certificate=fresh(certificate),
        wish=Wish(accepted=ALL, **wish),  # type: ignore[arg-type]
        actor=certificate.bought_by,
        now=clock(),
        network=portal.network,
    )


def answer(portal: Portal, certificate: Certificate, decision: str) -> None:
    """The contact opens the link of the mail, which changes nothing, and presses a button."""
    address = certificate.bought_by.email
    portal.wait(lambda: portal.mail.to(address), "the confirmation mail")
    link = link_in(portal.mail.to(address)[-1])
    asked = certificate.applications.filter(ended_at=None, asked_at__isnull=False)
    portal.wait(asked.exists, "the record of the mail")
    browser = Client()
    before = fresh(certificate).status
    assert browser.get(link).status_code == 200
    assert fresh(certificate).status == before
    assert browser.post(link, {"decision": decision}).status_code == 200


def request_of(certificate: Certificate) -> str:
    application = fresh(certificate).last_application
    assert application is not None
    return application.ca_request_id

"""The demo's web server: plays the customer's, as honest or as broken as its page says.

It serves one file a host, the one that proves it, and reads what to answer from the database at
every request. Loopback only; the demo's door out leads here (`Policy.web_stand_in`).
"""

from __future__ import annotations

import logging
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.db import connection

from verification.demo_sites import Answer, DemoSite
from verification.methods.file import PATH

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
SLOW = 20.0  # seconds: longer than a fetch may take
PAGE = "<!doctype html><html><title>Our shop</title><body><h1>Welcome to our shop</h1>"
OTHER = "the text of another file"


class _Handler(BaseHTTPRequestHandler):
    timeout = 30  # seconds to wait for a request

    def do_GET(self) -> None:
        site = self._site()
        match site.answer if site else Answer.ABSENT:
            case Answer.FILE if site is not None:
                self._say(HTTPStatus.OK, site.content + "\n")
            case Answer.OTHER:
                self._say(HTTPStatus.OK, OTHER + "\n")
            case Answer.PAGE:
                self._say(HTTPStatus.OK, PAGE, kind="text/html")
            case Answer.FORBIDDEN:
                self._say(HTTPStatus.FORBIDDEN, "You may not read this.\n")
            case Answer.LOOP:
                self._say(HTTPStatus.FOUND, "", location=self.path)
            case Answer.SLOW:
                ending: threading.Event = self.server.ending  # type: ignore[attr-defined]  # ours
                ending.wait(SLOW)
            case _:
                self._say(HTTPStatus.NOT_FOUND, "There is no such file.\n")

    def _site(self) -> DemoSite | None:
        """The site of this request; None for other hosts and for every other path."""
        host = self.headers.get("Host", "").partition(":")[0].rstrip(".").lower()
        if self.path.partition("?")[0] != PATH:
            return None
        try:
            return DemoSite.objects.filter(host=host).first()
        finally:
            # Each request has a thread of its own; its connection would stay open for ever.
            connection.close()

    def _say(
        self, status: HTTPStatus, text: str, *, kind: str = "text/plain", location: str = ""
    ) -> None:
        body = text.encode()
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name in the class
        log.info(format, *args)


class EmbeddedWeb:
    """The server on loopback, on `port` (0: any free one, see `port`)."""

    def __init__(self, port: int) -> None:
        self._server = ThreadingHTTPServer((HOST, port), _Handler)
        self._server.daemon_threads = True
        self._server.ending = threading.Event()  # type: ignore[attr-defined]  # for slow answers
        self.port: int = self._server.server_address[1]

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    def stop(self) -> None:
        self._server.ending.set()  # type: ignore[attr-defined]
        self._server.shutdown()
        self._server.server_close()

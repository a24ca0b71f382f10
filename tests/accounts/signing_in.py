"""Signing in as a browser does, with codes as an authenticator app shows them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time

from django.http import HttpResponse
from django.test import Client

SECRET = "a secret that is long"  # of everybody in these tests


def sign_in(client: Client, email: str, password: str = SECRET, **more: str) -> HttpResponse:
    form = {"login": email, "password": password, **more}
    return client.post("/sign-in/", form)  # type: ignore[return-value]


def code_of(secret: str) -> str:
    """What an app shows now (RFC 6238). At the end of a half minute: what it shows next."""
    if time.time() % 30 > 28:
        time.sleep(2)
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06d}"


def set_up_app(client: Client) -> str:
    """Set up an authenticator app; its secret."""
    page = client.get("/account/second-factor/app/").content.decode()
    found = re.search(r'<span class="secret">([A-Z2-7]+)</span>', page)
    assert found, page
    answer = client.post("/account/second-factor/app/", {"code": code_of(found[1])})
    assert answer.status_code == 302, answer.content.decode()
    return found[1]


def recovery_codes(client: Client) -> list[str]:
    page = client.get("/account/second-factor/codes/").content.decode()
    return re.findall(r"<li>(\d{8})</li>", page)

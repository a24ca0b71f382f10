"""A passkey in memory: makes and signs what a browser sends (WebAuthn level 2, 6 and 7)."""

from __future__ import annotations

import html
import json
import re
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.http import HttpResponse
from django.test import Client
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

HERE = "testserver"
PRESENT = AuthenticatorData.FLAG.UP
VERIFIED = AuthenticatorData.FLAG.UV
ATTESTED = AuthenticatorData.FLAG.AT


class SoftPasskey:
    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.user_handle = ""
        self.flags = PRESENT | VERIFIED

    def add(self, client: Client, name: str = "Work laptop") -> HttpResponse:
        """Through the page "Add a passkey"."""
        page = client.get("/account/passkeys/add/").content.decode()
        options = json.loads(html.unescape(_attribute(page, "data-options")))["publicKey"]
        self.user_handle = options["user"]["id"]
        form = {"name": name, "passwordless": "on", "credential": json.dumps(self._made(options))}
        return client.post("/account/passkeys/add/", form)  # type: ignore[return-value]

    def sign_in(self, client: Client, **more: str) -> HttpResponse:
        """With the button on the sign-in page."""
        asked = client.get("/account/passkeys/sign-in/", headers={"Accept": "application/json"})
        credential = self.answer(asked.json()["request_options"]["publicKey"])
        form = {"credential": json.dumps(credential), **more}
        return client.post("/account/passkeys/sign-in/", form)  # type: ignore[return-value]

    def use_on(self, client: Client, page: str, **more: str) -> HttpResponse:
        """With the button of a page that knows already whose passkey is asked for."""
        shown = client.get(page).content.decode()
        options = json.loads(html.unescape(_attribute(shown, "data-options")))["publicKey"]
        form = {"credential": json.dumps(self.answer(options)), **more}
        return client.post(page, form)  # type: ignore[return-value]

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        told = _client_data("webauthn.get", options["challenge"])
        data = bytes(AuthenticatorData.create(sha256(HERE.encode()), self.flags, 1))
        signature = self.key.sign(data + sha256(told), ec.ECDSA(hashes.SHA256()))
        return self._credential(
            clientDataJSON=websafe_encode(told),
            authenticatorData=websafe_encode(data),
            signature=websafe_encode(signature),
            userHandle=self.user_handle,
        )

    def _made(self, options: dict[str, Any]) -> dict[str, Any]:
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        data = AuthenticatorData.create(
            sha256(HERE.encode()),
            self.flags | ATTESTED,
            0,
            AttestedCredentialData.create(b"\0" * 16, self.id, public),
        )
        made = AttestationObject.create("none", data, {})
        return self._credential(
            clientDataJSON=websafe_encode(_client_data("webauthn.create", options["challenge"])),
            attestationObject=websafe_encode(bytes(made)),
        )

    def _credential(self, **response: str) -> dict[str, Any]:
        number = websafe_encode(self.id)
        return {
            "id": number,
            "rawId": number,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {"credProps": {"rk": True}},
        }


def _client_data(kind: str, challenge: str) -> bytes:
    told = {"type": kind, "challenge": challenge, "origin": f"http://{HERE}"}
    return json.dumps(told).encode()


def _attribute(page: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', page)
    assert found, page
    return found[1]

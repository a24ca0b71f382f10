"""The operators' walks, exactly as docs/reissue.md and docs/order.md tell them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from cryptography import x509

from tests.dns_server import LoopbackDns

ROOT = Path(__file__).resolve().parent.parent.parent
SHIM = """
python() {{
  if [ "$1" = manage.py ]; then shift; {python} {root}/manage.py "$@"; else {python} "$@"; fi
}}
publish() {{ printf '%s %s\\n' "$1" "$2" > published.new; mv published.new published
  for _ in $(seq 100); do [ -e seen ] && return; sleep 0.05; done; return 1; }}
"""


def steps(document: str) -> str:
    """The one block of commands in the document."""
    (block,) = re.findall(r"```sh\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)
    return str(block)


def play_the_dns_host(directory: Path, dns: LoopbackDns, end: threading.Event) -> None:
    """Publish what the script asks for, then say so."""
    while not end.is_set():
        if (directory / "published").exists():
            name, value = (directory / "published").read_text().split()
            dns.publish(name, "TXT", value)
            (directory / "seen").touch()
            return
        time.sleep(0.02)


def manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def seed(tmp_path: Path, dns: LoopbackDns) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The demo's data in a directory of its own: the environment to work in, the certificates."""
    dns.publish("newname.org", "A", "203.0.113.1")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "DATA_DIR": str(tmp_path / "data"),
        "VERIFICATION_RESOLVERS": dns.address,
        "CA_WORKING_DAY": "3",
    }
    manage(environment, "migrate", "--verbosity", "0")
    seeded = json.loads(manage(environment, "seed_demo", "--json"))
    assert json.loads(manage(environment, "seed_demo", "--json")) == seeded
    return environment, seeded["certificates"]


def walk(document: str, directory: Path, environment: dict[str, str], dns: LoopbackDns) -> None:
    """Run the document's steps in the directory, with somebody at the DNS host."""
    directory.mkdir()
    end = threading.Event()
    host = threading.Thread(target=play_the_dns_host, args=(directory, dns, end))
    host.start()
    shim = SHIM.format(python=sys.executable, root=ROOT)
    done = subprocess.run(
        [shutil.which("bash") or "bash", "-c", shim + steps(document)],
        cwd=directory, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    end.set()
    host.join()
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_documents_steps_from_an_empty_directory(tmp_path: Path) -> None:
    with LoopbackDns() as dns:
        environment, certificates = seed(tmp_path, dns)
        chosen = next(
            each
            for each in certificates
            if each["reissuable"]
            and (each["type"], each["domain_type"]) == ("DV_SSL_CERT", "SINGLE_DOMAIN")
        )
        original = x509.load_pem_x509_certificate(
            manage(environment, "show_certificate", chosen["id"], "--pem").encode()
        )
        walk("docs/order.md", tmp_path / "order", environment, dns)
        walk("docs/reissue.md", tmp_path / "reissue", environment | {"ID": chosen["id"]}, dns)
    ordered = json.loads((tmp_path / "order" / "order.json").read_text())
    bought = manage(environment, "show_certificate", ordered["certificates"][0], "--json")
    assert json.loads(bought)["status"] == "ISSUED"
    assert json.loads(bought)["sans"] == ["www.newname.org"]
    shown = json.loads(manage(environment, "show_certificate", chosen["id"], "--json"))
    assert shown["status"] == "ISSUED"
    assert shown["sans"] == ["shop.newname.org"]
    first, second = shown["versions"]
    assert first["serial"] == f"{original.serial_number:x}"
    assert (first["current"], second["current"], second["replaces"]) == (False, True, 1)
    assert first["not_after"] == second["not_after"]
    lists = [
        x509.load_der_x509_crl(path.read_bytes())
        for path in (tmp_path / "reissue" / "crls").iterdir()
    ]
    found = [
        entry
        for each in lists
        if (entry := each.get_revoked_certificate_by_serial_number(original.serial_number))
    ]
    assert len(found) == 1

"""The operators' walk through a reissue, exactly as docs/reissue.md tells it."""

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


def steps() -> str:
    """The one block of commands in the document."""
    (block,) = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/reissue.md").read_text(), re.DOTALL)
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


def test_the_documents_steps_from_an_empty_directory(tmp_path: Path) -> None:
    with LoopbackDns() as dns:
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
        chosen = next(
            each
            for each in seeded["certificates"]
            if each["reissuable"]
            and (each["type"], each["domain_type"]) == ("DV_SSL_CERT", "SINGLE_DOMAIN")
        )
        original = x509.load_pem_x509_certificate(
            manage(environment, "show_certificate", chosen["id"], "--pem").encode()
        )
        end = threading.Event()
        host = threading.Thread(target=play_the_dns_host, args=(tmp_path, dns, end))
        host.start()
        shim = SHIM.format(python=sys.executable, root=ROOT)
        done = subprocess.run(
            [shutil.which("bash") or "bash", "-c", shim + steps()],
            cwd=tmp_path, env={**environment, "ID": chosen["id"]},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        end.set()
        host.join()
    assert done.returncode == 0, done.stdout + done.stderr
    shown = json.loads(manage(environment, "show_certificate", chosen["id"], "--json"))
    assert shown["status"] == "ISSUED"
    assert shown["sans"] == ["shop.newname.org"]
    first, second = shown["versions"]
    assert first["serial"] == f"{original.serial_number:x}"
    assert (first["current"], second["current"], second["replaces"]) == (False, True, 1)
    assert first["not_after"] == second["not_after"]
    lists = [x509.load_der_x509_crl(path.read_bytes()) for path in (tmp_path / "crls").iterdir()]
    found = [
        entry
        for each in lists
        if (entry := each.get_revoked_certificate_by_serial_number(original.serial_number))
    ]
    assert len(found) == 1

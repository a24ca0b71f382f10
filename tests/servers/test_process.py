"""`manage.py diagnose` as an operator runs it, its network built from the environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.servers.conftest import Servers
from tests.servers.telling import KEYS, of_the_proof
from tests.servers.zones import VALUE
from verification.methods.file import PATH

pytestmark = pytest.mark.servers
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a portal without customers and without a catalogue."""
    data = tmp_path_factory.mktemp("data")
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(data)},
        check=True,
    )
    return data


@pytest.fixture
def environment(servers: Servers, migrated: Path, tmp_path: Path) -> dict[str, str]:
    """Anchors from a file, and two perspectives that ask a resolver of their own."""
    anchors = tmp_path / "root.key"
    anchors.write_text(f"; the root of this test\n{servers.bind.zones.anchor}\n")
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "DATA_DIR": str(migrated),
        "VERIFICATION_RESOLVERS": servers.trusting.address,
        "VERIFICATION_PERSPECTIVES": (
            f"paris={servers.validating.elsewhere} tokyo={servers.trusting.elsewhere}"
        ),
        "VERIFICATION_HTTP_PORTS": f"{servers.nginx.http},{servers.nginx.https}",
        "VERIFICATION_ALLOWED_NETWORKS": "127.0.0.0/8",
        "DNSSEC_TRUST_ANCHORS_FILE": str(anchors),
    }


def diagnosed(
    environment: dict[str, str], name: str, method: str, *words: str
) -> tuple[int, str, str]:
    command = [sys.executable, "-W", "error", "manage.py", "diagnose", name]
    done = subprocess.run(
        [*command, "--method", method, "--value", VALUE, *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_signed_record_is_proved_from_all_sides(
    environment: dict[str, str], servers: Servers
) -> None:
    code, out, err = diagnosed(environment, "signed.example.com", "DNS", "--json")
    assert (code, err) == (0, ""), out
    answer: dict[str, Any] = json.loads(out)
    assert list(answer) == KEYS
    assert answer["cause"] == "ok"
    assert [(row["of"], row["status"]) for row in of_the_proof(answer)] == [
        (servers.trusting.address, "OK"),
        (f"paris ({servers.validating.elsewhere})", "OK"),
        (f"tokyo ({servers.trusting.elsewhere})", "OK"),
    ]
    assert answer["evidence"][0]["dnssec"] == "secure"
    assert [
        (row["asked"], row["of"], row["status"])
        for row in answer["evidence"]
        if row["asked"].startswith("CAA verdict")
    ] == [
        ("CAA verdict on signed.example.com", "com", "ok"),
        ("CAA verdict on signed.example.com", f"paris ({servers.validating.elsewhere})", "ok"),
        ("CAA verdict on signed.example.com", f"tokyo ({servers.trusting.elsewhere})", "ok"),
    ]


def test_a_file_behind_a_sign_in_page_is_told_in_words(environment: dict[str, str]) -> None:
    code, out, err = diagnosed(environment, "file-captive.example.com", "FILE")
    assert (code, err) == (3, "")
    assert out.startswith("file.html  Your turn\n")
    assert f"http://file-captive.example.com{PATH}" in out


def test_caa_stands_beside_the_proof_in_words(environment: dict[str, str]) -> None:
    name = "caa-other.example.com"
    code, out, err = diagnosed(environment, name, "CNAME", "--brand", "GlobalSign")
    assert (code, err) == (3, "")
    assert out.startswith("dns.cname_conflict  Your turn\n")
    line = f'{name}. CAA 0 issue "globalsign.com"'
    assert f"\nAlso: caa.forbids  Your turn\nThe CAA records at {name} let only others" in out
    assert f"\n  {line}\n" in out
    assert (
        f'CAA verdict on {name} @ {name}: caa.forbids “0 issue "ca2.example.net"” · may not:'
        " globalsign.com\n"
    ) in out


def test_settings_that_cannot_be_read_stop_it_before_a_question(
    environment: dict[str, str],
) -> None:
    wrong = environment | {
        "VERIFICATION_PERSPECTIVES": "paris=192.0.2.1",
        "DNSSEC_TRUST_ANCHORS": ". IN DS twenty",
    }
    del wrong["DNSSEC_TRUST_ANCHORS_FILE"]
    code, _out, err = diagnosed(wrong, "fine.example.com", "DNS")
    assert code != 0
    assert err.count("reseal.E012") == 2

"""Every wrong setting is a numbered check with a hint, and nothing starts with one."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import checks

from config import demo_secrets
from config.environment import Problem, parse_encryption_keys

ROOT = Path(__file__).resolve().parent.parent.parent
SMTP = "django.core.mail.backends.smtp.EmailBackend"
PRODUCTION: dict[str, Any] = {
    "ENVIRONMENT": "production",
    "IS_PRODUCTION": True,
    "SECRET_KEY_GIVEN": "s" * 50,
    "KEY_ENCRYPTION_KEYS": {"one": b"k" * 32},
    "EMAIL_BACKEND": SMTP,
    "PAYMENT": "bank",
    "REDIS_URL": "redis://redis.example.com/0",
    "PUBLIC_URL": "https://certs.example.com",
    "PKI_URL": "http://pki.example.com",
}

PLACES = [f"place-{number}=192.0.2.{number}:53" for number in range(1, 6)]
ANCHOR = ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"


@pytest.fixture
def production(settings: LazySettings) -> LazySettings:
    """The settings of a well-configured production."""
    for name, value in PRODUCTION.items():
        setattr(settings, name, value)
    return settings


def found(*, deploy: bool = False) -> list[str]:
    """The numbers of our own checks that speak up, each with a hint."""
    messages = [
        message
        for message in checks.run_checks(include_deployment_checks=deploy)
        if str(message.id).startswith("reseal.")
    ]
    assert all(message.hint for message in messages)
    return sorted(str(message.id) for message in messages)


def test_the_demo_has_nothing_to_complain_about() -> None:
    assert found() == []


@pytest.mark.usefixtures("production")
def test_a_good_production_has_nothing_to_complain_about() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("SECRET_KEY_GIVEN", "", "E002"),
        ("SECRET_KEY_GIVEN", "s" * 49, "E002"),
        ("DEBUG", True, "E005"),
        ("EMAIL_BACKEND", "verification.eml_backend.EmlBackend", "E006"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "E006"),
        ("VERIFICATION_ALLOWED_NETWORKS", ["127.0.0.0/8"], "E007"),
        ("VERIFICATION_HTTP_PORTS", (8080, 443), "E007"),
        ("PUBLIC_URL", "http://certs.example.com", "E009"),
        ("REDIS_URL", "", "E010"),
        ("PAYMENT", "demo", "E017"),
        ("PAYMENT", "gold", "E017"),
        ("CURRENCY", "euro", "E017"),
    ],
)
def test_production_refuses(production: LazySettings, name: str, value: object, code: str) -> None:
    setattr(production, name, value)
    assert found() == [f"reseal.{code}"]


@pytest.mark.parametrize("name", ["SECRET_KEY", "KEY_ENCRYPTION_KEYS"])
def test_production_refuses_the_demos_secrets(
    production: LazySettings, tmp_path: Path, name: str
) -> None:
    production.DEMO_SECRETS_FILE = tmp_path / "secrets.env"
    demo = demo_secrets.read_or_make(production.DEMO_SECRETS_FILE)
    assert found() == []
    if name == "SECRET_KEY":
        production.SECRET_KEY_GIVEN = demo["SECRET_KEY"]
    else:
        keys = parse_encryption_keys(demo["KEY_ENCRYPTION_KEYS"])
        production.KEY_ENCRYPTION_KEYS = {"renamed": keys["demo"]}
    assert found() == ["reseal.E004"]


@pytest.mark.parametrize(
    "url",
    [
        "https://pki.example.com",
        "http://localhost",
        "http://192.0.2.1",
        "http://[2001:db8::1]",
        "http://pki.internal",
        "http://com",
        "http://pki",
        "http://pki.example.com/base",
        "http://pki.example.com:port",
        "http://user@pki.example.com",
        "pki.example.com",
    ],
)
def test_a_pki_url_that_linters_refuse_is_refused_in_the_demo_too(
    settings: LazySettings, url: str
) -> None:
    settings.PKI_URL = url
    assert found() == ["reseal.E008"]


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://localhost", "http://x:port"])
def test_a_public_url_is_a_web_address(settings: LazySettings, url: str) -> None:
    settings.PUBLIC_URL = url
    assert found() == ["reseal.E009"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VERIFICATION_RESOLVERS", ["dns.example.com:53"]),
        ("VERIFICATION_RESOLVERS", ["127.0.0.1:0"]),
        ("VERIFICATION_ALLOWED_NETWORKS", ["10.0.0.0/33"]),
        ("VERIFICATION_PERSPECTIVES", ["paris=192.0.2.1:53"]),
        ("VERIFICATION_PERSPECTIVES", ["192.0.2.1:53", "192.0.2.2:53"]),
    ],
)
def test_resolvers_and_networks_must_be_readable(
    settings: LazySettings, name: str, value: list[str]
) -> None:
    setattr(settings, name, value)
    assert found() == ["reseal.E012"]


def test_trust_anchors_must_be_readable(settings: LazySettings) -> None:
    settings.DNSSEC_TRUST_ANCHORS = ". IN DS twenty"
    assert found() == ["reseal.E012"]


@pytest.mark.parametrize("content", [None, "not a digest\n"])
def test_a_list_of_weak_keys_that_cannot_be_read_is_refused(
    settings: LazySettings, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "weak"
    if content is not None:
        file.write_text(content)
    settings.WEAK_KEYS_FILE = str(file)
    assert found() == ["reseal.E013"]


def test_what_the_settings_could_not_read_is_reported(settings: LazySettings) -> None:
    settings.SETTING_PROBLEMS = [Problem("E011", "PORT is 'x'.", "Set it.")]
    assert found() == ["reseal.E011"]


def test_check_deploy_warns_of_sqlite_and_of_a_missing_list(
    production: LazySettings, tmp_path: Path
) -> None:
    production.DATABASE_URL = "sqlite:////tmp/db.sqlite3"
    assert found(deploy=True) == [f"reseal.W00{number}" for number in range(1, 6)]
    production.DATABASE_URL = "postgresql://db.example.com/reseal"
    (tmp_path / "weak").write_text("0" * 64 + "\n")
    production.WEAK_KEYS_FILE = str(tmp_path / "weak")
    production.BANK_ACCOUNT = "Reseal Ltd, GB33 BUKB 2020 1555 5555 55"
    production.VERIFICATION_PERSPECTIVES = PLACES
    production.DNSSEC_TRUST_ANCHORS = ANCHOR
    assert found(deploy=True) == []


@pytest.mark.parametrize(
    ("day", "least"), [("2025-03-15", 2), ("2026-03-15", 3), ("2026-06-15", 4), ("2026-12-15", 5)]
)
def test_check_deploy_counts_the_places_that_the_day_demands(
    production: LazySettings, monkeypatch: pytest.MonkeyPatch, day: str, least: int
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime.fromisoformat(f"{day}T00Z"))
    production.DNSSEC_TRUST_ANCHORS = ANCHOR
    for named, codes in ((least, []), (least - 1 if least > 2 else 0, ["reseal.W004"])):
        production.VERIFICATION_PERSPECTIVES = PLACES[:named]
        assert [code for code in found(deploy=True) if code > "reseal.W003"] == codes


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "check"],
        ["manage.py", "migrate"],
        ["-c", "import config.wsgi"],
        ["-m", "celery", "-A", "config", "worker", "--pool", "solo"],
        ["-m", "celery", "-A", "config", "beat"],
    ],
    ids=" ".join,
)
def test_a_bare_production_starts_nowhere(command: list[str]) -> None:
    environment = {
        **os.environ,
        "ENVIRONMENT": "production",
        "PAYMENT": "bank",
        "REDIS_URL": "redis://127.0.0.1:1",
    }
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    for code in ("E002", "E003", "E006", "E009"):
        assert f"(reseal.{code})" in ended.stderr

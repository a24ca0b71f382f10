"""manage.py check_csr: the answers it prints and the code it ends with."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from authorities.key_policy import check_csr
from pki import csr, keys
from pki.keys import KeyAlgorithm

CSRS = Path(__file__).parent.parent / "vectors" / "csr"
GOOD = str(CSRS / "common_name_only.pem")
TWO_NAMES = str(CSRS / "p256.pem")
SMALL = str(CSRS / "rsa1024.pem")
TOO_SMALL = (
    "The RSA key has 1024 bits, and 2048 are the least. Make a key of 2048 bits or more, and a new"
    " CSR."
)


def run(*arguments: str) -> tuple[str, str | None]:
    """What was printed, and what stood on standard error when the command failed (exit 1)."""
    out = io.StringIO()
    try:
        call_command("check_csr", *arguments, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), None


def answers(*arguments: str) -> tuple[list[dict[str, Any]], str | None]:
    printed, error = run("--json", *arguments)
    return [json.loads(line) for line in printed.splitlines()], error


def test_a_good_request_is_one_object_on_one_line() -> None:
    assert answers(GOOD) == (
        [
            {
                "file": GOOD,
                "ok": True,
                "names": ["shop.example.com"],
                "key": "EC_P256",
                "findings": [],
            }
        ],
        None,
    )


def test_every_file_is_answered_in_order_and_one_refusal_is_exit_1() -> None:
    found, error = answers(GOOD, SMALL, TWO_NAMES)
    assert [(each["file"], each["ok"], each["key"]) for each in found] == [
        (GOOD, True, "EC_P256"),
        (SMALL, False, "RSA_1024"),
        (TWO_NAMES, True, "EC_P256"),
    ]
    assert found[1]["findings"] == [
        {
            "code": "csr.key_too_small",
            "severity": "refused",
            "message": TOO_SMALL,
        }
    ]
    assert error == "1 of 3 certificate requests are refused."


def test_notes_do_not_refuse() -> None:
    found, error = answers(str(CSRS / "much_ignored.pem"))
    assert (found[0]["ok"], error) == (True, None)
    assert {each["severity"] for each in found[0]["findings"]} == {"note"}


@pytest.mark.parametrize(
    ("product", "codes"),
    [("single", ["csr.too_many_names"]), ("wildcard", ["csr.too_many_names"]), ("multi", [])],
)
def test_the_product_sets_how_many_names_may_stand(product: str, codes: list[str]) -> None:
    found, _ = answers("--product", product, TWO_NAMES)
    assert [each["code"] for each in found[0]["findings"]] == codes


def test_a_product_that_is_not_there_is_an_error() -> None:
    printed, error = run("--product", "free", GOOD)
    assert printed == ""
    assert error is not None
    assert "invalid choice" in error


def test_a_file_that_cannot_be_read_is_an_answer_too(tmp_path: Path) -> None:
    missing, folder = str(tmp_path / "none.pem"), str(tmp_path)
    found, error = answers(missing, folder, GOOD)
    assert [(each["ok"], [one["code"] for one in each["findings"]]) for each in found] == [
        (False, ["csr.unreadable"]),
        (False, ["csr.unreadable"]),
        (True, []),
    ]
    assert found[0]["findings"][0]["message"] == (
        "The file cannot be read: No such file or directory. Check its name and its permissions."
    )
    assert error == "2 of 3 certificate requests are refused."


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(Path(GOOD).read_bytes()))
    monkeypatch.setattr(sys, "stdin", stream)
    found, error = answers("-")
    assert (found[0]["file"], found[0]["ok"], error) == ("-", True, None)


def test_a_private_key_far_behind_in_the_file_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "both.pem"
    secret = keys.private_pem(keys.generate(KeyAlgorithm.EC_P256))
    path.write_text(Path(GOOD).read_text() + "\n" * 50_000 + secret)
    printed, error = run(str(path))
    assert "csr.private_key" in printed
    assert secret.splitlines()[1] not in printed + str(error)


def test_people_read_text() -> None:
    assert run(GOOD, SMALL)[0].splitlines() == [
        f"{GOOD}: good",
        "  names: shop.example.com",
        "  key: EC_P256",
        f"{SMALL}: refused",
        "  names: shop.example.com",
        "  key: RSA_1024",
        f"  refused csr.key_too_small: {TOO_SMALL}",
    ]


def test_the_list_of_weak_keys_of_the_settings_counts(tmp_path: Path, settings: Settings) -> None:
    key = keys.generate(KeyAlgorithm.RSA_2048)
    request, listed = tmp_path / "shop.csr", tmp_path / "weak.txt"
    request.write_text(csr.pem(csr.build(key, ["shop.example.com"])))
    modulus = key.public_key().public_numbers().n  # type: ignore[union-attr]
    listed.write_text(hashlib.sha256(modulus.to_bytes(256, "big")).hexdigest() + "\n")
    assert answers(str(request))[1] is None
    settings.WEAK_KEYS_FILE = str(listed)
    found, _ = answers(str(request))
    assert [each["code"] for each in found[0]["findings"]] == ["csr.weak_key"]


def test_a_list_of_weak_keys_that_cannot_be_read_stops_the_command(
    tmp_path: Path, settings: Settings
) -> None:
    settings.WEAK_KEYS_FILE = str(tmp_path / "none")
    printed, error = run("--json", GOOD)
    assert printed == ""
    assert error is not None
    assert error.startswith("The list of weak keys cannot be read")


def test_hundreds_of_files_are_one_process() -> None:
    found, error = answers(*[GOOD, SMALL] * 200)
    assert (len(found), error) == (400, "200 of 400 certificate requests are refused.")


def test_as_a_process_only_the_answer_is_on_standard_output() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check_csr", "--json", GOOD, "-"],
        input=Path(SMALL).read_bytes(),
        capture_output=True,
        cwd=Path(__file__).parent.parent.parent,
        check=False,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["file"], each["ok"]) for each in found] == [(GOOD, True), ("-", False)]
    assert done.returncode == 1
    assert b"1 of 2 certificate requests are refused." in done.stderr


def test_p521_is_a_setting(settings: Settings) -> None:
    key = ec.generate_private_key(ec.SECP521R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "www.example.com")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name)
    pem = request.sign(key, hashes.SHA512()).public_bytes(serialization.Encoding.PEM)
    assert [each.code for each in check_csr(pem).findings if each.severity == "refused"] == [
        "csr.curve"
    ]
    settings.P521_ALLOWED = True
    assert check_csr(pem).ok
    assert check_csr(pem).key == "EC_P521"

"""The operator's commands: exit codes, and which stream carries what."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from authorities.simulated.orders import CaOrder
from certificates.applications import Application
from certificates.catalogue import Type
from certificates.story import Certificate
from pki import csr, keys
from pki.keys import KeyAlgorithm
from tests.cast import World
from work.loop import clock, run_due

pytestmark = pytest.mark.django_db

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
UNKNOWN = "scs0000000000000"


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def codes(self) -> list[str]:
        """The codes of a refusal: one `code: sentence` a line on standard error, no answer."""
        assert self.out == ""
        return [line.partition(": ")[0] for line in self.err.splitlines()]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Commands read the machine's clock, so this world lives at its time; its network is theirs."""
    built = World(now=clock().replace(microsecond=0))
    for module in ("certificates.sending_in", "certificates.management.commands.check_now"):
        monkeypatch.setattr(f"{module}.network", lambda: built.network)
    monkeypatch.setattr("work.management.commands.work_due.network", lambda: built.network)
    return built


def run(*words: str) -> Said:
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*words, stdout=out, stderr=err)
    except SystemExit as end:
        code = int(end.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


def reissue(certificate: Certificate, *words: str) -> Said:
    return run("reissue", certificate.pk, *words)


@pytest.mark.parametrize(
    "words",
    [
        ("reissue", UNKNOWN, "--accept-statements"),
        ("answer_confirmation", UNKNOWN, "--confirm"),
        ("approve_organization", UNKNOWN, "--as", "sam@reseal.example"),
        ("note_review", UNKNOWN, "REGISTRY", "x", "--as", "sam@reseal.example"),
        ("check_now", UNKNOWN),
        ("show_certificate", UNKNOWN, "--json"),
        ("decide_compromise", UNKNOWN, "--keep", "--as", "sam@reseal.example"),
    ],
)
def test_an_unknown_certificate(world: World, words: tuple[str, ...]) -> None:
    said = run(*words)
    assert (said.code, said.codes) == (2, ["certificate.not_found"])


def test_an_unknown_actor(world: World) -> None:
    said = reissue(world.issued(), "--accept-statements", "--as", "nobody@acme.example")
    assert (said.code, said.codes) == (2, ["actor.not_found"])


# reissue


def test_a_submitted_reissue_prints_the_status_it_reached(world: World) -> None:
    said = reissue(world.issued(), "--accept-statements", "--json")
    assert (said.code, said.err) == (0, "")
    (line,) = said.out.splitlines()
    told = json.loads(line)
    assert list(told) == ["at", "status", "label", "progress"]
    assert INSTANT.fullmatch(told.pop("at"))
    assert told == {"status": "REISSUING", "label": "CA verifying (reissue)", "progress": 20}


def test_without_json_a_line_for_people(world: World) -> None:
    said = reissue(world.issued(), "--accept-statements")
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith("Z  CA verifying (reissue)\n")


def test_without_consents_it_is_refused(world: World) -> None:
    said = reissue(world.issued())
    assert (said.code, said.codes) == (2, ["reissue.statements_missing"])


def test_every_reason_is_told_on_a_line_of_its_own(world: World) -> None:
    said = reissue(world.bought(), "--accept-statements", "--as", "mallory@other.example")
    assert (said.code, said.codes) == (2, ["reissue.not_issued", "reissue.forbidden"])


def test_as_a_colleague_and_as_a_viewer(world: World) -> None:
    certificate = world.issued()
    refused = reissue(certificate, "--accept-statements", "--as", "victor@acme.example")
    assert (refused.code, refused.codes) == (2, ["reissue.forbidden"])
    assert reissue(certificate, "--accept-statements", "--as", "BOB@acme.example").code == 0
    application = world.fresh(certificate).open_application
    assert application is not None
    assert application.submitted_by == world.bob


def pem_for(name: str) -> str:
    return csr.pem(csr.build(keys.generate(KeyAlgorithm.EC_P256), [name]))


def test_a_csr_from_a_file_and_from_the_pipe(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "new.csr"
    file.write_text(pem_for("shop.newname.org"))
    refused = reissue(
        world.issued(), "--csr", str(file), "--domain", "b.example.com", "--accept-statements"
    )
    assert (refused.code, refused.codes) == (2, ["csr.domain_mismatch"])
    certificate = Certificate.objects.get()
    piped = io.TextIOWrapper(io.BytesIO(file.read_bytes()))
    monkeypatch.setattr(sys, "stdin", piped)
    assert reissue(certificate, "--csr", "-", "--accept-statements").code == 0
    application = world.fresh(certificate).open_application
    assert application is not None
    assert (application.domain, application.reason) == ("shop.newname.org", "DOMAIN_CHANGE")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "csr.unreadable"),
        ("hello", "csr.not_pem"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "csr.private_key"),
        ("x" * 100_000, "csr.too_large"),
    ],
)
def test_a_csr_that_is_none(world: World, tmp_path: Path, content: str | None, code: str) -> None:
    file = tmp_path / "new.csr"
    if content is not None:
        file.write_text(content)
    said = reissue(world.issued(), "--csr", str(file), "--accept-statements")
    assert (said.code, said.codes) == (2, [code])
    assert "AAAA" not in said.err


def act_between(world: World, monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Instead of waiting in real time: all that is due, then this, and again all that is due."""

    def run_until(done: Callable[[], bool], network: Any, **_limits: float) -> None:
        world.later(minutes=2)
        done()
        act()
        world.work()
        done()

    monkeypatch.setattr("certificates.sending_in.run_until", run_until)


def answered(world: World, flag: str) -> Callable[[], None]:
    def act() -> None:
        application = Application.objects.get(ended_at=None)
        assert run("answer_confirmation", application.certificate_id, flag).code == 0

    return act


def statuses(said: Said) -> list[tuple[str, int | None]]:
    lines = [json.loads(line) for line in said.out.splitlines()]
    return [(line["status"], line["progress"]) for line in lines]


def test_wait_until_issued(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = world.issued()
    act_between(world, monkeypatch, answered(world, "--confirm"))
    said = reissue(certificate, "--accept-statements", "--wait", "60", "--json")
    assert (said.code, said.err) == (0, "")
    assert statuses(said) == [("REISSUING", 20), ("ISSUING", 90), ("ISSUED", 100)]


def test_wait_until_declined(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = world.issued()
    act_between(world, monkeypatch, answered(world, "--decline"))
    said = reissue(certificate, "--accept-statements", "--wait", "60", "--json")
    assert said.code == 4
    assert said.err.startswith("confirmation.declined: ")
    assert statuses(said) == [("REISSUING", 20), ("ISSUED", 100)]


def test_the_wait_runs_out(world: World) -> None:
    certificate = world.issued()
    said = reissue(certificate, "--accept-statements", "--wait", "0", "--json")
    assert (said.code, said.err) == (3, "")
    assert statuses(said) == [("REISSUING", 20)]


# The others


def test_an_answer_before_the_mail_and_twice(world: World) -> None:
    certificate = world.issued()
    none = run("answer_confirmation", certificate.pk, "--confirm")
    assert (none.code, none.codes) == (2, ["application.none"])
    reissue(certificate, "--accept-statements", "--domain", "www.new.example.com")
    for _state in ("not received", "not sent"):
        early = run("answer_confirmation", certificate.pk, "--confirm")
        assert (early.code, early.codes) == (2, ["confirmation.not_sent"])
        run_due(clock(), world.network)
    world.later(minutes=2)
    stranger = ("answer_confirmation", certificate.pk, "--confirm", "--as", "mallory@other.example")
    forbidden = run(*stranger)
    assert (forbidden.code, forbidden.codes) == (2, ["desk.forbidden"])
    given = run("answer_confirmation", certificate.pk, "--confirm")
    assert given == Said(0, "confirmed\n", "")
    twice = run("answer_confirmation", certificate.pk, "--decline")
    assert (twice.code, twice.codes) == (2, ["confirmation.decided"])


def test_the_organization_is_decided_by_staff(world: World) -> None:
    certificate = world.submitted("ov.example.com", world.product("SYMANTEC", Type.OV_SSL_CERT))
    words = ("approve_organization", certificate.pk, "--as")
    early = run(*words, "sam@reseal.example")
    assert (early.code, early.codes) == (2, ["desk.not_in_review"])
    world.publish(certificate)
    world.look(certificate)
    own = run(*words, "alice@acme.example")
    assert (own.code, own.codes) == (2, ["desk.forbidden"])
    refused = run(*words, "sam@reseal.example", "--refuse", "Not in the register.")
    assert refused == Said(0, "refused\n", "")
    world.now = clock()
    world.work()
    failed = world.fresh(certificate)
    assert (failed.status, failed.failure_message) == ("UNPASSED", "Not in the register.")


def test_an_organization_is_checked_and_approved_by_staff(world: World) -> None:
    certificate = world.submitted("ov.example.com", world.product("SYMANTEC", Type.OV_SSL_CERT))
    world.publish(certificate)
    world.look(certificate)
    approve = ("approve_organization", certificate.pk, "--as", "sam@reseal.example")
    early = run(*approve)
    assert (early.code, early.codes) == (2, ["desk.points_open"])
    note = ("note_review", certificate.pk, "--as", "sam@reseal.example")
    assert run(*note, "REGISTRY", "Number 01234567 is theirs.") == Said(0, "noted\n", "")
    silent = run(*note, "PHONE", "Called.")
    assert (silent.code, silent.codes) == (2, ["desk.call_log"])
    call = (
        "--number",
        "+44 20 7946 0100",
        "--found-in",
        "the register",
        "--answered-by",
        "Ms Hale",
    )
    assert run(*note, "PHONE", "She confirmed it.", *call) == Said(0, "noted\n", "")
    assert run(*approve) == Said(0, "approved\n", "")
    world.now = clock()
    world.work()
    assert world.fresh(certificate).status == "ISSUED"


def test_a_leak_is_decided_by_staff(world: World) -> None:
    certificate = world.issued()
    world.reissue(certificate, reason="KEY_COMPROMISE", key_algorithm="EC_P256")
    words = ("decide_compromise", certificate.pk, "--cancel", "--as", "sam@reseal.example")
    early = run(*words)
    assert (early.code, early.codes) == (2, ["desk.no_alarm"])
    world.now += timedelta(days=1, minutes=1)
    world.work()
    assert run(*words) == Said(0, "cancelled\n", "")


def test_check_now(world: World) -> None:
    bought = world.bought()
    nothing = run("check_now", bought.pk)
    assert (nothing.code, nothing.codes) == (2, ["check.nothing_to_prove"])
    certificate = world.submitted()
    missing = run("check_now", certificate.pk)
    assert (missing.code, missing.err) == (3, "")
    assert missing.out.startswith("www.shop.example.com  OPEN  dns.nxdomain: ")
    stranger = run("check_now", certificate.pk, "--as", "mallory@other.example")
    assert (stranger.code, stranger.codes) == (2, ["check.forbidden"])
    world.publish(certificate)
    assert run("check_now", certificate.pk) == Said(0, "www.shop.example.com  PROVED\n", "")


def test_show_certificate_as_json(world: World) -> None:
    certificate = world.issued()
    said = run("show_certificate", certificate.pk, "--json")
    assert (said.code, said.err) == (0, "")
    told = json.loads(said.out)
    keys_of_the_interface = "id status label progress domain sans brand type domain_type"
    assert set(told) >= {*keys_of_the_interface.split(), "not_before", "not_after", "versions"}
    assert told["sans"] == [told["domain"]] == ["www.shop.example.com"]
    assert told["obstacles"]["reissue"] == []
    assert [each["code"] for each in told["obstacles"]["apply"]] == ["apply.not_pending"]
    (version,) = told["versions"]
    assert list(version) == [
        "number",
        "serial",
        "not_before",
        "not_after",
        "current",
        "revoked_at",
        "revocation_reason",
        "replaces",
        "key_custody",
    ]
    assert re.fullmatch(r"[1-9a-f][0-9a-f]*", version["serial"])
    assert INSTANT.fullmatch(version["not_after"])
    assert (version["current"], version["key_custody"]) == (True, "STORED")


def test_show_certificate_as_pem(world: World) -> None:
    certificate = world.issued()
    leaf, chain, root = (
        run("show_certificate", certificate.pk, flag).out for flag in ("--pem", "--chain", "--root")
    )
    assert [text.count("BEGIN CERTIFICATE") for text in (leaf, chain, root)] == [1, 2, 1]
    assert chain.startswith(leaf)
    assert root not in chain
    none = run("show_certificate", world.bought().pk, "--chain")
    assert (none.code, none.codes) == (2, ["version.none"])


def test_show_certificate_with_what_is_to_be_proved(world: World) -> None:
    certificate = world.submitted()
    world.look(certificate)
    (told,) = json.loads(run("show_certificate", certificate.pk, "--challenges").out)
    assert (told["record_name"], told["record_type"]) == ("_dnsauth.shop.example.com", "TXT")
    assert re.fullmatch(r"[a-z0-9]{64}", told["record_value"])
    assert (told["method"], told["status"]) == ("DNS", "OPEN")
    problem = told["problem"]
    assert (problem["code"], problem["turn"]) == ("dns.nxdomain", "YOU")
    assert problem["fix"] == f'{told["record_name"]}. 600 IN TXT "{told["record_value"]}"'
    assert problem["sentence"].startswith("The name _dnsauth.shop.example.com does not exist")
    assert INSTANT.fullmatch(told["next_check_at"])
    assert [told[key] for key in ("file_url", "file_content", "mailbox")] == [None] * 3
    assert run("show_certificate", world.bought().pk, "--challenges").out == "[]\n"


def test_verify_state(world: World) -> None:
    world.issued()
    assert run("verify_state") == Said(0, "0 findings\n", "")
    assert json.loads(run("verify_state", "--json").out) == {"ok": True, "findings": []}
    CaOrder.objects.update(issued=None)
    said = run("verify_state", "--json")
    assert (said.code, said.err) == (1, "")
    assert [found["code"] for found in json.loads(said.out)["findings"]] == ["order.issued"]
    assert run("verify_state").code == 1


def test_work_due(world: World, settings: Settings) -> None:
    settings.CA_WORKING_DAY = 3600  # seconds: the mail is not due while this test runs
    certificate = world.issued()
    reissue(certificate, "--accept-statements")
    said = run("work_due")
    assert (said.code, said.err) == (0, "")
    assert re.fullmatch(r"\d+ steps, \d+ changes, 0 failed, 0 set aside\n", said.out)
    assert world.fresh(certificate).open_application is not None
    assert CaOrder.objects.filter(state="SCHEDULED").count() == 1


def test_publish_crls(world: World, tmp_path: Path) -> None:
    said = run("publish_crls", "--output", str(tmp_path / "crls"))
    assert (said.code, said.err) == (0, "")
    assert re.fullmatch(r"\d+\n", said.out)
    names = {path.name for path in (tmp_path / "crls").iterdir()}
    assert {"geotrust-root.crl", "geotrust-dv.crl"} <= names
    assert all(name.endswith(".crl") for name in names)
    assert all(path.read_bytes()[:1] == b"\x30" for path in (tmp_path / "crls").iterdir())

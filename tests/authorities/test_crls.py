"""Publishing revocation lists: when, with which number, with which entries."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.access import Team
from accounts.audit import AuditEntry
from accounts.models import User
from accounts.staff import StaffRefused
from authorities import crls, engine
from authorities.hierarchy import Authority, Crl, IssuedCertificate, OcspSigner
from authorities.upkeep import publish_soon
from pki import bundles, lint
from tests.authorities.conftest import NOW, issue
from tests.pki.small_ca import openssl
from work.loop import run_due

DAY = timedelta(days=1)
SOON = NOW + timedelta(minutes=5)


def listed(made: Crl) -> dict[str, str | None]:
    """Reason by serial; None without one."""
    reasons = {}
    for entry in x509.load_der_x509_crl(bytes(made.der)):
        found = [
            e.value.reason.value for e in entry.extensions if isinstance(e.value, x509.CRLReason)
        ]
        reasons[f"{entry.serial_number:x}"] = found[0] if found else None
    return reasons


def number_of(made: Crl) -> int:
    parsed = x509.load_der_x509_crl(bytes(made.der))
    return parsed.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def test_the_first_list_is_there_from_the_start(geotrust: dict[str, Authority]) -> None:
    for authority in geotrust.values():
        made = authority.crls.get()
        assert (made.number, number_of(made), listed(made)) == (1, 1, {})
        assert lint.lint_crl(bytes(made.der), of_authorities=authority.is_root) == []


def test_a_list_is_made_every_day_and_not_before(geotrust: dict[str, Authority]) -> None:
    authority = geotrust["DV"]
    step = authority.step(NOW + DAY - timedelta(seconds=1), None)
    assert (step.due_at, step.changed) == (NOW + DAY, False)
    step = authority.step(NOW + DAY, None)
    assert (step.due_at, step.changed) == (NOW + 2 * DAY, True)
    assert list(authority.crls.values_list("number", "this_update").order_by("number")) == [
        (1, NOW),
        (2, NOW + DAY),
    ]
    made = authority.crls.get(number=2)
    assert NOW + DAY < made.next_update <= NOW + 11 * DAY


def test_a_revocation_is_listed_at_once(geotrust: dict[str, Authority], tmp_path: Path) -> None:
    authority, issued, other = geotrust["DV"], issue(), issue("order-2")
    engine.revoke(issued, "keyCompromise", NOW)
    assert authority.step(SOON, None).changed
    made = crls.current(authority)
    assert made is not None
    assert (made.number, listed(made)) == (2, {issued.serial: "keyCompromise"})
    assert other.serial not in listed(made)
    assert lint.lint_crl(bytes(made.der), of_authorities=False) == []
    path, issuer = tmp_path / "made.crl", tmp_path / "issuer.pem"
    path.write_bytes(bytes(made.der))
    issuer.write_text(bundles.pem([bytes(authority.certificate)]))
    done = openssl("crl", "-inform", "DER", "-in", str(path), "-CAfile", str(issuer), "-noout")
    assert "verify OK" in done.stderr
    assert not authority.step(SOON, None).changed
    assert authority.crls.count() == 2


@pytest.mark.django_db(transaction=True)
def test_people_ask_for_a_list_and_the_next_due_step_makes_it_once(
    geotrust: dict[str, Authority], settings: Any
) -> None:
    """The web tier may ask: it opens no key."""
    Authority.objects.update(due_at=NOW + DAY)
    sam = User.objects.create_user("sam@reseal.example", is_staff=True)
    sam.groups.set(Group.objects.filter(name=Team.CA_OPERATOR))
    settings.CA_KEYS_ALLOWED = False
    publish_soon(geotrust["DV"].pk, actor=sam, now=SOON)
    assert Crl.objects.count() == 4
    settings.CA_KEYS_ALLOWED = True
    for at in (SOON, SOON + timedelta(seconds=1), SOON + timedelta(hours=1)):
        run_due(at, None, [Authority])
    assert list(geotrust["DV"].crls.order_by("number").values_list("number", "this_update")) == [
        (1, NOW),
        (2, SOON),
    ]
    assert Crl.objects.count() == 5
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.subject) == ("crl.publish", sam.email, "geotrust-dv")


def test_a_list_is_asked_for_by_ca_operators_only(geotrust: dict[str, Authority]) -> None:
    Authority.objects.update(due_at=NOW + DAY)
    alice = User.objects.create_user("alice@acme.example")
    sue = User.objects.create_user("sue@reseal.example", is_staff=True)
    sue.groups.set(Group.objects.filter(name=Team.SUPPORT))
    for who in (alice, sue):
        with pytest.raises(StaffRefused) as refused:
            publish_soon(geotrust["DV"].pk, actor=who, now=SOON)
        assert refused.value.code == "staff.forbidden"
    assert not Authority.objects.exclude(due_at=NOW + DAY).exists()
    assert AuditEntry.objects.count() == 0


def test_no_reason_is_written_as_no_reason(geotrust: dict[str, Authority]) -> None:
    issued = issue()
    engine.revoke(issued, "unspecified", NOW)
    assert listed(crls.publish(geotrust["DV"].pk, SOON)) == {issued.serial: None}


def test_an_entry_stays_for_one_list_after_its_end(geotrust: dict[str, Authority]) -> None:
    authority, issued = geotrust["DV"], issue()
    engine.revoke(issued, "superseded", NOW)
    end = issued.not_after
    times = [SOON, end - DAY, end, end + DAY, end + 2 * DAY, end + 3 * DAY]
    found = [issued.serial in listed(crls.publish(authority.pk, at)) for at in times]
    assert found == [True, True, True, True, False, False]
    issued.refresh_from_db()
    assert (issued.first_crl, issued.last_crl) == (2, 5)


def test_what_is_revoked_after_its_end_is_listed_once(geotrust: dict[str, Authority]) -> None:
    authority, issued = geotrust["DV"], issue()
    late = issued.not_after + 5 * DAY
    crls.publish(authority.pk, late)
    engine.revoke(issued, "keyCompromise", late)
    assert crls.is_due(authority, late)
    found = [issued.serial in listed(crls.publish(authority.pk, late + n * DAY)) for n in (0, 1)]
    assert found == [True, False]


@pytest.mark.parametrize("at", [NOW - 3 * DAY, NOW - timedelta(seconds=1)])
def test_lists_never_go_back_in_time(geotrust: dict[str, Authority], at: datetime) -> None:
    made = crls.publish(geotrust["DV"].pk, at)
    assert (made.number, made.this_update) == (2, NOW)


def test_a_list_that_fails_uses_no_number(
    geotrust: dict[str, Authority], monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, issued = geotrust["DV"], issue()
    engine.revoke(issued, "superseded", NOW)
    with monkeypatch.context() as patch:
        patch.setattr("pki.crl.LIFETIME", timedelta(days=11))
        with pytest.raises(engine.LintRefused):
            crls.publish(authority.pk, SOON)
    assert authority.crls.count() == 1
    issued.refresh_from_db()
    assert issued.first_crl is None
    assert crls.publish(authority.pk, SOON).number == 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_publish_two_numbers(geotrust: dict[str, Authority]) -> None:
    authority = geotrust["DV"]
    together = threading.Barrier(4)
    numbers: list[int] = []

    def publish() -> None:
        together.wait()
        try:
            numbers.append(number_of(crls.publish(authority.pk, SOON)))
        finally:
            connection.close()

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [2, 3, 4, 5]
    assert [made.number for made in authority.crls.order_by("this_update", "number")] == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_the_responder_is_renewed_in_time(geotrust: dict[str, Authority]) -> None:
    authority = geotrust["DV"]
    (first,) = authority.ocsp_signers.all()
    assert not authority.step(NOW + timedelta(hours=1), None).changed
    assert authority.step(NOW + 16 * DAY, None).changed
    assert authority.ocsp_signers.count() == 2
    assert authority.step(NOW + 32 * DAY, None).changed
    assert not OcspSigner.objects.filter(pk=first.pk).exists()
    assert authority.ocsp_signers.filter(not_after__gt=NOW + 60 * DAY).count() == 1


def test_a_root_publishes_lists_and_has_no_responder(geotrust: dict[str, Authority]) -> None:
    root = geotrust["root"]
    assert root.step(NOW + DAY, None).changed
    assert (root.crls.count(), root.ocsp_signers.count()) == (2, 0)


def test_the_command_writes_the_current_lists_and_nothing_else(
    geotrust: dict[str, Authority], tmp_path: Path
) -> None:
    issued = issue()
    engine.revoke(issued, "superseded", NOW)
    folder = tmp_path / "new" / "crls"
    for expected in ("1\n", "0\n"):
        out = StringIO()
        call_command("publish_crls", output=folder, stdout=out)
        assert out.getvalue() == expected
        assert sorted(path.name for path in folder.iterdir()) == [
            f"geotrust-{level}.crl" for level in ("dv", "ev", "ov", "root")
        ]
    content = (folder / "geotrust-dv.crl").read_bytes()
    current = crls.current(geotrust["DV"])
    assert current is not None
    assert content == bytes(current.der)
    assert listed(current) == {issued.serial: "superseded"}


def test_the_command_takes_the_folder_as_text_and_works_without(
    geotrust: dict[str, Authority], tmp_path: Path
) -> None:
    call_command("publish_crls", "--output", str(tmp_path), stdout=StringIO())
    assert len(list(tmp_path.iterdir())) == 4
    IssuedCertificate.objects.all().delete()
    out = StringIO()
    call_command("publish_crls", stdout=out)
    assert out.getvalue() == "0\n"


def test_the_command_says_when_it_cannot_write(
    geotrust: dict[str, Authority], tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(CommandError, match="Name another directory"):
        call_command("publish_crls", output=blocked, stdout=StringIO())

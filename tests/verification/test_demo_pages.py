"""The demo's outsiders: the customer's DNS host and the inbox."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from verification.demo_inbox import pieces
from verification.demo_records import ZONE, DemoRecord

pytestmark = pytest.mark.django_db

MAIL = """\
From: CA <no-reply@example.com>
To: alice@example.com
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Date: Tue, 24 Nov 2026 01:02:03 +0000
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Open http://portal.example.com/ca/confirm/abc.
Not https://evil.example/ca/confirm/abc nor http://portal.example.com.evil.example/x <b>bold</b>
"""


@pytest.fixture
def inbox(settings: Settings, tmp_path: Path) -> Path:
    settings.ENVIRONMENT = "demo"
    settings.DATA_DIR = tmp_path
    settings.PUBLIC_URL = "http://portal.example.com"
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "20261124T010203.000001Z-aa.eml").write_bytes(MAIL.encode())
    return folder


@pytest.fixture
def alice(inbox: Path, client: Client) -> Client:
    client.force_login(User.objects.create_user("alice@example.com", "password of Alice"))
    return client


def test_a_record_is_published_listed_and_removed(alice: Client) -> None:
    record = {"name": f"_DNSAUTH.shop.{ZONE}.", "rtype": "TXT", "value": "value <1>", "ttl": "5"}
    assert alice.post("/demo/dns/", record).status_code == 302
    row = DemoRecord.objects.get()
    assert (row.name, row.rtype, row.value) == (f"_dnsauth.shop.{ZONE}", "TXT", "value <1>")
    page = alice.get("/demo/dns/").content.decode()
    assert "This is a demo" in page
    assert "value &lt;1&gt;" in page
    assert alice.post(f"/demo/dns/{row.pk}/remove/").status_code == 302
    assert not DemoRecord.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "shop.example.com", "holds only host names in demo.example.net"),
        ("name", f"a b.{ZONE}", "holds only host names in demo.example.net"),
        ("value", "not an address", "Records of type A are written like this: 198.51.100.7"),
        ("rtype", "MX", "MX is not one of the available choices"),
    ],
)
def test_a_record_that_does_not_fit_is_refused_with_a_sentence(
    alice: Client, field: str, value: str, sentence: str
) -> None:
    record = {"name": f"a.{ZONE}", "rtype": "A", "value": "198.51.100.7", "ttl": "5"}
    page = alice.post("/demo/dns/", record | {field: value})
    assert page.status_code == 200
    assert sentence in page.content.decode()
    assert not DemoRecord.objects.exists()


def test_the_same_record_is_not_published_twice(alice: Client) -> None:
    record = {"name": f"a.{ZONE}", "rtype": "A", "value": "198.51.100.7", "ttl": "5"}
    alice.post("/demo/dns/", record)
    assert alice.post("/demo/dns/", record).status_code == 200
    assert DemoRecord.objects.count() == 1


def test_a_get_removes_nothing(alice: Client) -> None:
    row = DemoRecord.objects.create(name=ZONE, rtype="TXT", value="value")
    assert alice.get(f"/demo/dns/{row.pk}/remove/").status_code == 405
    assert DemoRecord.objects.count() == 1


def test_a_post_from_another_site_publishes_and_removes_nothing(alice: Client) -> None:
    row = DemoRecord.objects.create(name=ZONE, rtype="TXT", value="value")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = alice.cookies
    record = {"name": f"a.{ZONE}", "rtype": "TXT", "value": "value", "ttl": "5"}
    assert strict.post("/demo/dns/", record).status_code == 403
    assert strict.post(f"/demo/dns/{row.pk}/remove/").status_code == 403
    assert DemoRecord.objects.count() == 1


def test_the_inbox_lists_mails_and_says_that_it_is_a_demo(alice: Client) -> None:
    page = alice.get("/demo/inbox/").content.decode()
    assert "This is a demo" in page
    assert "Grüße" in page
    assert "alice@example.com" in page


def test_a_mail_is_shown_as_text_with_links_to_our_own_site_only(alice: Client) -> None:
    page = alice.get("/demo/inbox/20261124T010203.000001Z-aa.eml").content.decode()
    assert '<a href="http://portal.example.com/ca/confirm/abc">' in page
    assert 'href="https://evil' not in page
    assert 'href="http://portal.example.com.evil' not in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page


def test_only_mails_of_the_inbox_are_shown(alice: Client, inbox: Path) -> None:
    (inbox.parent / "secret.eml").write_text("Subject: secret\n\nsecret")
    (inbox / "notes.txt").write_text("secret")
    (inbox / "link.eml").symlink_to(inbox.parent / "secret.eml")
    for name in ("../secret.eml", "..%2Fsecret.eml", "%2e%2e/secret.eml", "notes.txt", "link.eml",
                 "absent.eml", "/etc/passwd", "a%00.eml"):  # fmt: skip
        assert alice.get(f"/demo/inbox/{name}").status_code == 404, name
    assert "secret" not in alice.get("/demo/inbox/").content.decode()


def test_a_broken_mail_is_shown_as_well_as_it_can(alice: Client, inbox: Path) -> None:
    (inbox / "broken.eml").write_bytes(
        b"Subject: \xff\xfe\x00\nFrom: <<<@\nContent-Type: text/plain; charset=none\n\n\xff\x00body"
    )
    (inbox / "empty.eml").write_bytes(b"")
    assert alice.get("/demo/inbox/").status_code == 200
    assert "body" in alice.get("/demo/inbox/broken.eml").content.decode()
    assert alice.get("/demo/inbox/empty.eml").status_code == 200


def test_without_an_inbox_nothing_has_been_sent(
    alice: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path / "elsewhere"
    assert "No mail has been sent yet." in alice.get("/demo/inbox/").content.decode()


PATHS = (
    "/demo/dns/",
    "/demo/dns/1/remove/",
    "/demo/web/",
    "/demo/web/1/remove/",
    "/demo/inbox/",
    "/demo/inbox/a.eml",
    "/demo/inbox/a.eml/html/",
    "/demo/inbox/a.eml/return/",
)


@pytest.mark.parametrize("path", PATHS)
def test_who_is_not_signed_in_is_asked_to(inbox: Path, client: Client, path: str) -> None:
    answer = client.post(path) if path.endswith(("remove/", "return/")) else client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("path", PATHS)
def test_outside_the_demo_the_pages_do_not_exist(
    alice: Client, settings: Settings, path: str
) -> None:
    settings.ENVIRONMENT = "production"
    assert alice.get(path).status_code == 404
    assert alice.post(path).status_code == 404


def test_links_end_before_the_full_stop() -> None:
    shown = pieces("See http://a.example/x. Or http://a.example!", "http://a.example/")
    assert [(piece.text, piece.link) for piece in shown] == [
        ("See ", ""),
        ("http://a.example/x", "http://a.example/x"),
        (". Or ", ""),
        ("http://a.example", "http://a.example"),
        ("!", ""),
    ]


# The form, proposed by a link.


def test_a_link_fills_the_form_in_and_publishes_nothing(alice: Client) -> None:
    page = alice.get(
        f"/demo/dns/?name=_dnsauth.shop.{ZONE}&type=CNAME&value=%3Cb%3Ex&ttl=9"
    ).content.decode()
    assert f'value="_dnsauth.shop.{ZONE}"' in page
    assert '<option value="CNAME" selected>' in page
    assert 'value="&lt;b&gt;x"' in page
    assert not DemoRecord.objects.exists()


def test_a_link_cannot_propose_what_the_form_does_not_hold(alice: Client) -> None:
    page = alice.get(f"/demo/dns/?type=MX&name={'a' * 9999}").content.decode()
    assert 'value="MX"' not in page, "of the forms' own random tokens any may hold the two letters"
    assert f'value="{"a" * 253}"' in page


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "shop.example.com", "record.not_in_zone"),
        ("value", "not an address", "record.value"),
        ("value", "198.51.100.7", "record.twice"),
        ("rtype", "CNAME", "record.cname_alone"),
        ("name", "", "required"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_with_its_code(
    alice: Client, field: str, value: str, code: str
) -> None:
    DemoRecord.objects.create(name=f"a.{ZONE}", rtype="A", value="198.51.100.7")
    record = {"name": f"a.{ZONE}", "rtype": "A", "value": "198.51.100.7", "ttl": "5"}
    if code != "record.twice":
        record["value"] = "198.51.100.8" if field != "rtype" else "www.example.com"
    answer = alice.post("/demo/dns/", record | {field: value})
    at = "name" if code == "record.cname_alone" else field
    assert [error.code for error in answer.context["form"].errors[at].as_data()] == [code]
    assert f'id="id_{at}_error"' in answer.content.decode()
    assert code in answer.content.decode()
    assert DemoRecord.objects.count() == 1


# The HTML of a mail.

HTML_MAIL = """\
From: CA <no-reply@example.com>
To: alice@example.com
Subject: html
Date: Tue, 24 Nov 2026 03:02:03 +0000
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=x

--x
Content-Type: text/plain

plain
--x
Content-Type: text/html

<p style="color: red">html</p><script>alert(1)</script>
--x--
"""


@pytest.fixture
def html_mail(inbox: Path) -> str:
    (inbox / "html.eml").write_text(HTML_MAIL)
    return "/demo/inbox/html.eml"


def test_the_html_of_a_mail_is_a_page_by_itself_that_runs_nothing(
    alice: Client, html_mail: str
) -> None:
    page = alice.get(html_mail).content.decode()
    assert f'href="{html_mail}/html/"' in page
    assert "alert(1)" not in page
    answer = alice.get(f"{html_mail}/html/")
    assert "<p style=" in answer.content.decode()
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'; style-src 'unsafe-inline'")
    assert "allow" not in policy
    assert "script-src" not in policy


def test_a_mail_without_html_has_no_such_page(alice: Client) -> None:
    mail = "/demo/inbox/20261124T010203.000001Z-aa.eml"
    assert "/html/" not in alice.get(mail).content.decode()
    assert alice.get(f"{mail}/html/").status_code == 404


def test_the_newest_mail_stands_first_whenever_its_file_was_written(
    alice: Client, html_mail: str, inbox: Path
) -> None:
    late = MAIL.replace("24 Nov 2026 01:02", "25 Nov 2026 01:02").replace("Subject: ", "Subject: A")
    (inbox / "late.eml").write_text(late)
    os.utime(inbox / "late.eml", (1, 1))
    files = [mail.file for mail in alice.get("/demo/inbox/").context["mails"]]
    assert files == ["late.eml", "html.eml", "20261124T010203.000001Z-aa.eml"]


@pytest.mark.parametrize("path", ["/demo/dns/", "/demo/inbox/", "/demo/inbox/html.eml"])
def test_each_page_says_that_it_is_a_demo(alice: Client, html_mail: str, path: str) -> None:
    page = " ".join(alice.get(path).content.decode().split())
    assert "This is a demo.</strong> This page plays" in page

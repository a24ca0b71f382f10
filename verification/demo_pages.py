"""Pages that exist in the demo only: the customer's DNS host, and the inbox of every person.

They play outsiders: nothing here knows an order, and everybody who is signed in shares them.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from verification.demo_records import ZONE, DemoRecord
from verification.embedded_dns import rdata

MAIL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,200}\.eml")
LINK = re.compile(r"https?://[^\s<>\"']+")
LONGEST_MAIL = 256 * 1024
MOST_MAILS = 200
EXAMPLES = {
    "TXT": "some text",
    "CNAME": "www.example.com",
    "CAA": '0 issue "example.com"',
    "A": "198.51.100.7",
}

View = Callable[..., HttpResponse]


def demo_only(view: View) -> View:
    """404 for everybody outside the demo, before anything is asked of them; then signed-in only."""
    guarded = login_required(view)

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if settings.ENVIRONMENT != "demo":
            raise Http404
        return guarded(request, *args, **kwargs)

    return wrapped


if TYPE_CHECKING:
    _RecordForm = forms.ModelForm[DemoRecord]
else:  # Django's forms take no parameter when the program runs
    _RecordForm = forms.ModelForm


class RecordForm(_RecordForm):
    class Meta:
        model = DemoRecord
        fields = ("name", "rtype", "value", "ttl")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "rtype" in values and "value" in values:
            try:
                rdata(values["rtype"], values["value"])
            except ValueError:
                example = EXAMPLES[values["rtype"]]
                self.add_error(
                    "value",
                    _("Records of type %(type)s are written like this: %(example)s")
                    % {"type": values["rtype"], "example": example},
                )
        return values


@demo_only
@require_http_methods(["GET", "HEAD", "POST"])
def dns_host(request: HttpRequest) -> HttpResponse:
    """List the zone's records; POST publishes one."""
    form = RecordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        record = form.save()
        messages.success(request, _("Published: %(record)s") % {"record": record})
        return redirect("demo:dns")
    context = {"form": form, "records": DemoRecord.objects.all(), "zone": ZONE}
    return render(request, "verification/demo_dns.html", context)


@demo_only
@require_POST
def remove_record(request: HttpRequest, pk: int) -> HttpResponse:
    record = get_object_or_404(DemoRecord, pk=pk)
    record.delete()
    messages.success(request, _("Removed: %(record)s") % {"record": record})
    return redirect("demo:dns")


@dataclass(frozen=True)
class Piece:
    """A stretch of a mail's text; `link` is set when it is an address of our own site."""

    text: str
    link: str = ""


@dataclass(frozen=True)
class Mail:
    """One mail as the inbox shows it."""

    file: str
    subject: str
    sender: str
    to: str
    date: str
    text: str


@demo_only
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The mails, the newest first."""
    paths = sorted(_mails(), key=lambda path: path.stat().st_mtime, reverse=True)[:MOST_MAILS]
    return render(request, "verification/demo_inbox.html", {"mails": [_read(p) for p in paths]})


@demo_only
@require_GET
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail as text."""
    path = next((path for path in _mails() if path.name == name), None)
    if path is None:
        raise Http404
    shown = _read(path)
    context = {"mail": shown, "pieces": pieces(shown.text, settings.PUBLIC_URL)}
    return render(request, "verification/demo_mail.html", context)


def pieces(text: str, public_url: str) -> list[Piece]:
    """Cut `text` so that addresses below `public_url` can be links, and no others."""
    base = public_url.rstrip("/")
    cut: list[Piece] = []
    at = 0
    for found in LINK.finditer(text):
        address = found.group().rstrip(".,;:!?)")
        if address != base and not address.startswith(base + "/"):
            continue
        cut += [Piece(text[at : found.start()]), Piece(address, address)]
        at = found.start() + len(address)
    return [piece for piece in (*cut, Piece(text[at:])) if piece.text]


def _mails() -> list[Path]:
    """The files that are mails. Names come from this listing only, never from a request's path."""
    folder = Path(settings.DATA_DIR) / "inbox"
    if not folder.is_dir():
        return []
    return [
        path
        for path in folder.iterdir()
        if MAIL_NAME.fullmatch(path.name) and path.is_file() and not path.is_symlink()
    ]


def _read(path: Path) -> Mail:
    with path.open("rb") as file:
        data = file.read(LONGEST_MAIL)
    message = email.message_from_bytes(data, policy=email.policy.default)
    return Mail(
        file=path.name,
        subject=str(message.get("Subject", "")) or path.name,
        sender=str(message.get("From", "")),
        to=str(message.get("To", "")),
        date=str(message.get("Date", "")),
        text=_text(message),
    )


def _text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain",))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except LookupError:  # a charset that Python does not know
        return bytes(part.get_payload(decode=True)).decode("ascii", "replace")

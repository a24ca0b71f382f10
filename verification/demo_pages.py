"""Pages that exist in the demo only: the customer's DNS host, and the inbox of every person.

They play outsiders: nothing here knows an order, and everybody who is signed in shares them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from verification import demo_inbox
from verification.bounces import Taken, take
from verification.demo_bounces import returned
from verification.demo_records import LONGEST_VALUE, ZONE, DemoRecord, RecordType
from verification.embedded_dns import rdata

EXAMPLES = {
    "TXT": "some text",
    "CNAME": "www.example.com",
    "CAA": '0 issue "example.com"',
    "A": "198.51.100.7",
}
# The HTML of a mail is shown by itself: it may be drawn, and nothing else.
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

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

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in ("name", "value"):
            self.fields[name].widget.attrs |= {"class": "mono", "autocomplete": "off"}
        self.fields["name"].help_text = _("The whole name, down to the end of the zone.")
        self.fields["value"].help_text = _("As in a zone file, a TXT without quotes.")
        self.fields["ttl"].help_text = _("Seconds.")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "rtype" in values and "value" in values:
            try:
                rdata(values["rtype"], values["value"])
            except ValueError:
                message = _("Records of type %(type)s are written like this: %(example)s") % {
                    "type": values["rtype"],
                    "example": EXAMPLES[values["rtype"]],
                }
                self.add_error("value", ValidationError(message, code="record.value"))
        return values


@demo_only
@require_http_methods(["GET", "HEAD", "POST"])
def dns_host(request: HttpRequest) -> HttpResponse:
    """List the zone's records; POST publishes one. The address may fill the form in, no more."""
    if request.method == "POST":
        form = RecordForm(request.POST)
        if form.is_valid():
            record = form.save()
            messages.success(request, _("Published: %(record)s") % {"record": record})
            return redirect("demo:dns")
    else:
        form = RecordForm(initial=_prefilled(request))
    context = {"here": "dns", "form": form, "records": DemoRecord.objects.all(), "zone": ZONE}
    return render(request, "verification/demo_dns.html", context)


def _prefilled(request: HttpRequest) -> dict[str, str]:
    """What a link to this page proposes to publish: `?name=…&type=TXT&value=…`."""
    asked = request.GET
    proposed = {
        "name": asked.get("name", "")[:253],
        "value": asked.get("value", "")[:LONGEST_VALUE],
    }
    if asked.get("type") in RecordType.values:
        proposed["rtype"] = asked["type"]
    return proposed


@demo_only
@require_POST
def remove_record(request: HttpRequest, pk: int) -> HttpResponse:
    record = get_object_or_404(DemoRecord, pk=pk)
    record.delete()
    messages.success(request, _("Removed: %(record)s") % {"record": record})
    return redirect("demo:dns")


@demo_only
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The mails, the newest first."""
    context = {"mails": demo_inbox.newest_mails(), "most": demo_inbox.MOST_MAILS}
    return render(request, "verification/demo_inbox.html", {"here": "inbox", **context})


@demo_only
@require_GET
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail as text."""
    shown = _found(name)
    pieces = demo_inbox.pieces(shown.text, settings.PUBLIC_URL)
    context = {"here": "inbox", "mail": shown, "pieces": pieces}
    return render(request, "verification/demo_mail.html", context)


@demo_only
@require_GET
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """The same mail as a mail program draws it: a page by itself that runs and loads nothing."""
    shown = _found(name)
    if not shown.html:
        raise Http404
    response = HttpResponse(shown.html)
    response["Content-Security-Policy"] = MAIL_POLICY
    return response


@demo_only
@require_POST
def send_back(request: HttpRequest, name: str) -> HttpResponse:
    """Play the server that answers late that the mailbox does not exist."""
    notification = returned(name)
    if notification is None:
        raise Http404
    if take(notification, timezone.now()) in (Taken.BOUNCED, Taken.AGAIN):
        messages.success(request, _("The mail was sent back as undeliverable."))
    else:
        messages.error(request, _("This mail cannot be sent back: who wrote it does not listen."))
    return redirect("demo:mail", name)


def _found(name: str) -> demo_inbox.Mail:
    shown = demo_inbox.find_mail(name)
    if shown is None:
        raise Http404
    return shown

"""The page of the demo that plays the customer's web server."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from verification.demo_pages import demo_only
from verification.demo_records import ZONE
from verification.demo_sites import LONGEST_CONTENT, Answer, DemoSite, serve
from verification.methods.file import PATH


class SiteForm(forms.Form):
    """One host and what it answers; a host that is served already gets the new answer."""

    host = forms.CharField(label=DemoSite._meta.get_field("host").verbose_name, max_length=253)
    answer = forms.ChoiceField(
        label=DemoSite._meta.get_field("answer").verbose_name, choices=Answer.choices
    )
    content = forms.CharField(
        label=DemoSite._meta.get_field("content").verbose_name,
        max_length=LONGEST_CONTENT,
        required=False,
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in ("host", "content"):
            self.fields[name].widget.attrs |= {"class": "mono", "autocomplete": "off"}
        self.fields["host"].help_text = _("The exact name, such as shop.%(zone)s.") % {"zone": ZONE}
        self.fields["content"].help_text = _("The one line of the file.")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "host" in values:
            site = DemoSite(host=values["host"])
            try:
                site.clean()
            except forms.ValidationError as refused:
                self.add_error(None, refused)
            values["host"] = site.host
        return values


@demo_only
@require_http_methods(["GET", "HEAD", "POST"])
def web_server(request: HttpRequest) -> HttpResponse:
    """List the hosts; POST serves one. The address may fill the form in, no more."""
    if request.method == "POST":
        form = SiteForm(request.POST)
        if form.is_valid():
            told = form.cleaned_data
            serve(told["host"], told["answer"], told["content"])
            messages.success(
                request, _("%(host)s answers so from now on.") % {"host": told["host"]}
            )
            return redirect("demo:web")
    else:
        form = SiteForm(initial=_prefilled(request))
    context = {"here": "web", "form": form, "sites": DemoSite.objects.all()}
    return render(request, "verification/demo_web.html", context | {"zone": ZONE, "path": PATH})


def _prefilled(request: HttpRequest) -> dict[str, str]:
    """What a link to this page proposes to serve: `?host=…&content=…`."""
    return {
        "host": request.GET.get("host", "")[:253],
        "content": request.GET.get("content", "")[:LONGEST_CONTENT],
    }


@demo_only
@require_POST
def remove_site(request: HttpRequest, pk: int) -> HttpResponse:
    site = get_object_or_404(DemoSite, pk=pk)
    site.delete()
    messages.success(request, _("Removed: the file of %(host)s") % {"host": site})
    return redirect("demo:web")

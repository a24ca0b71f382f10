"""The issuing CAs in the administration: chain, lists, responders; "Publish now"."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from cryptography.x509.oid import NameOID
from django.contrib import admin
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.access import Action
from accounts.dates import day, moment_of_year
from accounts.models import User
from accounts.verb_admin import Verb, VerbAdmin
from authorities.crls import INTERVAL
from authorities.hierarchy import Authority, Crl, OcspSigner
from authorities.key_policy import weak_keys
from authorities.upkeep import publish_soon
from pki import keys, public_keys
from work.loop import clock

LATEST = Crl.objects.filter(authority=OuterRef("pk")).order_by("-number")
SIGNERS = OcspSigner.objects.filter(authority=OuterRef("pk")).order_by("-not_after")
LISTED = Q(issued__revoked_at__isnull=False, issued__last_crl__isnull=True)
SOON = timedelta(days=5)  # a responder is renewed two weeks before its end


def publish(row: Authority, *, actor: User, now: datetime) -> str:
    publish_soon(row.pk, actor=actor, now=now)
    return _("%(authority)s: a worker publishes a new list within seconds.") % {"authority": row}


def about_publishing(row: Authority) -> Iterator[str]:
    yield _("A worker makes the next list: the web server opens no key of an authority.")
    yield _("Revocations are listed at once by themselves, and a list is made every day.")


@admin.register(Authority)
class AuthorityAdmin(VerbAdmin):
    verbs = (
        Verb(
            name="publish",
            label=gettext_lazy("Publish now…"),
            title=gettext_lazy("Publish a revocation list now"),
            press=gettext_lazy("Publish now: make the next list"),
            run=publish,
            action=Action.PUBLISH,
            effects=about_publishing,
            is_quiet=True,
        ),
    )
    list_display = ("listed_chain", "name", "valid", "crl", "revoked", "responder")
    list_display_links = None
    list_filter = ("brand",)
    list_select_related = ("issuer",)
    list_per_page = 50
    search_fields = ("slug",)
    fields = (
        "chain",
        "subject",
        "valid",
        "crl",
        "revoked",
        "responder",
        "files",
        "due_at",
        "attempts",
        "last_problem",
        "set_aside_at",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        described: QuerySet[Any] = rows.annotate(
            crl_number=Subquery(LATEST.values("number")[:1]),
            this_update=Subquery(LATEST.values("this_update")[:1]),
            next_update=Subquery(LATEST.values("next_update")[:1]),
            listed=Count("issued", filter=LISTED),
            signer_until=Subquery(SIGNERS.values("not_after")[:1]),
        )
        return described

    def get_ordering(self, request: HttpRequest) -> Any:
        return ("brand", F("issuer").asc(nulls_first=True), "level")

    @admin.display(description=gettext_lazy("Authority"), ordering="slug")
    def listed_chain(self, row: Authority) -> SafeString:
        page = reverse("admin:authorities_authority_change", args=[row.pk])
        return format_html(
            '<span class="nowrap"><a href="{}">{}</a><span class="sub">{}</span></span>',
            page,
            self.chain(row),
            self.files(row),
        )

    @admin.display(description=gettext_lazy("Chain"))
    def chain(self, row: Authority) -> str:
        return f"{row.issuer.slug} → {row.slug}" if row.issuer else row.slug

    @admin.display(description=gettext_lazy("Name"))
    def name(self, row: Authority) -> SafeString:
        called = row.x509().subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return _two(str(called[0].value) if called else row.slug, _key(row))

    @admin.display(description=gettext_lazy("Subject"))
    def subject(self, row: Authority) -> SafeString:
        return _two(row.x509().subject.rfc4514_string(), _key(row))

    @admin.display(description=gettext_lazy("Valid until"), ordering="not_after")
    def valid(self, row: Authority) -> SafeString:
        left = (row.not_after - clock()).days
        told = ngettext("%(count)d day left", "%(count)d days left", left) % {"count": left}
        return _two(day(row.not_after), told)

    @admin.display(description=gettext_lazy("CRL"))
    def crl(self, row: Any) -> SafeString:
        """Its age with a tone, its number, and the two times that stand in it."""
        if row.crl_number is None:
            return _badge("problem", _("None yet"))
        now = clock()
        age = max(timedelta(), now - row.this_update)
        words = _("%(count)d h old") % {"count": age // timedelta(hours=1)}
        if now >= row.next_update:
            shown = _badge("problem", _("Over, %(age)s") % {"age": words})
        else:
            shown = _badge("done" if age <= INTERVAL + timedelta(hours=1) else "you", words)
        return format_html(
            '{}<span class="sub nowrap">{} · {} → {}</span>',
            shown,
            row.crl_number,
            moment_of_year(row.this_update),
            moment_of_year(row.next_update),
        )

    @admin.display(description=gettext_lazy("Revoked"), ordering="listed")
    def revoked(self, row: Any) -> int:
        return int(row.listed)

    @admin.display(description=gettext_lazy("OCSP signer until"))
    def responder(self, row: Any) -> str:
        if row.is_root:
            return "–"
        if row.signer_until is None or row.signer_until <= clock():
            return _badge("problem", _("None"))
        tone = "you" if row.signer_until - clock() < SOON else "done"
        return _badge(tone, day(row.signer_until))

    @admin.display(description=gettext_lazy("Files"))
    def files(self, row: Authority) -> SafeString:
        certificate = reverse("authorities:certificate", args=[row.slug])
        crl = reverse("authorities:crl", args=[row.slug])
        return format_html(
            '<span class="nowrap"><a href="{}">{}</a> · <a href="{}">{}</a></span>',
            certificate,
            _("Certificate"),
            crl,
            _("CRL"),
        )


def _key(row: Authority) -> str:
    """EC P-256"""
    spki = keys.spki_der(row.x509().public_key())
    return (public_keys.describe(spki, weak_keys()).name or "").replace("EC_P", "EC P-")


def _badge(tone: str, label: str) -> SafeString:
    return render_to_string("parts/state.html", {"badge": {"tone": tone, "label": label}})


def _two(first: str, second: str) -> SafeString:
    return render_to_string("admin/desk/two_lines.html", {"first": first, "second": second})

"""Products and their limits as dated rows: the past stands, the future is set by a verb."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import Action
from accounts.dates import day
from accounts.models import User
from accounts.verb_admin import Verb, VerbAdmin
from certificates.catalogue import KEY_ALGORITHMS, Check, Product, Terms, listed
from certificates.catalogue_desk import set_terms, withdraw_terms
from certificates.prices import money
from pki import names
from verification.challenges import Method
from work.admin import ReadOnlyInline
from work.loop import clock


class TermsForm(forms.Form):
    starts_on = forms.DateField(
        label=gettext_lazy("From which day on"),
        help_text=gettext_lazy("Tomorrow at the earliest, written like 2027-03-15."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    label = forms.CharField(
        label=gettext_lazy("Sold as"),
        help_text=gettext_lazy("As RapidSSL DV. Empty: by its brand and type."),
        max_length=60,
        required=False,
    )
    is_sold = forms.BooleanField(label=gettext_lazy("Can be ordered"), required=False)
    unit_price = forms.DecimalField(
        label=gettext_lazy("Price of a year"), min_value=0, max_digits=10, decimal_places=2
    )
    name_price = forms.DecimalField(
        label=gettext_lazy("Each further name"), min_value=0, max_digits=10, decimal_places=2
    )
    wildcard_price = forms.DecimalField(
        label=gettext_lazy("Each further wildcard name"),
        min_value=0,
        max_digits=10,
        decimal_places=2,
    )
    names_least = forms.IntegerField(
        label=gettext_lazy("Names, at least"), min_value=1, max_value=250
    )
    names_most = forms.IntegerField(
        label=gettext_lazy("Names, at most"), min_value=1, max_value=250
    )
    checks = forms.MultipleChoiceField(
        label=gettext_lazy("What is checked"),
        choices=Check.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    reissue_window_days = forms.IntegerField(
        label=gettext_lazy("Days of the reissue window"), min_value=0, max_value=200
    )
    review_days_least = forms.IntegerField(
        label=gettext_lazy("Working days of a review, at least"), min_value=0, max_value=60
    )
    review_days_most = forms.IntegerField(
        label=gettext_lazy("Working days of a review, at most"), min_value=0, max_value=60
    )
    methods = forms.MultipleChoiceField(
        label=gettext_lazy("Ways to prove a domain"),
        choices=Method.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    proves_anew = forms.BooleanField(
        label=gettext_lazy("Asks for a fresh proof each time"),
        help_text=gettext_lazy("Else a name that was proved lately is not asked for again."),
        required=False,
    )
    key_algorithms = forms.MultipleChoiceField(
        label=gettext_lazy("Key algorithms"),
        choices=[
            (each, each.replace("EC_P", "EC P-").replace("_", " ")) for each in KEY_ALGORITHMS
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    caa_identities = forms.CharField(
        label=gettext_lazy("CAA names of the authority"),
        help_text=gettext_lazy("Separated by commas, as digicert.com, geotrust.com."),
    )

    def clean_caa_identities(self) -> list[str]:
        told = [each.strip().lower() for each in self.cleaned_data["caa_identities"].split(",")]
        wrong = [each for each in told if not names.registered_domain(each)]
        if wrong:
            message = _("%(name)s is not a domain. Write names such as digicert.com.")
            raise forms.ValidationError(message, "terms.caa", {"name": wrong[0][:80] or "–"})
        return told


def run_set_terms(row: Product, *, actor: User, now: datetime, **values: Any) -> str:
    terms = set_terms(row, actor=actor, now=now, **values)
    return _("%(product)s: new terms from %(day)s on.") % {
        "product": row,
        "day": day(terms.starts_on),
    }


def run_withdraw(row: Terms, *, actor: User, now: datetime) -> str:
    told = str(row)
    withdraw_terms(row, actor=actor, now=now)
    return _("%(terms)s: withdrawn.") % {"terms": told}


def terms_now(row: Product, now: datetime) -> dict[str, Any]:
    """The form starts from what holds: most new terms change one number."""
    terms = row.terms(now)
    return {
        "label": terms.label,
        "is_sold": terms.is_sold,
        "unit_price": terms.unit_price,
        "name_price": terms.name_price,
        "wildcard_price": terms.wildcard_price,
        "names_least": terms.names_least,
        "names_most": terms.names_most,
        "checks": terms.checks,
        "reissue_window_days": terms.reissue_window_days,
        "review_days_least": terms.review_days_least,
        "review_days_most": terms.review_days_most,
        "methods": terms.methods,
        "proves_anew": terms.proves_anew,
        "key_algorithms": terms.key_algorithms,
        "caa_identities": ", ".join(terms.caa_identities),
    }


SET_TERMS = Verb(
    name="terms",
    is_quiet=True,
    label=gettext_lazy("New terms…"),
    title=gettext_lazy("Set new terms from a day on"),
    press=gettext_lazy("Set these terms"),
    action=Action.SET_TERMS,
    run=run_set_terms,
    form=TermsForm,
    initial=terms_now,
    effects=lambda row: (
        _("Applications that are sent in from that day on follow the new terms."),
        _("What was promised before stays as it is."),
    ),
)
WITHDRAW = Verb(
    name="withdraw",
    label=gettext_lazy("Withdraw…"),
    title=gettext_lazy("Withdraw terms that have not begun"),
    press=gettext_lazy("Withdraw these terms"),
    action=Action.SET_TERMS,
    run=run_withdraw,
    fits=lambda row, now: bool(row.starts_on > now.date()),
    is_danger=True,
)


def holds(row: Terms, now: datetime) -> SafeString:
    if row.starts_on > now.date():
        tone, label = "ca", _("To come")
    elif row.product.terms(now).pk == row.pk:
        tone, label = "done", _("Now")
    else:
        tone, label = "ended", _("Past")
    return render_to_string("parts/state.html", {"badge": {"tone": tone, "label": label}})


def review_days(terms: Terms) -> str:
    return f"{terms.review_days_least}–{terms.review_days_most}" if terms.review_days_most else "–"


class TermsInline(ReadOnlyInline):
    model = Terms
    fields = readonly_fields = (
        "starts_on",
        "when",
        "label",
        "unit_price",
        "reissue_window_days",
        "review",
        "ways",
        "keys",
        "caa",
    )
    ordering = ("-starts_on",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("product").prefetch_related("product__all_terms")

    @admin.display(description=gettext_lazy("holds"))
    def when(self, row: Terms) -> SafeString:
        return holds(row, clock())

    @admin.display(description=gettext_lazy("review, working days"))
    def review(self, row: Terms) -> str:
        return review_days(row)

    @admin.display(description=gettext_lazy("ways to prove"))
    def ways(self, row: Terms) -> str:
        return listed(row.methods)

    @admin.display(description=gettext_lazy("keys"))
    def keys(self, row: Terms) -> str:
        return listed(row.key_algorithms)

    @admin.display(description=gettext_lazy("CAA names"))
    def caa(self, row: Terms) -> str:
        return ", ".join(row.caa_identities)


@admin.register(Product)
class ProductAdmin(VerbAdmin):
    list_display = ("product", "price", "window", "review", "offered")
    list_filter = ("brand", "type", "domain_type")
    fields = ("brand", "type", "domain_type", "price")
    readonly_fields = ("price",)
    inlines = (TermsInline,)
    verbs = (SET_TERMS,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("all_terms")

    @admin.display(description=gettext_lazy("Product"), ordering="brand")
    def product(self, row: Product) -> str:
        return row.called(clock())

    @admin.display(description=gettext_lazy("Price of a year"))
    def price(self, row: Product) -> str:
        terms = row.terms(clock())
        if not terms.is_sold:
            return _("Not sold any more")
        return _("Free test") if row.is_free else money(terms.unit_price)

    @admin.display(description=gettext_lazy("Reissue window"))
    def window(self, row: Product) -> str:
        return _("%(days)d days") % {"days": row.terms(clock()).reissue_window_days}

    @admin.display(description=gettext_lazy("Review, working days"))
    def review(self, row: Product) -> str:
        return review_days(row.terms(clock()))

    @admin.display(description=gettext_lazy("Ways to prove, keys"))
    def offered(self, row: Product) -> SafeString:
        terms = row.terms(clock())
        ways, keys = listed(terms.methods), listed(terms.key_algorithms)
        return format_html('{}<span class="sub">{}</span>', ways, keys)


@admin.register(Terms)
class TermsAdmin(VerbAdmin):
    list_display = ("terms", "starts_on", "when", "reissue_window_days")
    list_select_related = ("product",)
    list_filter = ("product__brand",)
    ordering = ("-starts_on", "product")
    fields = (
        "product",
        "starts_on",
        "label",
        "is_sold",
        "unit_price",
        "name_price",
        "wildcard_price",
        "names_least",
        "names_most",
        "singles_least",
        "allows_wildcard_names",
        "allows_addresses",
        "checked",
        "hash_choice",
        "validity_months",
        "reissue_window_days",
        "review_days_least",
        "review_days_most",
        "ways",
        "proves_anew",
        "keys",
        "caa",
        "adapter",
    )
    readonly_fields = ("checked", "ways", "keys", "caa")
    verbs = (WITHDRAW,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("product__all_terms")

    @admin.display(description=gettext_lazy("Product"), ordering="product__brand")
    def terms(self, row: Terms) -> str:
        return str(row.product)

    @admin.display(description=gettext_lazy("Holds"))
    def when(self, row: Terms) -> SafeString:
        return holds(row, clock())

    @admin.display(description=gettext_lazy("What is checked"))
    def checked(self, row: Terms) -> str:
        return ", ".join(str(Check(each).label) for each in row.checks)

    @admin.display(description=gettext_lazy("Ways to prove"))
    def ways(self, row: Terms) -> str:
        return listed(row.methods)

    @admin.display(description=gettext_lazy("Keys"))
    def keys(self, row: Terms) -> str:
        return listed(row.key_algorithms)

    @admin.display(description=gettext_lazy("CAA names"))
    def caa(self, row: Terms) -> str:
        return ", ".join(row.caa_identities)

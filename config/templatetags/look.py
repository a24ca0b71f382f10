"""What every page is drawn with: icons, controls, dates and times as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django import forms, template
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorList
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import dates, kept_sentences
from certificates.help import topic_path
from certificates.prices import money as in_words

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """One icon of the sprite `static/icons.svg`; words beside it say what it means."""
    return format_html(
        '<svg class="i" viewBox="0 0 16 16" aria-hidden="true"><use href="{}#{}"/></svg>',
        static("icons.svg"),
        name,
    )


@register.filter
def day(at: date | None) -> str:
    """5 Dec 2026"""
    return dates.day(at) if at else ""


@register.filter
def day_of_year(at: date) -> str:
    """5 Dec"""
    return dates.day_of_year(at)


@register.filter
def moment(at: datetime | None) -> str:
    """5 Dec 2026, 09:15 UTC"""
    return dates.moment(at) if at else ""


@register.filter
def moment_of_year(at: datetime) -> str:
    """5 Dec, 09:15"""
    return dates.moment_of_year(at)


@register.filter
def second_of_year(at: datetime) -> str:
    """5 Dec, 09:15:30"""
    return dates.second_of_year(at)


@register.filter
def second(at: datetime) -> str:
    """5 Dec 2026, 09:15:30"""
    return dates.second(at)


@register.filter
def as_read(sentence: str) -> str:
    """A sentence that was kept, in the reader's language."""
    return kept_sentences.as_read(sentence)


@register.filter
def and_more(name: str, more: int) -> str:
    """The first of several, and how many more they are."""
    if not more:
        return name
    told = ngettext("%(name)s and %(count)d more", "%(name)s and %(count)d more", more)
    return told % {"name": name, "count": more}


@register.filter
def marked(text: str, spans: Iterable[tuple[int, int]]) -> SafeString:
    """A text with these parts of it marked, in order, each by its begin and its end."""
    parts, end = [], 0
    for begin, until in spans:
        parts.append(format_html("{}<mark>{}</mark>", text[end:begin], text[begin:until]))
        end = until
    return format_html_join("", "{}", [*((each,) for each in parts), (text[end:],)])


@register.filter
def money(amount: Decimal | str | None, currency: str = "") -> str:
    """EUR 1,490.00"""
    return in_words(Decimal(amount), currency) if amount is not None else ""


@register.filter
def serial(number: str) -> str:
    """A serial in hex as people compare it: pairs with colons."""
    padded = number if len(number) % 2 == 0 else "0" + number
    return ":".join(padded[at : at + 2] for at in range(0, len(padded), 2))


@register.filter
def short_serial(number: str) -> str:
    """A serial with its middle left out."""
    pairs = str(serial(number)).split(":")
    return number if len(pairs) < 7 else ":".join([*pairs[:3], "…", *pairs[-2:]])


@register.filter
def host(name: str) -> SafeString:
    """A name that may break after its dots where a column is narrow."""
    return format_html_join(mark_safe(".<wbr>"), "{}", ((label,) for label in name.split(".")))


@register.filter
def algorithm(name: str) -> str:
    """RSA 2048, EC P-256"""
    return name.replace("EC_P", "EC P-").replace("_", " ")


@register.filter
def days_until(at: datetime, now: datetime) -> str:
    """in 12 days, today, 9 days ago: whole days between two times."""
    days = (at - now).days
    if at < now:
        ago = (now - at).days
        told = ngettext("%(count)d day ago", "%(count)d days ago", ago)
        return told % {"count": ago} if ago else _("today")
    return (
        ngettext("in %(count)d day", "in %(count)d days", days) % {"count": days}
        if days
        else _("today")
    )


@register.filter
def control(field: forms.BoundField) -> SafeString:
    """The field's control in the look: Bootstrap's class for its kind, marked when it is wrong."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
        look = "form-check-input"
    elif isinstance(widget, forms.Select):
        look = "form-select"
    else:
        look = "form-control"
    given = widget.attrs.get("class", "")
    wrong = " is-invalid" if field.errors else ""
    attrs: dict[str, str | bool] = {"class": f"{look} {given}".strip() + wrong}
    if field.errors:
        said = [f"{field.auto_id}_helptext"] if field.help_text else []
        attrs["aria-describedby"] = " ".join([*said, f"{field.auto_id}_error"])
    return field.as_widget(attrs=attrs)


@register.filter
def coded(errors: ErrorList) -> list[tuple[str, str]]:
    """Each error of a field or form as its sentence and its code."""
    found: list[ValidationError] = errors.as_data()
    return [(message, error.code or "") for error in found for message in error.messages]


@register.filter
def help_path(code: str) -> str:
    """Where the short page about a state or a refusal is; empty when there is none."""
    return topic_path(code)

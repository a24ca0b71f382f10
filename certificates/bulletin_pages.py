"""What the authorities announce, and what it means for the reader's certificates."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import Action, rooms_where
from authorities.brands import Brand
from authorities.calendar import Bulletin, calendar_from
from certificates.delays import LOOKS_BACK, with_delays
from certificates.story import Certificate
from work.loop import clock

KEPT = timedelta(days=365)  # how long the list shows what is over


@login_required
@require_safe
def bulletin_list(request: HttpRequest) -> HttpResponse:
    now = clock()
    bulletins = Bulletin.objects.order_by("starts_at", "pk")
    present = list(bulletins.filter(ends_at__gt=now))
    context = {
        "here": "bulletins",
        "now": now,
        "notices": with_delays(present, _mine(request), now, calendar_from(now - LOOKS_BACK)),
        "past": bulletins.filter(ends_at__lte=now, ends_at__gt=now - KEPT).reverse(),
    }
    return render(request, "certificates/bulletins.html", context)


@login_required
@require_safe
def bulletin_page(request: HttpRequest, pk: int) -> HttpResponse:
    now = clock()
    bulletin = get_object_or_404(Bulletin, pk=pk)
    calendar = calendar_from(now - LOOKS_BACK)
    (notice,) = with_delays([bulletin], _mine(request), now, calendar)
    context = {
        "here": "bulletins",
        "now": now,
        "notice": notice,
        "brand": Brand(bulletin.brand).label,
        "is_over": bulletin.ends_at <= now,
        "is_ahead": bulletin.starts_at > now,
    }
    return render(request, "certificates/bulletin.html", context)


def _mine(request: HttpRequest) -> QuerySet[Certificate]:
    """Of the reader's own projects: support staff see all certificates and hold none."""
    return Certificate.objects.filter(project__in=rooms_where(request.user, Action.VIEW))

"""The list of certificates."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import visible
from certificates.story import Certificate

ROWS = 50


@login_required
@require_safe
def certificate_list(request: HttpRequest) -> HttpResponse:
    rows = visible(Certificate.objects.select_related("product"), request.user)
    rows = rows.prefetch_related("versions", "product__all_terms")
    after = request.GET.get("after", "")
    start = rows.filter(pk=after).first() if after.isalnum() else None
    if start is not None:
        earlier = rows.filter(created_at=start.created_at, pk__lt=start.pk)
        rows = rows.filter(created_at__lt=start.created_at) | earlier
    page = list(rows[: ROWS + 1])
    context = {
        "certificates": page[:ROWS],
        "more": page[ROWS - 1] if len(page) > ROWS else None,
        "is_first": start is None,
    }
    return render(request, "certificates/list.html", context)

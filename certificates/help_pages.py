"""The short pages that explain states and refusals. Everybody may read them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from certificates.help import SUBJECTS, TOPICS


@require_safe
def help_index(request: HttpRequest) -> HttpResponse:
    return _page(request, "help/index.html", {"subjects": SUBJECTS})


@require_safe
def help_topic(request: HttpRequest, slug: str) -> HttpResponse:
    topic = TOPICS.get(slug)
    if topic is None:
        raise Http404
    return _page(request, "help/topic.html", {"topic": topic})


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Inside the console for people who are signed in, alone for everybody else."""
    skeleton = "console.html" if request.user.is_authenticated else "alone.html"
    return render(request, template, context | {"skeleton": skeleton, "here": "help"})

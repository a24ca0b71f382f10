"""Papers that customers hand in for the review of an organization: pictures, as we encoded them.

A paper is kept for as long as an application refers to it. One that was handed in for a draft and
never sent in goes by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F, ProtectedError
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.refusals import Obstacle, Refused
from authorities.pictures import Picture
from work.models import DueRow
from work.steps import Step

MOST_UNUSED = 50  # of a project
UNUSED_FOR = timedelta(days=7)


class PaperKind(models.TextChoices):
    BANK_PERMIT = "bank_permit", gettext_lazy("Bank account permit")
    BUSINESS_LICENCE = "business_licence", gettext_lazy("Business licence")


class Paper(DueRow):
    """`due_at` is when it goes unless an application refers to it by then."""

    customer = models.PositiveIntegerField(db_index=True)  # the project, as in requests
    kind = models.CharField(max_length=20, choices=PaperKind.choices)
    data = models.BinaryField()
    content_type = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.CharField(max_length=254)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.uploaded_at:%Y-%m-%d %H:%M}"

    @property
    def file_name(self) -> str:
        """A name of our own: what the customer's file was called is nobody's business."""
        return f"{self.kind.replace('_', '-')}-{self.pk}.{self.content_type.partition('/')[2]}"

    def step(self, now: datetime, network: Any) -> Step:
        with transaction.atomic():
            unused = Paper.objects.select_for_update().filter(pk=self.pk, due_at__lte=now)
            try:
                unused.delete()
            except ProtectedError:  # an application refers to it after all
                return Step(None, changed=False)
        return Step(None, changed=True)


def hand_in(kind: PaperKind, picture: Picture, *, customer: int, by: str, now: datetime) -> Paper:
    """Keep a picture for a draft; for good once an application refers to it. Raises Refused."""
    unused = Paper.objects.filter(customer=customer, due_at__isnull=False).count()
    if unused >= MOST_UNUSED:
        message = _("Your project has handed in %(count)d papers that no application uses yet.")
        told = f"{message % {'count': unused}} {_('They go within seven days; use one of those.')}"
        raise Refused([Obstacle("paper.too_many", told, kind)])
    return Paper.objects.create(
        customer=customer,
        kind=kind,
        data=picture.data,
        content_type=picture.content_type,
        sha256=hashlib.sha256(picture.data).hexdigest(),
        uploaded_at=now,
        uploaded_by=by,
        due_at=now + UNUSED_FOR,
    )


def of_customer(wanted: Mapping[str, int], customer: int) -> dict[str, Paper]:
    """Of the papers wanted (by kind) those that are there, of that kind and of this customer."""
    rows = Paper.objects.filter(pk__in=wanted.values(), customer=customer).defer("data")
    return {row.kind: row for row in rows if wanted.get(row.kind) == row.pk}


def keep(wanted: Mapping[str, int], customer: int) -> int:
    """In the transaction of the application that refers to them: they go no more. How many."""
    rows = Paper.objects.filter(pk__in=wanted.values(), customer=customer)
    return rows.update(due_at=None, wakes=F("wakes") + 1)


def as_attachment(paper: Paper) -> HttpResponse:
    """Never shown inside a page: saved as a file, and powerless where it is opened anyway."""
    answer = HttpResponse(bytes(paper.data), content_type=paper.content_type)
    answer["Content-Disposition"] = f'attachment; filename="{paper.file_name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "no-store, private"
    return answer

"""The certificate, its story, and the one way to change it: lock, change, save, tell."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from accounts.actors import Actor, Machine, label, person
from accounts.models import Project, User
from authorities.brands import Brand
from certificates.catalogue import Product
from certificates.lifecycle import Life, Status
from work.models import DueRow
from work.steps import Step

if TYPE_CHECKING:
    from certificates.applications import Application
    from certificates.versions import Version

    class ConcurrentTransitionMixin:
        """Untyped in the library: with it as a base, every query here would be untyped too."""

else:
    from django_fsm import ConcurrentTransitionMixin


def new_certificate_id() -> str:
    return "scs" + "".join(secrets.choice("0123456789") for _i in range(13))


class Certificate(ConcurrentTransitionMixin, Life, DueRow):
    """One stable id for the whole life of what was bought. `due_at` is the end of its version."""

    id = models.CharField(primary_key=True, max_length=16, default=new_certificate_id)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="certificates")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=63, blank=True, default="")
    domain = models.CharField(max_length=253, blank=True, default="", db_index=True)
    domain_count = models.PositiveIntegerField(default=1)  # names in all, the first included
    wildcard_count = models.PositiveIntegerField(default=0)  # of several: how many may be wildcards
    tags = models.JSONField(default=dict)
    purchase = models.ForeignKey(
        "certificates.Purchase", null=True, on_delete=models.PROTECT, related_name="certificates"
    )
    # Of a term that several certificates serve: which of them this is, and the one before.
    subscription = models.ForeignKey(
        "certificates.Subscription",
        null=True,
        on_delete=models.PROTECT,
        related_name="certificates",
    )
    position = models.PositiveIntegerField(default=1)
    succeeds = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="successor"
    )
    unsubscribed_at = models.DateTimeField(null=True, blank=True)  # given back: nothing goes on
    bought_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"{self.domain or self.id} · {self.get_status_display()}"

    @property
    def current(self) -> Version | None:
        return next((version for version in self.versions.all() if version.is_current), None)

    @property
    def open_application(self) -> Application | None:
        return next((each for each in self.applications.all() if each.ended_at is None), None)

    @property
    def last_application(self) -> Application | None:
        return max(self.applications.all(), key=lambda each: each.number, default=None)

    def step(self, now: datetime, network: Any) -> Step:
        """The end of the version in force, and of an application that got stuck."""
        from certificates.progress import look_after

        return look_after(self, now)


class Event(models.Model):
    """One line of a certificate's story. Append-only."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    actor = models.CharField(max_length=254)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=40)
    before = models.CharField(max_length=24, blank=True)
    after = models.CharField(max_length=24, choices=Status.choices)
    code = models.CharField(max_length=40, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    application = models.ForeignKey(
        "certificates.Application", null=True, on_delete=models.PROTECT, related_name="events"
    )

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.verb}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("The story of a certificate is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("The story of a certificate is append-only.")


def authority(application: Application) -> Machine:
    """Who answers for an application at the authority's counter."""
    return Machine(str(Brand(application.certificate.product.brand).label))


@contextmanager
def turning(
    certificate_id: str,
    verb: str,
    *,
    actor: Actor,
    now: datetime,
    code: str = "",
    reason: str = "",
    application: Application | None = None,
) -> Iterator[Certificate]:
    """Lock the certificate, yield it, save it, write its Event: all in one transaction, or nothing.

    The Event tells `verb`, who, when, from which status to which, and why.
    """
    with transaction.atomic():
        certificate = Certificate.objects.select_for_update().get(pk=certificate_id)
        before, due_before = certificate.status, certificate.due_at
        yield certificate
        certificate.changed_at = now
        # A new time must outlive a step of this row that runs at this very moment (see DueRow).
        certificate.wakes += certificate.due_at != due_before
        certificate.save()
        tell(
            certificate,
            verb,
            before,
            actor=actor,
            now=now,
            code=code,
            reason=reason,
            application=application or certificate.applications.order_by("number").last(),
        )


def tell(
    certificate: Certificate,
    verb: str,
    before: str,
    *,
    actor: Actor,
    now: datetime,
    code: str = "",
    reason: str = "",
    application: Application | None = None,
) -> None:
    Event.objects.create(
        certificate=certificate,
        at=now,
        actor=label(actor),
        user=person(actor),
        verb=verb,
        before=before,
        after=certificate.status,
        code=code,
        reason=reason,
        application=application,
    )

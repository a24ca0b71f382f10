"""Organizations that our people found good: known for a time, so that nobody looks twice.

Whose identity data are the same may order again, at the same level or a lower one, within the
reuse time of `pki.schedule` (BR 4.2.1: 398 days, the brands' "13 months"). Staff may end that.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit, staff
from accounts.access import Action
from accounts.actors import Actor, label
from accounts.dates import day
from accounts.models import Project
from accounts.staff import StaffRefused
from authorities.brands import Brand, Type
from authorities.port import Request
from authorities.simulated.orders import CaOrder
from pki import schedule


class Level(models.TextChoices):
    OV = "OV", "OV"
    EV = "EV", "EV"


# Who was looked at for one of these needs no new look: the stricter check holds the laxer one.
SUFFICES: dict[str, tuple[str, ...]] = {
    Type.OV_SSL_CERT: (
        Type.OV_SSL_CERT,
        Type.OV_SSL_CERT_PRO,
        Type.EV_SSL_CERT,
        Type.EV_SSL_CERT_PRO,
    ),
    Type.OV_SSL_CERT_PRO: (Type.OV_SSL_CERT_PRO, Type.EV_SSL_CERT, Type.EV_SSL_CERT_PRO),
    Type.EV_SSL_CERT: (Type.EV_SSL_CERT, Type.EV_SSL_CERT_PRO),
    Type.EV_SSL_CERT_PRO: (Type.EV_SSL_CERT_PRO,),
}


class ValidatedOrganization(models.Model):
    """What was found good for one customer: the data as they stood, by whom and for which order.

    `house` is the brand whose people looked (see Brand.house).
    """

    customer = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    house = models.CharField(max_length=16, choices=Brand.choices)
    level = models.CharField(max_length=2, choices=Level.choices)
    identity = models.JSONField()
    validated_at = models.DateTimeField()
    validated_by = models.CharField(max_length=254)
    order = models.OneToOneField(CaOrder, on_delete=models.PROTECT, related_name="validation")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=254, blank=True, default="")
    end_reason = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        verbose_name = gettext_lazy("validated organization")
        verbose_name_plural = gettext_lazy("validated organizations")
        indexes = (models.Index(fields=["customer", "house"]),)

    def __str__(self) -> str:
        return f"{self.name} · {self.level}"

    @property
    def name(self) -> str:
        return str(self.identity.get("name", ""))

    @property
    def told(self) -> str:
        """Why nobody looks again, for the customer."""
        return _(
            "%(name)s was checked on %(day)s and has not changed, so it is not checked again."
        ) % {
            "name": self.name,
            "day": day(self.validated_at),
        }

    def ends_at(self, now: datetime) -> datetime:
        """Until when it may be used again, by the rule in force at `now`."""
        return self.validated_at + schedule.organisation_reuse(now)

    def holds(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.ends_at(now)


def identity(organization: dict[str, str]) -> dict[str, str]:
    """The data that identify an organization, as they are compared: spaces do not count."""
    told = {key: " ".join(value.split()) for key, value in organization.items()}
    return {key: value for key, value in sorted(told.items()) if value}


def keep(order: CaOrder, *, by: str, now: datetime) -> ValidatedOrganization:
    """Remember what the desk found good (inside `locked`, with its approval)."""
    request = order.request()
    return ValidatedOrganization.objects.create(
        customer_id=request.customer,
        house=Brand(request.brand).house,
        level=request.level,
        identity=identity(request.organization),
        validated_at=now,
        validated_by=by,
        order=order,
    )


def known(request: Request, now: datetime) -> ValidatedOrganization | None:
    """The newest validation that this request may use; None for DV and for who is not known."""
    enough = SUFFICES.get(request.type)
    if enough is None:
        return None
    wanted = identity(request.organization)
    found = ValidatedOrganization.objects.filter(
        customer=request.customer,
        house=Brand(request.brand).house,
        order__payload__type__in=enough,
        ended_at__isnull=True,
        validated_at__gt=now - schedule.organisation_reuse(now),
    )
    newest_first = found.order_by("-validated_at", "-pk")
    return next((each for each in newest_first if each.identity == wanted), None)


def end_validation(
    validation: ValidatedOrganization, *, reason: str, actor: Actor, now: datetime
) -> None:
    """From now on the organization is looked at again. What was issued stays as it is."""
    staff.demand(actor, Action.DECIDE)
    if not reason.strip():
        raise StaffRefused("organization.no_reason", _("Say why this validation ends."))
    ended = ValidatedOrganization.objects.filter(pk=validation.pk, ended_at__isnull=True)
    with transaction.atomic():
        if not ended.update(ended_at=now, ended_by=label(actor), end_reason=reason.strip()[:500]):
            raise StaffRefused("organization.ended", _("This validation has ended already."))
        audit.record(
            project_id=validation.customer_id,
            actor=actor,
            action="organization.end",
            subject=str(validation)[:100],
            now=now,
            detail={"order": validation.order.reference, "reason": reason.strip()[:500]},
        )

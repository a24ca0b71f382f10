"""The sites of the demo's web server: the demo page writes them, the embedded server serves them.

They stand at an address for documentation (RFC 5737), which nobody on the Internet can have. In the
demo the door out is led from there to the embedded server (`Policy.web_stand_in`); everywhere else
the address is refused as what it is.
"""

from __future__ import annotations

from ipaddress import ip_address

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from verification.addresses import DEMO_SITES
from verification.demo_records import ZONE, DemoRecord, RecordType, in_zone, is_dns_name

ADDRESS = "203.0.113.80"
LONGEST_CONTENT = 1000


class Answer(models.TextChoices):
    """What the server does when it is asked for the file: the honest answer, then the failures."""

    FILE = "FILE", gettext_lazy("The file with this content")
    ABSENT = "ABSENT", gettext_lazy("No such file (404)")
    FORBIDDEN = "FORBIDDEN", gettext_lazy("Not allowed (403)")
    PAGE = "PAGE", gettext_lazy("A web page instead of the file")
    OTHER = "OTHER", gettext_lazy("A file with other content")
    LOOP = "LOOP", gettext_lazy("Redirects in a circle")
    SLOW = "SLOW", gettext_lazy("No answer in time")


class DemoSite(models.Model):
    """What the web server answers for one host when the proof's file is fetched."""

    host = models.CharField(gettext_lazy("Host"), max_length=253, unique=True)
    answer = models.CharField(
        gettext_lazy("It answers with"), max_length=9, choices=Answer.choices, default=Answer.FILE
    )
    content = models.CharField(gettext_lazy("Content"), max_length=LONGEST_CONTENT, blank=True)

    class Meta:
        ordering = ("host",)

    def __str__(self) -> str:
        return self.host

    def clean(self) -> None:
        self.host = self.host.strip().rstrip(".").lower()
        if self.host and not (is_host(self.host) or is_address(self.host)):
            message = _("This web server serves only hosts in %(zone)s and addresses in %(range)s.")
            message %= {"zone": ZONE, "range": DEMO_SITES}
            raise ValidationError({"host": ValidationError(message, code="site.not_here")})


def is_host(text: str) -> bool:
    return in_zone(text) and is_dns_name(text)


def is_address(text: str) -> bool:
    try:
        return ip_address(text) in DEMO_SITES
    except ValueError:
        return False


def serve(host: str, answer: str, content: str) -> None:
    """Serve this from now on; the host gets an address record when the zone leads it nowhere."""
    with transaction.atomic():
        DemoSite.objects.update_or_create(
            host=host, defaults={"answer": answer, "content": content}
        )
        leading = DemoRecord.objects.filter(
            name=host, rtype__in=(RecordType.A, RecordType.CNAME)
        ).exists()
        if is_host(host) and not leading:
            DemoRecord.objects.create(name=host, rtype=RecordType.A, value=ADDRESS)

"""Where the wizard keeps what was given so far: the draft, in the database.

Neither session nor cache holds any of it. Files are not kept at all, and of a step only what its
form says may be kept, so that no private key gets here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from formtools.wizard.storage.base import BaseStorage

from certificates.applications import Kind
from certificates.drafts import Draft
from certificates.guard import signed_in
from certificates.versions import Version

EXTRA = "extra"  # beside the steps in Draft.steps: what was looked up, what was refused


class DraftStorage(BaseStorage):  # type: ignore[misc]  # the library has no types
    """The draft of the person and certificate that the request is about.

    Nothing is written before `keep`: looking at a wizard makes no draft.
    """

    def __init__(self, prefix: str, request: HttpRequest, file_storage: None = None) -> None:
        super().__init__(prefix, request, file_storage)
        assert request.resolver_match is not None
        self.certificate_id: str = request.resolver_match.kwargs["certificate_id"]
        self.kind: Kind = request.resolver_match.kwargs["purpose"].kind
        self.person = signed_in(request)
        versions = Version.objects.filter(certificate_id=self.certificate_id, is_current=True)
        self.version_id = versions.values_list("pk", flat=True).first()
        self.was_outdated = self._discard_outdated()
        self.init_data()
        draft = self._mine().first()
        if draft is not None:
            self.data[self.step_key] = draft.step or None
            self.data[self.step_data_key] = {k: v for k, v in draft.steps.items() if k != EXTRA}
            self.data[self.extra_data_key] = draft.steps.get(EXTRA, {})

    def _mine(self) -> Any:
        return Draft.objects.filter(certificate_id=self.certificate_id, person=self.person)

    def _discard_outdated(self) -> bool:
        """A draft of another kind, or begun when another version was in force, is of no use."""
        fitting = Q(kind=self.kind, version_id=self.version_id)
        if self.version_id is None:
            fitting = Q(kind=self.kind, version__isnull=True)
        return bool(self._mine().exclude(fitting).delete()[0])

    def keep(self, now: datetime) -> None:
        """Write it down: the steps, where the person goes next, what was found out."""
        steps = {**self.data[self.step_data_key]}
        if self.data[self.extra_data_key]:
            steps[EXTRA] = self.data[self.extra_data_key]
        Draft.objects.update_or_create(
            certificate_id=self.certificate_id,
            person=self.person,
            defaults={"step": self.current_step or "", "steps": steps, "changed_at": now},
            create_defaults={
                "kind": self.kind,
                "version_id": self.version_id,
                "step": self.current_step or "",
                "steps": steps,
                "started_at": now,
                "changed_at": now,
            },
        )

    def reset(self) -> None:
        """Discard the draft. `keep` after this would begin a new one."""
        self._mine().delete()
        self.init_data()

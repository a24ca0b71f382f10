"""Who: people, projects, roles, the contacts they give, the consents they gave."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit import AuditEntry
from accounts.contacts import Contact
from accounts.invitations import Invitation
from accounts.roles import Role

__all__ = [
    "AuditEntry",
    "Consent",
    "Contact",
    "Invitation",
    "Membership",
    "Project",
    "Role",
    "Statement",
    "Theme",
    "User",
]


class Theme(models.TextChoices):
    """How pages look to a person; empty: as their browser prefers."""

    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class PeopleManager(UserManager["User"]):
    """People sign in by e-mail, written in lower case once and for all."""

    def _named(self, email: str, fields: dict[str, Any]) -> dict[str, Any]:
        fields.pop("username", None)
        return {"username": email.lower(), "email": email.lower(), **fields}

    def create_user(  # type: ignore[override]  # no separate user name here
        self, email: str, password: str | None = None, **fields: Any
    ) -> User:
        return super().create_user(password=password, **self._named(email, fields))

    def create_superuser(  # type: ignore[override]  # no separate user name here
        self, email: str, password: str | None = None, **fields: Any
    ) -> User:
        return super().create_superuser(password=password, **self._named(email, fields))


class User(AbstractUser):
    """A person. The user name is the e-mail address."""

    email = models.EmailField(_("e-mail address"), unique=True)
    theme = models.CharField(
        _("theme"), max_length=8, choices=Theme.choices, blank=True, default=""
    )
    language = models.CharField(_("language"), max_length=16, blank=True, default="")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[PeopleManager] = PeopleManager()

    def __str__(self) -> str:
        return self.email


class Project(models.Model):
    """One customer's room: everything that is owned belongs to exactly one project."""

    name = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    members = models.ManyToManyField(User, through="Membership", related_name="projects")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    since = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["project", "user"], name="one_role_a_project"),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.project} · {self.role}"


class Statement(models.TextChoices):
    """The three texts a customer accepts with every application."""

    SERVICE = "SERVICE", _("Service statement")
    PRIVACY = "PRIVACY", _("Privacy statement")
    AUTHORISATION = "AUTHORISATION", _("Authorisation")


class Consent(models.Model):
    """Who accepted which text, in which version, when, and for which application."""

    statement = models.CharField(max_length=16, choices=Statement.choices)
    text_version = models.CharField(max_length=20)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    application = models.CharField(max_length=40, db_index=True)
    given_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["application", "statement"], name="one_consent_a_statement"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.statement} {self.text_version}"

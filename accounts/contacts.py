"""Contacts: people who answer the authority's mails or authorise an application, kept as cards.

An application copies what the card says when it is submitted, so that changing or removing a card
changes nothing about what was asked for.
"""

from __future__ import annotations

from django.db import models


class Contact(models.Model):
    project = models.ForeignKey(
        "accounts.Project", on_delete=models.PROTECT, related_name="contacts"
    )
    name = models.CharField(max_length=100)
    email = models.EmailField()
    phone = models.CharField(max_length=40, blank=True, default="")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(fields=["project", "name", "email"], name="a_contact_once"),
        )

    def __str__(self) -> str:
        return f"{self.name} · {self.email}"

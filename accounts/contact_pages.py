"""The contacts of a project, as cards that an application fills itself from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import Action, rooms_where, visible
from accounts.choosing import chosen, project_or_404
from accounts.contact_book import Card, add_contact, change_contact, remove_contact
from accounts.doors import FORM, PRESS, behind, person
from accounts.models import Contact, Project
from accounts.people_forms import ContactForm
from accounts.refusals import Refused
from work.loop import clock


@login_required
@require_safe
def contacts(request: HttpRequest) -> HttpResponse:
    choice = chosen(request)
    context: dict[str, Any] = {"here": "people", "choice": choice, "page": "contacts"}
    if choice.project is not None:
        keeps = rooms_where(request.user, Action.KEEP_CONTACTS)
        context |= {
            "may_keep": choice.project.pk in keeps,
            "contacts": choice.project.contacts.all(),
        }
    return render(request, "accounts/contacts.html", context)


def _project(request: HttpRequest, pk: int) -> Project:
    return project_or_404(request.user, Action.KEEP_CONTACTS, pk)


@behind(_project, FORM, page="contacts")
def new_contact(request: HttpRequest, project: Project) -> HttpResponse:
    form = ContactForm(request.POST or None)

    def add(card: Card) -> None:
        add_contact(project_id=project.pk, card=card, actor=person(request), now=clock())

    if _is_kept(request, form, add, _("%(name)s has a card now.")):
        return _back(project.pk, request)
    context = {"here": "people", "form": form, "project": project, "contact": None}
    return render(request, "accounts/contact.html", context)


def _contact(request: HttpRequest, pk: int) -> Contact:
    rows = visible(Contact.objects.select_related("project"), request.user, Action.KEEP_CONTACTS)
    return get_object_or_404(rows, pk=pk)


@behind(_contact, FORM, page="contacts")
def edit_contact(request: HttpRequest, contact: Contact) -> HttpResponse:
    form = ContactForm(request.POST or None, initial=asdict(_card(contact)))

    def change(card: Card) -> None:
        change_contact(contact=contact, card=card, actor=person(request), now=clock())

    if _is_kept(request, form, change, _("The card of %(name)s is changed.")):
        return _back(contact.project_id, request)
    context = {"here": "people", "form": form, "project": contact.project, "contact": contact}
    return render(request, "accounts/contact.html", context)


@behind(_contact, PRESS, page="contacts")
def drop_contact(request: HttpRequest, contact: Contact) -> HttpResponse:
    try:
        remove_contact(contact=contact, actor=person(request), now=clock())
    except Refused as refused:
        for each in refused.obstacles:
            messages.error(request, each.message)
    else:
        told = _("The card of %(name)s is removed. Applications keep the copy they carry.")
        messages.success(request, told % {"name": contact.name})
    return _back(contact.project_id, request)


def _is_kept(
    request: HttpRequest, form: ContactForm, keep: Callable[[Card], None], told: str
) -> bool:
    """Whether the form was sent and the verb did it; else its refusals stand at the fields."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        keep(Card(**form.cleaned_data))
    except Refused as refused:
        form.tell(refused)
        return False
    messages.success(request, told % {"name": form.cleaned_data["name"]})
    return True


def _card(contact: Contact) -> Card:
    return Card(contact.name, contact.email, contact.phone)


def _back(project_id: int, request: HttpRequest) -> HttpResponse:
    is_one_of_several = len(rooms_where(request.user, Action.VIEW)) > 1
    query = {"project": project_id} if is_one_of_several else None
    return redirect(reverse("contacts", query=query))

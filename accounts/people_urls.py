"""The addresses of projects, their people, contacts and security log."""

from django.urls import path

from accounts import (
    contact_pages,
    invitation_pages,
    people_pages,
    project_pages,
    security_log_pages,
)

urlpatterns = [
    path("people/", people_pages.people, name="people"),
    path("people/<int:pk>/role/", people_pages.role, name="member-role"),
    path("people/<int:pk>/remove/", people_pages.remove, name="member-remove"),
    path("people/invited/<int:pk>/resend/", people_pages.resend, name="invitation-resend"),
    path("people/invited/<int:pk>/withdraw/", people_pages.withdraw, name="invitation-withdraw"),
    path("projects/new/", project_pages.new_project, name="project-new"),
    path("projects/<int:pk>/name/", project_pages.rename_project, name="project-rename"),
    path("projects/<int:pk>/invite/", people_pages.invite, name="invite"),
    path("projects/<int:pk>/contacts/new/", contact_pages.new_contact, name="contact-new"),
    path("contacts/", contact_pages.contacts, name="contacts"),
    path("contacts/<int:pk>/", contact_pages.edit_contact, name="contact-edit"),
    path("contacts/<int:pk>/remove/", contact_pages.drop_contact, name="contact-remove"),
    path("security-log/", security_log_pages.security_log, name="audit"),
    path("invitations/<str:token>/", invitation_pages.invitation, name="invitation"),
]

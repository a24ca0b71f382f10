"""The addresses of a person's own account and of the people of a project."""

from django.urls import include, path

urlpatterns = [
    path("", include("allauth.urls")),
]

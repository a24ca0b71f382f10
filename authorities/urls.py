"""The addresses inside certificates. They must answer for as long as the certificates live."""

from django.urls import path

from authorities import views

app_name = "authorities"
urlpatterns = [
    path("pki/<slug:slug>.crt", views.certificate, name="certificate"),
    path("pki/<slug:slug>.crl", views.revocation_list, name="crl"),
    path("pki/<slug:slug>/ocsp", views.ocsp, name="ocsp"),
    path("pki/<slug:slug>/ocsp/", views.ocsp),
    path("pki/<slug:slug>/ocsp/<path:asked>", views.ocsp, name="ocsp-get"),
]

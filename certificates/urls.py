"""The addresses of the customer's pages, of sign-in, and of the pages behind mails."""

from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.generic import RedirectView

from certificates import mail_pages, views

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="certificates"), name="home"),
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("certificates/", views.certificate_list, name="certificates"),
    path("certificates/<str:certificate_id>/", views.certificate_page, name="certificate"),
    path("certificates/<str:certificate_id>/check/", views.check, name="check"),
    path("certificates/<str:certificate_id>/<int:number>/chain.pem", views.chain, name="chain"),
    path("certificates/<str:certificate_id>/<int:number>/key/", views.key, name="key"),
    path("ca/confirm/<str:token>/", mail_pages.confirm, name="ca-confirm"),
    path("ca/prove/<str:token>/", mail_pages.prove, name="ca-prove"),
]

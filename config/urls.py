"""Every address of the portal."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("account/", include("accounts.urls")),
    path("", include("authorities.urls")),
    path("", include("certificates.urls")),
]

handler429 = "accounts.limits.answer_429"

if settings.ENVIRONMENT == "demo":
    urlpatterns.append(path("demo/", include("verification.demo_urls")))

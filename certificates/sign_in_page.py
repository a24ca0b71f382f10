"""The one door for customers and staff. The demo's names its own people."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings

from certificates.demo import people


class SignIn(LoginView):  # type: ignore[misc]  # the library has no types
    template_name = "accounts/sign_in.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        if settings.ENVIRONMENT == "demo":
            context |= {"demo_people": people.CAST, "demo_password": people.PASSWORD}
        return context

"""Sign-in, which in the demo names the demo's own people."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from accounts.sign_in_pages import SignInPage
from certificates.demo import people


class SignIn(SignInPage):
    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        if settings.ENVIRONMENT == "demo":
            context |= {"demo_people": people.CAST, "demo_password": people.PASSWORD}
        return context

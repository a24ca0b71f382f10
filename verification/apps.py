from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VerificationConfig(AppConfig):
    name = "verification"
    verbose_name = _("Proof and mail")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from verification import receivers  # noqa: F401  # connects them

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuthoritiesConfig(AppConfig):
    name = "authorities"
    verbose_name = _("Authorities")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from authorities import receivers  # noqa: F401  # connects them

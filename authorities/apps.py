from django.apps import AppConfig


class AuthoritiesConfig(AppConfig):
    name = "authorities"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from authorities import receivers  # noqa: F401  # connects them

from django.apps import AppConfig


class WiringConfig(AppConfig):
    """The wiring as an app: its checks and the command that runs the whole portal."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401  # registers the checks

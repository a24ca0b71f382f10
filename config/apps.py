from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class WiringConfig(AppConfig):
    """The wiring as an app: its checks and the command that runs the whole portal."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401  # registers the checks


class DeskAdminConfig(AdminConfig):
    """Django's admin with our site in its place."""

    default_site = "config.desk_site.DeskSite"

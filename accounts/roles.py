"""The roles that a person can have in a project. What each may do stands in `access.py`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADMINISTRATOR = "ADMINISTRATOR", _("Administrator")
    OPERATOR = "OPERATOR", _("Operator")
    VIEWER = "VIEWER", _("Viewer")

"""What a browser says it is, in words; its own text is a stranger's and is never repeated."""

from __future__ import annotations

from django.utils.translation import gettext as _

# In this order: every later browser also claims to be the earlier ones.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """Firefox on Linux"""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), _("A program"))
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    if not system:
        return browser
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}

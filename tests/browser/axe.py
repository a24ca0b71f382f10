"""axe, the accessibility checker (from npm, vendored): it finds nothing on any page."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
SETTLES = 300  # milliseconds: colours of Django's admin fade from one theme to the other
# axe leaves it out; a label then belongs to another control.
REPEATED = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  return ids.filter((each, at) => ids.indexOf(each) < at);
}"""
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def violations(page: Page) -> list[str]:
    """What axe finds in both themes, one line a rule and place."""
    repeated = page.evaluate(REPEATED)
    found = [f"{page.url} repeats the ids {repeated}"] if repeated else []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.wait_for_timeout(SETTLES)
        page.evaluate(SOURCE)
        answer = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        for each in answer["violations"]:
            places = [node["target"][0] for node in each["nodes"][:3]]
            found.append(f"{page.url} {theme} {each['id']}: {each['help']} {places}")
    return found

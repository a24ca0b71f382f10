"""axe, the accessibility checker (from npm, vendored): it finds nothing on any page."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, ViewportSize

SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
SETTLES = 300  # milliseconds: colours of Django's admin fade from one theme to the other
# axe leaves it out; a label then belongs to another control.
REPEATED = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  return ids.filter((each, at) => ids.indexOf(each) < at);
}"""
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
BEYOND = """() => [...document.querySelectorAll("body *")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => `${each.tagName.toLowerCase()}.${each.className}`)
  .slice(-3)"""
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def violations(page: Page, *sizes: ViewportSize) -> list[str]:
    """What axe finds in both themes, one line a rule and place; at each of these sizes, the last
    of which stays, or at the present one.
    """
    page.wait_for_load_state()
    repeated = page.evaluate(REPEATED)
    found = [f"{page.url} repeats the ids {repeated}"] if repeated else []
    page.evaluate(SOURCE)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.wait_for_timeout(SETTLES)
        for size in sizes or (page.viewport_size,):
            if size is not None:
                page.set_viewport_size(size)
            answer = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            for each in answer["violations"]:
                places = [node["target"][0] for node in each["nodes"][:3]]
                found.append(f"{page.url} {theme} {each['id']}: {each['help']} {places}")
    return found


def at_both_widths(page: Page) -> list[str]:
    """What axe finds on a phone and on a desk, and what the phone would have to scroll sideways
    for. The page is left as on a desk.
    """
    page.wait_for_load_state()
    page.set_viewport_size(PHONE)
    return sideways(page) + violations(page, PHONE, DESK)


def sideways(page: Page) -> list[str]:
    """What reaches beyond the right edge, when the page can be scrolled there."""
    if page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        return []
    # A text that does not break reaches out of an element that itself does not.
    beyond = page.evaluate(BEYOND) or ["a text"]
    return [f"{page.url}: {each} reaches beyond" for each in beyond]

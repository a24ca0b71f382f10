"""A person without a mouse: Tab until the focus is where it is wanted, then the key that acts.

Names and roles are what Chromium tells a screen reader, and whatever gets the focus on the way
must be on the screen and show a ring.
"""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import CDPSession, Page, expect

MOST = 60  # presses of Tab before a thing counts as out of reach
# A control that is hidden by its label, as a file's, shows the ring there.
RING = """() => {
  const at = document.activeElement;
  const shows = (each) => {
    const style = getComputedStyle(each);
    const seen = (colour) => colour !== "transparent" && !/rgba\\(.*, 0\\)$/.test(colour);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    const box = each.getBoundingClientRect();
    return ((outlined && seen(style.outlineColor)) || style.boxShadow !== "none")
      && box.width > 1 && box.height > 1 && box.right > 0 && box.left < innerWidth
      && box.bottom > 0 && box.top < innerHeight;
  };
  return at === document.body || shows(at) || [...(at.labels || [])].some(shows);
}"""


@dataclass(frozen=True)
class Focus:
    """What has the focus, as a screen reader tells it. Nothing has it: role "RootWebArea"."""

    role: str
    name: str

    def __str__(self) -> str:
        return f"{self.role} “{self.name}”"


def focus(page: Page) -> Focus:
    """Where the focus is; whatever has it shows its ring."""
    reader = page.context.new_cdp_session(page)
    found = told(reader)
    reader.detach()
    assert page.evaluate(RING), f"no ring on {found} of {page.url}"
    return found


def told(reader: CDPSession) -> Focus:
    active = reader.send("Runtime.evaluate", {"expression": "document.activeElement"})
    tree = reader.send(
        "Accessibility.getPartialAXTree",
        {"objectId": active["result"]["objectId"], "fetchRelatives": False},
    )
    (node, *_) = tree["nodes"]
    return Focus(
        role=str(node.get("role", {}).get("value", "")),
        name=" ".join(str(node.get("name", {}).get("value", "")).split()),
    )


def tabs_to(page: Page, name: str, role: str = "", *, back: bool = False) -> None:
    """Press Tab, or Shift and Tab, until what is called so has the focus. `name` may be its start.

    Fails after MOST presses and names what it met.
    """
    met = [focus(page)]
    while not (met[-1].name.startswith(name) and met[-1].role.startswith(role)):
        assert len(met) <= MOST, f"{role} “{name}” is out of reach: " + ", ".join(map(str, met))
        page.keyboard.press("Shift+Tab" if back else "Tab")
        met.append(focus(page))


def presses(page: Page, name: str, role: str = "") -> None:
    """Go to a link or a button and press Enter."""
    tabs_to(page, name, role)
    page.keyboard.press("Enter")


def writes(page: Page, field: str, words: str) -> None:
    """Go to a field of this name and write over what stands there."""
    tabs_to(page, field)
    page.keyboard.press("Control+A")
    page.keyboard.type(words)


def ticks(page: Page, name: str) -> None:
    """Go to a box of this name and tick it."""
    tabs_to(page, name, "checkbox")
    page.keyboard.press("Space")
    expect(page.locator(":focus")).to_be_checked()


def chooses(page: Page, name: str) -> None:
    """Go to the next group of radio buttons and choose this one with the arrows."""
    tabs_to(page, "", "radio")
    met = [focus(page)]
    while not met[-1].name.startswith(name):
        page.keyboard.press("ArrowDown")
        met.append(focus(page))
        assert met[-1] != met[0], f"“{name}” is not among " + ", ".join(map(str, met))
    page.keyboard.press("Space")  # one alone, or the first of them, may have the focus unchosen
    expect(page.locator(":focus")).to_be_checked()


def skips(page: Page) -> None:
    """On a page just opened: past the bar and the side by the first link."""
    page.keyboard.press("Tab")
    assert focus(page).name == "Skip to the content"
    page.keyboard.press("Enter")


def in_a_tab(page: Page, name: str) -> Page:
    """Open a link in a tab of its own, as Control and Enter do."""
    tabs_to(page, name, "link")
    with page.context.expect_page() as opened:
        page.keyboard.press("Control+Enter")
    opened.value.wait_for_load_state()
    return opened.value

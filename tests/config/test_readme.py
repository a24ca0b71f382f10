"""What the README shows and points to is there, and no picture lies about unshown."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_picture_is_there_with_words_and_every_one_is_shown() -> None:
    shown = dict(re.findall(r"!\[(.*?)\]\((\S+)\)", README))
    shown |= {words: path for path, words in re.findall(r'<img src="(.*?)".*? alt="(.*?)"', README)}
    assert all(shown)
    pictures = {f"docs/screenshots/{each.name}" for each in (ROOT / "docs/screenshots").iterdir()}
    assert set(shown.values()) == pictures


def test_every_link_leads_to_something() -> None:
    links = re.findall(r"(?<!!)\[[^\]]*\]\(([^)#:]+)\)", README)
    assert links
    assert [each for each in links if not (ROOT / each).exists()] == []

"""What we ship of others is what we say it is, and nothing is loaded from elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = (ROOT / "static/vendor", ROOT / "tests/browser/vendor")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_each_vendored_file_is_the_one_that_is_listed(folder: Path) -> None:
    listed = {each["file"]: each for each in json.loads((folder / "vendor.json").read_text())}
    there = {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name not in {"LICENSE", "vendor.json"}
    }
    assert there == set(listed)
    for name, each in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == each["sha256"]
        assert each["name"]
        assert each["version"]
        assert (folder / name).parent.joinpath("LICENSE").exists()


def test_our_own_files_load_nothing_from_elsewhere() -> None:
    ours = [
        path
        for folder in ("static", "templates")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "vendor" not in path.parts and "mail" not in path.parts
    ]
    loads = re.compile(r"""(?:src|href|url\()\s*=?\s*["']?(?:https?:)?//""")
    assert [str(path) for path in ours if loads.search(path.read_text(encoding="utf-8"))] == []


def test_the_sprite_has_every_icon_that_is_asked_for() -> None:
    there = set(re.findall(r'symbol id="(\w+)"', (ROOT / "static/icons.svg").read_text()))
    asked = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r'{% icon "(\w+)" %}', path.read_text(encoding="utf-8"))
    }
    assert asked - there == set()

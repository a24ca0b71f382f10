"""Commands find the demo's DNS while its portal lives, and not a moment longer."""

import subprocess
import sys
from pathlib import Path

import pytest

from config.demo_dns import announce, announced

ADDRESS = "127.0.0.1:10053"


def test_the_address_is_found_while_the_process_lives(tmp_path: Path) -> None:
    announce(tmp_path / "dns.addr", ADDRESS)
    assert announced(tmp_path / "dns.addr") == ADDRESS
    assert [file.name for file in tmp_path.iterdir()] == ["dns.addr"]


def test_the_note_of_a_killed_portal_is_not_believed(tmp_path: Path) -> None:
    file = tmp_path / "dns.addr"
    code = "import sys; from pathlib import Path; from config.demo_dns import announce;"
    code += "announce(Path(sys.argv[1]), sys.argv[2])"
    root = Path(__file__).resolve().parent.parent.parent
    subprocess.run([sys.executable, "-c", code, str(file), ADDRESS], cwd=root, check=True)
    assert file.read_text().startswith(ADDRESS)
    assert announced(file) is None


@pytest.mark.parametrize("content", [None, "", ADDRESS, f"{ADDRESS} x", "\xff"])
def test_no_readable_note_is_no_address(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "dns.addr").write_text(content)
    assert announced(tmp_path / "dns.addr") is None

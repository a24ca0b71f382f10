"""The demo's secrets: made once, for their owner only, the same for all who start at once."""

import multiprocessing
import stat
from pathlib import Path

import pytest

from config.demo_secrets import read, read_or_make
from config.environment import parse_encryption_keys


def test_secrets_are_made_once_and_read_ever_after(tmp_path: Path) -> None:
    file = tmp_path / "data" / "secrets.env"
    made = read_or_make(file)
    assert read_or_make(file) == made
    assert read(file) == made
    assert set(made) == {"SECRET_KEY", "KEY_ENCRYPTION_KEYS"}
    assert len(made["SECRET_KEY"]) >= 50
    assert list(parse_encryption_keys(made["KEY_ENCRYPTION_KEYS"])) == ["demo"]


def test_only_the_owner_may_read_them_and_no_draft_stays_behind(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    read_or_make(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_two_installations_have_different_secrets(tmp_path: Path) -> None:
    assert read_or_make(tmp_path / "one") != read_or_make(tmp_path / "two")


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        seen = pool.map(read_or_make, [file] * 8)
    assert seen == [read(file)] * 8


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        read_or_make(tmp_path / "file" / "secrets.env")


def test_no_file_holds_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "secrets.env") == {}

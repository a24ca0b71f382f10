"""The house rules that a machine can hold: which way the arrows point, who reads the clock."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = 400

# What each room may import, as the table in the design says.
ROOMS: dict[str, set[str]] = {
    "work": set(),
    "pki": set(),
    "accounts": {"work", "pki"},
    "verification": {"accounts", "work", "pki"},
    "authorities": {"verification", "accounts", "work", "pki"},
    "certificates": {"authorities", "verification", "accounts", "work", "pki"},
}
NEVER_IN_PKI = {"django", "celery", "socket", "requests", "urllib", "http", "time", "dns"}
CLOCK_READERS = {
    "work/loop.py",
    "work/tasks.py",
    "accounts/account_pages.py",
    "accounts/adapter.py",
    "accounts/contact_pages.py",
    "accounts/invitation_pages.py",
    "accounts/limits.py",
    "accounts/people_pages.py",
    "accounts/project_pages.py",
    "accounts/security_events.py",
    "accounts/sign_in.py",
    "accounts/verb_admin.py",
    "authorities/calendar_admin.py",
    "authorities/checklist_admin.py",
    "authorities/desk_admin.py",
    "authorities/hierarchy_admin.py",
    "authorities/organization_admin.py",
    "authorities/views.py",
    "certificates/bulletin_pages.py",
    "certificates/certificate_page.py",
    "certificates/conversation_pages.py",
    "certificates/domain_pages.py",
    "certificates/download_pages.py",
    "certificates/list_page.py",
    "certificates/mail_pages.py",
    "certificates/certificate_admin.py",
    "certificates/order_pages.py",
    "certificates/product_admin.py",
    "certificates/proof_admin.py",
    "certificates/release_page.py",
    "certificates/sending_in.py",  # what the commands share
    "certificates/wizard_pages.py",
    "certificates/zone_pages.py",
    "certificates/words_admin.py",
    "certificates/wizard.py",
    "certificates/product_pages.py",
    "certificates/unsubscribe_page.py",
    "certificates/taking_back_pages.py",
    "verification/demo_pages.py",
    "verification/policy.py",  # signatures of the DNS are judged at the real moment
    "verification/eml_backend.py",  # plays the mail server, which knows when a mail arrived
}
# Methods that read the clock, by what they are called on.
CLOCK = {
    "now": {"datetime", "timezone", "datetime.datetime"},
    "utcnow": {"datetime", "datetime.datetime"},
    "today": {"date", "datetime", "datetime.date", "datetime.datetime"},
    "time": {"time"},
    "time_ns": {"time"},
    "localtime": {"time", "timezone"},
    "gmtime": {"time"},
    "localdate": {"timezone"},
}
COLLECTORS = {"utils", "util", "helpers", "helper", "common", "services", "service", "misc", "base"}


def modules(*rooms: str) -> Iterator[tuple[str, Path]]:
    for room in rooms or ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), path


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            yield node.lineno, node.module or ""


@pytest.mark.parametrize("room", ROOMS)
def test_imports_point_down(room: str) -> None:
    forbidden = {*ROOMS, "config", "tests", "api"} - ROOMS[room] - {room}
    wrong = [
        f"{name}:{line} imports {module}"
        for name, path in modules(room)
        for line, module in imported(path)
        if module.partition(".")[0] in forbidden
    ]
    assert wrong == []


def test_pure_functions_know_no_framework_clock_or_network() -> None:
    wrong = [
        f"{name}:{line} imports {module}"
        for name, path in modules("pki")
        for line, module in imported(path)
        if module.partition(".")[0] in NEVER_IN_PKI
    ]
    assert wrong == []


def clock_calls(path: Path) -> Iterator[int]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in CLOCK.get(node.attr, ()):
            yield node.lineno


def asks_the_loop(path: Path) -> Iterator[int]:
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.ImportFrom) or node.module != "work.loop":
            continue
        if any(alias.name == "clock" for alias in node.names):
            yield node.lineno


def is_command(name: str) -> bool:
    return "/management/commands/" in name


def test_only_the_edges_read_the_clock() -> None:
    """The tasks, the loop and the views; a command asks the loop's clock."""
    wrong = [
        f"{name}:{line}"
        for name, path in modules()
        if name not in CLOCK_READERS
        for line in (*clock_calls(path), *([] if is_command(name) else asks_the_loop(path)))
    ]
    assert wrong == []


def test_the_list_of_clock_readers_is_not_longer_than_needed() -> None:
    idle = [
        name
        for name in CLOCK_READERS
        if (ROOT / name).exists() and not [*clock_calls(ROOT / name), *asks_the_loop(ROOT / name)]
    ]
    assert [name for name in idle if name.startswith("work/")] == []


def test_clock_calls_are_seen(tmp_path: Path) -> None:
    code = (
        "datetime.now(UTC)\ntimezone.now()\ntime.time()\ndatetime.utcnow()\ndate.today()\n"
        "field = DateField(default=timezone.now)\nself.now()\ntime.monotonic()\n"
    )
    (tmp_path / "late.py").write_text(code)
    assert sorted(clock_calls(tmp_path / "late.py")) == [1, 2, 3, 4, 5, 6]


def test_no_status_is_written_past_the_life() -> None:
    """Certificate.status moves by its transitions only: nobody updates or assigns it."""
    wrong = [
        f"{name}:{node.lineno}"
        for name, path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and writes_a_status(node)
    ]
    assert wrong == []


def writes_a_status(call: ast.Call) -> bool:
    does = call.func
    return (
        isinstance(does, ast.Attribute)
        and does.attr in {"update", "create", "get_or_create", "update_or_create"}
        and "Certificate.objects" in ast.unparse(does.value)
        and any(keyword.arg == "status" for keyword in call.keywords)
    )


def source_files() -> Iterator[Path]:
    for folder in (*ROOMS, "config", "tests"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".html", ".txt", ".css"} and "migrations" not in path.parts:
                yield path
    yield from sorted((ROOT / "templates").rglob("*.*"))


def test_no_file_is_longer_than_a_sitting() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in source_files()
        if "vectors" not in path.parts
        and (count := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


def test_files_are_named_after_things() -> None:
    named = [
        str(path.relative_to(ROOT))
        for path in source_files()
        if path.suffix == ".py" and {path.stem, path.parent.name} & COLLECTORS
    ]
    assert named == []


def test_each_app_has_one_first_migration() -> None:
    """Nothing is released yet, so there is nothing to migrate from."""
    for room in ROOMS:
        migrations = {path.stem for path in (ROOT / room / "migrations").glob("*.py")}
        assert migrations <= {"__init__", "0001_initial"}, room

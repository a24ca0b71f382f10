"""What the cast did a moment ago is not computed again: it is played back.

Hundreds of tests begin with the same certificate, issued by the same verbs from the same start. The
first of them in a process runs the verbs; the statements by which they wrote are kept, and the
others write the same rows by the same statements. That is only done where it cannot be told apart:
on SQLite inside a test's transaction, when nothing but remembered verbs has written since the
world began, with the same settings, language, network and time, and in tests that neither patch
nor log nor count.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import wraps
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from django.conf import UserSettingsHolder, settings
from django.core import mail
from django.db import connection
from django.db.models import Model
from django.utils import timezone, translation

from verification.dictionary import DictionaryNetwork
from work import failpoints

if TYPE_CHECKING:
    from tests.cast import World

P = ParamSpec("P")
R = TypeVar("R")

# Tests that use one of these may see, or change, how a verb does its work.
WATCHING = frozenset(
    {
        "monkeypatch", "mocker", "kill_at", "caplog", "capsys", "capfd",
        "django_capture_on_commit_callbacks", "django_assert_num_queries",
        "django_assert_max_num_queries",
    }
)  # fmt: skip
MOST = 48  # stories that are kept
# For so long a world of today begins where the last one began: a test on a slow machine has to
# live with more.
AS_GOOD_AS_NOW = timedelta(seconds=5)


class Unknown(Exception):
    """Something that cannot be compared with what it was in another test."""


Writes = list[tuple[str, Any, bool]]


@contextmanager
def written_down(writes: Writes) -> Iterator[None]:
    """Every statement that writes goes into the list."""

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        if not sql.startswith(("SELECT", "(SELECT")):
            writes.append((sql, list(params) if many else params, many))
        return done

    with connection.execute_wrapper(note):
        yield


def write_again(writes: Writes) -> None:
    with connection.cursor() as cursor:
        for sql, params, many in writes:
            (cursor.executemany if many else cursor.execute)(sql, params)


@dataclass
class Story:
    """What a verb did: its writes, what it left in the world, and its answer."""

    writes: Writes = field(default_factory=list)
    mails: list[Any] = field(default_factory=list)
    now: datetime | None = None
    txt: dict[str, list[str]] = field(default_factory=dict)
    cname: dict[str, str] = field(default_factory=dict)
    answer: Any = None

    def play(self, world: World) -> Any:
        write_again(self.writes)
        mail.outbox.extend(self.mails)
        assert self.now is not None
        world.now = self.now
        _set(world, self.txt, self.cname)
        if isinstance(self.answer, Model):
            return type(self.answer)._default_manager.get(pk=self.answer.pk)
        return self.answer


_stories: OrderedDict[str, Story] = OrderedDict()
_last_start = datetime.min.replace(tzinfo=UTC)
_is_on = False
_before_the_test = -1


def begin_test(fixtures: Collection[str]) -> None:
    """A test with these fixtures begins: nothing has been written yet."""
    global _is_on, _before_the_test  # noqa: PLW0603  # one test at a time in a process
    _is_on = connection.vendor == "sqlite" and WATCHING.isdisjoint(fixtures)
    _before_the_test = written()


def written() -> int:
    """How many rows this connection has written, where it counts them; a new one has none."""
    here = connection.connection
    return 0 if here is None else int(getattr(here, "total_changes", -1))


def start(now: datetime) -> datetime:
    """When a world of `now` begins: a moment ago, where another one began then."""
    global _last_start  # noqa: PLW0603
    if not _is_on or abs(datetime.now(UTC) - now) > AS_GOOD_AS_NOW:
        return now
    is_whole = not now.microsecond
    near = timedelta() <= now - _last_start < AS_GOOD_AS_NOW
    if not near or is_whole != (not _last_start.microsecond):
        _last_start = now
    return _last_start


def begin(world: World, before: int) -> None:
    """The world has made its people; `before` was written when it began to."""
    if not _is_on or before != _before_the_test or not connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name")
        world.past = repr(cursor.fetchall())
    world.mark, world.block = written(), tuple(connection.savepoint_ids)


def remembered(verb: Callable[P, R]) -> Callable[P, R]:
    """A verb of the world that is played back when it was done from the same start before."""

    @wraps(verb)
    def act(*args: P.args, **named: P.kwargs) -> Any:
        world: Any = args[0]
        key = _key(world, verb.__name__, args[1:], named)
        if key is None:
            world.past = None
            return verb(*args, **named)
        story = _stories.get(key)
        if story is not None:
            _stories.move_to_end(key)
            answer = story.play(world)
        else:
            story, world_before = Story(), len(mail.outbox)
            try:
                with written_down(story.writes):
                    answer = story.answer = verb(*args, **named)
            except BaseException:
                world.past = None
                raise
            story.mails = mail.outbox[world_before:]
            story.now = world.now
            story.txt = {name: list(values) for name, values in world.txt.items()}
            story.cname = dict(world.cname)
            _stories[key] = story
            if len(_stories) > MOST:
                _stories.popitem(last=False)
        world.past, world.mark = key, written()
        return answer

    return act


def _set(world: World, txt: dict[str, list[str]], cname: dict[str, str]) -> None:
    world.txt.clear()
    world.txt.update({name: list(values) for name, values in txt.items()})
    world.cname.clear()
    world.cname.update(cname)


def _key(world: World, verb: str, args: Any, named: Any) -> str | None:
    """All that the verb's work hangs on; None when that is not known."""
    if not _is_on or world.past is None or world.mark != written() or world.is_live:
        return None
    # What is done within a transaction of the test's own may be undone with it.
    if connection.queries_logged or tuple(connection.savepoint_ids) != world.block:
        return None
    if failpoints._hook is not None or type(world.network) is not DictionaryNetwork:
        return None
    try:
        facts = (
            world.past, verb, _plain(args), _plain(named), world.now, len(mail.outbox),
            _plain(vars(world.network)), _plain(_overridden()), translation.get_language(),
            timezone.get_current_timezone_name(),
        )  # fmt: skip
    except Unknown:
        return None
    return sha256(repr(facts).encode()).hexdigest()


def _overridden() -> dict[str, Any]:
    """The settings that the test changed."""
    changed: dict[str, Any] = {}
    holder: Any = vars(settings)["_wrapped"]
    while isinstance(holder, UserSettingsHolder):
        changed = vars(holder) | changed
        holder = changed.pop("default_settings")
    changed.pop("_deleted", None)
    return changed


def _plain(value: Any) -> Any:
    """The value as something that can be compared with what it is in another test."""
    if value is None or isinstance(value, str | bytes | int | float | datetime | timedelta | Enum):
        return value
    if isinstance(value, Model):
        return value._meta.label, value.pk
    if is_dataclass(value) and not isinstance(value, type):
        return type(value).__name__, _plain(vars(value))
    if isinstance(value, frozenset | set):
        return sorted(repr(_plain(each)) for each in value)
    if isinstance(value, list | tuple):
        return tuple(_plain(each) for each in value)
    if hasattr(value, "items"):
        return tuple((name, _plain(each)) for name, each in sorted(value.items()))
    raise Unknown(repr(value))

"""The event store against a model of a few lines: whatever is done in whatever order, both say the same."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.domain import Aggregate, event
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg.rows import dict_row

from panjareh_common.database import Connection, Database
from panjareh_common.erasure import Erasures, LedgerLog
from panjareh_common.event_store import EventLog, Keyring, PersonalAggregate, Sealed, UnitOfWork
from panjareh_common.event_store.append import VersionTaken
from panjareh_common.event_store.sealing import PersonErased
from panjareh_common.following import catch_up
from panjareh_common.projection import (
    Event,
    Projection,
    ProjectionFollower,
    Row,
    topics_of,
)
from panjareh_common.rebuild import rebuild
from panjareh_common.security.tokens import TokenVerifier
from panjareh_common.transparency.verify import LogCheck
from tests.integration.common.notes import AT, BECAUSE

EXAMPLES, STEPS = 30, 40
SNAPSHOT_EVERY = 5


class Diary(PersonalAggregate):
    """Public and personal fields, changed by three kinds of events."""

    TOPIC = "TestDiary"

    class Event(Aggregate.Event):
        pass

    class Opened(Event, Aggregate.Created):
        TOPIC = "TestDiary.Opened"
        owner: UUID
        title: str
        secret: Sealed[str]

    Created = Opened

    class Renamed(Event):
        TOPIC = "TestDiary.Renamed"
        title: str

    class Written(Event):
        TOPIC = "TestDiary.Written"
        text: Sealed[str]

    @classmethod
    def open(cls, owner: UUID, title: str, secret: str) -> Diary:
        return cls._create(
            cls.Opened, id=uuid4(), timestamp=AT, owner=owner, title=title, secret=secret
        )

    def __init__(self, owner: UUID, title: str, secret: str | None) -> None:
        self.owner = owner
        self.title = title
        self.secret = secret
        self.texts: list[str | None] = []

    @property
    def person_id(self) -> UUID:
        return self.owner

    def rename(self, title: str) -> None:
        self.trigger_event(self.Renamed, timestamp=AT, title=title)

    def write(self, text: str) -> None:
        self.trigger_event(self.Written, timestamp=AT, text=text)

    @event(Renamed)
    def _renamed(self, title: str) -> None:
        self.title = title

    @event(Written)
    def _written(self, text: str | None) -> None:
        self.texts.append(text)


class DiaryView(Projection):
    """What of a diary is no secret."""

    name = "test.diary"
    table = "diary"
    topics = topics_of(Diary)
    reads = (Diary.Opened.TOPIC, Diary.Renamed.TOPIC)
    version = "version"

    def fold(self, rows: dict[Any, Row], events: Iterable[Event]) -> None:
        for each in events:
            row = rows.setdefault(each.stream, {"stream": each.stream, "texts": 0})
            row["version"] = each.version
            row["texts"] += each.topic == Diary.Written.TOPIC
            row["title"] = each.fields.get("title", row.get("title"))


TABLE = """
CREATE TABLE diary (stream uuid PRIMARY KEY, title text NOT NULL, texts integer NOT NULL,
                    version integer NOT NULL)
"""


@dataclass
class Expected:
    """A diary as the model knows it."""

    owner: UUID
    title: str
    secret: str
    texts: list[str] = field(default_factory=list)
    version: int = 1

    def do(self, command: Command) -> None:
        what, text = command
        self.version += 1
        if what == "rename":
            self.title = text
        else:
            self.texts.append(text)


Command = tuple[str, str]
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
some_commands = st.lists(
    st.tuples(st.sampled_from(["rename", "write", "write"]), texts), min_size=1, max_size=9
)
processes, whoever, whichever = st.integers(0, 1), st.integers(0, 2), st.integers(0, 4)


def do(diary: Diary, commands: Sequence[Command]) -> None:
    for what, text in commands:
        if what == "rename":
            diary.rename(text)
        else:
            diary.write(text)


@dataclass
class World:
    """One database for all examples, and a service of two processes on it."""

    url: str
    databases: list[Database]
    connection: Connection
    sealing_key: bytes

    def process(self, number: int) -> EventLog:
        database = self.databases[number]
        keyring = Keyring(self.sealing_key, database)
        return EventLog(database, keyring, snapshot_every=SNAPSHOT_EVERY)

    def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        return self.connection.execute(sql.encode(), parameters).fetchall()


class EventStoreMachine(RuleBasedStateMachine):
    world: World

    @initialize(beginnings=st.lists(some_commands, min_size=3, max_size=3))
    def begin(self, beginnings: list[list[Command]]) -> None:
        self.processes = [self.world.process(number) for number in (0, 1)]
        self.people = [uuid4() for _ in range(3)]
        self.erased: set[UUID] = set()
        self.model: dict[UUID, Expected] = {}
        self.streams: list[UUID] = []
        self.rebuilt = False
        (last,) = self.world.rows("SELECT coalesce(max(position), 0) AS position FROM event")
        self.first = last["position"]
        for number, commands in enumerate(beginnings):
            self.open((number + 1) % 3, "title", "secret", 0)
            self.change(number, commands, at=1, halves=False)
        # Longer than what is remembered must be.
        self.change(0, [("write", str(n)) for n in range(20)], at=0, halves=False)

    # What a command does

    @rule(person=whoever, title=texts, secret=texts, at=processes)
    def open(self, person: int, title: str, secret: str, at: int) -> None:
        owner = self.people[person]
        diary = Diary.open(owner, title, secret)
        if self._done(at, owner, True, lambda unit: unit.save(diary)):
            self.model[diary.id] = Expected(owner, title, secret)
            self.streams.append(diary.id)
        else:
            assert self.processes[at].history(diary.id) == []

    @rule(which=whichever, commands=some_commands, at=processes, halves=st.booleans())
    def change(self, which: int, commands: list[Command], at: int, halves: bool) -> None:
        stream, known = self._known(which)
        parts = (commands[::2], commands[1::2]) if halves else (commands,)

        def work(unit: UnitOfWork) -> None:
            diary = unit.load(Diary, stream)
            for part in parts:
                do(diary, part)
                unit.save(diary)

        personal = any(what == "write" for what, _ in commands)
        if self._done(at, known.owner, personal, work):
            for part in parts:
                for command in part:
                    known.do(command)
        self.load(which, 1 - at)

    def _known(self, which: int) -> tuple[UUID, Expected]:
        stream = self.streams[which % len(self.streams)]
        return stream, self.model[stream]

    def _done(
        self, at: int, owner: UUID, personal: bool, work: Callable[[UnitOfWork], Any]
    ) -> bool:
        """Whether it was stored: nothing personal is, of a person who was erased."""
        try:
            self.processes[at].run(BECAUSE, work)
        except PersonErased:
            assert personal
            assert owner in self.erased
            return False
        assert not (personal and owner in self.erased)
        return True

    @rule(which=whichever, title=texts, first=processes)
    def two_at_once(self, which: int, title: str, first: int) -> None:
        """Both look, one stores; the other finds out, has stored nothing, and does it again."""
        stream, known = self._known(which)
        looks = 0

        def rename(unit: UnitOfWork) -> None:
            nonlocal looks
            looks += 1
            mine = unit.load(Diary, stream)
            if looks == 1:
                with self.processes[first].unit_of_work(BECAUSE) as other:
                    theirs = other.load(Diary, stream)
                    theirs.rename(f"{title} of the first")
                    other.save(theirs)
            mine.rename(f"{title} after {mine.title}")
            unit.save(mine)

        self.processes[1 - first].run(BECAUSE, rename)

        assert looks == 2
        known.do(("rename", f"{title} of the first"))
        known.do(("rename", f"{title} after {title} of the first"))
        self.load(which, 1 - first)

    @rule(which=whichever, at=processes, conflicts=st.booleans())
    def fail(self, which: int, at: int, conflicts: bool) -> None:
        """Nothing is stored and nothing remembered of what was not committed."""
        stream, known = self._known(which)
        fault = VersionTaken if conflicts else InterruptedError
        with pytest.raises(fault), self.processes[at].unit_of_work(BECAUSE) as unit:
            mine = unit.load(Diary, stream)
            mine.rename("never stored")
            unit.save(mine)
            unit.save(Diary.open(uuid4(), "never stored", "with it"))
            if not conflicts:
                raise InterruptedError
            with self.processes[1 - at].unit_of_work(BECAUSE) as other:
                theirs = other.load(Diary, stream)
                theirs.rename("first")
                other.save(theirs)
        if conflicts:
            known.do(("rename", "first"))
        self.load(which, at)

    # What changes no event

    @rule(at=processes, snapshots=st.booleans())
    def restart(self, at: int, snapshots: bool) -> None:
        """A process with nothing in memory; snapshots may be thrown away at any time."""
        self.processes[at] = self.world.process(at)
        if not snapshots:
            self.world.connection.execute("DELETE FROM snapshot")

    @rule(which=whichever)
    def erase(self, which: int) -> None:
        """Every process of a service hears of it."""
        _, known = self._known(which)
        if known.owner == self.people[0]:  # somebody has to stay
            return
        self.erased.add(known.owner)
        for process in self.processes:
            Erasures(process, LedgerLog()).erase(known.owner)
        self.load(which, 0)
        self.load(which, 1)

    # What is seen

    @rule(which=whichever, at=processes)
    def load(self, which: int, at: int) -> None:
        stream, _ = self._known(which)
        with self.processes[at].unit_of_work(BECAUSE) as unit:
            self._assert_as_expected(unit.load(Diary, stream))

    def _assert_as_expected(self, diary: Any) -> None:
        known = self.model[diary.id]
        erased = known.owner in self.erased
        assert (diary.version, diary.owner, diary.title) == (
            known.version,
            known.owner,
            known.title,
        )
        assert diary.secret == (None if erased else known.secret)
        assert diary.texts == ([None] * len(known.texts) if erased else known.texts)

    @rule(which=whichever, at=processes)
    def look_at_history(self, which: int, at: int) -> None:
        stream, known = self._known(which)
        recorded = self.processes[at].history(stream)
        assert [each.version for each in recorded] == list(range(1, known.version + 1))
        diary = None
        for each in recorded:
            diary = each.event.mutate(diary)
        self._assert_as_expected(diary)

    @rule(at=processes, limit=st.integers(1, 50))
    def read_all(self, at: int, limit: int) -> None:
        position, folded = self.first, dict[UUID, Any]()
        while batch := self.processes[at].after(position, None, limit):
            assert [each.position for each in batch] == sorted({each.position for each in batch})
            assert batch[0].position > position
            position = batch[-1].position
            for each in batch:
                folded[each.stream] = each.event.mutate(folded.get(each.stream))
        assert set(folded) == set(self.model)
        for diary in folded.values():
            self._assert_as_expected(diary)

    @rule(at=processes)
    def follow(self, at: int) -> None:
        catch_up(self.processes[at], ProjectionFollower(DiaryView()))
        self._assert_view_as_expected()

    @precondition(lambda self: not self.rebuilt)
    @rule()
    def rebuild(self) -> None:
        self.rebuilt = True
        rebuild(self.world.url, DiaryView())
        self._assert_view_as_expected()

    def _assert_view_as_expected(self) -> None:
        rows = self.world.rows("SELECT * FROM diary WHERE stream = ANY(%s)", list(self.model))
        assert {row.pop("stream"): row for row in rows} == {
            stream: {"title": known.title, "texts": len(known.texts), "version": known.version}
            for stream, known in self.model.items()
        }

    def teardown(self) -> None:
        if not hasattr(self, "model"):
            return
        self.read_all(0, 1000)
        check = LogCheck("tests", self.world.connection, TokenVerifier({"keys": []}))
        assert list(check.findings()) == []


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    databases = [Database(database_url, size=4) for _ in range(2)]
    for database in databases:
        database.open()
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        connection.execute(TABLE)
        key = random.Random(1).randbytes(32)
        yield World(database_url, databases, connection, key)
    for database in databases:
        database.close()


def test_the_event_store_is_what_its_model_says(world: World) -> None:
    machine = type("Machine", (EventStoreMachine,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],  # against real servers shrinking takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )


def long_diary(log: EventLog) -> Diary:
    """One that is long enough to be remembered."""
    diary = Diary.open(uuid4(), "title", "secret")
    for number in range(20):
        diary.write(str(number))
    with log.unit_of_work(BECAUSE) as unit:
        unit.save(diary)
    return diary


def secret_in(log: EventLog, diary: Diary) -> str | None:
    with log.unit_of_work(BECAUSE) as unit:
        return unit.load(Diary, diary.id).secret


def test_an_erasure_that_comes_in_the_middle_of_a_command_is_not_undone_by_its_end(
    world: World,
) -> None:
    log = world.process(0)
    diary = long_diary(log)

    with log.unit_of_work(BECAUSE) as unit:
        loaded = unit.load(Diary, diary.id)
        Erasures(log, LedgerLog()).erase(diary.owner)
        loaded.rename("another title")
        unit.save(loaded)

    assert secret_in(log, diary) is None


def test_what_is_remembered_is_forgotten_in_time_however_often_it_is_used(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process has not heard of the erasure: it finds out when its time has come."""
    log, seconds = world.process(0), 0.0
    monkeypatch.setattr(time, "monotonic", lambda: seconds)
    diary = long_diary(log)
    world.process(1).keyring.erase(diary.owner)

    for _ in range(3):
        with log.unit_of_work(BECAUSE) as unit:
            loaded = unit.load(Diary, diary.id)
            loaded.rename("another title")
            unit.save(loaded)
        seconds += 200

    assert secret_in(log, diary) is None

"""LogApplication: the library's application on our log, with personal data sealed and views in the commit."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import (
    IntegrityError,
    OperationalError,
    ProgrammingError,
    StoredEvent,
)

from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, PublicAggregate
from panjareh_common.event_store.application import LogApplication
from panjareh_common.event_store.infrastructure import Factory
from panjareh_common.event_store.log import GENESIS, Heads, chain_hash
from panjareh_common.event_store.recorders import LogRecorder
from panjareh_common.event_store.sealing import PersonErased
from tests.integration.common.notes import AT, BECAUSE, Note

_TITLES = "CREATE TABLE title (id uuid PRIMARY KEY, title text NOT NULL CHECK (title <> 'bad'))"
_WRITE = """
INSERT INTO title SELECT * FROM jsonb_populate_recordset(NULL::title, %s)
ON CONFLICT (id) DO UPDATE SET title = excluded.title
"""


class Counter(PublicAggregate):
    TOPIC = "TestCounter"

    class Event(Aggregate.Event):
        pass

    class Begun(Event, Aggregate.Created):
        TOPIC = "TestCounter.Begun"

    Created = Begun

    class Counted(Event):
        TOPIC = "TestCounter.Counted"

    @classmethod
    def begin(cls) -> Counter:
        return cls._create(cls.Begun, id=uuid4())

    def __init__(self) -> None:
        self.count = 0

    @event(Counted)
    def more(self) -> None:
        self.count += 1


class Notes(LogApplication):
    snapshotting_intervals = {Note: 3, Counter: 3}  # noqa: RUF012  # as the library declares it


@pytest.fixture
def app(event_log: EventLog) -> Iterator[Notes]:
    with event_log.database.connection() as connection:
        connection.execute(_TITLES)
    with Notes(event_log=event_log) as app:
        yield app


@pytest.fixture
def trips(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that were sent, one round trip each."""
    sent: list[str] = []
    run = database.run

    def counted(statement: str, *args: Any, **kwargs: Any) -> Any:
        sent.append(statement)
        return run(statement, *args, **kwargs)

    monkeypatch.setattr(database, "run", counted)
    return sent


def titles(app: LogApplication) -> list[str]:
    return [row[0] for row in app.event_log.database.fetch("SELECT title FROM title ORDER BY 1")]


def another_process(app: LogApplication) -> EventLog:
    """The same log with nothing of it in memory."""
    return EventLog(app.event_log.database, app.event_log.keyring)


def whole_table(app: LogApplication, table: str) -> str:
    """All that is stored, bytes as text where they are text."""
    rows = app.event_log.database.fetch(f"SELECT t::text, encode(state, 'escape') FROM {table} t")
    return "\n".join(part for row in rows for part in row)


def assert_chained(event_log: EventLog, stream: UUID, length: int) -> None:
    rows = event_log.database.fetch(
        "SELECT version, topic, state, metadata, occurred_at, recorded_at, hash FROM event"
        " WHERE stream = %s ORDER BY version",
        (stream,),
    )
    previous = GENESIS
    for version, topic, state, metadata, occurred_at, recorded_at, digest in rows:
        stored = StoredEvent(stream, version, topic, state)
        previous = chain_hash(previous, stored, metadata, occurred_at, recorded_at)
        assert digest == previous
    assert [row[0] for row in rows] == list(range(1, length + 1))


def test_an_aggregate_and_its_view_row_are_one_statement(app: Notes, trips: list[str]) -> None:
    counter = Counter.begin()

    (recording,) = app.save(counter, view=(_WRITE, [{"id": counter.id, "title": "new"}]))

    assert len(trips) == 1
    assert titles(app) == ["new"]
    (stored,) = app.event_log.history(counter.id)
    assert recording.notification.id == stored.position


def test_a_change_is_one_read_and_one_statement(app: Notes, trips: list[str]) -> None:
    counter = Counter.begin()
    app.save(counter)
    with LogApplication(event_log=another_process(app)) as other:
        trips.clear()

        again: Counter = other.repository.get(counter.id)
        again.more()
        other.save(again)

    assert len(trips) == 2
    assert_chained(app.event_log, counter.id, 2)


def test_a_snapshot_brings_the_hash_to_build_on(app: Notes, trips: list[str]) -> None:
    counter = Counter.begin()
    counter.more()
    counter.more()
    app.save(counter)  # the third event brings a snapshot
    with Notes(event_log=another_process(app)) as other:
        trips.clear()

        again: Counter = other.repository.get(counter.id)
        again.more()
        other.save(again)

    assert len(trips) == 3  # the snapshot, the events after it, the append
    assert_chained(app.event_log, counter.id, 4)


def test_what_was_forgotten_is_asked_for(app: Notes, trips: list[str]) -> None:
    counter = Counter.begin()
    app.save(counter)
    app.event_log.heads.put(counter.id, 17, b"of another version")
    trips.clear()

    counter.more()
    app.save(counter)

    assert len(trips) == 2
    assert_chained(app.event_log, counter.id, 2)


def test_a_view_that_refuses_leaves_nothing(app: Notes) -> None:
    counter = Counter.begin()

    with pytest.raises(IntegrityError) as refused:
        app.save(counter, view=(_WRITE, [{"id": counter.id, "title": "bad"}]))

    assert app.event_log.history(counter.id) == []
    assert "title_title_check" in str(refused.value)
    assert str(counter.id) not in str(refused.value)  # the server's own words quote the row


def test_the_loser_of_a_conflict_leaves_nothing(app: Notes) -> None:
    note = Note.open(uuid4())
    app.save(note)
    mine, theirs = app.repository.get(note.id), app.repository.get(note.id)
    theirs.extend("theirs")
    app.save(theirs)
    mine.extend("mine")
    other = Counter.begin()

    with pytest.raises(IntegrityError):
        app.save(other, mine, view=(_WRITE, [{"id": other.id, "title": "x"}]))

    assert app.event_log.history(other.id) == []
    assert titles(app) == []
    assert app.repository.get(note.id).texts == ["theirs"]


def test_units_of_work_and_plain_applications_continue_the_same_chain(app: Notes) -> None:
    counter = Counter.begin()
    app.save(counter)
    with app.event_log.unit_of_work(BECAUSE) as unit:
        again = unit.load(Counter, counter.id)
        again.more()
        unit.save(again)
    plain = Plain(app.event_log)
    loaded: Counter = plain.repository.get(counter.id)
    loaded.more()
    loaded.more()
    plain.save(loaded)

    last = app.repository.get(counter.id)
    last.more()
    app.save(last)

    assert_chained(app.event_log, counter.id, 5)
    assert app.repository.get(counter.id).count == 4


class Plain(Application[UUID]):
    """The library's application as it is, on a log that is open already."""

    def __init__(self, event_log: EventLog) -> None:
        self._log = event_log
        super().__init__()

    def construct_factory(self, env: Any) -> Any:
        return Factory(env, self._log)


def test_an_event_says_why_and_when_it_happened(app: Notes) -> None:
    note = Note.open(uuid4())
    app.save(note, cause=BECAUSE)
    counter = Counter.begin()
    app.save(counter)

    (opened,), (begun,) = app.event_log.history(note.id), app.event_log.history(counter.id)

    assert opened.metadata == BECAUSE.to_metadata()
    assert opened.occurred_at == AT != opened.recorded_at
    assert begun.metadata == {"actor": "Notes", "role": "service", "channel": "platform"}
    assert begun.occurred_at == counter.created_on


def test_events_without_their_time_happened_when_they_were_stored(event_log: EventLog) -> None:
    stream = uuid4()
    events = [StoredEvent(stream, version, "any", b"{}") for version in (1, 2)]

    LogRecorder(event_log, "").insert_events(events)

    rows = event_log.database.fetch("SELECT occurred_at = recorded_at, metadata FROM event")
    assert [row[0] for row in rows] == [True, True]
    assert rows[0][1]["actor"] == "application"
    assert_chained(event_log, stream, 2)


def test_a_gap_in_a_stream_is_refused(event_log: EventLog) -> None:
    recorder = LogRecorder(event_log, "")

    with pytest.raises(IntegrityError, match="no version 1"):
        recorder.insert_events([StoredEvent(uuid4(), 2, "any", b"{}")])


def test_a_misspelt_argument_is_refused(app: Notes) -> None:
    counter = Counter.begin()

    with pytest.raises(TypeError, match="becuase"):
        app.save(counter, becuase=BECAUSE)

    assert app.event_log.history(counter.id) == []


def a_note_with_a_snapshot(app: Notes) -> Note:
    note = Note.open(uuid4(), title="public", secret="canary-1")
    note.extend("canary-2")
    note.extend("canary-3")
    app.save(note)
    return note


def test_personal_data_are_nowhere_in_the_clear(app: Notes) -> None:
    note = a_note_with_a_snapshot(app)

    events, snapshots = whole_table(app, "event"), whole_table(app, "snapshot")

    assert "public" in events
    assert str(note.owner) in snapshots
    assert "canary" not in events + snapshots
    again: Note = app.repository.get(note.id)
    assert (again.secret, again.texts) == ("canary-1", ["canary-2", "canary-3"])


def test_a_snapshot_saves_reading_the_events_it_stands_for(app: Notes, trips: list[str]) -> None:
    note = a_note_with_a_snapshot(app)
    note.extend("later")
    app.save(note)
    read: list[Any] = []
    select = app.recorder.select_events
    app.recorder.select_events = lambda *a, **k: read.extend(found := select(*a, **k)) or found  # type: ignore[method-assign]

    again: Note = app.repository.get(note.id)

    assert [event.originator_version for event in read] == [4]
    assert again.texts == ["canary-2", "canary-3", "later"]


def test_a_snapshot_of_an_erased_person_is_as_good_as_absent(app: Notes) -> None:
    note = a_note_with_a_snapshot(app)

    app.event_log.keyring.erase(note.owner)
    app.forget(note.owner)

    again: Note = app.repository.get(note.id)
    assert (again.title, again.secret, again.texts) == ("public", None, [None, None])
    app.take_snapshot(note.id, version=2)  # there is none to be taken, and that is no error
    assert whole_table(app, "snapshot").count(str(note.owner)) == 1
    again.extend("more")
    with pytest.raises(PersonErased):
        app.save(again)


def test_units_of_work_and_the_library_do_not_read_each_others_snapshots(app: Notes) -> None:
    units = EventLog(app.event_log.database, app.event_log.keyring, snapshot_every=3)
    note = Note.open(uuid4())
    note.extend("one")
    note.extend("two")
    with units.unit_of_work(BECAUSE) as unit:
        unit.save(note)

    by_library: Note = app.repository.get(note.id)
    app.take_snapshot(note.id)  # takes the place of the unit's, at the same version
    with units.unit_of_work(BECAUSE) as unit:
        by_unit = unit.load(Note, note.id)

    assert app.snapshots is not None
    assert [taken.originator_version for taken in app.snapshots.get(note.id)] == [3]
    assert by_library.texts == by_unit.texts == ["one", "two"]
    with pytest.raises(IntegrityError):
        app.take_snapshot(note.id)


def test_the_cache_is_brought_forward_and_forgets_a_person(app: Notes) -> None:
    env = {"AGGREGATE_CACHE_MAXSIZE": "10"}
    with LogApplication(env, event_log=app.event_log) as cached:
        note, other = Note.open(uuid4(), secret="kept no longer"), Note.open(uuid4())
        app.save(note, other)
        for each in (note, other):
            cached.repository.get(each.id)
        note.extend("by another process")
        app.save(note)

        again: Note = cached.repository.get(note.id)
        app.event_log.keyring.erase(note.owner)
        cached.forget(note.owner)

        assert again.texts == ["by another process"]
        assert list(cached.repository.cache.cache) == [other.id]  # type: ignore[union-attr]
        assert cached.repository.get(note.id).secret is None  # type: ignore[attr-defined]


def test_what_is_not_there_is_not_found(app: Notes) -> None:
    with pytest.raises(AggregateNotFoundError):
        app.repository.get(uuid4())


def test_an_application_is_configured_by_its_environment(database_url: str) -> None:
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    env = {"NOTES_DATABASE_URL": database_url, "SEALING_KEY": key}
    note = Note.open(uuid4(), secret="sealed")

    with Notes(env) as first:
        first.save(note)
    with Notes(env) as second:
        again: Note = second.repository.get(note.id)

    assert again.secret == "sealed"


def test_without_a_key_nothing_personal_is_stored(database_url: str) -> None:
    with Notes({"DATABASE_URL": database_url}) as app:
        app.save(Counter.begin())
        with pytest.raises(OSError, match="SEALING_KEY"):
            app.save(Note.open(uuid4()))

        assert app.event_log.database.fetch("SELECT count(*) FROM event") == [(1,)]


def test_without_a_database_there_is_no_application() -> None:
    with pytest.raises(OSError, match="DATABASE_URL"):
        Notes({})


def test_a_plain_application_refuses_what_it_cannot_seal(app: Notes) -> None:
    with Plain(app.event_log) as plain, pytest.raises(TypeError, match="sealed fields"):
        plain.save(Note.open(uuid4()))

    assert app.event_log.after(0, None, 10) == []


def test_a_database_that_is_away_is_an_operational_error(app: Notes, database: Database) -> None:
    database.close()

    with pytest.raises(OperationalError):
        app.save(Counter.begin())
    with pytest.raises(OperationalError):
        app.repository.get(uuid4())


def test_a_statement_that_is_wrong_is_a_programming_error(app: Notes) -> None:
    with pytest.raises(ProgrammingError):
        app.save(Counter.begin(), view=("INSERT INTO nowhere SELECT %s::jsonb", [{}]))


def test_a_stream_is_named_by_a_uuid(event_log: EventLog) -> None:
    with pytest.raises(TypeError, match="UUIDs"):
        LogRecorder(event_log, "").insert_events([StoredEvent("invoice-7", 1, "any", b"{}")])


def test_heads_keep_the_latest_and_only_so_many() -> None:
    heads, (a, b, c) = Heads(keep=2), (uuid4(), uuid4(), uuid4())
    heads.put(a, 1, b"a1")
    heads.put(b, 1, b"b1")
    heads.put(a, 2, b"a2")

    heads.put(c, 1, b"c1")

    assert [heads.get(a, 1), heads.get(a, 2)] == [None, b"a2"]
    assert [heads.get(b, 1), heads.get(c, 1)] == [None, b"c1"]

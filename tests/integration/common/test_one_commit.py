"""One commit is one round trip; commands that wait share it, and each fails alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.append import Append, Committer, VersionTaken
from tests.integration.common.notes import BECAUSE, Note

_VIEW = """
INSERT INTO title (stream, title) SELECT stream, title FROM jsonb_populate_recordset(NULL::title, %s)
ON CONFLICT (stream) DO UPDATE SET title = excluded.title
"""


@pytest.fixture(autouse=True)
def view(database: Database) -> None:
    with database.connection() as connection:
        connection.execute("CREATE TABLE title (stream uuid PRIMARY KEY, title text NOT NULL)")


class Sent:
    """The statements that a log sends."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements: list[str] = []
        execute = psycopg.Cursor.execute

        def counted(cursor: Any, query: Any, *arguments: Any, **options: Any) -> Any:
            self.statements.append(query)
            return execute(cursor, query, *arguments, **options)

        monkeypatch.setattr(psycopg.Cursor, "execute", counted)


@pytest.fixture
def sent(database: Database, monkeypatch: pytest.MonkeyPatch) -> Sent:
    return Sent(database, monkeypatch)


def kept(event_log: EventLog, note: Note) -> None:
    with event_log.unit_of_work(BECAUSE) as unit:
        unit.save(note)
        unit.write(_VIEW, {"stream": note.id, "title": note.title})


def titles(database: Database) -> dict[UUID, str]:
    with database.connection() as connection:
        rows = connection.execute("SELECT stream, title FROM title").fetchall()
    return {row["stream"]: row["title"] for row in rows}


def test_events_view_inbox_and_waits_go_in_one_statement(event_log: EventLog, sent: Sent) -> None:
    note = Note.open(uuid4())
    note.extend("more")
    event_log.keyring.seal(note.owner, {}, "so that the key is there")
    sent.statements.clear()

    with event_log.unit_of_work(BECAUSE) as unit:
        unit.save(note)
        unit.write(_VIEW, {"stream": note.id, "title": note.title})
        unit.wait_until(unit.now, "remind", note.id)
        unit.done("forget", note.id)

    assert len(sent.statements) == 1


def test_a_view_that_cannot_be_written_keeps_the_events_out_too(
    event_log: EventLog, database: Database
) -> None:
    note = Note.open(uuid4())

    with pytest.raises(psycopg.errors.NotNullViolation), event_log.unit_of_work(BECAUSE) as unit:
        unit.save(note)
        unit.write(_VIEW, {"stream": note.id, "title": None})

    assert event_log.history(note.id) == []
    assert titles(database) == {}


def test_what_is_read_only_is_never_committed(event_log: EventLog, sent: Sent) -> None:
    with event_log.unit_of_work(BECAUSE) as unit:
        unit.fetch("SELECT 1 AS one")

    assert sent.statements == ["SELECT 1 AS one"]


def test_what_fails_stores_nothing(event_log: EventLog, database: Database) -> None:
    note = Note.open(uuid4())

    with pytest.raises(InterruptedError), event_log.unit_of_work(BECAUSE) as unit:
        unit.execute("INSERT INTO title VALUES (%s, 'at once')", (note.id,))
        unit.save(note)
        raise InterruptedError

    assert event_log.history(note.id) == []
    assert titles(database) == {}


def appends(event_log: EventLog, *notes: Note) -> list[Append]:
    """What the units of these notes would commit, not committed."""
    made = []
    for note in notes:
        unit = UnitOfWork(event_log, BECAUSE)
        unit.save(note)
        unit.write(_VIEW, {"stream": note.id, "title": note.title})
        made.append(unit.pending)
    return made


def test_of_a_group_only_the_one_that_conflicts_fails(
    event_log: EventLog, database: Database, sent: Sent
) -> None:
    taken = Note.open(uuid4())
    kept(event_log, taken)
    notes = [Note.open(uuid4(), title=str(n)) for n in range(20)]
    group = appends(event_log, *notes)
    conflicting = Append(rows=[group[7].rows[0]._replace(stream=taken.id)])
    sent.statements.clear()

    outcomes = event_log.committer.commit_each([*group[:5], conflicting, *group[5:]])

    assert isinstance(outcomes[5], VersionTaken)
    positions = [outcome for n, outcome in enumerate(outcomes) if n != 5]
    assert all(isinstance(position, list) and len(position) == 1 for position in positions)
    assert len(sent.statements) == 3  # together, the spoiler alone, together without it
    assert titles(database) == {note.id: note.title for note in (taken, *notes)}
    events = event_log.after(0, None, 100)
    assert [event.position for event in events] == sorted({event.position for event in events})
    assert len(events) == 21


def test_of_a_group_only_the_one_with_a_broken_view_fails(
    event_log: EventLog, database: Database
) -> None:
    notes = [Note.open(uuid4(), title=str(n)) for n in range(6)]
    group = appends(event_log, *notes)
    group[2].writes = {_VIEW: [{"stream": notes[2].id, "title": None}]}

    outcomes = event_log.committer.commit_each(group)

    assert [isinstance(outcome, psycopg.Error) for outcome in outcomes] == [
        False, False, True, False, False, False,
    ]  # fmt: skip
    assert event_log.history(notes[2].id) == []
    assert notes[2].id not in titles(database)
    assert len(titles(database)) == 5


def test_of_two_commands_on_one_stream_in_a_group_the_first_is_stored(
    event_log: EventLog,
) -> None:
    note = Note.open(uuid4())
    kept(event_log, note)
    units = []
    for text in ("first", "second"):
        unit = UnitOfWork(event_log, BECAUSE)
        loaded = unit.load(Note, note.id)
        loaded.extend(text)
        unit.save(loaded)
        units.append(unit.pending)

    outcomes = event_log.committer.commit_each(units)

    assert isinstance(outcomes[0], list)
    assert isinstance(outcomes[1], VersionTaken)
    assert [event.event.text for event in event_log.history(note.id)[1:]] == ["first"]


def test_who_has_to_wait_rides_together(
    event_log: EventLog, database: Database, database_url: str, sent: Sent
) -> None:
    """Two commits are held up at the server; what comes meanwhile goes in one."""
    held = [Note.open(uuid4(), title="held") for _ in range(2)]
    waiting = [Note.open(uuid4(), title="waiting") for _ in range(10)]
    for note in (*held, *waiting):
        event_log.keyring.seal(note.owner, {}, "so that the key is there")
    with psycopg.connect(database_url) as blocker:
        blocker.execute("LOCK TABLE title")
        threads = [threading.Thread(target=kept, args=(event_log, note)) for note in held]
        for thread in threads:
            thread.start()
        wait_for(lambda: blocked(database) == 2)
        sent.statements.clear()
        late = [threading.Thread(target=kept, args=(event_log, note)) for note in waiting]
        for thread in late:
            thread.start()
        wait_for(lambda: len(event_log.committer.waiting) == 10)
        blocker.rollback()
    for thread in (*threads, *late):
        thread.join()

    assert len([sql for sql in sent.statements if "INSERT INTO event" in sql]) == 1
    assert len(titles(database)) == 12


def test_a_group_that_cannot_be_committed_acknowledges_nobody(event_log: EventLog) -> None:
    committer = Committer(event_log.database)
    event_log.database.close()

    outcomes = committer.commit_each(
        [Append(writes={_VIEW: [{"stream": uuid4(), "title": "x"}]}) for _ in range(2)]
    )

    assert all(isinstance(outcome, Exception) for outcome in outcomes)


def blocked(database: Database) -> int:
    rows = database.fetch(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database()"
    )
    return int(rows[0][0])


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    tick = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if condition():
            return
        tick.wait(0.01)
    raise AssertionError("it did not come to that")


def test_a_stream_that_begins_beside_another_change_in_an_open_transaction_is_stored(
    event_log: EventLog,
) -> None:
    older, newer = Note.open(uuid4()), Note.open(uuid4())
    event_log.run(BECAUSE, lambda unit: unit.save(older))
    newer.extend("a second event in its first commit")

    def work(unit: UnitOfWork) -> None:
        unit.execute("SELECT 1")  # the whole unit is one transaction from here on
        known = unit.load(Note, older.id)
        known.extend("more")
        unit.save(known, newer)

    event_log.run(BECAUSE, work)

    assert len(event_log.history(newer.id)) == len(event_log.history(older.id)) == 2

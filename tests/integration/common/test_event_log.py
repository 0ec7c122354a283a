"""The event log on a real PostgreSQL: nothing lost, nothing skipped, nothing changed, nothing in the clear."""

from __future__ import annotations

import threading
from uuid import uuid4

import psycopg
import pytest

from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring, UnitOfWork
from panjareh_common.event_store.append import VersionTaken
from panjareh_common.event_store.log import GENESIS, chain_hash
from panjareh_common.event_store.sealing import PersonErased
from panjareh_common.refusals import NotFound
from tests.integration.common.notes import AT, BECAUSE, Note

TOPICS = ["TestNote.Opened", "TestNote.Extended"]


def saved(event_log: EventLog, *notes: Note) -> None:
    with event_log.unit_of_work(BECAUSE) as unit:
        unit.save(*notes)


def test_an_aggregate_comes_back_as_it_was_saved(event_log: EventLog) -> None:
    note = Note.open(uuid4(), secret="راز")
    note.extend("first")

    saved(event_log, note)

    with event_log.unit_of_work(BECAUSE) as unit:
        again = unit.load(Note, note.id)
    assert (again.secret, again.texts, again.version) == ("راز", ["first"], 2)


def test_what_is_not_there_is_not_found(event_log: EventLog) -> None:
    with event_log.unit_of_work(BECAUSE) as unit, pytest.raises(NotFound):
        unit.load(Note, uuid4())


def test_sealed_fields_are_nowhere_in_the_clear(event_log: EventLog, database: Database) -> None:
    saved(event_log, Note.open(uuid4(), title="public", secret="canary-7f3a"))

    with database.connection() as connection:
        row = connection.execute("SELECT event::text AS whole, state FROM event").fetchone()

    assert row is not None
    assert b"public" in row["state"]
    assert b"canary-7f3a" not in row["state"]
    assert "canary-7f3a" not in row["whole"]


def test_a_forgotten_person_leaves_history_without_the_person(
    event_log: EventLog, keyring: Keyring
) -> None:
    note = Note.open(uuid4(), title="kept", secret="gone")
    saved(event_log, note)

    keyring.erase(note.owner)

    (opened,) = event_log.history(note.id)
    assert (opened.event.title, opened.event.secret) == ("kept", None)
    with pytest.raises(PersonErased):
        saved(event_log, Note.open(note.owner))


def test_a_key_that_was_read_before_an_erasure_is_not_kept_after_it(
    keyring: Keyring, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = uuid4()
    box = keyring.seal(owner, "secret", "row")
    keyring.forget(owner)
    fetch = database.fetch

    def erased_meanwhile(query: str, parameters: object = ()) -> object:
        rows = fetch(query, parameters)  # type: ignore[arg-type]
        monkeypatch.undo()
        keyring.erase(owner)
        return rows

    monkeypatch.setattr(database, "fetch", erased_meanwhile)

    assert keyring.open(owner, box, "row") == "secret"  # it had the key in its hand
    assert keyring.open(owner, box, "row") is None


def test_a_box_moved_to_another_row_does_not_open(event_log: EventLog, keyring: Keyring) -> None:
    owner = uuid4()
    box = keyring.seal(owner, {"a": 1}, "row 1")

    assert keyring.open(owner, box, "row 1") == {"a": 1}
    with pytest.raises(Exception, match="does not open"):
        keyring.open(owner, box, "row 2")


def test_the_loser_of_a_conflict_leaves_nothing(event_log: EventLog) -> None:
    note = Note.open(uuid4())
    saved(event_log, note)
    other = Note.open(uuid4())
    with pytest.raises(VersionTaken), event_log.unit_of_work(BECAUSE) as first:
        mine = first.load(Note, note.id)
        mine.extend("mine")
        with event_log.unit_of_work(BECAUSE) as second:
            theirs = second.load(Note, note.id)
            theirs.extend("theirs")
            second.save(theirs)

        first.save(other, mine)

    assert [e.event.text for e in event_log.history(note.id)[1:]] == ["theirs"]
    assert event_log.history(other.id) == []


def test_a_conflict_is_tried_again_from_a_fresh_look(event_log: EventLog) -> None:
    note = Note.open(uuid4())
    saved(event_log, note)
    started = threading.Barrier(4)

    def extend(text: str) -> None:
        started.wait()

        def work(unit: object) -> None:
            loaded = unit.load(Note, note.id)  # type: ignore[attr-defined]
            loaded.extend(text)
            unit.save(loaded)  # type: ignore[attr-defined]

        event_log.run(BECAUSE, work)

    threads = [threading.Thread(target=extend, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    texts = sorted(e.event.text for e in event_log.history(note.id)[1:])
    assert texts == ["0", "1", "2", "3"]


def test_two_appends_of_one_transaction_never_share_a_position(event_log: EventLog) -> None:
    first, second = Note.open(uuid4()), Note.open(uuid4())

    with event_log.unit_of_work(BECAUSE) as unit:
        unit.save(first)
        unit.save(second)

    positions = [event.position for event in unit.saved]

    assert len(set(positions)) == 2
    assert positions == sorted(positions)


def test_positions_of_a_stream_grow_with_its_versions_whoever_began_first(
    event_log: EventLog,
) -> None:
    note = Note.open(uuid4())
    saved(event_log, note)
    tries = []

    def work(unit: UnitOfWork) -> None:
        unit.execute("SELECT pg_current_xact_id()")  # from here on it is the older transaction
        tries.append(unit.tries)
        if unit.tries == 1:
            with event_log.unit_of_work(BECAUSE) as younger:
                theirs = younger.load(Note, note.id)
                theirs.extend("theirs")
                younger.save(theirs)
        mine = unit.load(Note, note.id)
        mine.extend("mine")
        unit.save(mine)

    event_log.run(BECAUSE, work)

    assert tries == [1, 2]
    history = event_log.history(note.id)
    assert [event.event.text for event in history[1:]] == ["theirs", "mine"]
    assert [event.position for event in history] == sorted(event.position for event in history)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE event SET topic = 'x'", "DELETE FROM event", "TRUNCATE event", "TRUNCATE event_p03"],
)
def test_history_cannot_be_edited(event_log: EventLog, database: Database, statement: str) -> None:
    saved(event_log, *(Note.open(uuid4()) for _ in range(3)))

    with database.connection() as connection, pytest.raises(psycopg.Error, match="append-only"):
        connection.execute(statement)  # type: ignore[call-overload]

    assert len(event_log.after(0, TOPICS, 10)) == 3


def test_each_event_carries_the_hash_of_its_row_and_of_all_before_it(
    event_log: EventLog, database: Database
) -> None:
    note = Note.open(uuid4())
    note.extend("one")
    saved(event_log, note)
    with event_log.unit_of_work(BECAUSE) as unit:
        again = unit.load(Note, note.id)
        again.extend("two")
        unit.save(again)

    with database.connection() as connection:
        rows = connection.execute(
            "SELECT * FROM event WHERE stream = %s ORDER BY version", (note.id,)
        ).fetchall()

    from eventsourcing.persistence import StoredEvent

    previous = GENESIS
    for row in rows:
        stored = StoredEvent(row["stream"], row["version"], row["topic"], bytes(row["state"]))
        previous = chain_hash(
            previous, stored, row["metadata"], row["occurred_at"], row["recorded_at"]
        )
        assert bytes(row["hash"]) == previous
    assert len(rows) == 3
    assert rows[0]["occurred_at"] == AT


def test_an_event_of_an_open_older_transaction_is_waited_for_and_not_skipped(
    event_log: EventLog,
) -> None:
    older, younger = Note.open(uuid4(), title="older"), Note.open(uuid4(), title="younger")
    with event_log.unit_of_work(BECAUSE) as unit:
        unit.execute("SELECT pg_current_xact_id()")  # from here on there is an older transaction
        unit.save(older)
        saved(event_log, younger)

        while_open = event_log.after(0, TOPICS, 10)

    assert while_open == []
    assert [e.event.title for e in event_log.after(0, TOPICS, 10)] == ["older", "younger"]


def test_a_follower_misses_nothing_while_many_write_and_some_roll_back(
    event_log: EventLog,
) -> None:
    per_writer, writers = 60, 4
    kept: list[str] = []
    lock = threading.Lock()

    def write(writer: int) -> None:
        for n in range(per_writer):
            title = f"{writer}-{n}"
            try:
                with event_log.unit_of_work(BECAUSE) as unit:
                    unit.save(Note.open(uuid4(), title=title))
                    if n % 3 == 0:
                        unit.execute("SELECT pg_current_xact_id(), pg_sleep(0.01)")
                    if n % 5 == 0:
                        raise InterruptedError
            except InterruptedError:
                continue
            with lock:
                kept.append(title)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    for thread in threads:
        thread.start()
    seen: list[str] = []
    position = 0
    while True:
        alive = any(thread.is_alive() for thread in threads)
        batch = event_log.after(position, TOPICS, 17)
        if batch:
            assert [e.position for e in batch] == sorted(e.position for e in batch)
            position = batch[-1].position
            seen += [e.event.title for e in batch]
        elif not alive:
            break

    assert sorted(seen) == sorted(kept)

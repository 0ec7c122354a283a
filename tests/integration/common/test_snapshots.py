"""Aggregates come back the same from events, from a snapshot and from memory."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

import pytest

from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.event_store import snapshots as module
from panjareh_common.event_store.snapshots import from_state, to_state
from tests.integration.common.notes import BECAUSE, Note

EVERY = 5


@pytest.fixture
def log(database: Database, keyring: Keyring) -> EventLog:
    return EventLog(database, keyring, snapshot_every=EVERY)


def another_process(log: EventLog) -> EventLog:
    """The same log with nothing in memory."""
    return EventLog(log.database, log.keyring, snapshot_every=EVERY)


def extended(log: EventLog, note_id: UUID, *texts: str) -> None:
    for text in texts:
        with log.unit_of_work(BECAUSE) as unit:
            note = unit.load(Note, note_id)
            note.extend(text)
            unit.save(note)


def opened(log: EventLog) -> Note:
    note = Note.open(uuid4(), secret="راز")
    with log.unit_of_work(BECAUSE) as unit:
        unit.save(note)
    return note


def loaded(log: EventLog, note_id: UUID) -> dict[str, Any]:
    with log.unit_of_work(BECAUSE) as unit:
        return to_state(unit.load(Note, note_id)) | {"version": unit.load(Note, note_id).version}


def stored(log: EventLog) -> list[tuple[Any, ...]]:
    return log.database.fetch("SELECT version, state, hash FROM snapshot ORDER BY version")


def test_a_snapshot_is_taken_every_so_many_events_and_replaces_the_last(log: EventLog) -> None:
    note = opened(log)

    extended(log, note.id, *map(str, range(12)))

    ((version, state, last_hash),) = stored(log)
    assert version == 10
    assert bytes(last_hash) == log.history(note.id)[9].hash
    assert "راز".encode() not in bytes(state)


def test_an_aggregate_is_the_same_with_and_without_snapshots(log: EventLog) -> None:
    note = opened(log)
    extended(log, note.id, *map(str, range(12)))
    without = EventLog(log.database, log.keyring, snapshot_every=1_000_000)

    with_snapshot = loaded(another_process(log), note.id)
    log.database.fetch("DELETE FROM snapshot RETURNING version")

    assert with_snapshot == loaded(without, note.id)
    assert with_snapshot["version"] == 13


def test_only_what_came_after_the_snapshot_is_read(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = opened(log)
    extended(log, note.id, *map(str, range(12)))
    other = another_process(log)
    opened_events: list[int] = []
    to_event = other.mapper.to_domain_event
    monkeypatch.setattr(
        other.mapper,
        "to_domain_event",
        lambda row: opened_events.append(row.originator_version) or to_event(row),
    )

    with other.unit_of_work(BECAUSE) as unit:
        unit.load(Note, note.id)

    assert opened_events == [11, 12, 13]


def test_the_chain_goes_on_from_a_snapshot(log: EventLog) -> None:
    note = opened(log)
    extended(log, note.id, *map(str, range(9)))

    extended(another_process(log), note.id, "after a cold start")

    assert_chained(log, note.id)


def assert_chained(log: EventLog, stream: UUID) -> None:
    from eventsourcing.persistence import StoredEvent

    from panjareh_common.event_store.log import GENESIS, chain_hash

    rows = log.database.fetch(
        "SELECT version, topic, state, metadata, occurred_at, recorded_at, hash"
        " FROM event WHERE stream = %s ORDER BY version",
        (stream,),
    )
    previous = GENESIS
    for version, topic, state, metadata, occurred, recorded, digest in rows:
        event = StoredEvent(stream, version, topic, bytes(state))
        previous = chain_hash(previous, event, metadata, occurred, recorded)
        assert bytes(digest) == previous


def test_what_others_wrote_meanwhile_is_seen_through_the_memory(log: EventLog) -> None:
    note = opened(log)
    extended(log, note.id, *map(str, range(40)))
    with log.unit_of_work(BECAUSE) as unit:
        unit.load(Note, note.id)
    assert log.memory.get(note.id) is not None

    extended(another_process(log), note.id, "theirs")

    extended(log, note.id, "ours")
    assert loaded(log, note.id)["texts"][-2:] == ["theirs", "ours"]
    assert_chained(log, note.id)


def test_what_a_command_did_and_did_not_commit_is_not_remembered(log: EventLog) -> None:
    note = opened(log)
    extended(log, note.id, *map(str, range(40)))

    with pytest.raises(InterruptedError), log.unit_of_work(BECAUSE) as unit:
        mine = unit.load(Note, note.id)
        mine.extend("never stored")
        unit.save(mine)
        raise InterruptedError

    assert loaded(log, note.id)["texts"][-1] == "39"


def test_an_erased_person_is_neither_in_a_snapshot_nor_in_memory(log: EventLog) -> None:
    note = opened(log)
    extended(log, note.id, *map(str, range(40)))

    log.keyring.erase(note.owner)
    log.forget(note.owner)

    for reader in (log, another_process(log)):
        again = loaded(reader, note.id)
        assert again["secret"] is None
        assert set(again["texts"]) == {None}


def test_a_snapshot_of_other_code_is_not_read(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = opened(log)
    extended(log, note.id, *map(str, range(12)))
    before = loaded(another_process(log), note.id)
    log.database.fetch("UPDATE snapshot SET taken_by = 'older code' RETURNING version")

    assert loaded(another_process(log), note.id) == before

    extended(log, note.id, *map(str, range(12, 20)))
    assert [version for version, *_ in stored(log)] == [20]


class Colour(Enum):
    RED = "red"


def test_every_kind_of_value_comes_back_as_it_was() -> None:
    note = Note.open(uuid4())
    held = {
        "colour": Colour.RED,
        "times": (datetime(2026, 3, 21, tzinfo=UTC), None),
        "ids": {uuid4()},
        "by_colour": {Colour.RED: [1, 2.5, True]},
        "frozen": frozenset({"a"}),
        "nested": {"_is": "a name like our tag", "list": [{"x": (1,)}]},
    }
    vars(note).update(held)

    again = from_state(Note, note.id, note.version, to_state(note))

    assert {name: vars(again)[name] for name in held} == held


def test_a_value_without_a_form_is_told_and_not_guessed() -> None:
    note = Note.open(uuid4())
    vars(note)["odd"] = object()

    with pytest.raises(TypeError, match="object"):
        to_state(note)


def test_the_fingerprint_follows_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    now = module.code_of.__wrapped__(Note)
    monkeypatch.setattr(module.inspect, "getsource", lambda _: "changed")

    assert module.code_of.__wrapped__(Note) != now

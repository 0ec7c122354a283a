"""What a killed process was at: a command, a batch of a follower, a wait come due. A listener has its own file,
as its process must begin with green threads.

Each scene opens what a process of a service opens, does its piece of work, and gives its answer. Played again
with the same place it does what a fresh process would: whatever is left.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg

from panjareh_common.database import Database
from panjareh_common.due import Due, DueWorker
from panjareh_common.event_store import Cause, EventLog, Keyring, UnitOfWork
from panjareh_common.following import Follower, Found, Lease, follow
from panjareh_common.idempotency import answer_once
from panjareh_common.messaging.rabbit import RabbitBroker
from panjareh_common.messaging.relay import Relay
from panjareh_common.projection import PARTS, Event, Projection, ProjectionFollower, Row
from panjareh_common.rebuild import rebuild
from tests.faults.core.interleaving import HELD
from tests.faults.core.ours import Journal
from tests.integration.common.notes import AT, Note

SEALING_KEY = bytes(32)
WRITTEN, LISTENER = "test_written.v1", "on_written"
KIND, BEGUN, OPENED = "write it", "begun before", "opened"
CROWD = 6
HOLD = timedelta(seconds=31)  # longer than a wait is held for whoever took it

TABLES = """
CREATE TABLE note_view (stream uuid PRIMARY KEY, title text NOT NULL UNIQUE, version integer NOT NULL);
CREATE TABLE tried (message_id text NOT NULL);

-- Commands of a crowd take so long at the server that others have to wait for their turn.
CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep(0.005);
    RETURN NEW;
END $$;
CREATE TRIGGER crowds_take_time BEFORE INSERT ON note_view FOR EACH ROW
    WHEN (NEW.title LIKE '%-_') EXECUTE FUNCTION take_time();

CREATE TABLE tally (stream uuid PRIMARY KEY, events bigint NOT NULL);
"""
_VIEW = """
INSERT INTO note_view SELECT * FROM jsonb_populate_recordset(NULL::note_view, %s)
ON CONFLICT (stream) DO UPDATE SET title = excluded.title, version = excluded.version
"""
Answer = Callable[[str, Any], None]
"""Says that something that was asked for by a name is done, as the process would to its caller."""


@dataclass(frozen=True)
class Place:
    """Where a scene plays: a database, a broker, and what the run is about."""

    url: str
    amqp_url: str
    run: str
    caller: str
    stream: str
    round: int = 0
    """How many processes have been killed at it before."""

    @property
    def id(self) -> UUID:
        return UUID(self.stream)


def because(run: str) -> Cause:
    """The cause of everything that a run stores."""
    return Cause("tester", "service", "test", cause=run)


@contextmanager
def opened(place: Place) -> Iterator[EventLog]:
    database = Database(place.url, size=4)
    database.open()
    yield EventLog(database, Keyring(SEALING_KEY, database))


def command(place: Place, answer: Answer) -> None:
    """A command with a key: two aggregates, a view row, one wait begun and one ended."""
    with opened(place) as log:
        _command(log, place, place.run, answer)


def command_in_a_transaction(place: Place, answer: Answer) -> None:
    """The same where something has to be looked at under a lock: several statements, one transaction."""

    def look(unit: UnitOfWork) -> None:
        unit.execute("SELECT value FROM log_offset FOR SHARE")

    with opened(place) as log:
        _command(log, place, place.run, answer, look)


def crowd(place: Place, answer: Answer) -> None:
    """Many commands at once in one process, which may share a commit."""
    with opened(place) as log, ThreadPoolExecutor(CROWD) as pool:
        together = threading.Barrier(CROWD)

        def one(key: str) -> None:
            together.wait(20)
            _command(log, place, key, answer)

        list(pool.map(one, keys_of(place)))


def command_in_flight(place: Place, answer: Answer) -> None:
    """A command whose process dies while the server is at it."""
    _die_when_held(place, 1)
    command(place, answer)


def crowd_in_flight(place: Place, answer: Answer) -> None:
    """The same of many: some are at the server, the others wait for their turn."""
    _die_when_held(place, 2)
    crowd(place, answer)


def _die_when_held(place: Place, number: int) -> None:
    def watch() -> None:
        with psycopg.connect(place.url, autocommit=True) as connection:
            while connection.execute(HELD).fetchone() != (number,):
                continue
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def keys_of(place: Place) -> list[str]:
    return [f"{place.run}-{n}" for n in range(CROWD)]


def _command(
    log: EventLog,
    place: Place,
    key: str,
    answer: Answer,
    first: Callable[[UnitOfWork], None] = lambda unit: None,
) -> None:
    def work(unit: UnitOfWork) -> dict[str, Any]:
        first(unit)
        note = Note.open(UUID(place.caller), title=key)
        note.extend("more")
        unit.save(note)
        journal = Journal.begin(key)
        unit.save(journal)
        unit.write(_VIEW, {"stream": note.id, "title": note.title, "version": note.version})
        unit.wait_until(AT, OPENED, UUID(place.caller), key)
        unit.done(BEGUN, UUID(place.caller), key)
        return {"note": str(note.id), "journal": str(journal.id)}

    done = answer_once(
        log,
        because(key),
        caller=UUID(place.caller),
        method="open",
        key=key,
        request={"title": key},
        language="en",
        work=work,
    )
    answer(key, done)


def write(place: Place, answer: Answer) -> None:
    """A command whose event others want to know of."""

    def work(unit: UnitOfWork) -> dict[str, str]:
        journal = Journal.begin(place.run)
        journal.write(place.run)
        unit.save(journal)
        return {"journal": str(journal.id)}

    with opened(place) as log:
        done = answer_once(
            log,
            because(place.run),
            caller=UUID(place.caller),
            method="write",
            key=place.run,
            request={"name": place.run},
            language="en",
            work=work,
        )
        answer(place.run, done["journal"])


class Telling(Relay):
    batch = 2

    def __init__(self, broker: RabbitBroker) -> None:
        super().__init__("tests", {Journal.Written: (WRITTEN, _public)}, broker)


def _public(written: Journal.Written) -> dict[str, str]:
    return {"name": written.name}


class Tally(Projection):
    """How many events each stream has. A sum: an event that counted twice would show."""

    name = "tests.tally"
    table = "tally"
    topics = (Journal.Begun.TOPIC, Journal.Written.TOPIC)
    reads = ()

    def fold(self, rows: dict[Any, Row], events: Iterable[Event]) -> None:
        for event in events:
            row = rows.setdefault(event.stream, {"stream": event.stream, "events": 0})
            row["events"] += 1


class Tallying(ProjectionFollower):
    batch = 2 * PARTS  # two of each part

    def __init__(self) -> None:
        super().__init__(Tally())


def relay(place: Place, answer: Answer) -> None:
    """A relay process, from its lease to the broker's confirm."""
    broker = RabbitBroker(place.amqp_url)
    _follow(place, Telling(broker))
    broker.close()
    answer(place.run, "caught up")


def projection(place: Place, answer: Answer) -> None:
    """A projection process."""
    _follow(place, Tallying())
    answer(place.run, "caught up")


def _follow(place: Place, follower: Follower) -> None:
    """Follows, as its process does, until a look finds nothing new."""
    stop = threading.Event()
    found = 0
    read, settle = follower.read, follower.settle

    def count(event_log: EventLog, positions: Mapping[str, int]) -> Found:
        nonlocal found
        looked = read(event_log, positions)
        found += len(looked.events)
        return looked

    def stop_when_idle(*, leaving: bool = False) -> None:
        nonlocal found
        settle(leaving=leaving)
        if found == 0:
            stop.set()
        found = 0

    follower.read, follower.settle = count, stop_when_idle  # type: ignore[method-assign]
    with opened(place) as log:
        follow(log, follower, Lease(place.url, *follower.places), stop)


def rebuilding(place: Place, answer: Answer) -> None:
    """A view made again, in many short transactions."""
    rebuild(place.url, Tally(), batch=10)
    answer(place.run, "rebuilt")


def due(place: Place, answer: Answer) -> None:
    """A clock process: takes a wait, does it, ends it."""
    with opened(place) as log:

        def write(due: Due) -> None:
            def work(unit: UnitOfWork) -> None:
                journal = unit.load(Journal, due.subject)
                if due.detail not in journal.names:
                    journal.write(due.detail)
                    unit.save(journal)
                unit.done(due.kind, due.subject, due.detail)

            log.run(due.cause, work)

        clock = AT + HOLD * place.round
        DueWorker(log.database, {KIND: write}, lambda: clock).run_due()
        answer(place.run, "done")


SCENES: dict[str, Callable[[Place, Answer], None]] = {
    scene.__name__: scene
    for scene in (
        command,
        command_in_a_transaction,
        command_in_flight,
        crowd,
        crowd_in_flight,
        write,
        relay,
        projection,
        rebuilding,
        due,
    )
}

"""Two projections of notes, what must come of them, and a process that keeps them: `python -m tests.integration.common.projecting URL`."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg

from panjareh_common.database import Connection, Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.following import Follower, Lease, follow
from panjareh_common.process import ready, stop_on_signal
from panjareh_common.projection import Event, Projection, ProjectionFollower, Row, topics_of
from tests.integration.common.notes import AT, BECAUSE, Note

TABLES = """
CREATE TABLE note (note_id uuid PRIMARY KEY, owner uuid NOT NULL, title text NOT NULL,
                   texts integer NOT NULL, told jsonb, version integer NOT NULL);
CREATE TABLE tally (topic text, minute timestamptz, number bigint NOT NULL, PRIMARY KEY (topic, minute));
CREATE TABLE applied (pid integer NOT NULL, stream uuid NOT NULL, version integer NOT NULL,
                      PRIMARY KEY (stream, version));
"""


class NoteRows(Projection):
    """A row for each note."""

    name = "notes.note"
    table = "note"
    version = "version"
    topics = topics_of(Note)
    reads = (Note.Opened.TOPIC,)

    def fold(self, rows: dict[Any, Row], events: Iterable[Event]) -> None:
        for event in events:
            if event.topic == Note.Opened.TOPIC:
                rows[event.stream] = {
                    "note_id": event.stream,
                    "owner": event.fields["owner"],
                    "title": event.fields["title"],
                    "texts": 0,
                    "told": {"secret": event.fields["secret"]},
                }
            else:
                rows[event.stream]["texts"] += 1
            rows[event.stream]["version"] = event.version


class Tally(Projection):
    """How often each thing happened in each minute."""

    name = "notes.tally"
    table = "tally"
    topics = topics_of(Note)
    reads = ()

    def fold(self, rows: dict[Any, Row], events: Iterable[Event]) -> None:
        for event in events:
            minute = event.occurred_at.replace(second=0, microsecond=0)
            row = rows.setdefault(
                (event.topic, minute), {"topic": event.topic, "minute": minute, "number": 0}
            )
            row["number"] += 1


class Noting(ProjectionFollower):
    """Notes down which process applied what, in the same commit: an event applied twice is refused."""

    def apply(self, connection: Connection, events: Sequence[Event]) -> None:
        super().apply(connection, events)
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO applied (pid, stream, version) VALUES (%s, %s, %s)",
                [(os.getpid(), event.stream, event.version) for event in events],
            )


def make_tables(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(TABLES)


def write(event_log: EventLog, *texts: int) -> list[int]:
    """A note with so many texts each, of which the secrets stay sealed; gives the last positions."""
    last = []
    for number in texts:
        note = Note.open(uuid4(), title=f"{number} texts")
        for _ in range(number):
            note.extend("private")
        with event_log.unit_of_work(BECAUSE) as unit:
            unit.save(note)
        last.append(unit.saved[-1].position)
    return last


def extend(event_log: EventLog, stream: UUID) -> None:
    def work(unit: Any) -> None:
        note = unit.load(Note, stream)
        note.extend("more")
        unit.save(note)

    event_log.run(BECAUSE, work)


def streams(event_log: EventLog) -> list[UUID]:
    found = event_log.database.fetch("SELECT DISTINCT stream FROM event ORDER BY stream")
    return [stream for (stream,) in found]


def notes(event_log: EventLog) -> dict[UUID, tuple[Any, ...]]:
    """What the table of notes must hold: every aggregate replayed by the library."""
    rows = {}
    for stream in streams(event_log):
        note: Any = None
        for recorded in event_log.history(stream):
            note = recorded.event.mutate(note)
        texts = len(note.texts)
        rows[stream] = (stream, note.owner, note.title, texts, {"secret": None}, note.version)
    return rows


def table(event_log: EventLog) -> dict[UUID, tuple[Any, ...]]:
    return {
        row[0]: row
        for row in event_log.database.fetch(
            "SELECT note_id, owner, title, texts, told, version FROM note"
        )
    }


def sums(event_log: EventLog) -> list[tuple[Any, ...]]:
    return event_log.database.fetch("SELECT topic, minute, number FROM tally ORDER BY topic")


def tally(event_log: EventLog) -> list[tuple[Any, ...]]:
    """What the table of sums must hold."""
    counted = event_log.database.fetch(
        "SELECT topic, count(*) FROM event GROUP BY topic ORDER BY topic"
    )
    return [(topic, AT, number) for topic, number in counted]


class Small(ProjectionFollower):
    batch = 32  # two of each part at a time


@contextmanager
def following(
    event_log: EventLog, url: str, followers: Sequence[Follower]
) -> Iterator[threading.Event]:
    stop = threading.Event()
    with ThreadPoolExecutor(len(followers)) as pool:
        running = [
            pool.submit(follow, event_log, each, Lease(url, *each.places), stop)
            for each in followers
        ]
        try:
            yield stop
        finally:
            stop.set()
        for each in running:
            each.result(30)


def main(url: str) -> None:
    stop: threading.Event = stop_on_signal()
    database = Database(url)
    database.open()
    follower = Noting(NoteRows())
    follow(
        EventLog(database, Keyring(b"k" * 32, database)),
        follower,
        Lease(url, *follower.places),
        stop,
        ready,
    )
    database.close()


if __name__ == "__main__":
    main(sys.argv[1])

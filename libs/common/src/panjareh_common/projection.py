"""Views made from the log: a batch is folded in memory, then rows and position are stored in one commit.

A projection says how events become rows and knows nothing else. `ProjectionFollower` keeps its table
up to date; `panjareh_common.rebuild` makes the table again (docs/decisions/0013).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.domain import Aggregate
from eventsourcing.utils import get_topic
from psycopg.rows import dict_row, tuple_row

from panjareh_common.database import Connection
from panjareh_common.event_store.append import HORIZON
from panjareh_common.event_store.log import EventLog
from panjareh_common.event_store.mapper import fields_of
from panjareh_common.following import CannotGoOn, Follower, Found

Row = dict[str, Any]

PARTS = 16
"""The log is partitioned by the hash of the stream, for ever: `event_p00` to `event_p15`."""

_BATCH = 2_000

_NEXT = """
(SELECT {part}, stream, version, position, topic, CASE WHEN topic = ANY(%(reads)s) THEN state END, occurred_at
 FROM event_p{part:02d}
 WHERE position > %(after_{part})s AND position < {below} AND topic = ANY(%(topics)s)
 ORDER BY position LIMIT %(limit)s)
"""
_BETWEEN = """
SELECT NULL, stream, version, position, topic, CASE WHEN topic = ANY(%s) THEN state END, occurred_at
FROM unnest(%s::uuid[], %s::integer[], %s::integer[]) AS gap (of, after, before)
JOIN event ON stream = of AND version > after AND version < before
"""
_COLUMNS = """
SELECT attribute.attname, COALESCE(attribute.attnum = ANY(key.indkey::smallint[]), false)
FROM pg_attribute AS attribute
LEFT JOIN pg_index AS key ON key.indrelid = attribute.attrelid AND key.indisprimary
WHERE attribute.attrelid = %s::regclass AND attribute.attnum > 0 AND NOT attribute.attisdropped
ORDER BY attribute.attnum
"""


class Event(NamedTuple):
    """An event as a projection sees it: nothing in it needed a key.

    `fields` holds what is not sealed; it is empty where the projection does not read the topic.
    """

    stream: UUID
    version: int
    position: int
    topic: str
    occurred_at: datetime
    fields: Mapping[str, Any]


class Projection:
    """How events become the rows of a table.

    `name` keys how far it has come, so it must not change between releases. Events of `topics` are
    folded; of those, the fields of `reads` are decoded.

    With `version` there is one row a stream, under its id, and that column holds the version it shows:
    no row is ever overwritten by an older one, and `topics` must be all that such a stream can have.
    Without, rows are sums: what a batch gives is added to what stands there.
    """

    name: str
    table: str
    topics: Sequence[str]
    reads: Collection[str]
    version: str | None = None

    def fold(self, rows: dict[Any, Row], events: Iterable[Event]) -> None:
        """Pure: changes `rows`, nothing else, by events in order.

        With `version`, `rows` holds the row of each stream that has one; without it is empty, and its
        keys are the projection's own affair.
        """
        raise NotImplementedError


def topics_of(kind: type[Aggregate]) -> tuple[str, ...]:
    """Every topic that streams of one kind of aggregate can have."""
    events = [each for each in vars(kind).values() if isinstance(each, type)]
    return tuple(dict.fromkeys(get_topic(each) for each in events if hasattr(each, "TOPIC")))


class ViewTable:
    """The table of a projection, or one of the same form that is being made beside it."""

    def __init__(self, connection: Connection, projection: Projection, table: str) -> None:
        self._projection = projection
        with connection.cursor(row_factory=tuple_row) as cursor:
            columns = cursor.execute(_COLUMNS, (table,)).fetchall()
        self._columns = [name for name, _ in columns]
        self._key = [name for name, is_key in columns if is_key]
        key, version = ", ".join(self._key), projection.version
        others = [name for name in self._columns if name not in self._key]
        if version is None:
            changes = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in others)
            guard = ""
        else:
            changes = ", ".join(f"{name} = excluded.{name}" for name in others)
            guard = f" WHERE {table}.{version} < excluded.{version}"
        # Sorted, so that workers which add to the same rows wait for each other in one order.
        self._upsert = (
            f"INSERT INTO {table} ({', '.join(self._columns)})"
            f" SELECT {', '.join(self._columns)} FROM jsonb_populate_recordset(NULL::{table}, %s)"
            f" ORDER BY {key} ON CONFLICT ({key}) DO UPDATE SET {changes}{guard}"
        )
        self._load = f"SELECT * FROM {table} WHERE {key} = ANY(%s)"
        self._copy = f"COPY {table} ({', '.join(self._columns)}) FROM STDIN"

    def take(self, connection: Connection, events: Sequence[Event]) -> int:
        """Folds events into the rows that stand there; how many rows that touched.

        Raises CannotGoOn when an event is missing between a row and what comes next.
        """
        rows: dict[Any, Row] = {}
        before: dict[UUID, int] = {}
        version = self._projection.version
        if version is not None:
            with connection.cursor(row_factory=dict_row, binary=True) as cursor:
                streams = list({event.stream for event in events})
                rows = {row[self._key[0]]: row for row in cursor.execute(self._load, (streams,))}
            before = {stream: row[version] for stream, row in rows.items()}
            events = self._whole(connection, before, events)
        rows = fold(self._projection, rows, before, events)
        self.store(connection, rows.values())
        return len(rows)

    def _whole(
        self, connection: Connection, before: Mapping[UUID, int], events: Sequence[Event]
    ) -> list[Event]:
        """Events in the order of versions, each stream without a gap where the log has none.

        A transaction that had its number before it looked may store what follows from an event at a
        lower position than that one. What was looked at is committed, so it can be fetched.
        """
        ordered = sorted(events, key=lambda event: event.version)
        last = dict(before)
        gaps: list[tuple[UUID, int, int]] = []
        for event in ordered:
            known = last.get(event.stream, 0)
            if event.version > known + 1:
                gaps.append((event.stream, known, event.version))
            last[event.stream] = max(known, event.version)
        if gaps:
            columns = [list(column) for column in zip(*gaps, strict=True)]
            with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
                cursor.execute(_BETWEEN, [list(self._projection.reads), *columns])
                ordered += to_events(cursor.fetchall())
            ordered.sort(key=lambda event: event.version)
        return ordered

    def store(self, connection: Connection, rows: Collection[Row]) -> None:
        """Writes rows over older ones, or adds them up, in one statement."""
        if rows:
            values = json.dumps(list(rows), default=_plain, ensure_ascii=False)
            connection.execute(self._upsert, (values,))

    def copy(self, connection: Connection, rows: Iterable[Row]) -> None:
        """Writes rows that are not there yet, the fast way."""
        with connection.cursor() as cursor, cursor.copy(self._copy) as copy:
            for row in rows:
                copy.write_row([row.get(name) for name in self._columns])


def fold(
    projection: Projection,
    rows: dict[Any, Row],
    before: dict[UUID, int],
    events: Iterable[Event],
) -> dict[Any, Row]:
    """The rows after some events. `before`: which version each row shows. Raises CannotGoOn."""
    projection.fold(rows, events if projection.version is None else _unseen(before, events))
    return rows


def _unseen(seen: dict[UUID, int], events: Iterable[Event]) -> Iterator[Event]:
    for event in events:
        last = seen.get(event.stream, 0)
        if event.version <= last:
            continue
        if event.version != last + 1:
            raise CannotGoOn(f"{event.stream}: version {event.version} came after {last}")
        seen[event.stream] = event.version
        yield event


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


class Page(NamedTuple):
    """Events; of each part that has any, the position of the last one and how many they are; the parts
    that may have more.
    """

    events: list[Event]
    last: dict[int, int]
    counts: dict[int, int]
    more: set[int]


class Reader:
    """Reads some parts of the log for a projection, each from a position of its own."""

    def __init__(self, projection: Projection, parts: Sequence[int], *, below: str) -> None:
        """`below` is SQL: only events at lower positions are read."""
        self._projection = projection
        self._query = "UNION ALL".join(_NEXT.format(part=part, below=below) for part in parts)

    def read(self, connection: Connection, after: Mapping[int, int], limit: int) -> Page:
        """Events after a position in each part, in order within a part, at most `limit` of each."""
        projection = self._projection
        parameters: dict[str, Any] = {f"after_{part}": at for part, at in after.items()}
        parameters |= {"reads": list(projection.reads), "topics": list(projection.topics)}
        with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            query = cursor.execute(self._query, parameters | {"limit": limit}, prepare=True)
            rows = query.fetchall()
        last = {row[0]: row[3] for row in rows}
        counts = Counter(row[0] for row in rows)
        more = {part for part in last if counts[part] == limit}
        return Page(to_events(rows), last, dict(counts), more)


def to_events(rows: Iterable[tuple[Any, ...]]) -> list[Event]:
    """Rows of (part, stream, version, position, topic, state, occurred_at) as events."""
    return [
        Event(
            stream,
            version,
            position,
            topic,
            occurred_at,
            {} if state is None else fields_of(topic, state),
        )
        for _, stream, version, position, topic, state, occurred_at in rows
    ]


class ProjectionFollower(Follower):
    """Keeps a projection's table up to date: one of `of` workers, each for its share of the streams.

    Positions are kept for each part of the log, so the number of workers may change at any time.
    """

    batch = _BATCH

    def __init__(self, projection: Projection, share: int = 0, of: int = 1) -> None:
        self.projection = projection
        self.name = projection.name if of == 1 else f"{projection.name}/{share}-of-{of}"
        self.topics = projection.topics
        self._parts = {place_of(projection, part): part for part in range(share, PARTS, of)}
        self._reader = Reader(projection, list(self._parts.values()), below=HORIZON)
        self._table: ViewTable | None = None

    @property
    def places(self) -> Sequence[str]:
        return tuple(self._parts)

    def unread(self) -> Sequence[tuple[str, str]]:
        return [(place, f"event_p{part:02d}") for place, part in self._parts.items()]

    def read(self, event_log: EventLog, positions: Mapping[str, int]) -> Found:
        after = {part: positions[place] for place, part in self._parts.items()}
        limit = max(1, self.batch // len(after))
        with event_log.database.connection() as connection:
            page = self._reader.read(connection, after, limit)
        places = {part: place for place, part in self._parts.items()}
        last = {places[part]: position for part, position in page.last.items()}
        return Found(page.events, last, {places[part] for part in page.more})

    def apply(self, connection: Connection, events: Sequence[Event]) -> None:
        if self._table is None:
            self._table = ViewTable(connection, self.projection, self.projection.table)
        self._table.take(connection, events)


def place_of(projection: Projection, part: int) -> str:
    """The row of `follower` that says how far a projection has come in one part of the log."""
    return f"{projection.name}/{part:02d}"

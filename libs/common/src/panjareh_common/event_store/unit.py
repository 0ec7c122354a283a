"""The unit of work: everything one command changes, stored in one commit.

It collects. Until the commit nothing is sent and no transaction lies open: what is read is read at
once, what is written goes in one statement at the end. A command that has to see its own writes
first (`execute`) opens a transaction and pays for it in round trips.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

import psycopg
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import StoredEvent
from eventsourcing.utils import get_topic
from psycopg.rows import tuple_row

from panjareh_common.database import Connection
from panjareh_common.event_store.append import Append, Row, VersionTaken, store
from panjareh_common.event_store.log import (
    GENESIS,
    Cause,
    EventLog,
    RecordedEvent,
    canonical,
    link,
)
from panjareh_common.event_store.sealing import Owners, PersonErased
from panjareh_common.event_store.snapshots import code_of, from_state, to_state
from panjareh_common.refusals import NotFound

A = TypeVar("A", bound=Aggregate)

_LONG = 16  # replaying fewer events than this costs less than remembering them

_SINCE = """
SELECT version, topic, state, hash, NULL, false AS is_snapshot FROM event
WHERE stream = %s AND version > %s ORDER BY version
"""
# The newest snapshot that is ours to read, and what came after it, in one round trip.
_FROM_SNAPSHOT = """
WITH newest AS (
    SELECT version, topic, state, hash, person_id, true AS is_snapshot FROM snapshot
    WHERE stream = %(stream)s AND taken_by = %(code)s ORDER BY version DESC LIMIT 1
)
SELECT * FROM newest
UNION ALL
(SELECT version, topic, state, hash, NULL, false FROM event
 WHERE stream = %(stream)s AND version > COALESCE((SELECT version FROM newest), 0) ORDER BY version)
"""
_HANDLED = "SELECT 1 FROM inbox WHERE listener = %s AND message_id = %s"

_YOUNGER = """
SELECT 1 FROM unnest(%s::uuid[], %s::integer[]) AS built_on (stream, version)
JOIN event USING (stream, version) WHERE event.position > %s LIMIT 1
"""

_INBOX = """
INSERT INTO inbox (listener, message_id)
SELECT listener, message_id FROM jsonb_populate_recordset(NULL::inbox, %s)
"""
_SNAPSHOT = """
INSERT INTO snapshot SELECT * FROM jsonb_populate_recordset(NULL::snapshot, %s)
ON CONFLICT (stream, version) DO UPDATE SET
    topic = excluded.topic, state = excluded.state, person_id = excluded.person_id,
    hash = excluded.hash, taken_by = excluded.taken_by
"""
_OLDER_SNAPSHOTS = """
DELETE FROM snapshot USING jsonb_populate_recordset(NULL::snapshot, %s) AS newer
WHERE snapshot.stream = newer.stream AND snapshot.version < newer.version
"""
_WAIT = """
INSERT INTO due (kind, subject, detail, due_at, metadata)
SELECT kind, subject, detail, due_at, metadata FROM jsonb_populate_recordset(NULL::due, %s)
ON CONFLICT (kind, subject, detail) DO UPDATE SET due_at = LEAST(due.due_at, excluded.due_at)
"""
_DONE = """
DELETE FROM due USING jsonb_populate_recordset(NULL::due, %s) AS over
WHERE (due.kind, due.subject, due.detail) = (over.kind, over.subject, over.detail)
"""


class UnitOfWork:
    """Everything one command changes.

    `saved` holds what was recorded, in order; positions are known after the commit. `now` is the
    moment of the whole unit. `tries` counts how often its work was begun; above 1, another writer was first.
    """

    def __init__(self, log: EventLog, cause: Cause, tries: int = 1) -> None:
        self.cause = cause
        self.tries = tries
        self.now: datetime = log.clock()
        self.saved: list[RecordedEvent] = []
        self._log = log
        self._append = Append()
        self._waits: dict[tuple[str, UUID, str], dict[str, Any] | None] = {}
        self._heads: dict[UUID, bytes] = {}
        self._replayed: dict[UUID, int] = {}
        self._until: dict[UUID, float] = {}  # when what was loaded must be forgotten
        self._touched: dict[UUID, Aggregate] = {}
        self._transaction = ExitStack()
        self._connection: Connection | None = None

    # Reading

    def load(self, kind: type[A], stream: UUID) -> A:
        """The aggregate as of its last event. Raises NotFound."""
        aggregate = self.find(kind, stream)
        if aggregate is None:
            raise NotFound()
        return aggregate

    def find(self, kind: type[A], stream: UUID) -> A | None:
        self._until[stream] = self._log.memory.expiry()
        remembered = self._log.memory.get(stream)
        aggregate: Aggregate | None = None
        if remembered is not None:
            aggregate, self._heads[stream], self._until[stream] = remembered
            rows = self._read(_SINCE, (stream, aggregate.version))
            self._replayed[stream] = _LONG
        else:
            rows = self._read(_FROM_SNAPSHOT, {"stream": stream, "code": code_of(kind)})
            from_snapshot = bool(rows) and rows[0][5]
            if from_snapshot:
                aggregate = self._from_snapshot(kind, stream, rows.pop(0))
                if aggregate is None:
                    rows = self._read(_SINCE, (stream, 0))
            self._replayed[stream] = _LONG if from_snapshot else len(rows)
        for version, topic, state, digest, *_ in rows:
            stored = StoredEvent(stream, version, topic, state)
            aggregate = cast(Any, self._log.mapper.to_domain_event(stored)).mutate(aggregate)
            self._heads[stream] = digest
        return aggregate if isinstance(aggregate, kind) else None

    def _from_snapshot(self, kind: type[A], stream: UUID, row: tuple[Any, ...]) -> Aggregate | None:
        """None when the person was erased since; what is left of them is in the events."""
        version, _, box, digest, owner, _ = row
        state = self._log.keyring.open(owner, box, _snapshot_context(stream, version))
        if state is None:
            return None
        self._heads[stream] = digest
        return from_state(kind, stream, version, state)

    def _read(
        self, query: str, parameters: Sequence[Any] | Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        if self._connection is None:
            return self._log.database.fetch(query, parameters)
        with self._connection.cursor(row_factory=tuple_row) as cursor:
            return cursor.execute(query, parameters).fetchall()

    def fetch(
        self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[dict[str, Any]]:
        """What a query finds now; it does not see what this unit is about to write."""
        if self._connection is None:
            with self._log.database.connection() as connection:
                return connection.execute(query, parameters).fetchall()
        return self._connection.execute(query, parameters).fetchall()

    # Writing

    def save(self, *aggregates: Aggregate) -> list[RecordedEvent]:
        """Takes what the aggregates decided into the commit."""
        first = len(self.saved)
        metadata = self.cause.to_metadata()
        text = canonical(metadata)
        for aggregate in aggregates:
            before = aggregate.version - len(aggregate.pending_events)
            self._take(aggregate, metadata, text)
            if aggregate.version // self._log.snapshot_every > before // self._log.snapshot_every:
                self._snapshot(aggregate)
        return self.saved[first:]

    def _take(self, aggregate: Aggregate, metadata: dict[str, str], text: str) -> None:
        person_id = cast(Any, aggregate).person_id
        stream = aggregate.id
        owners_of = getattr(aggregate, "owners_of", _nobody_else)
        for event in aggregate.collect_events():
            stored = self._log.mapper.to_stored(event, person_id, owners_of(event))
            digest = link(self._head(stream, stored), stored, text, event.timestamp, self.now)
            self._heads[stream] = digest
            version, topic = stored.originator_version, stored.topic
            self._append.rows.append(
                Row(stream, version, topic, stored.state, text, event.timestamp, self.now, digest)
            )
            self.saved.append(
                RecordedEvent(
                    stream, version, 0, topic, metadata, event.timestamp, self.now, digest, event
                )
            )
            self._touched[stream] = aggregate

    def _head(self, stream: UUID, stored: StoredEvent) -> bytes:
        """The hash that the next event of a stream builds on."""
        head = self._heads.get(stream)
        if head is None:
            if stored.originator_version > 1:
                raise ValueError(f"{stored.topic} of an aggregate that this unit did not load")
            head = GENESIS
        return head

    def _snapshot(self, aggregate: Aggregate) -> None:
        if len(getattr(aggregate, "person_ids", ())) > 1:
            return  # it would be under one key, and outlive the others
        owner = cast(Any, aggregate).person_id
        context = _snapshot_context(aggregate.id, aggregate.version)
        try:
            box = self._log.keyring.seal(owner, to_state(aggregate), context)
        except PersonErased:
            return
        row = {
            "stream": aggregate.id,
            "version": aggregate.version,
            "topic": get_topic(type(aggregate)),
            "state": box,
            "person_id": owner,
            "hash": self._heads[aggregate.id],
            "taken_by": code_of(type(aggregate)),
        }
        self.write(_SNAPSHOT, row)
        self.write(_OLDER_SNAPSHOTS, row)

    def write(self, sql: str, *rows: Mapping[str, Any]) -> None:
        """Takes rows of a view into the commit. See Append for what the statement looks like."""
        if rows:
            self._append.writes.setdefault(sql, []).extend(rows)

    def first_time(self, listener: str, message_id: str) -> bool:
        """Takes a message into the inbox; False when this listener had handled it before."""
        if self._read(_HANDLED, (listener, message_id)):
            return False
        self.write(_INBOX, {"listener": listener, "message_id": message_id})
        return True

    def wait_until(
        self,
        due_at: datetime,
        kind: str,
        subject: UUID,
        detail: str = "",
        *,
        cause: Cause | None = None,
    ) -> None:
        """Stores a wait: the clock process does `kind` about `subject` when its time has come."""
        metadata = (cause or self.cause).to_metadata()
        if waits := self._waits.get((kind, subject, detail)):
            due_at = min(due_at, waits["due_at"])
        self._waits[kind, subject, detail] = {"due_at": due_at, "metadata": metadata}

    def done(self, kind: str, subject: UUID, detail: str = "") -> None:
        """Ends a wait; in the same commit as what it was for."""
        self._waits[kind, subject, detail] = None

    def execute(
        self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> psycopg.Cursor[dict[str, Any]]:
        """One statement at once, in a transaction that the whole unit then shares."""
        return self.connection.execute(sql, parameters)

    @property
    def connection(self) -> Connection:
        """The unit's transaction, begun by the first who asks for it."""
        if self._connection is None:
            self._connection = self._transaction.enter_context(self._log.database.transaction())
        return self._connection

    # The end

    def discard(self) -> None:
        """Forgets what was to be stored; what `execute` did is rolled back."""
        self._append, self._waits = Append(), {}
        self.saved.clear()
        self._touched.clear()
        if self._connection is not None:
            self._connection.execute("ROLLBACK")
            self._connection.execute("BEGIN")

    @property
    def pending(self) -> Append:
        """What the commit will store."""
        self._write_waits()
        return self._append

    def commit(self) -> None:
        """Stores everything. Raises VersionTaken when another writer was first; nothing is stored then."""
        append = self.pending
        if self._connection is not None:
            if append:
                self._placed(store(self._connection, append))
                self._check_order(self._connection)
            self._connection = None
            self._transaction.close()
        elif append:
            self._placed(self._log.committer.commit(append))
        for stream, aggregate in self._touched.items():
            if self._replayed.get(stream, 0) >= _LONG and not aggregate.pending_events:
                self._log.memory.put(aggregate, self._heads[stream], self._until[stream])

    def _check_order(self, connection: Connection) -> None:
        """A transaction that wrote before it loaded is older than what it may have loaded.

        Its positions would lie before those of the versions it builds on, and be published first.
        Raises VersionTaken; the next try gets a younger transaction.
        """
        first = {row.stream: row.version - 1 for row in reversed(self.saved)}
        # A stream that begins here builds on nothing, however many of its events there are.
        built_on = {stream: version for stream, version in first.items() if version}
        if built_on:
            parameters = (list(built_on), list(built_on.values()), self.saved[0].position)
            if connection.execute(_YOUNGER, parameters).fetchone():
                raise VersionTaken()

    def close(self) -> None:
        """Rolls back a transaction that was not committed."""
        if self._connection is not None:
            self._connection = None
            self._transaction.__exit__(RuntimeError, RuntimeError("not committed"), None)

    def _write_waits(self) -> None:
        for (kind, subject, detail), wait in self._waits.items():
            key = {"kind": kind, "subject": subject, "detail": detail}
            if wait is None:
                self.write(_DONE, key)
            else:
                self.write(_WAIT, key | wait)
        self._waits = {}

    def _placed(self, positions: list[int]) -> None:
        self.saved[:] = [
            row._replace(position=position)
            for row, position in zip(self.saved, positions, strict=True)
        ]


def _nobody_else(event: object) -> Mapping[str, Owners]:
    """Of an aggregate that holds nobody's data, or one person's only."""
    return {}


def _snapshot_context(stream: UUID, version: int) -> str:
    return f"snapshot/{stream}/{version}"

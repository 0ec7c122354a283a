"""A service's event log, and the unit of work: the one way to change it.

Events, inline view rows, the inbox row of the message handled and the idempotency row share one
commit (design rule 2).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

import psycopg
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import StoredEvent
from psycopg.types.json import Jsonb

from panjareh_common.clock import Clock, utc_now
from panjareh_common.database import Connection, Database
from panjareh_common.event_store.mapper import SealingMapper
from panjareh_common.event_store.sealing import Keyring
from panjareh_common.refusals import ChangedMeanwhile, NotFound

A = TypeVar("A", bound=Aggregate)
T = TypeVar("T")

GENESIS = b"\0" * 32
_TRIES = 5

# Grows with the transaction, so everything below the oldest running one is final (docs/decisions/0003).
_POSITION = "(pg_current_xact_id()::text::bigint << 16)"
_HORIZON = "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint << 16)"

_INSERT = f"""
INSERT INTO event (stream, version, position, topic, state, metadata, occurred_at, recorded_at, hash)
SELECT stream, version, {_POSITION} | (%s + place), topic, state, %s, occurred_at, %s, hash
FROM unnest(%s::uuid[], %s::integer[], %s::text[], %s::bytea[], %s::timestamptz[], %s::bytea[])
     WITH ORDINALITY AS row (stream, version, topic, state, occurred_at, hash, place)
RETURNING position
"""
_COLUMNS = "stream, version, position, topic, state, metadata, occurred_at, recorded_at, hash"
_OF_STREAM = f"SELECT {_COLUMNS} FROM event WHERE stream = %s ORDER BY version"
_AFTER = f"""
SELECT {_COLUMNS} FROM event
WHERE position > %s AND position < {_HORIZON} AND topic = ANY(%s)
ORDER BY position LIMIT %s
"""
_ALL_AFTER = f"""
SELECT {_COLUMNS} FROM event
WHERE position > %s AND position < {_HORIZON}
ORDER BY position LIMIT %s
"""
_ORDINALS = 1 << 16


@dataclass(frozen=True)
class Cause:
    """Why something happens: who did it, in which role, through which channel, for whom, because of what."""

    actor: str
    role: str
    channel: str
    represented: str | None = None
    cause: str | None = None
    traceparent: str | None = None

    def to_metadata(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class RecordedEvent:
    """One row of the log with the domain event in it."""

    stream: UUID
    version: int
    position: int
    topic: str
    metadata: Mapping[str, str]
    occurred_at: datetime
    recorded_at: datetime
    hash: bytes
    event: Any


def chain_hash(
    previous: bytes,
    stored: StoredEvent,
    metadata: Mapping[str, str],
    occurred_at: datetime,
    recorded_at: datetime,
) -> bytes:
    """SHA-256 over the row and the stream's previous hash (design part 4). Sealed fields enter sealed,
    so the chain can be checked after a person was erased.
    """
    text = json.dumps(dict(metadata), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(previous)
    for part in (
        str(stored.originator_id).encode(),
        b"%d" % stored.originator_version,
        stored.topic.encode(),
        stored.state,
        text.encode(),
        occurred_at.astimezone(UTC).isoformat().encode(),
        recorded_at.astimezone(UTC).isoformat().encode(),
    ):
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part)
    return digest.digest()


class EventLog:
    """One service's log. Threads and green threads may share it."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock = utc_now) -> None:
        self.database = database
        self.keyring = keyring
        self.clock = clock
        self.mapper = SealingMapper(keyring)

    def run(self, cause: Cause, work: Callable[[UnitOfWork], T]) -> T:
        """Does `work` in one unit of work; on a conflict with another writer it is done again from a fresh look.

        Raises ChangedMeanwhile when that keeps happening, and whatever `work` refuses.
        """
        for _ in range(_TRIES):
            try:
                with self.unit_of_work(cause) as unit:
                    return work(unit)
            except VersionTaken:
                continue
        raise ChangedMeanwhile()

    @contextmanager
    def unit_of_work(self, cause: Cause) -> Iterator[UnitOfWork]:
        with self.database.transaction() as connection:
            yield UnitOfWork(connection, self.mapper, cause, self.clock())

    def history(self, stream: UUID, connection: Connection | None = None) -> list[RecordedEvent]:
        """Every event of one stream, oldest first; empty when there is none."""
        if connection is None:
            with self.database.connection() as own:
                rows = own.execute(_OF_STREAM, (stream,)).fetchall()
        else:
            rows = connection.execute(_OF_STREAM, (stream,)).fetchall()
        return [self._recorded(row) for row in rows]

    def after(
        self, position: int, topics: Sequence[str] | None, limit: int, *, opened: bool = True
    ) -> list[RecordedEvent]:
        """Final events after a position, in order. Never skips one: see docs/decisions/0003.

        `topics` None means every topic. Without `opened` rows come as stored, `event` being None:
        for those who need no key, and must not stop at an event that cannot be read.
        """
        with self.database.connection() as connection:
            if topics is None:
                rows = connection.execute(_ALL_AFTER, (position, limit)).fetchall()
            else:
                rows = connection.execute(_AFTER, (position, list(topics), limit)).fetchall()
        return [self._recorded(row, opened=opened) for row in rows]

    def _recorded(self, row: Mapping[str, Any], *, opened: bool = True) -> RecordedEvent:
        stored = StoredEvent(row["stream"], row["version"], row["topic"], row["state"])
        return RecordedEvent(
            stream=row["stream"],
            version=row["version"],
            position=row["position"],
            topic=row["topic"],
            metadata=row["metadata"],
            occurred_at=row["occurred_at"],
            recorded_at=row["recorded_at"],
            hash=row["hash"],
            event=self.mapper.to_domain_event(stored) if opened else None,
        )


class VersionTaken(Exception):
    """Another writer stored this version of the stream first; nothing of ours was stored."""


@dataclass
class UnitOfWork:
    """Everything one command changes, in one transaction.

    `saved` holds what was recorded, in order, with positions.
    """

    connection: Connection
    mapper: SealingMapper
    cause: Cause
    now: datetime
    saved: list[RecordedEvent] = field(default_factory=list)
    _heads: dict[UUID, bytes] = field(default_factory=dict)

    def load(self, kind: type[A], stream: UUID) -> A:
        """The aggregate as of its last event. Raises NotFound."""
        aggregate = self.find(kind, stream)
        if aggregate is None:
            raise NotFound()
        return aggregate

    def find(self, kind: type[A], stream: UUID) -> A | None:
        aggregate: Aggregate | None = None
        for row in self.connection.execute(_OF_STREAM, (stream,)):
            stored = StoredEvent(row["stream"], row["version"], row["topic"], row["state"])
            aggregate = cast(Any, self.mapper.to_domain_event(stored)).mutate(aggregate)
            self._heads[stream] = row["hash"]
        return aggregate if isinstance(aggregate, kind) else None

    def save(self, *aggregates: Aggregate) -> list[RecordedEvent]:
        """Appends what the aggregates decided. Raises VersionTaken when another writer was first."""
        recorded: list[RecordedEvent] = []
        states: list[bytes] = []
        metadata = self.cause.to_metadata()
        for aggregate in aggregates:
            person_id = cast(Any, aggregate).person_id
            for event in aggregate.collect_events():
                stored = self.mapper.to_stored(event, person_id)
                stream = cast(UUID, stored.originator_id)
                previous = self._heads.get(stream, GENESIS)
                digest = chain_hash(previous, stored, metadata, event.timestamp, self.now)
                self._heads[stream] = digest
                states.append(stored.state)
                recorded.append(
                    RecordedEvent(
                        stream=stream,
                        version=stored.originator_version,
                        position=0,
                        topic=stored.topic,
                        metadata=metadata,
                        occurred_at=event.timestamp,
                        recorded_at=self.now,
                        hash=digest,
                        event=event,
                    )
                )
        if not recorded:
            return []
        return self._append(recorded, states, metadata)

    def _append(
        self, recorded: list[RecordedEvent], states: list[bytes], metadata: dict[str, str]
    ) -> list[RecordedEvent]:
        # Two appends of one transaction must not share a position: ordinals run on from what it saved.
        first = len(self.saved)
        if first + len(recorded) >= _ORDINALS:
            raise ValueError("more than 65,535 events in one transaction")
        try:
            rows = self.connection.execute(
                _INSERT,
                (
                    first,
                    Jsonb(metadata),
                    self.now,
                    [row.stream for row in recorded],
                    [row.version for row in recorded],
                    [row.topic for row in recorded],
                    states,
                    [row.occurred_at for row in recorded],
                    [row.hash for row in recorded],
                ),
            ).fetchall()
        except psycopg.errors.UniqueViolation as cause:
            raise VersionTaken() from cause
        placed = [
            RecordedEvent(**{**vars(row), "position": position["position"]})
            for row, position in zip(recorded, rows, strict=True)
        ]
        self.saved.extend(placed)
        return placed

    def execute(
        self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> psycopg.Cursor[dict[str, Any]]:
        """One statement of an inline view, inside this unit of work."""
        return self.connection.execute(sql, parameters)

    def first_time(self, listener: str, message_id: str) -> bool:
        """Takes a message into the inbox; False when this listener had handled it before."""
        cursor = self.connection.execute(
            "INSERT INTO inbox (listener, message_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            (listener, message_id),
        )
        return cursor.rowcount == 1

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
        self.connection.execute(
            "INSERT INTO due (kind, subject, detail, due_at, metadata) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (kind, subject, detail) DO UPDATE SET due_at = LEAST(due.due_at, excluded.due_at)",
            (kind, subject, detail, due_at, Jsonb((cause or self.cause).to_metadata())),
        )

    def done(self, kind: str, subject: UUID, detail: str = "") -> None:
        """Ends a wait; in the same commit as what it was for."""
        self.connection.execute(
            "DELETE FROM due WHERE kind = %s AND subject = %s AND detail = %s",
            (kind, subject, detail),
        )

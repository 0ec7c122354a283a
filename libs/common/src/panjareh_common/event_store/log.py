"""A service's event log, and the one way to change it: in units of work.

Events, inline view rows, the inbox row of the message handled and the idempotency row share one
commit (design rule 2), which is one statement in one round trip.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from panjareh_common.clock import Clock, utc_now
from panjareh_common.database import Connection, Database
from panjareh_common.event_store.append import HORIZON, Committer, VersionTaken
from panjareh_common.event_store.mapper import SealingMapper
from panjareh_common.event_store.sealing import Keyring
from panjareh_common.event_store.snapshots import Memory
from panjareh_common.refusals import ChangedMeanwhile

if TYPE_CHECKING:
    from panjareh_common.event_store.unit import UnitOfWork

T = TypeVar("T")

GENESIS = b"\0" * 32
SNAPSHOT_EVERY = 50
_TRIES = 5

COLUMNS = "stream, version, position, topic, state, metadata, occurred_at, recorded_at, hash"
_OF_STREAM = f"SELECT {COLUMNS} FROM event WHERE stream = %s ORDER BY version"
_AFTER = f"""
SELECT {COLUMNS} FROM event
WHERE position > %s AND position < {HORIZON} AND topic = ANY(%s)
ORDER BY position LIMIT %s
"""
_ALL_AFTER = f"""
SELECT {COLUMNS} FROM event
WHERE position > %s AND position < {HORIZON}
ORDER BY position LIMIT %s
"""


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
        return {name: value for name, value in vars(self).items() if value is not None}


class RecordedEvent(NamedTuple):
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


_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


def canonical(metadata: Mapping[str, str]) -> str:
    """Metadata as JSON in the one form that is hashed."""
    return _canonical(dict(metadata))


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
    return link(previous, stored, canonical(metadata), occurred_at, recorded_at)


def link(
    previous: bytes,
    stored: StoredEvent,
    metadata: str,
    occurred_at: datetime,
    recorded_at: datetime,
) -> bytes:
    """As `chain_hash`, for metadata that is canonical JSON already."""
    digest = hashlib.sha256(previous)
    for part in (
        str(stored.originator_id).encode(),
        b"%d" % stored.originator_version,
        stored.topic.encode(),
        stored.state,
        metadata.encode(),
        occurred_at.astimezone(UTC).isoformat().encode(),
        recorded_at.astimezone(UTC).isoformat().encode(),
    ):
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part)
    return digest.digest()


class Heads:
    """Hashes that the next events of streams build on, for who appends without having read just now.

    What is kept stays true: the event of a version never changes, whoever comes after it.
    """

    def __init__(self, keep: int = 10_000) -> None:
        self._keep = keep
        self._held: dict[int, tuple[int, bytes]] = {}  # by the UUID's int, whose hash costs less
        self._lock = threading.Lock()

    def get(self, stream: UUID, version: int) -> bytes | None:
        """The hash of that version's event, where it is the one that was kept last."""
        held = self._held.get(stream.int)
        return held[1] if held is not None and held[0] == version else None

    def put(self, stream: UUID, version: int, digest: bytes) -> None:
        """Keeps the hash of a stored event, and drops the one that was kept longest ago."""
        key = stream.int
        with self._lock:
            self._held.pop(key, None)
            self._held[key] = (version, digest)
            if len(self._held) > self._keep:
                del self._held[next(iter(self._held))]


class EventLog:
    """One service's log. Threads and green threads may share it.

    `snapshot_every` is the number of events after which an aggregate is snapshotted.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        clock: Clock = utc_now,
        *,
        snapshot_every: int = SNAPSHOT_EVERY,
    ) -> None:
        self.database = database
        self.keyring = keyring
        self.clock = clock
        self.snapshot_every = snapshot_every
        self.mapper = SealingMapper(keyring)
        self.memory = Memory()
        self.heads = Heads()
        self.committer = Committer(database)

    def run(self, cause: Cause, work: Callable[[UnitOfWork], T]) -> T:
        """Does `work` in one unit of work; when another writer is first it is done again from a fresh look.

        Raises ChangedMeanwhile when that keeps happening, and whatever `work` refuses.
        """
        for tries in range(1, _TRIES + 1):
            try:
                with self.unit_of_work(cause, tries) as unit:
                    return work(unit)
            except VersionTaken:
                continue
        raise ChangedMeanwhile()

    @contextmanager
    def unit_of_work(self, cause: Cause, tries: int = 1) -> Iterator[UnitOfWork]:
        """A unit of work, committed at the end, or not at all on any exception. Raises VersionTaken."""
        from panjareh_common.event_store.unit import UnitOfWork  # noqa: PLC0415  # it builds on this

        unit = UnitOfWork(self, cause, tries)
        try:
            yield unit
            unit.commit()
        finally:
            unit.close()

    def forget(self, person_id: UUID) -> None:
        """Drops what this process keeps in memory of a person who was erased."""
        self.keyring.forget(person_id)
        self.memory.forget(person_id)

    def history(self, stream: UUID, connection: Connection | None = None) -> list[RecordedEvent]:
        """Every event of one stream, oldest first; empty when there is none."""
        if connection is None:
            with self.database.connection() as own:
                rows = own.execute(_OF_STREAM, (stream,)).fetchall()
        else:
            rows = connection.execute(_OF_STREAM, (stream,)).fetchall()
        return [self.recorded(row) for row in rows]

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
        return [self.recorded(row, opened=opened) for row in rows]

    def recorded(self, row: Mapping[str, Any], *, opened: bool = True) -> RecordedEvent:
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

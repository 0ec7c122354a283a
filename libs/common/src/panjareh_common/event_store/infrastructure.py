"""The library's infrastructure on our event log: PERSISTENCE_MODULE=panjareh_common.event_store.infrastructure.

For applications and tools of the `eventsourcing` library as they are; a service's own commands go
through `EventLog.run`. See docs/decisions/0016.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    AggregateRecorder,
    EventStore,
    InfrastructureFactory,
    Mapper,
    Notification,
    Recording,
    StoredEvent,
    Transcoder,
)
from eventsourcing.utils import Environment, EnvType, get_topic, resolve_topic

from panjareh_common.database import Database
from panjareh_common.event_store.log import EventLog
from panjareh_common.event_store.mapper import SealingMapper
from panjareh_common.event_store.recorders import LogRecorder, LogTrackingRecorder, SnapshotRecorder
from panjareh_common.event_store.sealing import Keyring, Owners, sealed_fields
from panjareh_common.settings import sealing_key

R = TypeVar("R")


class NoKeyring(Keyring):
    """For a log that was given no sealing key: nothing personal goes in or comes out."""

    def __init__(self) -> None:
        pass

    def seal(self, person_id: UUID | None, data: Any, context: str) -> bytes:
        raise OSError("SEALING_KEY is not set")

    def open(self, person_id: UUID | None, box: bytes, context: str) -> Any:
        raise OSError("SEALING_KEY is not set")

    def forget(self, person_id: UUID) -> None:
        """There is nothing to forget."""


class PlainMapper(Mapper[UUID]):
    """The library's, which refuses what has to be sealed: it knows neither persons nor keys."""

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """Raises TypeError for an event with sealed fields."""
        if sealed_fields(type(domain_event)):
            topic = get_topic(type(domain_event))
            raise TypeError(f"{topic} has sealed fields, which only a LogApplication stores")
        return super().to_stored_event(domain_event)


class Factory(InfrastructureFactory[LogTrackingRecorder]):
    """Reads DATABASE_URL and SEALING_KEY (32 bytes in base64url; needed only for personal data), or is
    given a log.

    The tables are those of `migrate`, one `event` table a database whatever the application's name, so
    CREATE_TABLE changes nothing.
    """

    DATABASE_URL = "DATABASE_URL"
    SEALING_KEY = "SEALING_KEY"

    def __init__(
        self, env: Environment | EnvType | None = None, event_log: EventLog | None = None
    ) -> None:
        super().__init__(env)
        self._own: Database | None = None
        self.event_log = event_log or self._opened()

    def _opened(self) -> EventLog:
        url, key = self.env.get(self.DATABASE_URL), self.env.get(self.SEALING_KEY)
        if not url:
            raise OSError(f"{self.DATABASE_URL} is not set")
        self._own = Database(url)
        self._own.open()
        read = sealing_key(self.env.name or "application").read
        return EventLog(self._own, Keyring(read(key), self._own) if key else NoKeyring())

    def close(self) -> None:
        """Closes what it opened itself."""
        if self._own is not None:
            self._own.close()

    def mapper(
        self, transcoder: Transcoder | None = None, mapper_class: type[Mapper[Any]] | None = None
    ) -> Mapper[Any]:
        if mapper_class is None and not self.env.get(self.MAPPER_TOPIC):
            mapper_class = PlainMapper
        return super().mapper(transcoder, mapper_class)

    def event_store(
        self,
        mapper: Mapper[Any] | None = None,
        recorder: AggregateRecorder | None = None,
    ) -> EventStore[Any]:
        return LogEventStore(mapper or self.mapper(), recorder or self.application_recorder())

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        if purpose == "snapshots":
            return SnapshotRecorder(self.event_log)
        return self.application_recorder()

    def application_recorder(self) -> LogRecorder:
        kind = self._class(self.APPLICATION_RECORDER_TOPIC, LogRecorder)
        return kind(self.event_log, self.env.name)

    def process_recorder(self) -> LogRecorder:
        kind = self._class(self.PROCESS_RECORDER_TOPIC, LogRecorder)
        return kind(self.event_log, self.env.name)

    def tracking_recorder(
        self, tracking_recorder_class: type[LogTrackingRecorder] | None = None
    ) -> LogTrackingRecorder:
        kind = tracking_recorder_class or self._class(
            self.TRACKING_RECORDER_TOPIC, LogTrackingRecorder
        )
        return kind(self.event_log, self.env.name)

    def _class(self, setting: str, default: type[R]) -> type[R]:
        topic = self.env.get(setting)
        return resolve_topic(topic) if topic else default


class LogEventStore(EventStore[UUID]):
    """The library's, which also tells the recorder when each event happened."""

    def put(
        self,
        domain_events: Sequence[DomainEventProtocol[UUID]],
        *,
        owners: Mapping[UUID, UUID | None] | None = None,
        owners_of: Mapping[UUID, Callable[[Any], Mapping[str, Owners]]] | None = None,
        **kwargs: Any,
    ) -> list[Recording[UUID]]:
        """Stores events. `owners` says whose data each stream holds, for a mapper that seals, and `owners_of`
        which fields of its events are somebody else's.

        Raises IntegrityError when another writer was first.
        """
        if owners is None:
            stored = [self.mapper.to_stored_event(event) for event in domain_events]
        else:
            assert isinstance(self.mapper, SealingMapper)
            to_stored = self.mapper.to_stored
            others = owners_of or {}
            stored = [
                to_stored(
                    event,
                    owners.get(event.originator_id),
                    others[event.originator_id](event) if event.originator_id in others else {},
                )
                for event in domain_events
            ]
        happened = [getattr(event, "timestamp", None) for event in domain_events]
        positions = self.recorder.insert_events(stored, occurred_at=happened, **kwargs)
        if not positions:
            return []
        return [
            Recording(
                event,
                Notification(s.originator_id, s.originator_version, s.topic, s.state, position),
            )
            for event, s, position in zip(domain_events, stored, positions, strict=True)
        ]

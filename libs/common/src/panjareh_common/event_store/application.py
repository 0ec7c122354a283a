"""An application of the `eventsourcing` library over our event log: docs/decisions/0016."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from eventsourcing.application import Application, ProcessingEvent
from eventsourcing.domain import BaseAggregate, DomainEventProtocol
from eventsourcing.persistence import (
    AggregateRecorder,
    EventStore,
    InfrastructureFactory,
    JSONTranscoder,
    Mapper,
    Recording,
    StoredEvent,
)
from eventsourcing.utils import Environment, EnvType

from panjareh_common.event_store.aggregate import PersonalAggregate
from panjareh_common.event_store.infrastructure import Factory
from panjareh_common.event_store.log import EventLog
from panjareh_common.event_store.sealing import PersonErased, box_to_text, text_to_box


class LogApplication(Application[UUID]):
    """The library's application with personal data sealed, and views in the events' own commit.

    `save(…, cause=Cause(…), view=(statement, rows))`: see LogRecorder.insert_events. It may be given a
    log that its process has open already.
    """

    def __init__(self, env: EnvType | None = None, *, event_log: EventLog | None = None) -> None:
        self._given = event_log
        super().__init__(env)

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        return Factory(env, self._given)

    @property
    def event_log(self) -> EventLog:
        return cast(Factory, self.factory).event_log

    def construct_mapper(self) -> Mapper[UUID]:
        """The log's own, which seals, and which now knows this application's transcodings too."""
        mapper = self.event_log.mapper
        self.register_transcodings(cast(JSONTranscoder, mapper.transcoder))
        return mapper

    def construct_snapshot_store(self) -> EventStore[UUID]:
        recorder = self.factory.aggregate_recorder(purpose="snapshots")
        return SealedSnapshots(self.event_log, recorder)

    def save(self, *objs: Any, **kwargs: Any) -> list[Recording[UUID]]:
        """As the library's. Aggregates are told by their class; its own look at protocols costs more
        than all the rest that is done here.
        """
        processing = ProcessingEvent[UUID]()
        for obj in objs:
            if isinstance(obj, BaseAggregate):
                processing.events += obj.collect_events()
                processing.aggregates[obj.id] = obj
            else:
                processing.collect_events(obj)
        processing.saved_kwargs = kwargs
        recordings = self._record(processing)
        self._take_snapshots(processing)
        self._notify(recordings)
        self.notify(processing.events)
        return recordings

    def _record(self, processing_event: ProcessingEvent[UUID]) -> list[Recording[UUID]]:
        aggregates = processing_event.aggregates
        processing_event.saved_kwargs["owners"] = {
            stream: getattr(aggregate, "person_id", None)
            for stream, aggregate in aggregates.items()
        }
        processing_event.saved_kwargs["owners_of"] = {
            stream: aggregate.owners_of
            for stream, aggregate in aggregates.items()
            if isinstance(aggregate, PersonalAggregate)
        }
        return super()._record(processing_event)

    def forget(self, person_id: UUID) -> None:
        """Drops what this process keeps in memory of a person who was erased."""
        self.event_log.forget(person_id)
        if cache := self.repository.cache:
            for stream in list(cache.cache):
                if person_id in getattr(cache.get(stream), "person_ids", ()):
                    cache.get(stream, evict=True)


class SealedSnapshots(EventStore[UUID]):
    """Snapshots as the library takes them; one of a person's aggregate is sealed as a whole."""

    def __init__(self, event_log: EventLog, recorder: AggregateRecorder) -> None:
        super().__init__(event_log.mapper, recorder)
        self._keyring = event_log.keyring

    def put(
        self, domain_events: Sequence[DomainEventProtocol[UUID]], **kwargs: Any
    ) -> list[Recording[UUID]]:
        """Stores snapshots, but none of a person who was erased, nor of several persons. Raises IntegrityError
        for a second one of a version.
        """
        alone = [snapshot for snapshot in domain_events if len(_persons_of(snapshot)) < 2]
        with suppress(PersonErased):
            self.recorder.insert_events([self._sealed(snapshot) for snapshot in alone])
        return []

    def get(self, originator_id: UUID, **bounds: Any) -> Iterator[DomainEventProtocol[UUID]]:
        """Leaves out what nobody can read any more: what is left of that person is in the events."""
        for stored in self.recorder.select_events(originator_id, **bounds):
            opened = self._opened(stored)
            if opened is not None:
                yield self.mapper.to_domain_event(opened)

    def _sealed(self, snapshot: Any) -> StoredEvent:
        stored = self.mapper.to_stored_event(snapshot)
        owner = getattr(snapshot.mutate(None), "person_id", None)
        if owner is None:
            return stored
        box = self._keyring.seal(owner, stored.state.decode(), _context(stored))
        sealed = {"sealed": {"person": str(owner), "box": box_to_text(box)}}
        return replace(stored, state=json.dumps(sealed).encode())

    def _opened(self, stored: StoredEvent) -> StoredEvent | None:
        sealed = json.loads(stored.state).get("sealed")
        if sealed is None:
            return stored
        box = text_to_box(sealed["box"])
        text = self._keyring.open(UUID(sealed["person"]), box, _context(stored))
        return None if text is None else replace(stored, state=text.encode())


def _persons_of(snapshot: Any) -> frozenset[UUID]:
    persons: frozenset[UUID] = getattr(snapshot.mutate(None), "person_ids", frozenset())
    return persons


def _context(stored: StoredEvent) -> str:
    return f"{stored.originator_id}/{stored.originator_version}/{stored.topic}"

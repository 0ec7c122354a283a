"""Ours: a projection kept by a follower under its lease, as the follower process of a service has it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from panjareh_common.database import Connection, Database
from panjareh_common.event_store import EventLog
from panjareh_common.event_store.infrastructure import NoKeyring
from panjareh_common.following import Lease
from panjareh_common.following import follow as follow_log
from panjareh_common.projection import Event, Projection, ProjectionFollower, Row, topics_of
from tests.bench.followed import Append, Seen
from tests.bench.stores.ours import CAUSE, Item, Ours, prepare


class _Items(Projection):
    name = "bench.item"
    table = "item"
    version = "version"
    topics = topics_of(Item)
    reads = (Item.Opened.TOPIC,)

    def fold(self, rows: dict[Any, Row], events: Iterable[Event]) -> None:
        for event in events:
            rows[event.stream] = {
                "id": event.stream,
                "status": event.fields["note"][:8],
                "version": event.version,
            }


class _Told(ProjectionFollower):
    """Tells of what it applied, when the commit with the rows has been confirmed."""

    def __init__(self, seen: Seen) -> None:
        super().__init__(_Items())
        self._seen = seen
        self._applied: list[UUID] = []

    def apply(self, connection: Connection, events: Sequence[Event]) -> None:
        super().apply(connection, events)
        self._applied = [event.stream for event in events]

    def settle(self, *, leaving: bool = False) -> None:
        for stream in self._applied:
            self._seen(stream)
        self._applied = []


def open_writer(url: str) -> Append:
    store = Ours(url)

    def append() -> UUID:
        item = store.item(uuid4())
        with store.log.unit_of_work(CAUSE) as unit:
            unit.save(item)
        return item.id

    return append


def follow(url: str, seen: Seen) -> None:
    database = Database(url, size=2)
    database.open()
    follower = _Told(seen)
    lease = Lease(url, *follower.places)
    follow_log(EventLog(database, NoKeyring()), follower, lease, threading.Event())


__all__ = ["follow", "open_writer", "prepare"]

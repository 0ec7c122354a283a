"""Our log by a unit of work, as services use it: version check, hash chain, sealing mapper and an inline
view row, one event a commit.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
from eventsourcing.domain import Aggregate

from panjareh_common.database import Database
from panjareh_common.event_store import Cause, EventLog, Keyring, PublicAggregate, UnitOfWork
from tests.bench.ground import Ground
from tests.bench.stores import Store, padding, settled

COUNT = "SELECT count(*) FROM event"
COUNT_VIEW = "SELECT count(*) FROM item"

_VIEW = "CREATE TABLE item (id uuid PRIMARY KEY, status text NOT NULL, version integer NOT NULL)"
WRITE = """
INSERT INTO item SELECT * FROM jsonb_populate_recordset(NULL::item, %s)
ON CONFLICT (id) DO UPDATE SET status = excluded.status, version = excluded.version
"""
CAUSE = Cause(actor="bench", role="service", channel="bench")


class Item(PublicAggregate):
    TOPIC = "BenchItem"

    class Event(Aggregate.Event):
        pass

    class Opened(Event, Aggregate.Created):
        TOPIC = "BenchItem.Opened"
        note: str

    Created = Opened

    @classmethod
    def open(cls, item_id: UUID, note: str) -> Item:
        return cls._create(cls.Opened, id=item_id, timestamp=datetime.now(UTC), note=note)

    def __init__(self, note: str) -> None:
        self.note = note


def row_of(item: Item) -> dict[str, Any]:
    return {"id": item.id, "status": "open", "version": item.version}


def prepare(ground: Ground, name: str) -> str:
    url = ground.database(name, "common")
    with psycopg.connect(url) as connection:
        connection.execute(_VIEW)
    return url


class Ours:
    """One process's log."""

    in_flight = 1

    def __init__(self, url: str, *, connections: int = 1) -> None:
        self._database = Database(url, size=connections)
        self._database.open()
        self.log = EventLog(self._database, Keyring(secrets.token_bytes(32), self._database))
        (opened,) = Item.open(uuid4(), "").collect_events()
        self._note = padding(len(self.log.mapper.to_stored(opened, None).state))

    def append(self) -> int:
        with self.log.unit_of_work(CAUSE) as unit:
            self.save(unit, self.item(uuid4()))
        return 1

    def item(self, item_id: UUID) -> Item:
        return Item.open(item_id, self._note)

    @staticmethod
    def save(unit: UnitOfWork, item: Item) -> None:
        """The event, and its row in the view."""
        unit.save(item)
        unit.write(WRITE, row_of(item))

    def close(self) -> None:
        self._database.close()

    def settle(self) -> bool:
        with self._database.connection() as connection:
            return settled(connection)


def open_store(url: str) -> Store:
    return Ours(url)

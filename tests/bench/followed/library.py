"""The library's ProjectionRunner over its own store; its view is a table that each event writes a row of."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Composed

from tests.bench.followed import Append, Seen
from tests.bench.ground import Ground
from tests.bench.stores import eventsourcing_safe
from tests.bench.stores.eventsourcing_safe import Item, SafeApplication, environment

_TRACKING = "items_tracking"
_TABLE = "CREATE TABLE IF NOT EXISTS items (id uuid PRIMARY KEY, status text, version integer)"
_WRITE = SQL(
    "INSERT INTO items (id, status, version) VALUES (%s, %s, %s)"
    " ON CONFLICT (id) DO UPDATE SET status = excluded.status, version = excluded.version"
)


class _Items(PostgresTrackingRecorder):
    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs | {"tracking_table_name": _TRACKING})
        self.sql_create_statements.append(Composed([SQL(_TABLE)]))

    def write(self, event: Any, tracking: Tracking) -> None:
        row = (event.originator_id, event.note[:8], event.originator_version)
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(_WRITE, row)


class _Follow(Projection[_Items]):
    name = "items"
    seen: Seen

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.write(domain_event, tracking)
        self.seen(domain_event.originator_id)


def prepare(ground: Ground, name: str) -> str:
    url = eventsourcing_safe.prepare(ground, name)
    with _runner(url, lambda stream: None):
        return url  # the tables of the view are made


def begin_again(ground: Ground, url: str) -> None:
    """The view is empty, and the next runner begins with the first event."""
    ground.change("TRUNCATE items", url)
    ground.change(f"DELETE FROM {_TRACKING} WHERE application_name = '{SafeApplication.name}'", url)


def open_writer(url: str) -> Append:
    application = eventsourcing_safe.application(url)
    note = eventsourcing_safe.note(application)

    def append() -> UUID:
        item = Item(note)
        application.save(item)
        return item.id

    return append


def follow(url: str, seen: Seen) -> None:
    with _runner(url, seen) as runner:
        runner.run_forever()
        threading.Event().wait()


def _runner(url: str, seen: Seen) -> ProjectionRunner[Any, Any]:
    _Follow.seen = staticmethod(seen)  # the runner makes the projection
    return ProjectionRunner(
        application_class=SafeApplication,
        projection_class=_Follow,
        view_class=_Items,
        env=environment(url, create=True),
    )

"""The `eventsourcing` library as it comes: Application.save in its default, safe mode."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.postgres import PostgresApplicationRecorder

from tests.bench.ground import Ground
from tests.bench.stores import Store, padding, settled

COUNT = "SELECT count(*) FROM safe_events"


class Item(Aggregate):
    @event("Opened")
    def __init__(self, note: str) -> None:
        self.note = note

    @event("Changed")
    def change(self, note: str) -> None:
        self.note = note


class SafeApplication(Application[UUID]):
    name = "safe"


def environment(url: str, *, create: bool = False) -> dict[str, str]:
    """How the library is told of a database, and whether it makes its tables."""
    parts = urlsplit(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path.removeprefix("/"),
        "POSTGRES_HOST": parts.hostname or "",
        "POSTGRES_PORT": str(parts.port),
        "POSTGRES_USER": parts.username or "",
        "POSTGRES_PASSWORD": unquote(parts.password or ""),
        "CREATE_TABLE": "y" if create else "n",
    }


def application(url: str, *, create: bool = False) -> SafeApplication:
    return SafeApplication(environment(url, create=create))


def note(application: SafeApplication) -> str:
    """What makes the state of an item's first event as long as it is to be."""
    (opened,) = Item("").collect_events()
    return padding(len(application.mapper.to_stored_event(opened).state))


def prepare(ground: Ground, name: str) -> str:
    url = ground.database(name)
    application(url, create=True).close()
    return url


class _Safe:
    in_flight = 1

    def __init__(self, url: str) -> None:
        self._application = application(url)
        recorder = self._application.recorder
        assert isinstance(recorder, PostgresApplicationRecorder)
        self._recorder = recorder
        self._note = note(self._application)

    def append(self) -> int:
        self._application.save(Item(self._note))
        return 1

    def settle(self) -> bool:
        with self._recorder.datastore.get_connection() as connection:
            return settled(connection)


def open_store(url: str) -> Store:
    return _Safe(url)

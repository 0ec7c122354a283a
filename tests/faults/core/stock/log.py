"""The `eventsourcing` library as it comes, in the mode that it offers for speed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.utils import EnvType

from tests.faults.core.interleaving import Read
from tests.faults.core.ours import names

SERVICE, EVENT = "stock_journals", "written"
QUEUE = f"evt-{SERVICE}-{EVENT}--{SERVICE}.on_{EVENT}"


class StockJournal(Aggregate):
    """The same stream of named entries, as the library's tutorial would write it."""

    @event("Begun")
    def __init__(self, name: str) -> None:
        self.names = [name]

    @event("Written")
    def write(self, name: str) -> None:
        self.names.append(name)


def settings(url: str) -> EnvType:
    """Everything by default except the switch that the library's documentation names for speed."""
    parts = urlsplit(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path.removeprefix("/"),
        "POSTGRES_HOST": parts.hostname or "",
        "POSTGRES_PORT": str(parts.port or 5432),
        "POSTGRES_USER": unquote(parts.username or ""),
        "POSTGRES_PASSWORD": unquote(parts.password or ""),
        "POSTGRES_ENABLE_DB_FUNCTIONS": "y",
    }


class Journals(Application[UUID]):
    name = "journals"


class StockLog:
    """Followed as the library's own subscriptions follow: what has a higher number than the last one read."""

    table = "journals_events"
    ordered = True

    def __init__(self, url: str) -> None:
        self._app = Journals(settings(url))
        self._position: int | None = None

    def close(self) -> None:
        self._app.close()

    def store(self, name: str, appends: Sequence[int]) -> list[str]:
        first, *rest = [each for append in names(name, appends) for each in append]
        journal = StockJournal(first)
        for each in rest:
            journal.write(each)
        self._app.save(journal)
        return [first, *rest]

    def read(self, limit: int) -> list[Read]:
        found = self._app.recorder.select_notifications(
            start=self._position, limit=limit, inclusive_of_start=False
        )
        events: list[tuple[int, Any]] = [
            (each.id, self._app.mapper.to_domain_event(each)) for each in found
        ]
        if found:
            self._position = found[-1].id
        return [(position, event.name) for position, event in events]

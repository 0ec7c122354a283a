"""Our recorders as the library's own test cases expect a recorder to look, so that they run unchanged.

Three things differ, each by decision: versions of a stream begin at 1, positions have gaps, and an event
can be read once it is final.
"""

from __future__ import annotations

import secrets
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent

from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.event_store.recorders import LogRecorder, SnapshotRecorder
from tests.people import until


class OwnDatabase:
    """A database for each test; `event_log` stands on it."""

    database_url: str
    event_log: EventLog

    @pytest.fixture(autouse=True)
    def _own_database(self, make_database_url: Callable[[str], str]) -> Iterator[None]:
        self.database_url = make_database_url("common")
        database = Database(self.database_url)
        database.open()
        self.event_log = EventLog(database, Keyring(secrets.token_bytes(32), database))
        yield
        database.close()


class _FromZero:
    """A stream that is begun at 0 is stored from 1 on, and shown from 0 on."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._begun_at_0: set[Any] = set()

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Any:
        self._begun_at_0 |= {e.originator_id for e in stored_events if e.originator_version == 0}
        return super().insert_events([self._moved(e, 1) for e in stored_events], **kwargs)  # type: ignore[misc]

    def select_events(self, originator_id: Any, **bounds: Any) -> Any:
        found = super().select_events(originator_id, **bounds)  # type: ignore[misc]
        assert not bounds or originator_id not in self._begun_at_0, "bounds are not moved"
        return [self._moved(event, -1) for event in found]

    def _moved(self, event: Any, by: int) -> Any:
        if event.originator_id not in self._begun_at_0:
            return event
        return replace(event, originator_version=event.originator_version + by)


class SnapshotRecorderFromZero(_FromZero, SnapshotRecorder):
    pass


class FinalRecorder(_FromZero, LogRecorder):
    """An append returns when what it stored is final: somewhere in the cluster a transaction may be older."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Any:
        positions = super().insert_events(stored_events, **kwargs)
        if positions:
            until(super().max_notification_id, lambda last: (last or 0) >= positions[-1])
        return positions


class RankedRecorder(FinalRecorder):
    """Shows the first position as 1, the second as 2 and so on."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Any:
        positions = super().insert_events(stored_events, **kwargs)
        return positions and [self._rank(position) for position in positions]

    def select_notifications(
        self, start: int | None, limit: int, stop: int | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        bounds = (self._position(start), limit, self._position(stop))
        found = super().select_notifications(*bounds, *args, **kwargs)
        return [replace(each, id=self._rank(each.id)) for each in found]

    def max_notification_id(self) -> int | None:
        last = super().max_notification_id()
        return last and self._rank(last)

    def _positions(self) -> list[int]:
        rows = self.event_log.database.fetch("SELECT position FROM event ORDER BY position")
        return [position for (position,) in rows]

    def _rank(self, position: int) -> int:
        return bisect_left(self._positions(), position) + 1

    def _position(self, rank: int | None) -> int | None:
        if not rank:
            return rank
        positions = self._positions()
        return positions[rank - 1] if rank <= len(positions) else 2**62

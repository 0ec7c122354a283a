"""The histories that rule decisions are checked against, read from the log in small steps, in the order of streams.

Each is a short statement of its own, so that checking holds back nobody and may run beside the service;
what was committed after it began is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from eventsourcing.domain import EventSourcingError
from eventsourcing.persistence import StoredEvent

from panjareh_common.database import Connection
from panjareh_common.event_store.append import HORIZON
from panjareh_common.event_store.log import COLUMNS, GENESIS, chain_hash
from panjareh_common.event_store.mapper import SealingMapper
from panjareh_common.event_store.sealing import BoxBroken, Keyring
from panjareh_requests.application.replaying import History
from panjareh_requests.domain.service_request import ServiceRequest

FIRST = UUID(int=0)

_STREAMS_A_STEP = 500
_TOPICS = [ServiceRequest.Decided.TOPIC, ServiceRequest.SentToOfficers.TOPIC]
_END = f"SELECT {HORIZON} AS position"
# Only the keys are read, in the order of the index: with the options below nothing is sorted or hashed.
_STREAMS = """
SELECT stream, max(version) AS version FROM event
WHERE stream > %s AND topic = ANY(%s) AND position < %s
GROUP BY stream ORDER BY stream LIMIT %s
"""
_EVENTS = f"SELECT {COLUMNS} FROM event WHERE stream = %s AND version <= %s ORDER BY version"
OPTIONS = "-c jit=off -c enable_hashagg=off -c enable_sort=off"
"""For the connection: a step over millions of events must begin at once, and not with a sort of them all."""


class DecidedStreams:
    """Requests that rules may have decided. `connection` is in autocommit, with dict rows and OPTIONS."""

    def __init__(self, connection: Connection, keyring: Keyring) -> None:
        self._connection = connection
        self._mapper = SealingMapper(keyring)
        self._end = self._one(_END)["position"]

    def after(self, stream: UUID = FIRST) -> Iterator[History]:
        """Every history after a stream, one at a time in memory."""
        while True:
            step = self._connection.execute(
                _STREAMS, (stream, _TOPICS, self._end, _STREAMS_A_STEP)
            ).fetchall()
            for found in step:
                stream = found["stream"]
                yield self._history(stream, found["version"])
            if len(step) < _STREAMS_A_STEP:
                return

    def _history(self, stream: UUID, upto: int) -> History:
        rows = self._connection.execute(_EVENTS, (stream, upto)).fetchall()
        if not _chained(rows, upto):
            return History(stream, upto, None)
        try:
            return History(stream, upto, [self._opened(row) for row in rows])
        except (BoxBroken, EventSourcingError):
            return History(stream, upto, None)

    def _opened(self, row: dict[str, Any]) -> Any:
        return self._mapper.to_domain_event(_stored(row))

    def _one(self, query: str) -> dict[str, Any]:
        row = self._connection.execute(query).fetchone()
        assert row is not None
        return row


def _stored(row: dict[str, Any]) -> StoredEvent:
    return StoredEvent(row["stream"], row["version"], row["topic"], row["state"])


def _chained(rows: Sequence[dict[str, Any]], upto: int) -> bool:
    """Whether the rows are the first `upto` of their stream, each as its hash says and after the one before."""
    previous = GENESIS
    for version, row in enumerate(rows, start=1):
        happened, recorded = row["occurred_at"], row["recorded_at"]
        hashed = chain_hash(previous, _stored(row), row["metadata"], happened, recorded)
        if row["version"] != version or hashed != row["hash"]:
            return False
        previous = row["hash"]
    return len(rows) == upto

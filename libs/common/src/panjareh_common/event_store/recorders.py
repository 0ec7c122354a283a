"""Recorders of the `eventsourcing` library on our own tables: an adapter, which appends as the log does.

What the library asks and what stands behind it: docs/decisions/0016.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, wraps
from itertools import zip_longest
from threading import Event
from typing import Any, ClassVar, ParamSpec, TypeVar, cast
from uuid import UUID

import psycopg
import structlog
from eventsourcing import persistence
from eventsourcing.persistence import (
    AggregateRecorder,
    ListenNotifySubscription,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Tracking,
    TrackingRecorder,
    WaitInterruptedError,
)

from panjareh_common.event_store.append import HORIZON, Append, Row, VersionTaken
from panjareh_common.event_store.log import GENESIS, Cause, EventLog, canonical, link
from panjareh_common.refusals import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)

View = tuple[str, Sequence[Mapping[str, Any]]]
"""A statement and its rows, as in `Append.writes`."""

_LAST_VERSION = 2**31 - 1
_LAST_POSITION = 2**63 - 1
_WAIT_SECONDS = (0.001, 0.005)
# An event may become final when an older transaction ends, so there is nothing to be woken by.
_POLL_SECONDS = (0.002, 0.05)
_IDLE_SHARE = 50  # who has seen nothing for a second looks fifty times in the next
_RETRY_SECONDS = 0.5

_HASH = "SELECT hash FROM event WHERE stream = %s AND version = %s"
_EVENTS = """
SELECT version, topic, state, hash FROM event
WHERE stream = %s AND version > %s AND version <= %s ORDER BY version {} LIMIT %s
"""
_NOTIFICATIONS = f"""
SELECT stream, version, topic, state, position FROM event
WHERE position > %s AND position <= %s AND position < {HORIZON} {{}} ORDER BY position LIMIT %s
"""
_ALL = _NOTIFICATIONS.format("")
_SOME = _NOTIFICATIONS.format("AND topic = ANY(%s)")
_LAST = f"SELECT max(position) FROM event WHERE position < {HORIZON}"

# A place that does not lie ahead becomes NULL, which the table refuses together with the whole commit.
_TRACK = """
INSERT INTO follower (name, position)
SELECT name, position FROM jsonb_populate_recordset(NULL::follower, %s)
ON CONFLICT (name) DO UPDATE SET
    position = CASE WHEN follower.position < excluded.position THEN excluded.position END
"""
_TRACKED = "SELECT position FROM follower WHERE name = %s"

# A snapshot that a unit of work took is no snapshot here, and the other way round: see `taken_by`.
_SNAPSHOTS = """
SELECT version, topic, state, hash FROM snapshot
WHERE stream = %s AND version > %s AND version <= %s AND taken_by IS NULL
ORDER BY version {} LIMIT %s
"""
_MAKE_ROOM = """
DELETE FROM snapshot USING unnest(%s::uuid[], %s::integer[]) AS taken (stream, version)
WHERE (snapshot.stream, snapshot.version) = (taken.stream, taken.version) AND taken_by IS NOT NULL
"""
_TAKE = """
INSERT INTO snapshot (stream, version, topic, state, hash)
SELECT stream, version, taken.topic, taken.state, event.hash
FROM unnest(%s::uuid[], %s::integer[], %s::text[], %s::bytea[]) AS taken (stream, version, topic, state)
LEFT JOIN event USING (stream, version)
"""


_ERRORS: Sequence[tuple[type[Exception], type[persistence.PersistenceError]]] = (
    (VersionTaken, persistence.IntegrityError),
    (Unavailable, persistence.OperationalError),
    (psycopg.IntegrityError, persistence.IntegrityError),
    (psycopg.DataError, persistence.DataError),
    (psycopg.OperationalError, persistence.OperationalError),
    (psycopg.InternalError, persistence.InternalError),
    (psycopg.NotSupportedError, persistence.NotSupportedError),
    (psycopg.ProgrammingError, persistence.ProgrammingError),
    (psycopg.InterfaceError, persistence.InterfaceError),
)
_RAISED = tuple(ours for ours, _ in _ERRORS)


def _translated(method: Callable[P, T]) -> Callable[P, T]:
    """What a method raises, as the library's callers know it."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except _RAISED as cause:
            theirs = next(theirs for ours, theirs in _ERRORS if isinstance(cause, ours))
            about = getattr(getattr(cause, "diag", None), "constraint_name", None)
            # Without the server's own words and without the cause: its detail may quote a row.
            raise theirs(f"{type(cause).__name__} {about or ''}".rstrip()) from None

    return call


class LogTrackingRecorder(TrackingRecorder):
    """Keeps how far a projection has come, in `follower`, together with what it changes.

    A view derives from it and hands its rows to `track`. `name` is the projection's; it keys the
    position, so it must not change between releases.
    """

    def __init__(self, event_log: EventLog, name: str) -> None:
        self.event_log = event_log
        self.name = name

    def insert_tracking(self, tracking: Tracking) -> None:
        """Raises IntegrityError for a position that does not lie ahead."""
        self.track(tracking)

    @_translated
    def track(self, tracking: Tracking, *views: View) -> None:
        """Stores rows of views and the position, in one commit.

        Raises IntegrityError for a position that does not lie ahead; nothing is stored then.
        """
        self.event_log.committer.commit(Append(writes=self._writes(tracking, views)))

    def _writes(
        self, tracking: Tracking | None, views: Sequence[View]
    ) -> dict[str, list[Mapping[str, Any]]]:
        writes = {sql: list(rows) for sql, rows in views}
        if tracking is not None:
            name = self._place(tracking.application_name)
            writes[_TRACK] = [{"name": name, "position": tracking.notification_id}]
        return writes

    def _place(self, application_name: str) -> str:
        return f"{self.name}/{application_name}"

    @_translated
    def max_tracking_id(self, application_name: str) -> int | None:
        rows = self.event_log.database.fetch(_TRACKED, (self._place(application_name),))
        return rows[0][0] if rows else None

    def wait(
        self,
        application_name: str,
        notification_id: int | None,
        timeout: float = 1.0,
        interrupt: Event | None = None,
    ) -> None:
        """As the library's, which first looks again after a tenth of a second; this one after one to five ms."""
        deadline = time.monotonic() + timeout
        interrupt = interrupt or Event()
        pause, longest = _WAIT_SECONDS
        while not self.has_tracking_id(application_name, notification_id):
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError(f"{self.name} has not come to {notification_id}")
            if interrupt.wait(min(pause, remaining)):
                raise WaitInterruptedError
            pause = min(pause * 1.5, longest)


class _StreamRecorder(AggregateRecorder):
    """Reads one table stream by stream."""

    select: ClassVar[str]
    event_log: EventLog

    @_translated
    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        query = self.select.format("DESC" if desc else "ASC")
        bounds = (0 if gt is None else gt, _LAST_VERSION if lte is None else lte)
        rows = self.event_log.database.fetch(query, (originator_id, *bounds, limit))
        if rows and isinstance(originator_id, UUID):
            # Whoever decides on what was read appends without asking for its hash again.
            version, _, _, digest = rows[0 if desc else -1]
            if digest is not None:
                self.event_log.heads.put(originator_id, version, digest)
        return [StoredEvent(originator_id, *row[:3]) for row in rows]


class LogRecorder(LogTrackingRecorder, _StreamRecorder, ProcessRecorder):
    """The table `event` as an application recorder, which may track other applications as well."""

    select = _EVENTS

    @_translated
    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        cause: Cause | None = None,
        occurred_at: Sequence[datetime | None] = (),
        view: View | None = None,
        tracking: Tracking | None = None,
        **unknown: Any,
    ) -> Sequence[int] | None:
        """Appends events, with rows of an inline view and a tracked position, in one commit.

        `cause` is what their metadata say (by default: the application by itself), `occurred_at` when each
        happened (by default: now). Gives the positions. Raises IntegrityError when another writer was
        first, for a gap in a stream, and for a position that does not lie ahead.
        """
        if unknown:
            raise TypeError(f"unknown to the recorder: {', '.join(unknown)}")
        writes = self._writes(tracking, () if view is None else (view,))
        rows = self._rows(stored_events, occurred_at, cause or self._by_itself)
        if not rows and not writes:
            return None
        positions = self.event_log.committer.commit(Append(rows, writes))
        for row in rows:
            self.event_log.heads.put(row.stream, row.version, row.hash)
        return positions

    @cached_property
    def _by_itself(self) -> Cause:
        return Cause(actor=self.name or "application", role="service", channel="platform")

    def _rows(
        self,
        stored_events: Sequence[StoredEvent],
        occurred_at: Sequence[datetime | None],
        cause: Cause,
    ) -> list[Row]:
        now = self.event_log.clock()
        metadata = canonical(cause.to_metadata())
        rows: list[Row] = []
        for stored, happened in zip_longest(stored_events, occurred_at):
            stream, version = stored.originator_id, stored.originator_version
            if not isinstance(stream, UUID):
                raise TypeError("streams are named by UUIDs here")
            at = happened or now
            digest = link(self._head(stream, version - 1, rows), stored, metadata, at, now)
            rows.append(Row(stream, version, stored.topic, stored.state, metadata, at, now, digest))
        return rows

    def _head(self, stream: UUID, version: int, rows: Sequence[Row]) -> bytes:
        """The hash that the event after `version` builds on; `rows` go into the same commit before it."""
        if version == 0:
            return GENESIS
        known = self.event_log.heads.get(stream, version)
        if known is not None:
            return known
        for row in reversed(rows):
            if row.version == version and row.stream == stream:
                return row.hash
        found = self.event_log.database.fetch(_HASH, (stream, version))
        if not found:
            raise persistence.IntegrityError(f"there is no version {version} to build on")
        return cast(bytes, found[0][0])

    @_translated
    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Final events only, so that nobody who reads on from the last one ever skips one (decision 0003)."""
        after = -1 if start is None else start - inclusive_of_start
        parameters: list[Any] = [after, _LAST_POSITION if stop is None else stop]
        if topics:
            parameters.append(list(topics))
        rows = self.event_log.database.fetch(_SOME if topics else _ALL, [*parameters, limit])
        return [Notification(*row) for row in rows]

    @_translated
    def max_notification_id(self) -> int | None:
        """The position of the last final event."""
        return cast("int | None", self.event_log.database.fetch(_LAST)[0][0])

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> PollingSubscription:
        return PollingSubscription(recorder=self, gt=gt, topics=topics)


class PollingSubscription(ListenNotifySubscription[LogRecorder]):
    """Looks by itself: often while there is something, less often when not. Survives restarts of the server.

    No append rings a bell, and a bell would not do: see docs/decisions/0003.
    """

    def _loop_on_pull(self) -> None:
        busy = time.monotonic()
        shortest, longest = _POLL_SECONDS
        try:
            while not self._has_been_stopped:
                last = self._last_notification_id
                try:
                    self._pull()
                except (persistence.OperationalError, persistence.InterfaceError):
                    log.warning("subscription_waits", recorder=self._recorder.name)
                    self._has_been_notified.wait(_RETRY_SECONDS)
                now = time.monotonic()
                if self._last_notification_id != last:
                    busy = now
                # What is called "notified" is set by `stop` alone.
                self._has_been_notified.wait(
                    min(max((now - busy) / _IDLE_SHARE, shortest), longest)
                )
        except BaseException as cause:
            self._thread_error = cause
            self.stop()


class SnapshotRecorder(_StreamRecorder):
    """The table `snapshot`, for snapshots as the library takes them."""

    select = _SNAPSHOTS

    def __init__(self, event_log: EventLog) -> None:
        self.event_log = event_log

    @_translated
    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> None:
        """Raises IntegrityError where there is one of that version already."""
        keys = [
            [event.originator_id for event in stored_events],
            [event.originator_version for event in stored_events],
        ]
        values = [
            [event.topic for event in stored_events],
            [event.state for event in stored_events],
        ]
        with self.event_log.database.transaction() as connection:
            connection.execute(_MAKE_ROOM, keys)
            connection.execute(_TAKE, keys + values)

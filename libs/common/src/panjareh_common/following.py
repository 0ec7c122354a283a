"""Following the log in a plain process: in order, from a kept position, one follower of a name at a time.

The lease is a PostgreSQL advisory lock on a connection of its own, so it ends with its holder
however that dies; the fencing number keeps one that lost it without noticing from moving the position
(docs/decisions/0013).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from typing import Any, NamedTuple

import psycopg
import structlog

from panjareh_common import telemetry
from panjareh_common.database import CONNECTION_FAULTS, Connection, Database
from panjareh_common.event_store.append import HORIZON
from panjareh_common.event_store.log import EventLog, RecordedEvent
from panjareh_common.health import HEALTH
from panjareh_common.messaging.message import BrokerUnavailable
from panjareh_common.refusals import TooLate, Unavailable

log = structlog.get_logger(__name__)
_DELAY = telemetry.Duration(
    "panjareh.follower.delay",
    "from an event's commit to its handling",
    ("follower",),
    telemetry.LONG,
)

BATCH = 200
# An event may become final when an older transaction ends, so there is nothing to be woken by.
_POLL_SECONDS = (0.002, 0.05)
_IDLE_SHARE = 50  # who has seen nothing for a second looks fifty times in the next
_WAIT_SECONDS = (0.001, 0.005)
_RETRY_SECONDS = 0.5
_STUCK_SECONDS = 10
# Events that do not concern a follower move its position too, but not a row each time.
_PASSED = 1_000 << 16

_FINAL = f"SELECT {HORIZON} - 1"
_LOOK = b"look"
_TRY_LOCK = """
SELECT bool_and(pg_try_advisory_lock(hashtextextended('follower:' || name, 0)))
FROM unnest(%s::text[]) AS wanted (name)
"""
_TAKE = """
WITH newest AS (SELECT COALESCE(max(fence), 0) + 1 AS fence FROM follower WHERE name = ANY(%(places)s))
INSERT INTO follower (name, fence)
SELECT name, newest.fence FROM newest, unnest(%(places)s::text[]) AS wanted (name)
ON CONFLICT (name) DO UPDATE SET fence = excluded.fence
RETURNING name, position, fence
"""
_PLACES = "SELECT name, position FROM follower WHERE name = ANY(%s)"
_MOVE = """
INSERT INTO follower (name, position)
SELECT * FROM unnest(%(names)s::text[], %(positions)s::bigint[]) ORDER BY 1
ON CONFLICT (name) DO UPDATE SET position = excluded.position
WHERE %(fence)s::bigint IS NULL OR follower.fence = %(fence)s
"""
# The server lets go of a lease half a minute after its holder's machine is gone.
_LEASE_OPTIONS = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4"


class LeaseLost(Exception):
    """Another follower of this name has taken over; this one must stop."""


class CannotGoOn(Exception):
    """What a follower builds on is not as it must be. It says so and looks again, and changes nothing."""


class Found(NamedTuple):
    """What a look at the log gave.

    `last`: the position of the last event, for each place with events; `more`: the places where a
    next look may find further ones at once.
    """

    events: Sequence[Any]
    last: Mapping[str, int]
    more: Collection[str]


class Follower:
    """What reads the log. `name` keys its position, so it must not change between releases.

    `topics` None means all of them. One that is not `opened` gets events as they are stored.
    `poll_seconds`: how long it waits when it has handled what there was, and at most, when it has
    not seen an event for a while.
    """

    name: str
    topics: Sequence[str] | None
    opened: bool = True
    batch: int = BATCH
    poll_seconds: Sequence[float] = _POLL_SECONDS

    @property
    def places(self) -> Sequence[str]:
        """The rows of `follower` in which it keeps how far it has come; its lease is for all of them."""
        return (self.name,)

    def read(self, event_log: EventLog, positions: Mapping[str, int]) -> Found:
        """The next final events after what each place stands at."""
        position = positions[self.name]
        events = event_log.after(position, self.topics, self.batch, opened=self.opened)
        last = {self.name: events[-1].position} if events else {}
        return Found(events, last, self.places if len(events) == self.batch else ())

    def unread(self) -> Sequence[tuple[str, str]]:
        """Where the events of each place are: its name, and the table of the log or the part of it."""
        return ((self.name, "event"),)

    def tell(self, events: Sequence[Any]) -> None:
        """Tells others of a batch, before the position moves; after a crash it is told again.

        Done outside any transaction: one that is held open holds back every follower.
        """

    def apply(self, connection: Connection, events: Sequence[Any]) -> None:
        """Writes what a batch changes; commits together with the position."""

    def settle(self, *, leaving: bool = False) -> None:
        """Called after every look at the log, when all that was applied is committed; `leaving` when the
        process stops.
        """


class Standing(Enum):
    """How a process stands to a lease. AWAY: it has not been asked for, or the database was not reached."""

    AWAY = "away"
    LEADS = "leads"
    STANDS_BY = "stands by"


class Lease:
    """The right to follow under one or more names, all of them or none."""

    def __init__(self, database_url: str, *names: str) -> None:
        self._url = database_url
        self._names = list(names)
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self.fence = 0
        self.positions: dict[str, int] = {}
        self.standing = Standing.AWAY

    def take(self) -> bool:
        """True when this process now follows under the names; `positions` then says from where."""
        self.standing = Standing.AWAY
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=3,
                tcp_user_timeout=10_000,
                options=_LEASE_OPTIONS,
                application_name=f"panjareh lease {self._names[0]}",
            )
        row = self._connection.execute(_TRY_LOCK, (self._names,)).fetchone()
        if not (row and row[0]):
            self._connection.execute("SELECT pg_advisory_unlock_all()")
            self.standing = Standing.STANDS_BY
            return False
        places = self._connection.execute(_TAKE, {"places": self._names}).fetchall()
        self._connection.pgconn.prepare(_LOOK, _FINAL.encode())
        self.fence = places[0][2]
        self.positions = {name: position for name, position, _ in places}
        self.standing = Standing.LEADS
        return True

    def final(self) -> int:
        """The greatest position of which it is sure that no event can come before it any more.

        Asked on the connection that holds the lease: who lost that learns it here. Asked twenty times a
        second and more, so by the driver's lower half. Raises OperationalError.
        """
        assert self._connection is not None
        result = self._connection.pgconn.exec_prepared(_LOOK, [])
        value = result.get_value(0, 0) if result.status == psycopg.pq.ExecStatus.TUPLES_OK else None
        if value is None:
            raise psycopg.OperationalError("the connection that holds a lease is gone")
        return int(value)

    def release(self) -> None:
        """Lets the next one begin, at once where the server can be told."""
        if self.standing is Standing.LEADS:
            self.standing = Standing.AWAY
        if self._connection is not None:
            with suppress(*CONNECTION_FAULTS):
                self._connection.execute("SELECT pg_advisory_unlock_all()")
            self._connection.close()
            self._connection = None


class Progress:
    """How far a follower has come: in memory while it follows, in the database with what it applied."""

    def __init__(
        self,
        event_log: EventLog,
        follower: Follower,
        positions: Mapping[str, int],
        fence: int | None,
        final: Callable[[], int],
    ) -> None:
        self._log = event_log
        self._follower = follower
        self._fence = fence
        self._final = final
        self._kept = dict(positions)
        self._positions = dict(positions)
        self.more = False

    def step(self) -> int:
        """One look and what follows from it; how many events were handled. `more` says whether there were
        more than fit into a batch.

        Raises LeaseLost when the fencing number is no longer ours; nothing is then kept.
        """
        final = self._final()
        if final <= min(self._positions.values()):
            self.more = False
            return 0
        # Looked for after `final`, so whatever is not found up to there will never be.
        found = self._follower.read(self._log, self._positions)
        if found.events:
            self._follower.tell(found.events)
            with self._log.database.transaction() as connection:
                self._keep(connection, found.last)
                self._follower.apply(connection, found.events)
            self._kept |= found.last
            self._measure(found.events)
        for place, position in self._positions.items():
            last = found.last.get(place, position)
            self._positions[place] = last if place in found.more else max(final, last)
        self.more = bool(found.more)
        self._keep_what_was_passed()
        return len(found.events)

    def _measure(self, events: Sequence[Any]) -> None:
        now = self._log.clock()
        for event in events:
            if isinstance(event, RecordedEvent):
                seconds = (now - event.recorded_at).total_seconds()
                _DELAY.record(max(0.0, seconds), self._follower.name)

    def _keep(self, connection: Connection, positions: Mapping[str, int]) -> None:
        moved = connection.execute(
            _MOVE,
            {
                "names": list(positions),
                "positions": list(positions.values()),
                "fence": self._fence,
            },
        )
        if moved.rowcount < len(positions):
            raise LeaseLost(self._follower.name)

    def _keep_what_was_passed(self) -> None:
        if self._follower.topics is None or all(
            self._positions[place] - kept < _PASSED for place, kept in self._kept.items()
        ):
            return
        with self._log.database.transaction() as connection:
            self._keep(connection, self._positions)
        self._kept = dict(self._positions)


def _standing(event_log: EventLog, follower: Follower, fence: int | None) -> Progress:
    """A follower's progress from where the database says it stands, without a lease."""
    database = event_log.database
    positions = dict.fromkeys(follower.places, 0)
    with database.connection() as connection:
        rows = connection.execute(_PLACES, (list(positions),))
        positions |= {row["name"]: row["position"] for row in rows}
    return Progress(event_log, follower, positions, fence, lambda: _final(database))


def _final(database: Database) -> int:
    return int(database.fetch(_FINAL)[0][0])


def step(event_log: EventLog, follower: Follower, fence: int | None = None) -> int:
    """One batch: read after the kept position, tell, apply, keep the new one. Gives how many were handled.

    Raises LeaseLost when the fencing number is no longer ours; nothing is then kept.
    """
    return _standing(event_log, follower, fence).step()


def catch_up(event_log: EventLog, follower: Follower) -> int:
    """Handles all that is final now. Gives how many events that was."""
    progress = _standing(event_log, follower, None)
    total = 0
    while handled := progress.step():
        total += handled
    return total


def follow(
    event_log: EventLog,
    follower: Follower,
    lease: Lease,
    stop: threading.Event,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Follows until told to stop. Survives restarts of the database and the broker."""
    ready()
    while not stop.is_set():
        HEALTH.beat(follower.name)
        try:
            if lease.take():
                _follow(event_log, follower, lease, stop)
            else:
                stop.wait(_RETRY_SECONDS)
        except (Unavailable, BrokerUnavailable, *CONNECTION_FAULTS):
            log.warning("follower_waits", follower=follower.name)
            stop.wait(_RETRY_SECONDS)
        except LeaseLost:
            log.warning("follower_lost_its_lease", follower=follower.name)
        except CannotGoOn as cause:
            log.error("follower_cannot_go_on", follower=follower.name, because=str(cause))
            stop.wait(_STUCK_SECONDS)
        except Exception:
            # A thread that ended here would leave the others running and the process looking well.
            log.exception("follower_failed", follower=follower.name)
            stop.wait(_RETRY_SECONDS)
        finally:
            lease.release()
    HEALTH.ended(follower.name)


def _follow(event_log: EventLog, follower: Follower, lease: Lease, stop: threading.Event) -> None:
    progress = Progress(event_log, follower, lease.positions, lease.fence, lease.final)
    shortest, longest = follower.poll_seconds[0], follower.poll_seconds[-1]
    busy = time.monotonic()
    while not stop.is_set():
        HEALTH.beat(follower.name)
        handled = progress.step()
        follower.settle()
        now = time.monotonic()
        if handled:
            busy = now
        if not progress.more:
            stop.wait(min(max((now - busy) / _IDLE_SHARE, shortest), longest))
    follower.settle(leaving=True)


def wait_until(
    event_log: EventLog, follower: Follower, position: int, timeout_seconds: float
) -> None:
    """Returns when a follower has applied every event up to a position that concerns it.

    So a caller reads in its view what it has just written: a command's `saved[-1].position`. Raises
    TooLate when that has not happened after `timeout_seconds`.
    """
    query, parameters = _applied(follower, position)
    deadline = time.monotonic() + timeout_seconds
    shortest, longest = _WAIT_SECONDS
    pause = threading.Event()
    while not event_log.database.fetch(query, parameters)[0][0]:
        if time.monotonic() >= deadline:
            raise TooLate()
        pause.wait(shortest)
        shortest = min(shortest * 1.5, longest)


def _applied(follower: Follower, position: int) -> tuple[str, list[Any]]:
    concerns = "" if follower.topics is None else " AND topic = ANY(%s)"
    parts = [f"%s < {HORIZON}"]
    parameters: list[Any] = [position]
    for place, table in follower.unread():
        parts.append(
            f"NOT EXISTS (SELECT FROM {table} WHERE position <= %s AND position >"
            f" COALESCE((SELECT position FROM follower WHERE name = %s), 0){concerns})"
        )
        parameters += [position, place]
        if follower.topics is not None:
            parameters.append(list(follower.topics))
    return f"SELECT {' AND '.join(parts)}", parameters

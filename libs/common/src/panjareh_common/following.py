"""Following the log in a plain process: in order, from a kept position, one follower of a name at a time.

The lease is a PostgreSQL advisory lock on a connection of its own, so it ends with its holder
however that dies; the fencing number keeps one that lost it without noticing from moving the position.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import psycopg
import structlog

from panjareh_common.database import CONNECTION_FAULTS, Connection
from panjareh_common.event_store.log import EventLog, RecordedEvent
from panjareh_common.messaging.message import BrokerUnavailable
from panjareh_common.refusals import Unavailable

log = structlog.get_logger(__name__)

BATCH = 200
_POLL_SECONDS = (
    0.005,
    0.01,
    0.02,
    0.05,
)  # an event may become final when an older transaction ends
_STUCK_SECONDS = 10


class LeaseLost(Exception):
    """Another follower of this name has taken over; this one must stop."""


class CannotGoOn(Exception):
    """What a follower builds on is not as it must be. It says so and looks again, and changes nothing."""


class Follower:
    """What reads the log. `name` keys its position, so it must not change between releases.

    `topics` None means all of them. One that is not `opened` gets events as they are stored.
    """

    name: str
    topics: Sequence[str] | None
    opened: bool = True
    batch: int = BATCH
    poll_seconds: Sequence[float] = _POLL_SECONDS

    def tell(self, events: Sequence[RecordedEvent]) -> None:
        """Tells others of a batch, before the position moves; after a crash it is told again.

        Done outside any transaction: one that is held open holds back every follower.
        """

    def apply(self, connection: Connection, events: Sequence[RecordedEvent]) -> None:
        """Writes what a batch changes; commits together with the position."""

    def settle(self, *, leaving: bool = False) -> None:
        """Called after every look at the log, when all that was applied is committed; `leaving` when the
        process stops.
        """


class Lease:
    """The right to follow under a name."""

    def __init__(self, database_url: str, name: str) -> None:
        self._url = database_url
        self._name = name
        self._connection: psycopg.Connection[tuple[int, ...]] | None = None
        self.fence = 0

    def take(self) -> bool:
        """True when this process now follows under the name."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=3)
        row = self._connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended('follower:' || %s, 0))", (self._name,)
        ).fetchone()
        if not (row and row[0]):
            return False
        fence = self._connection.execute(
            "INSERT INTO follower (name, fence) VALUES (%s, 1)"
            " ON CONFLICT (name) DO UPDATE SET fence = follower.fence + 1 RETURNING fence",
            (self._name,),
        ).fetchone()
        assert fence is not None
        self.fence = fence[0]
        return True

    def release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def step(event_log: EventLog, follower: Follower, fence: int | None = None) -> int:
    """One batch: read after the kept position, tell, apply, keep the new one. Gives how many were handled.

    Raises LeaseLost when the fencing number is no longer ours; nothing is then kept.
    """
    with event_log.database.connection() as connection:
        row = connection.execute(
            "SELECT position FROM follower WHERE name = %s", (follower.name,)
        ).fetchone()
    position = row["position"] if row else 0
    events = event_log.after(position, follower.topics, follower.batch, opened=follower.opened)
    if not events:
        return 0
    follower.tell(events)
    with event_log.database.transaction() as connection:
        moved = connection.execute(
            "INSERT INTO follower (name, position) VALUES (%(name)s, %(position)s)"
            " ON CONFLICT (name) DO UPDATE SET position = excluded.position"
            " WHERE %(fence)s::bigint IS NULL OR follower.fence = %(fence)s",
            {"name": follower.name, "position": events[-1].position, "fence": fence},
        )
        if moved.rowcount == 0:
            raise LeaseLost(follower.name)
        follower.apply(connection, events)
    return len(events)


def catch_up(event_log: EventLog, follower: Follower) -> int:
    """Handles all that is final now. Gives how many events that was."""
    total = 0
    while handled := step(event_log, follower):
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
    idle = 0
    ready()
    while not stop.is_set():
        try:
            if not lease.take():
                stop.wait(0.5)
                continue
            while not stop.is_set():
                handled = step(event_log, follower, lease.fence)
                follower.settle()
                if handled:
                    idle = 0
                else:
                    waits = follower.poll_seconds
                    stop.wait(waits[min(idle // 50, len(waits) - 1)])
                    idle += 1
            follower.settle(leaving=True)
        except (Unavailable, BrokerUnavailable, *CONNECTION_FAULTS):
            log.warning("follower_waits", follower=follower.name)
            stop.wait(0.5)
        except LeaseLost:
            log.warning("follower_lost_its_lease", follower=follower.name)
        except CannotGoOn as cause:
            log.error("follower_cannot_go_on", follower=follower.name, because=str(cause))
            stop.wait(_STUCK_SECONDS)
        except Exception:
            # A thread that ended here would leave the others running and the process looking well.
            log.exception("follower_failed", follower=follower.name)
            stop.wait(0.5)
        finally:
            lease.release()

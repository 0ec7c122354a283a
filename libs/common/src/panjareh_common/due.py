"""Waits that have come due: a plain process takes them, does them, and ends them in the same commit.

Several processes share the work (`FOR UPDATE SKIP LOCKED`). A wait is first moved into the future
for as long as it may take, so one whose worker dies comes due again; whoever does it must be able
to do it twice.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from panjareh_common import telemetry
from panjareh_common.clock import Clock
from panjareh_common.database import Database
from panjareh_common.event_store.log import Cause
from panjareh_common.event_store.sealing import PersonErased
from panjareh_common.health import HEALTH
from panjareh_common.messaging.message import BrokerUnavailable
from panjareh_common.refusals import NotFound, Refusal

log = structlog.get_logger(__name__)

_HOLD = timedelta(seconds=30)
_POLL_SECONDS = (0.01, 0.02, 0.05, 0.1)
_LOOK_SECONDS = 2.0
_LOOKS_WITHIN = 15.0  # seconds, of a process that can work; it waits 5 for a connection
_FIRST_RETRY, _LONGEST_RETRY = 1.0, 300.0

_TAKE = """
UPDATE due SET attempts = due.attempts + 1, due_at = %(until)s
FROM (SELECT kind, subject, detail FROM due
      WHERE due_at <= %(now)s AND kind = ANY(%(kinds)s)
      ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS taken
WHERE (due.kind, due.subject, due.detail) = (taken.kind, taken.subject, taken.detail)
RETURNING due.kind, due.subject, due.detail, due.attempts, due.metadata, due.due_at AS held_until
"""
# Only while the hold is ours: whoever brought the wait forward meanwhile wants it done sooner.
_AGAIN = """
UPDATE due SET due_at = %s WHERE kind = %s AND subject = %s AND detail = %s AND due_at = %s
"""
_OLDEST = "SELECT kind, min(due_at) FROM due WHERE kind = ANY(%s) AND due_at <= %s GROUP BY kind"
_END = "DELETE FROM due WHERE kind = %s AND subject = %s AND detail = %s"


@dataclass(frozen=True)
class Due:
    """One wait that has come due. `attempts` counts this one; until `held_until` nobody else takes it."""

    kind: str
    subject: UUID
    detail: str
    attempts: int
    cause: Cause
    held_until: datetime


Handler = Callable[[Due], None]


def retry_after(attempts: int, rng: Callable[[], float] = random.random) -> timedelta:
    """Exponential with full jitter above half: 1 s at first, at most 5 minutes."""
    longest = min(_LONGEST_RETRY, _FIRST_RETRY * 2 ** min(attempts - 1, 10))
    return timedelta(seconds=longest * (0.5 + rng() / 2))


class DueWorker:
    """Does what is due, `threads` at a time. `handlers` maps a kind of wait to what does it.

    Where one kind may take long, a second worker with a `name` of its own does it, and the others do not wait.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        clock: Clock,
        *,
        threads: int = 8,
        name: str = "due",
    ) -> None:
        self._database = database
        self._handlers = dict(handlers)
        self._clock = clock
        self._threads = threads
        self._name = name
        self._looked_at = time.monotonic()

    def take(self, limit: int) -> list[Due]:
        """Claims what is due now, oldest first."""
        now = self._clock()
        with self._database.connection() as connection:
            rows = connection.execute(
                _TAKE,
                {"now": now, "until": now + _HOLD, "kinds": list(self._handlers), "limit": limit},
            ).fetchall()
        return [Due(cause=_cause(row.pop("metadata")), **row) for row in rows]

    def do(self, due: Due) -> None:
        """Does one; what fails comes due again later, and later each time."""
        try:
            with telemetry.work_span(due.kind, due.cause.traceparent):
                self._handlers[due.kind](due)
        except (PersonErased, NotFound) as gone:
            # Of whom or what it was about nothing is left that could still be done.
            log.warning("due_without_subject", kind=due.kind, because=type(gone).__name__)
            self._end(due)
        except (Refusal, BrokerUnavailable) as said:
            log.warning(
                "due_waits", kind=due.kind, attempts=due.attempts, because=type(said).__name__
            )
            self._again(due)
        except Exception:
            log.exception("due_failed", kind=due.kind, attempts=due.attempts)
            self._again(due)

    def run_due(self) -> int:
        """Does all that is due now, one after another. Gives how many; for tests and catching up."""
        done = 0
        while taken := self.take(50):
            for due in taken:
                self.do(due)
            done += len(taken)
        return done

    def run(self, stop: threading.Event, ready: Callable[[], None] = lambda: None) -> None:
        """Works until told to stop, then finishes what is in hand."""
        free = threading.Semaphore(self._threads)
        idle = 0
        self._tell()
        ready()
        with ThreadPoolExecutor(self._threads, thread_name_prefix="due") as pool:
            while not stop.is_set():
                HEALTH.beat(self._name)
                places = self._places(free)
                try:
                    taken = self.take(places) if places else []
                    self._looked_at = time.monotonic()
                except Refusal:
                    log.warning("due_waits_for_database")
                    taken = []
                    stop.wait(0.5)
                for _ in range(places - len(taken)):
                    free.release()
                for due in taken:
                    pool.submit(self.do, due).add_done_callback(lambda _: free.release())
                idle = 0 if taken else idle + 1
                if not taken:
                    stop.wait(_POLL_SECONDS[min(idle // 20, len(_POLL_SECONDS) - 1)])
        _AT_WORK.remove(self)

    def lags(self) -> dict[tuple[str, ...], float]:
        """How late the oldest due work of each kind is, in seconds. Raises Unavailable."""
        now = self._clock()
        rows = self._database.fetch(_OLDEST, (list(self._handlers), now), seconds=_LOOK_SECONDS)
        lags: dict[tuple[str, ...], float] = {(kind,): 0.0 for kind in self._handlers}
        lags.update({(kind,): (now - due_at).total_seconds() for kind, due_at in rows})
        return lags

    def _tell(self) -> None:
        HEALTH.check(self._name, self._idle_too_long)
        _AT_WORK.append(self)
        if _AT_WORK[0] is self:
            telemetry.gauge(
                "panjareh.due.lag", "s", "how late the oldest due work is", ("kind",), _lags
            )

    def _idle_too_long(self) -> str | None:
        seconds = time.monotonic() - self._looked_at
        return f"has not looked for {seconds:.0f} s" if seconds > _LOOKS_WITHIN else None

    @staticmethod
    def _places(free: threading.Semaphore) -> int:
        places = 0
        while free.acquire(blocking=False):
            places += 1
        return places

    def _end(self, due: Due) -> None:
        with self._database.connection() as connection:
            connection.execute(_END, (due.kind, due.subject, due.detail))

    def _again(self, due: Due) -> None:
        at: datetime = self._clock() + retry_after(due.attempts)
        try:
            with self._database.connection() as connection:
                connection.execute(_AGAIN, (at, due.kind, due.subject, due.detail, due.held_until))
        except Refusal:
            log.warning("due_left_to_its_hold", kind=due.kind)  # comes due when the hold ends


_AT_WORK: list[DueWorker] = []
"""The workers of this process, which are measured together."""


def _lags() -> dict[tuple[str, ...], float]:
    return {kind: late for worker in _AT_WORK for kind, late in worker.lags().items()}


def _cause(metadata: Mapping[str, Any]) -> Cause:
    return Cause(**metadata)

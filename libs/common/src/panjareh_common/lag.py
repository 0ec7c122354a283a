"""How far followers are behind the log, who holds them up, and a warning when that is too long."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import structlog

from panjareh_common import telemetry
from panjareh_common.clock import Clock, utc_now
from panjareh_common.database import Database
from panjareh_common.event_store.append import HORIZON
from panjareh_common.following import Follower
from panjareh_common.health import HEALTH
from panjareh_common.refusals import Unavailable

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 2.0

# Whatever is stored and not applied counts, final or not: a person waits for it either way.
_OLDEST = """
(SELECT recorded_at, position < {horizon} AS final FROM {table}
 WHERE position > COALESCE((SELECT position FROM follower WHERE name = %s), 0){concerns}
 ORDER BY position LIMIT 1)
"""
_HOLDER = "SELECT pid, role, database, application, state, seconds FROM oldest_transaction()"


class Lag(NamedTuple):
    """Age of the oldest event that a follower has not applied; `final`: nothing but itself delays it."""

    seconds: float
    final: bool


class Lags:
    """Looks from outside: at what the database says, so that a follower that hangs is seen too."""

    def __init__(
        self,
        database: Database,
        followers: Sequence[Follower],
        bound_seconds: float,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._followers = list(followers)
        self._bound = bound_seconds
        self._clock = clock
        self._behind: set[str] = set()
        self.measured: dict[str, Lag] = {}

    def watch(self, stop: threading.Event) -> None:
        """Measures until told to stop."""
        telemetry.gauge(
            "panjareh.follower.lag",
            "s",
            "age of the oldest event that a follower has not applied",
            ("follower",),
            lambda: {(name,): lag.seconds for name, lag in self.measured.items()},
        )
        while not stop.wait(_LOOK_SECONDS):
            HEALTH.beat("lags")
            try:
                self.look()
            except Unavailable:
                continue  # the followers say so
            except Exception:
                log.exception("lag_not_measured")

    def too_long(self, follower: str) -> str | None:
        """What the last look says of a follower that is too far behind; None of the others."""
        lag = self.measured.get(follower)
        return f"{lag.seconds:.0f} s behind" if lag and lag.seconds > self._bound else None

    def look(self) -> Mapping[str, Lag]:
        """Measures once, and warns of what has got worse or better. Raises Unavailable."""
        self.measured = {follower.name: self._lag(follower) for follower in self._followers}
        for name, lag in self.measured.items():
            if lag.seconds > self._bound and name not in self._behind:
                self._behind.add(name)
                held_by = None if lag.final else self._holder()
                seconds = round(lag.seconds, 1)
                log.warning("follower_lags", follower=name, seconds=seconds, held_by=held_by)
            elif lag.seconds <= self._bound and name in self._behind:
                self._behind.remove(name)
                log.info("follower_lags_no_more", follower=name)
        return self.measured

    def _lag(self, follower: Follower) -> Lag:
        parts: list[str] = []
        parameters: list[Any] = []
        concerns = "" if follower.topics is None else " AND topic = ANY(%s)"
        for place, table in follower.unread():
            parts.append(_OLDEST.format(horizon=HORIZON, table=table, concerns=concerns))
            parameters += [place] if follower.topics is None else [place, list(follower.topics)]
        oldest = min(self._database.fetch("UNION ALL".join(parts), parameters), default=None)
        if oldest is None:
            return Lag(0.0, final=True)
        recorded_at, final = oldest
        return Lag(max(0.0, (self._clock() - recorded_at).total_seconds()), final)

    def _holder(self) -> dict[str, Any] | None:
        """The oldest transaction of the whole cluster that has a number, or None when it is over by now."""
        rows = self._database.fetch(_HOLDER)
        if not rows:
            return None
        pid, role, database, application, state, seconds = rows[0]
        return {
            "pid": pid,
            "role": role,
            "database": database,
            "application": application,
            "state": state,
            "seconds": round(seconds, 1),
        }

"""How many requests are open, and how many of those are late, by service: for metrics."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from panjareh_common import telemetry
from panjareh_common.clock import Clock
from panjareh_common.database import Database

_KEPT_SECONDS = 60.0  # it reads the whole table, whoever asks
_OPEN = """
SELECT request.service_code, request.status, count(*), count(*) FILTER (
    WHERE CASE WHEN clock.request_id IS NULL THEN promised_by ELSE clock.deadline_at END < %s)
FROM request LEFT JOIN clock USING (request_id) WHERE status NOT IN ('decided', 'withdrawn', 'closed')
GROUP BY request.service_code, request.status
"""

Counts = dict[tuple[str, ...], float]


class Standing:
    """Counts, looked at once a minute at most."""

    def __init__(
        self, database: Database, clock: Clock, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._looked_at: float | None = None
        self._open: Counts = {}
        self._overdue: Counts = {}

    def open(self) -> Counts:
        """By service and status. Raises Unavailable."""
        self._look()
        return self._open

    def overdue(self) -> Counts:
        """Those whose promised time has passed, by service. Raises Unavailable."""
        self._look()
        return self._overdue

    def tell(self) -> None:
        telemetry.gauge(
            "panjareh.requests.open",
            "{request}",
            "requests that are not decided",
            ("service_code", "status"),
            self.open,
        )
        telemetry.gauge(
            "panjareh.requests.overdue",
            "{request}",
            "requests that are not decided when they should be",
            ("service_code",),
            self.overdue,
        )

    def _look(self) -> None:
        with self._lock:
            now = self._monotonic()
            if self._looked_at is not None and now - self._looked_at < _KEPT_SECONDS:
                return
            rows = self._database.fetch(_OPEN, (self._clock(),))
            self._open = {(service, status): count for service, status, count, _ in rows}
            self._overdue = {}
            for service, _, _, late in rows:
                self._overdue[service,] = self._overdue.get((service,), 0) + late
            self._looked_at = now

"""How long a service takes: what the law gives, and what was measured of finished requests; late ones apart (R6)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from panjareh_common.event_store import EventLog
from panjareh_common.event_store.log import Cause
from panjareh_common.texts import text
from panjareh_requests.application.ports import Terms
from panjareh_requests.read_model.sentences.telling import PACKAGE

FEWEST = 5
"""Of fewer nothing is told: it would be the time of somebody."""

# The last thousand of at most a year, wherever they came from; who withdrew was not served, fast or slowly.
_FINISHED = """
WITH finished AS (
    (SELECT clock.ended_at, clock.ended_at - request.submitted_at AS took
     FROM clock JOIN request USING (request_id)
     WHERE clock.service_code = %(service)s AND clock.state = 'over' AND request.outcome IS NOT NULL
       AND clock.ended_at > %(now)s::timestamptz - interval '365 days'
     ORDER BY clock.ended_at DESC LIMIT 1000)
    UNION ALL
    (SELECT changed_at, changed_at - submitted_at FROM request
     WHERE service_code = %(service)s AND service_version = 0 AND status = 'closed'
       AND changed_at > %(now)s::timestamptz - interval '365 days'
     ORDER BY changed_at DESC LIMIT 1000)
), last AS (SELECT * FROM finished ORDER BY ended_at DESC LIMIT 1000)
SELECT count(*) AS finished, min(ended_at) AS since,
       extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY took))::float / 3600 AS median_hours,
       extract(epoch FROM percentile_disc(0.9) WITHIN GROUP (ORDER BY took))::float / 3600 AS nine_in_ten_hours
FROM last
"""
_LATE = """
SELECT count(*) AS count, min(deadline_at) AS oldest_deadline FROM clock
WHERE service_code = %s AND state = 'running' AND deadline_at <= %s
"""
_KEPT_SECONDS = 60.0  # anybody may ask
_TOO_FEW = (
    "Too few requests are finished to tell how long they take."
    " Working days that the law gives: {promised}."
)
_MEASURED = (
    "Days until the decision: at most {median} for half of the requests, at most {most} for nine in ten."
    " Working days that the law gives: {promised}."
)


class TypicalTimes:
    def __init__(
        self, log: EventLog, terms: Terms, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._terms = terms
        self._monotonic = monotonic
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    def of(self, service_code: str, language: str) -> dict[str, Any]:
        """Raises UnknownService. What is told is at most a minute old."""
        held, now = self._known.get(service_code), self._monotonic()
        if held is None or held[0] < now:
            held = self._known[service_code] = (now + _KEPT_SECONDS, self._look(service_code))
        told = held[1]
        return told | {"text": _in_words(told, language)}

    def _look(self, service_code: str) -> dict[str, Any]:
        with self._log.unit_of_work(Cause("requests", "service", "platform")) as unit:
            terms = self._terms.current(unit, service_code)
            [measured] = unit.fetch(_FINISHED, {"service": service_code, "now": unit.now})
            [late] = unit.fetch(_LATE, (service_code, unit.now))
            if measured["finished"] < FEWEST:
                measured |= dict.fromkeys(("since", "median_hours", "nine_in_ten_hours"))
            return measured | {
                "service_code": service_code,
                "promised_working_days": terms.time_limit_days,
                "late": late,
                "as_of": unit.now,
            }


def _in_words(told: dict[str, Any], language: str) -> str:
    promised = told["promised_working_days"]
    if told["median_hours"] is None:
        return text(PACKAGE, _TOO_FEW, language, promised=promised)
    median, most = (math.ceil(told[name] / 24) for name in ("median_hours", "nine_in_ten_hours"))
    return text(PACKAGE, _MEASURED, language, median=median, most=most, promised=promised)

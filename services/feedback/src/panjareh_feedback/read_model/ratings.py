"""How public services are rated: one row a feedback, and the summary that is open to all (requirement F4)."""

from __future__ import annotations

from typing import Any

from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_feedback.domain.feedback import Feedback
from panjareh_feedback.domain.values import LEAST, MOST

FEWEST_SHOWN = 5
"""Among fewer ratings than this, one person's could be told from the rest (F1: with privacy kept)."""

_WRITE = """
INSERT INTO rating (request_id, service_code, rating, given_at)
SELECT request_id, service_code, rating, given_at FROM jsonb_populate_recordset(NULL::rating, %s)
ON CONFLICT (request_id) DO UPDATE SET rating = excluded.rating
"""
_COUNT = "SELECT rating, count(*) AS number FROM rating WHERE service_code = %s GROUP BY rating"


class Ratings:
    """Writes rows inside a unit of work; sums them up for anyone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, unit: UnitOfWork, feedback: Feedback) -> None:
        row = {
            "request_id": feedback.request_id,
            "service_code": feedback.service_code,
            "rating": feedback.rating,
            "given_at": feedback.created_on,
        }
        unit.write(_WRITE, row)

    def of_service(self, service_code: str) -> dict[str, Any]:
        """Count, mean and distribution; for few ratings only that they are fewer than five."""
        with self._database.connection() as connection:
            rows = connection.execute(_COUNT, (service_code,)).fetchall()
        numbers = {row["rating"]: row["number"] for row in rows}
        return {"service_code": service_code} | summary(numbers)


def summary(numbers: dict[int, int]) -> dict[str, Any]:
    """What may be told of so many ratings of each kind."""
    count = sum(numbers.values())
    if 0 < count < FEWEST_SHOWN:
        return {"count": None, "mean": None, "distribution": None, "suppressed": True}
    total = sum(rating * number for rating, number in numbers.items())
    return {
        "count": count,
        "mean": round(total / count, 2) if count else None,
        "distribution": {str(rating): numbers.get(rating, 0) for rating in range(LEAST, MOST + 1)},
        "suppressed": False,
    }

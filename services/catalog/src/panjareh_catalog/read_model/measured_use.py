"""How public services are used and liked, counted from what requests and feedback tell (requirements F4, C1).

A few numbers a service, whatever is told; the order of search results takes them in (migration 0005).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from panjareh_common.database import Database
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.messaging import Message

FEWEST_SHOWN = 5
"""Among fewer ratings than this, one person's could be told from the rest (F1: with privacy kept)."""

# Messages that are handled side by side share a commit: one row a service, always in the same order.
_SUBMITTED = """
INSERT INTO service_use (service_code, submitted)
SELECT service_code, count(*) FROM jsonb_to_recordset(%s) AS told (service_code text)
GROUP BY service_code ORDER BY service_code
ON CONFLICT (service_code) DO UPDATE SET submitted = service_use.submitted + excluded.submitted
"""
_RATED = """
INSERT INTO heard_rating (feedback_id, service_code, rating, sequence)
SELECT DISTINCT ON (feedback_id) feedback_id, service_code, rating, sequence
FROM jsonb_populate_recordset(NULL::heard_rating, %s) ORDER BY feedback_id, sequence DESC
ON CONFLICT (feedback_id) DO UPDATE SET rating = excluded.rating, sequence = excluded.sequence
WHERE heard_rating.sequence < excluded.sequence
"""
_OF = """
SELECT service_code, submitted, rated, rating_sum FROM service_use WHERE service_code = ANY(%s)
"""


class MeasuredUse:
    """Counts what is told, each message once, and gives the numbers."""

    def __init__(self, log: EventLog, database: Database) -> None:
        self._log = log
        self._database = database

    def keep(self, message: Message, listener: str) -> None:
        """Takes a `request_submitted.v1` or a `feedback_given.v1`."""
        statement, row = heard(message)

        def work(unit: UnitOfWork) -> None:
            if unit.first_time(listener, message.id):
                unit.write(statement, row)

        self._log.run(Cause("catalog", "service", "platform", cause=message.id), work)

    def of(self, codes: Sequence[str]) -> dict[str, dict[str, Any]]:
        """`{submitted, rated, mean}` of each service, in one round trip; of few ratings `rated` and `mean` are None."""
        with self._database.connection() as connection:
            rows = connection.execute(_OF, (list(codes),)).fetchall()
        numbers = {row["service_code"]: row for row in rows}
        return {code: told(numbers.get(code)) for code in codes}


def told(numbers: dict[str, Any] | None) -> dict[str, Any]:
    """What may be told of a row of `service_use`, or of none."""
    submitted = numbers["submitted"] if numbers else 0
    rated = numbers["rated"] if numbers else 0
    if numbers is None or rated < FEWEST_SHOWN:
        return {"submitted": submitted, "rated": None if rated else 0, "mean": None}
    return {
        "submitted": submitted,
        "rated": rated,
        "mean": round(numbers["rating_sum"] / rated, 2),
    }


def heard(message: Message) -> tuple[str, dict[str, Any]]:
    """The statement that counts a message, and its row."""
    if message.type == "request_submitted.v1":
        return _SUBMITTED, {"service_code": message.data["service_code"]}
    return _RATED, {
        "feedback_id": message.subject,
        "service_code": message.data["service_code"],
        "rating": message.data["rating"],
        "sequence": message.sequence,
    }

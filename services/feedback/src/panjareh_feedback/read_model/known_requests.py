"""Which requests are decided, and whose they are: kept from what requests tells, in whatever order it comes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.messaging import Message
from panjareh_feedback.domain.values import KnownRequest

# Each message fills in what it knows; neither waits for the other.
_SUBMITTED = """
INSERT INTO finished_request (request_id, applicant_id, service_code)
SELECT request_id, applicant_id, service_code
FROM jsonb_populate_recordset(NULL::finished_request, %s)
ON CONFLICT (request_id) DO UPDATE
SET applicant_id = excluded.applicant_id, service_code = excluded.service_code
"""
_DECIDED = """
INSERT INTO finished_request (request_id, decided_at)
SELECT request_id, decided_at FROM jsonb_populate_recordset(NULL::finished_request, %s)
ON CONFLICT (request_id) DO UPDATE
SET decided_at = LEAST(finished_request.decided_at, excluded.decided_at)
"""
_GET = """
SELECT request_id, applicant_id, service_code, decided_at FROM finished_request WHERE request_id = %s
"""


class PostgresKnownRequests:
    """The KnownRequests port in SQL."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def keep(self, message: Message, listener: str) -> None:
        """Takes a `request_submitted.v1` or a `request_decided.v1`."""
        statement, row = _heard(message)

        def work(unit: UnitOfWork) -> None:
            if unit.first_time(listener, message.id):
                unit.write(statement, row)

        self._log.run(Cause("feedback", "service", "platform", cause=message.id), work)

    def get(self, unit: UnitOfWork, request_id: UUID) -> KnownRequest | None:
        rows = unit.fetch(_GET, (request_id,))
        return KnownRequest(**rows[0]) if rows else None


def _heard(message: Message) -> tuple[str, dict[str, Any]]:
    request_id = UUID(message.subject)
    if message.type == "request_submitted.v1":
        return _SUBMITTED, {
            "request_id": request_id,
            "applicant_id": UUID(message.data["applicant_id"]),
            "service_code": message.data["service_code"],
        }
    return _DECIDED, {"request_id": request_id, "decided_at": message.time}

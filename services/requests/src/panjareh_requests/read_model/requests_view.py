"""Where requests stand: rows written in the commit of their events, and the questions they answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from panjareh_common.clock import from_wire, to_wire
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.paging import from_cursor, page
from panjareh_requests.domain.service_request import ServiceRequest

VIEW = "requests"

# A rebuild and a command may write the same row: the later version of the request wins.
_WRITE = """
INSERT INTO request (request_id, reference, applicant_id, authority, service_code, service_version,
                     channel, status, outcome, officer_id, document_number, submitted_at, changed_at,
                     promised_by, version)
VALUES (%(request_id)s, %(reference)s, %(applicant_id)s, %(authority)s, %(service_code)s,
        %(service_version)s, %(channel)s, %(status)s, %(outcome)s, %(officer_id)s,
        %(document_number)s, %(submitted_at)s, %(changed_at)s, %(promised_by)s, %(version)s)
ON CONFLICT (request_id) DO UPDATE SET
    status = excluded.status, outcome = excluded.outcome, officer_id = excluded.officer_id,
    document_number = excluded.document_number, changed_at = excluded.changed_at,
    promised_by = excluded.promised_by, version = excluded.version
WHERE request.version <= excluded.version
"""
_MINE = """
SELECT * FROM request
WHERE applicant_id = %(applicant_id)s
  AND (%(at)s::timestamptz IS NULL OR (submitted_at, request_id) < (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY submitted_at DESC, request_id DESC LIMIT %(limit)s
"""
_QUEUE = """
SELECT * FROM request
WHERE authority = %(authority)s AND status = 'under_review'
  AND (%(at)s::timestamptz IS NULL OR (submitted_at, request_id) > (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY submitted_at, request_id LIMIT %(limit)s
"""


class RequestsView:
    """Writes rows inside a unit of work; reads them for people and officers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, unit: UnitOfWork, *requests: ServiceRequest) -> None:
        with unit.connection.cursor() as cursor:
            cursor.executemany(_WRITE, [_row(request) for request in requests])

    def of_applicant(self, applicant_id: UUID, after: str | None, limit: int) -> dict[str, Any]:
        """A person's own requests, newest first, as `{items, next}`."""
        parameters = _parameters({"applicant_id": applicant_id}, after, limit)
        with self._database.connection() as connection:
            rows = connection.execute(_MINE, parameters).fetchall()
        return page(rows, limit, _key)

    def queue(
        self, unit: UnitOfWork, authority: str, after: str | None, limit: int
    ) -> dict[str, Any]:
        """What waits for an authority's officers, oldest first, as `{items, next}`."""
        parameters = _parameters({"authority": authority}, after, limit)
        return page(unit.execute(_QUEUE, parameters).fetchall(), limit, _key)


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return to_wire(row["submitted_at"]), str(row["request_id"])


def _parameters(wanted: dict[str, Any], after: str | None, limit: int) -> dict[str, Any]:
    at, request_id = from_cursor(after, from_wire, UUID) or (None, None)
    return wanted | {"at": at, "id": request_id, "limit": limit + 1}


def _row(request: ServiceRequest) -> dict[str, Any]:
    return {
        "request_id": request.id,
        "reference": request.reference,
        "applicant_id": request.applicant_id,
        "authority": request.authority,
        "service_code": request.service_code,
        "service_version": request.service_version,
        "channel": request.channel,
        "status": str(request.status),
        "outcome": str(request.outcome) if request.outcome else None,
        "officer_id": request.officer_id,
        "document_number": request.document_number,
        "submitted_at": request.created_on,
        "changed_at": request.modified_on,
        "promised_by": request.promised_by,
        "version": request.version,
    }


_BATCH = 200
_AHEAD = (
    f"SELECT stream FROM event WHERE version = 1 AND stream > %s ORDER BY stream LIMIT {_BATCH}"
)
_WITHIN = "SELECT stream FROM event WHERE version = 1 AND stream > %s AND stream <= %s"
_CLEAR = "DELETE FROM request WHERE request_id > %s AND request_id <= %s"
_BEFORE_ALL, _LAST = UUID(int=0), UUID(int=2**128 - 1)


def rebuild(log: EventLog, view: RequestsView) -> int:
    """Writes every row again from the events, in short transactions, while the service runs.

    Afterwards there is a row for each request and no other, whatever stood there before. Gives how
    many requests that was.
    """
    cause = Cause(actor="requests", role="service", channel="platform", cause="rebuild")
    last, total = _BEFORE_ALL, 0
    while last < _LAST:
        end = _end_of_batch(log.database, last)
        with log.unit_of_work(cause) as unit:
            # Rows go first: a command that writes one of them meanwhile waits for this commit, and
            # one that was before us is in the events that are read next.
            unit.execute(_CLEAR, (last, end))
            streams = [row["stream"] for row in unit.execute(_WITHIN, (last, end))]
            found = [unit.find(ServiceRequest, stream) for stream in streams]
            requests = [request for request in found if request is not None]
            view.write(unit, *requests)
        last, total = end, total + len(requests)
    return total


def _end_of_batch(database: Database, last: UUID) -> UUID:
    with database.connection() as connection:
        streams = [row["stream"] for row in connection.execute(_AHEAD, (last,))]
    return streams[-1] if len(streams) == _BATCH else _LAST

"""Where requests stand: rows written in the commit of their events, and the questions they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from panjareh_common.clock import from_wire, to_wire
from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_common.paging import from_cursor, page
from panjareh_requests.domain.service_request import ServiceRequest

# Until when an answer is owed now: what was promised stands in the events, and days and pauses move it.
CLOCK = "(SELECT request_id, state AS clock_state, deadline_at, stage FROM clock) AS clock"

# A rebuild and a command may write the same row: the later version of the request wins.
_WRITE = """
INSERT INTO request (request_id, reference, applicant_id, authority, service_code, service_version,
                     channel, status, outcome, officer_id, document_number, submitted_at, changed_at,
                     promised_by, version, waiting_for, decided_version, issued_version,
                     form_version, asked_version, answer_by, appealed_version, final_at,
                     parties, party_ids)
SELECT request_id, reference, applicant_id, authority, service_code, service_version, channel, status,
       outcome, officer_id, document_number, submitted_at, changed_at, promised_by, version,
       waiting_for, decided_version, issued_version,
       form_version, asked_version, answer_by, appealed_version, final_at, parties, party_ids
FROM jsonb_populate_recordset(NULL::request, %s)
ON CONFLICT (request_id) DO UPDATE SET
    status = excluded.status, outcome = excluded.outcome, officer_id = excluded.officer_id,
    document_number = excluded.document_number, changed_at = excluded.changed_at,
    promised_by = excluded.promised_by, version = excluded.version, waiting_for = excluded.waiting_for,
    decided_version = COALESCE(excluded.decided_version, request.decided_version),
    issued_version = COALESCE(excluded.issued_version, request.issued_version),
    form_version = excluded.form_version, asked_version = excluded.asked_version,
    answer_by = excluded.answer_by, appealed_version = excluded.appealed_version,
    final_at = excluded.final_at, parties = excluded.parties, party_ids = excluded.party_ids
WHERE request.version <= excluded.version
"""
# Those one asked for, and those one joined: nobody is both in one request, and each has an index of its own.
_OF_ONE = """
SELECT * FROM request WHERE {whose}
  AND (%(services)s::text[] IS NULL OR service_code = ANY(%(services)s::text[]))
  AND (%(at)s::timestamptz IS NULL OR (submitted_at, request_id) < (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY submitted_at DESC, request_id DESC LIMIT %(limit)s
"""
_MINE = f"""
SELECT * FROM (
    ({_OF_ONE.format(whose="applicant_id = %(applicant_id)s")}) UNION ALL
    ({_OF_ONE.format(whose="party_ids @> ARRAY[%(applicant_id)s::uuid]")})
) AS request LEFT JOIN {CLOCK} USING (request_id)
ORDER BY submitted_at DESC, request_id DESC LIMIT %(limit)s
"""
_OPEN = """
SELECT request_id, reference, service_code, status FROM request
WHERE (applicant_id = %(person)s OR party_ids @> ARRAY[%(person)s::uuid]) AND status NOT IN ('decided', 'withdrawn', 'closed') ORDER BY submitted_at
"""
_QUEUE = f"""
SELECT * FROM request LEFT JOIN {CLOCK} USING (request_id)
WHERE authority = %(authority)s AND status IN ('under_review', 'under_appeal')
  AND NOT EXISTS (
      SELECT FROM work WHERE work.request_id = request.request_id AND skill <> '' AND NOT EXISTS (
          SELECT FROM officer_skill AS held
          WHERE held.authority = work.authority AND held.officer_id = %(officer_id)s AND held.skill = work.skill
            AND taken_at IS NULL))
  AND (%(at)s::timestamptz IS NULL OR (submitted_at, request_id) > (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY submitted_at, request_id LIMIT %(limit)s
"""


class Follows(Protocol):
    """Rows of another kind that what was saved of a request may change."""

    def follow(self, unit: UnitOfWork, request: ServiceRequest) -> None: ...


class RequestsView:
    """Writes rows inside a unit of work; reads them for people and officers."""

    def __init__(
        self, database: Database, clocks: Follows | None = None, also: Sequence[Follows] = ()
    ) -> None:
        self._database = database
        self._follow = (*((clocks,) if clocks is not None else ()), *also)

    def write(self, unit: UnitOfWork, *requests: ServiceRequest) -> None:
        for request in requests:
            new = {e.topic: e.version for e in unit.saved if e.stream == request.id}
            unit.write(_WRITE, row_of(request, new))
            for rows in self._follow:
                rows.follow(unit, request)

    def of_applicant(
        self,
        applicant_id: UUID,
        after: str | None,
        limit: int,
        *,
        services: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """A person's own requests, newest first, as `{items, next}`; only for some services where they are named."""
        wanted = {"applicant_id": applicant_id, "services": list(services) if services else None}
        parameters = _parameters(wanted, after, limit)
        with self._database.connection() as connection:
            rows = connection.execute(_MINE, parameters).fetchall()
        return page([as_owed(row) for row in rows], limit, _key)

    def open_of(self, applicant_id: UUID) -> dict[str, Any]:
        """All of a person's that are not decided, as `{items}`."""
        with self._database.connection() as connection:
            return {"items": connection.execute(_OPEN, {"person": applicant_id}).fetchall()}

    def queue(
        self, unit: UnitOfWork, authority: str, officer_id: UUID, after: str | None, limit: int
    ) -> dict[str, Any]:
        """What waits for an authority's officers, of that which this one has the skill for, oldest first.

        Gives `{items, next}`.
        """
        wanted = {"authority": authority, "officer_id": officer_id}
        parameters = _parameters(wanted, after, limit)
        rows = [as_owed(row) for row in unit.fetch(_QUEUE, parameters)]
        return page(rows, limit, _key)


def as_owed(row: dict[str, Any]) -> dict[str, Any]:
    """The row of a request with its clock's time in place of what was promised; none while the clock stands still."""
    if row["clock_state"] is None:  # an imported case, or one whose clock is about to be made
        return row
    return row | {"promised_by": row["deadline_at"]}


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return to_wire(row["submitted_at"]), str(row["request_id"])


def _parameters(wanted: dict[str, Any], after: str | None, limit: int) -> dict[str, Any]:
    at, request_id = from_cursor(after, from_wire, UUID) or (None, None)
    return wanted | {"at": at, "id": request_id, "limit": limit + 1}


def row_of(request: ServiceRequest, new: Mapping[str, int]) -> dict[str, Any]:
    """A row as a commit writes it; `new` are the versions of the events in it, by topic."""
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
        "waiting_for": request.open_evidence,
        "decided_version": new.get(ServiceRequest.Decided.TOPIC),
        "issued_version": new.get(ServiceRequest.OutputIssued.TOPIC),
        "form_version": request.form_version,
        "asked_version": request.asked_version,
        "answer_by": request.answer_by,
        "appealed_version": request.appealed_version,
        "final_at": request.final_at,
        "parties": parties_of(request),
        "party_ids": list(request.joined.values()),
    }


def parties_of(request: ServiceRequest) -> dict[str, dict[str, Any]]:
    """What a row says of each party, by key, in the order of the card."""
    return {
        key: {
            "state": str(party["state"]),
            "person": str(party["person_id"]) if party["person_id"] else None,
            "form_version": party["form_version"],
            "until": to_wire(party["expires_at"]) if party["expires_at"] else None,
        }
        for key, party in request.parties.items()
    }

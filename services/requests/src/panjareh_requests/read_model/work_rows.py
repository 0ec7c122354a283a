"""The rows of what waits for officers, written in the commit of their events (migration 0011)."""

from __future__ import annotations

from typing import Any

from panjareh_common.event_store import UnitOfWork
from panjareh_requests.application.ports import Terms
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import IN_REVIEW, RequestStatus

NEVER = "9999-12-31T00:00:00Z"
"""When what has no limit is due: at the end of every order, and still a time that programs can hold."""

_COLUMNS = """
request_id, reference, applicant_id, authority, service_code, skill, status, channel, submitted_at, officer_id,
proposed_by, persons, blocked, version
"""
# The clock is read as it stood before this commit; a trigger of the clock mends what this commit changes of it.
_WRITE = f"""
INSERT INTO work ({_COLUMNS}, due_at)
SELECT {_COLUMNS}, COALESCE((SELECT deadline_at FROM clock WHERE clock.request_id = new.request_id), '{NEVER}')
FROM jsonb_populate_recordset(NULL::work, %s) AS new
ON CONFLICT (request_id) DO UPDATE SET
    status = excluded.status, officer_id = excluded.officer_id, proposed_by = excluded.proposed_by,
    persons = excluded.persons, blocked = excluded.blocked, version = excluded.version
WHERE work.version <= excluded.version
"""
_GONE = """
DELETE FROM work USING jsonb_populate_recordset(NULL::work, %s) AS over
WHERE work.request_id = over.request_id AND work.version <= over.version
"""
_TAKEN_EARLY = """
INSERT INTO out_of_order (request_id, version, reference, applicant_id, authority, service_code, officer_id, doing,
                          ahead, at)
SELECT request_id, version, reference, applicant_id, authority, service_code, officer_id, doing, ahead, at
FROM jsonb_populate_recordset(NULL::out_of_order, %s)
ON CONFLICT (request_id, version) DO NOTHING
"""
# What a release without these rows has written. A second officer's proposal and blocked officers follow with
# the next event; until then the request itself refuses them.
_MISSING = f"""
INSERT INTO work (request_id, reference, applicant_id, authority, service_code, skill, status, channel, submitted_at,
                  due_at, officer_id, persons, version)
SELECT request.request_id, reference, applicant_id, request.authority, request.service_code,
       COALESCE(card -> 'review' ->> 'skill', ''), status, request.channel, submitted_at,
       COALESCE(clock.deadline_at, '{NEVER}'), officer_id, array_remove(ARRAY[applicant_id], NULL), request.version
FROM request LEFT JOIN clock USING (request_id)
LEFT JOIN public_service ON code = request.service_code AND public_service.version = request.service_version
WHERE status IN ('under_review', 'under_appeal')
  AND NOT EXISTS (SELECT FROM work WHERE work.request_id = request.request_id AND work.version >= request.version)
ON CONFLICT (request_id) DO UPDATE SET
    status = excluded.status, officer_id = excluded.officer_id, version = excluded.version
WHERE work.version < excluded.version
"""
_LEFT_OVER = """
DELETE FROM work USING request
WHERE work.request_id = request.request_id AND work.version < request.version
  AND request.status NOT IN ('under_review', 'under_appeal')
"""


_BEFORE = frozenset({RequestStatus.SUBMITTED, RequestStatus.GATHERING_EVIDENCE})


class WorkRows:
    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def follow(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        if request.status in IN_REVIEW:
            unit.write(_WRITE, self._row(unit, request))
        elif request.status not in _BEFORE:
            unit.write(_GONE, {"request_id": request.id, "version": request.version})
        for event in unit.saved:
            if event.stream == request.id and event.topic == ServiceRequest.TakenOutOfOrder.TOPIC:
                unit.write(_TAKEN_EARLY, _taken_early(request, event.version, event.event))

    def find_missing(self, unit: UnitOfWork) -> None:
        """Puts right what a release that knows no such rows left."""
        unit.execute(_MISSING)
        unit.execute(_LEFT_OVER)

    def _row(self, unit: UnitOfWork, request: ServiceRequest) -> dict[str, Any]:
        return {
            "request_id": request.id,
            "reference": request.reference,
            "applicant_id": request.applicant_id,
            "authority": request.authority,
            "service_code": request.service_code,
            "skill": self._skill(unit, request),
            "status": str(request.status),
            "channel": request.channel,
            "submitted_at": request.created_on,
            "officer_id": request.officer_id,
            "proposed_by": request.proposed_by,
            "persons": sorted(request.person_ids),
            "blocked": sorted(request.blocked),
            "version": request.version,
        }

    def _skill(self, unit: UnitOfWork, request: ServiceRequest) -> str:
        """An imported case ran under no card of ours."""
        if request.service_version == 0:
            return ""
        terms = self._terms.of(unit, request.service_code, request.service_version)
        return terms.review.skill or ""


def _taken_early(request: ServiceRequest, version: int, event: Any) -> dict[str, Any]:
    return {
        "request_id": request.id,
        "version": version,
        "reference": request.reference,
        "applicant_id": request.applicant_id,
        "authority": request.authority,
        "service_code": request.service_code,
        "officer_id": event.officer_id,
        "doing": event.doing,
        "ahead": event.ahead,
        "at": event.timestamp,
    }

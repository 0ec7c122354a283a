"""What waits for officers, as they and their supervisors see it; each look is on record (R3, design rule 9)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from panjareh_common.clock import from_wire, to_wire
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.paging import from_cursor, page, whole
from panjareh_common.refusals import NotAllowed, NotFound
from panjareh_common.security import Caller
from panjareh_requests.application.desk import Desk
from panjareh_requests.application.ports import Looks
from panjareh_requests.application.ports_work import Lane, Order, Staff
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.permitting import record_looks
from panjareh_requests.read_model.work_order import OPEN_TO

_SUPERVISING = ("supervisor", "head")
_FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
_QUEUE = """
SELECT request_id, reference, applicant_id, service_code, skill, status, channel, submitted_at, due_at, officer_id,
       proposed_by IS NOT NULL AS proposed
FROM work WHERE {conditions} ORDER BY due_at, submitted_at, request_id LIMIT %(limit)s
"""
_AFTER = "(due_at, submitted_at, request_id) > (%(due_at)s::timestamptz, %(at)s::timestamptz, %(id)s::uuid)"
_EARLY = """
SELECT early.*, event.topic, event.state FROM out_of_order AS early
JOIN event ON event.stream = early.request_id AND event.version = early.version
WHERE early.authority = %(authority)s
  AND (%(officer_id)s::uuid IS NULL OR early.officer_id = %(officer_id)s)
  AND (%(at)s::timestamptz IS NULL
       OR (early.at, early.request_id, early.version) < (%(at)s::timestamptz, %(id)s::uuid, %(version)s::integer))
ORDER BY early.at DESC, early.request_id DESC, early.version DESC LIMIT %(limit)s
"""
_OFFICERS = """
SELECT officer_id, roles,
       ARRAY(SELECT skill FROM officer_skill
             WHERE officer_skill.authority = officer.authority AND officer_skill.officer_id = officer.officer_id
               AND taken_at IS NULL ORDER BY skill) AS skills,
       (SELECT count(*) FROM work
        WHERE work.officer_id = officer.officer_id AND work.authority = officer.authority) AS reviews,
       (SELECT count(*) FROM out_of_order
        WHERE out_of_order.officer_id = officer.officer_id AND out_of_order.authority = officer.authority
          AND at > %(since)s) AS out_of_order
FROM officer WHERE authority = %(authority)s AND 'officer' = ANY(roles)
  AND (%(id)s::uuid IS NULL OR officer_id > %(id)s)
ORDER BY officer_id LIMIT %(limit)s
"""


class WorkList:
    def __init__(
        self, log: EventLog, looks: Looks, *, desk: Desk, order: Order, staff: Staff
    ) -> None:
        self._log = log
        self._looks = looks
        self._desk = desk
        self._order = order
        self._staff = staff

    def page(
        self, caller: Caller, cause: Cause, *, after: str | None, limit: int, **wanted: Any
    ) -> dict[str, Any]:
        """`{items, next}`, what ends first at the top. `wanted`: skill, service, overdue, mine, unassigned, proposed.

        Officers see what they have the skill for and are not too near to, supervisors and the head everything.
        Raises NotAllowed.
        """
        authority = _authority_of(caller)
        with self._log.unit_of_work(cause) as unit:
            conditions, values = self._conditions(unit, caller, authority, wanted)
            if reached := from_cursor(after, from_wire, from_wire, UUID):
                conditions.append(_AFTER)
                values |= dict(zip(("due_at", "at", "id"), reached, strict=True))
            query = _QUEUE.format(conditions=" AND ".join(conditions))
            found = page(unit.fetch(query, values | {"limit": limit + 1}), limit, _place)
            seen = [(row["applicant_id"], row["request_id"]) for row in found["items"]]
            record_looks(unit, self._looks, caller, seen)
            return found | {"items": [_told(row, unit.now) for row in found["items"]]}

    def _conditions(
        self, unit: UnitOfWork, caller: Caller, authority: str, wanted: dict[str, Any]
    ) -> tuple[list[str], dict[str, Any]]:
        values: dict[str, Any] = {
            "authority": authority,
            "officer_id": caller.person,
            "now": unit.now,
            "skill": wanted["skill"],
            "service": wanted["service"],
        }
        conditions = ["authority = %(authority)s"]
        if not set(_SUPERVISING) & set(caller.roles):
            values["skills"] = ["", *self._staff.skills_of(unit, authority, caller.person)]
            conditions += ["skill = ANY(%(skills)s)", OPEN_TO]
        chosen = {
            "skill": "skill = %(skill)s",
            "service": "service_code = %(service)s",
            "overdue": "due_at <= %(now)s",
            "mine": "officer_id = %(officer_id)s",
            "unassigned": "officer_id IS NULL",
            "proposed": "proposed_by IS NOT NULL AND proposed_by <> %(officer_id)s",
        }
        conditions += [sql for name, sql in chosen.items() if wanted[name] not in (None, False)]
        return conditions, values

    def one(self, request_id: UUID, *, caller: Caller, cause: Cause) -> dict[str, Any]:
        """Who works on a request, how many stand ahead of it, and what is proposed. Raises NotAllowed, NotFound."""
        authority = _authority_of(caller)
        with self._log.unit_of_work(cause) as unit:
            request = unit.load(ServiceRequest, request_id)
            if request.authority != authority:
                raise NotFound()
            record_looks(unit, self._looks, caller, [(request.applicant_id, request_id)])
            skill = self._desk.skill_of(unit, request)
            ahead = self._order.ahead(unit, request, skill, caller.person, Lane.FREE)
            proposal = None
            if request.proposed_by is not None:
                proposal = {
                    "officer_id": request.proposed_by,
                    "outcome": request.proposed_outcome,
                    "reason": request.proposed_reason,
                }
            return {
                "request_id": request_id,
                "status": str(request.status),
                "officer_id": request.officer_id,
                "skill": skill or None,
                "four_eyes": self._desk.two_decide(unit, request),
                "ahead": ahead,
                "proposal": proposal,
            }

    def out_of_order(
        self,
        caller: Caller,
        cause: Cause,
        *,
        officer_id: UUID | None,
        after: str | None,
        limit: int,
    ) -> dict[str, Any]:
        """`{items, next}`, newest first: what was done before its turn, by whom and why. Raises NotAllowed."""
        if caller.authority is None or not set(_SUPERVISING) & set(caller.roles):
            raise NotAllowed()
        at, request_id, version = from_cursor(after, from_wire, UUID, whole) or (None, None, None)
        with self._log.unit_of_work(cause) as unit:
            wanted = {
                "authority": caller.authority,
                "officer_id": officer_id,
                "at": at,
                "id": request_id,
                "version": version,
                "limit": limit + 1,
            }
            found = page(unit.fetch(_EARLY, wanted), limit, _moment)
            seen = [(row["applicant_id"], row["request_id"]) for row in found["items"]]
            record_looks(unit, self._looks, caller, seen)
            return found | {"items": [self._with_reason(row) for row in found["items"]]}

    def _with_reason(self, row: dict[str, Any]) -> dict[str, Any]:
        stored = StoredEvent(row["request_id"], row["version"], row["topic"], row["state"])
        event: Any = self._log.mapper.to_domain_event(stored)
        return row | {"reason": event.reason}

    def officers(
        self, caller: Caller, cause: Cause, *, after: str | None, limit: int
    ) -> dict[str, Any]:
        """`{items, next}`: the officers of the authority, what they can do and have to do. Raises NotAllowed."""
        if caller.authority is None or not set(_SUPERVISING) & set(caller.roles):
            raise NotAllowed()
        [last] = from_cursor(after, UUID) or [None]
        with self._log.unit_of_work(cause) as unit:
            wanted = {
                "authority": caller.authority,
                "id": last,
                "since": unit.now.replace(month=1, day=1),
                "limit": limit + 1,
            }
            return page(unit.fetch(_OFFICERS, wanted), limit, _officer)


def _authority_of(caller: Caller) -> str:
    """Raises NotAllowed for who neither reviews nor supervises there."""
    if caller.authority is None or not {"officer", *_SUPERVISING} & set(caller.roles):
        raise NotAllowed()
    return caller.authority


def _told(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    due_at = row["due_at"] if row["due_at"] < _FOR_EVER else None
    return row | {
        "due_at": due_at,
        "skill": row["skill"] or None,
        "overdue": due_at is not None and due_at <= now,
    }


def _place(row: dict[str, Any]) -> tuple[str, str, str]:
    return to_wire(row["due_at"]), to_wire(row["submitted_at"]), str(row["request_id"])


def _moment(row: dict[str, Any]) -> tuple[str, str, str]:
    return to_wire(row["at"]), str(row["request_id"]), str(row["version"])


def _officer(row: dict[str, Any]) -> tuple[str]:
    return (str(row["officer_id"]),)

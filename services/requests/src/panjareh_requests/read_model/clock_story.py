"""The clock of one request, day by day, and what lies before the holders of a duty because its time has passed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_common.calendar import day_in_tehran
from panjareh_common.clock import from_wire, to_wire
from panjareh_common.event_store import EventLog
from panjareh_common.event_store.log import Cause
from panjareh_common.paging import from_cursor, page
from panjareh_common.refusals import NotAllowed
from panjareh_common.security import Caller
from panjareh_requests.application.ports import Days, Looks, Terms
from panjareh_requests.domain.clock import Reckoning, Why, reckon
from panjareh_requests.domain.escalation import STAGE_OF, STAGES, Duty, duty_of
from panjareh_requests.domain.refusals_time import NoClock
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.permitting import permit, record_looks
from panjareh_requests.read_model.sentences.clock import clock_in_words, day_in_words

_PASSED = """
SELECT request.request_id, request.reference, request.applicant_id, request.authority, request.service_code,
       request.status, request.officer_id, request.waiting_for, request.submitted_at,
       clock.deadline_at, clock.stage
FROM clock JOIN request ON request.request_id = clock.request_id
WHERE clock.stage >= %(stage)s AND clock.stage > 0 AND clock.state = 'running' AND clock.deadline_at <= %(now)s
  AND (%(authority)s::text IS NULL OR clock.authority = %(authority)s)
  AND (%(at)s::timestamptz IS NULL OR (clock.deadline_at, clock.request_id) > (%(at)s, %(id)s::uuid))
ORDER BY clock.deadline_at, clock.request_id LIMIT %(limit)s
"""


class ClockStory:
    def __init__(self, log: EventLog, terms: Terms, days: Days, looks: Looks) -> None:
        self._log = log
        self._terms = terms
        self._days = days
        self._looks = looks

    def get(
        self, request_id: UUID, *, caller: Caller, cause: Cause, language: str
    ) -> dict[str, Any]:
        """Each day, counted or not, and why. Raises NotFound; NoClock for an imported case."""
        with self._log.unit_of_work(cause) as unit:
            request = unit.load(ServiceRequest, request_id)
            seen = vars(request) | {"party_ids": list(request.joined.values())}
            permit(unit, self._looks, caller, request_id, seen, parties=True)
            if request.case is not None:
                raise NoClock()
            terms = self._terms.of(unit, request.service_code, request.service_version)
            clock = request.clock(terms.time_limit_days)
            if clock is None:
                raise NoClock()
            days = self._days.of(unit, request.authority, request.service_code)
            spans = days.spans(request.channel, unit.now)
            told = reckon(clock, days.calendar, spans, unit.now)
            return {
                "request_id": request_id,
                "begun_at": clock.begun,
                "promised_by": request.promised_by,
                "escalations": [{"duty": duty, "at": at} for duty, at in request.escalations],
            } | _told(told, unit.now, language)

    def passed(
        self, caller: Caller, cause: Cause, *, after: str | None, limit: int
    ) -> dict[str, Any]:
        """`{items, next}`: what has passed its time, the longest overdue first. Raises NotAllowed.

        Officers, supervisors and the head of an authority see its own; the ombudsman what came so far, of all.
        """
        duty = duty_of(caller.roles, caller.authority)
        if duty is None or caller.authority is None:
            raise NotAllowed()
        at, request_id = from_cursor(after, from_wire, UUID) or (None, None)
        everywhere = duty is Duty.OMBUDSMAN
        with self._log.unit_of_work(cause) as unit:
            wanted = {
                "stage": STAGE_OF[duty] if everywhere else 1,
                "authority": None if everywhere else caller.authority,
                "now": unit.now,
                "at": at,
                "id": request_id,
                "limit": limit + 1,
            }
            found = page(unit.fetch(_PASSED, wanted), limit, _key)
            items = [row | {"duty": str(STAGES[row["stage"] - 1].duty)} for row in found["items"]]
            seen = [(row["applicant_id"], row["request_id"]) for row in items]
            record_looks(unit, self._looks, caller, seen)
            return found | {"items": items}


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return to_wire(row["deadline_at"]), str(row["request_id"])


def _told(told: Reckoning, now: datetime, language: str) -> dict[str, Any]:
    today = day_in_tehran(now)
    gone = sum(day.why is Why.COUNTED and day.day < today for day in told.days)
    left = told.limit - gone
    passed = told.deadline is not None and told.deadline <= now
    return {
        "state": str(told.state),
        "limit_days": told.limit,
        "counted_days": gone if told.state != "over" else told.counted,
        "left_days": left if told.state != "over" else 0,
        "deadline": told.deadline,
        "estimated": told.estimated,
        "passed": passed,
        "text": clock_in_words(told, passed=passed, left=left, language=language),
        "days": [
            {
                "day": day.day,
                "counted": day.why is Why.COUNTED,
                "number": day.number,
                "why": str(day.why),
                "text": day_in_words(day, told.limit, language),
            }
            for day in told.days
        ],
        "as_of": now,
    }

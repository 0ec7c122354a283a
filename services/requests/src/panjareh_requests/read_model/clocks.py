"""The rows of statutory clocks: written in the commit of what changed the turn, or the days that are known.

A row holds what its limit follows from, so that a million of them are counted again without loading a request.
Its alarm is its wait (migration 0007).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_common.calendar import day_in_tehran
from panjareh_common.calendar.working_days import midnight
from panjareh_common.clock import from_wire, to_wire
from panjareh_common.event_store import UnitOfWork
from panjareh_requests.application.ports import Terms
from panjareh_requests.application.recounting import Affected
from panjareh_requests.domain.clock import ClockState, Pause, StatutoryClock, reckon
from panjareh_requests.domain.escalation import stage_after
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.calendars import Calendars

_COLUMNS = """
request_id, authority, service_code, channel, begun_at, limit_days, pauses, ended_at, state, stage,
deadline_at, estimated, alarm_at, version
"""
# Whoever counted an older state of the request is late, and changes nothing.
_WRITE = f"""
INSERT INTO clock ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::clock, %s)
ON CONFLICT (request_id) DO UPDATE SET
    begun_at = excluded.begun_at, limit_days = excluded.limit_days, pauses = excluded.pauses,
    ended_at = excluded.ended_at, state = excluded.state, stage = excluded.stage,
    deadline_at = excluded.deadline_at, estimated = excluded.estimated,
    alarm_at = excluded.alarm_at, version = excluded.version
WHERE clock.version <= excluded.version
"""
# In one order, so that two who count the same clocks wait for each other.
_AGAIN = """
UPDATE clock SET deadline_at = again.deadline_at, estimated = again.estimated, alarm_at = again.alarm_at
FROM (SELECT request_id, deadline_at, estimated, alarm_at, version
      FROM jsonb_populate_recordset(NULL::clock, %s) ORDER BY request_id) AS again
WHERE clock.request_id = again.request_id AND clock.version = again.version
"""
_AFFECTED = f"""
SELECT {_COLUMNS} FROM clock
WHERE state = 'running' AND {{whose}}
  AND (%(after)s::uuid IS NULL OR request_id > %(after)s)
  AND (%(until)s::timestamptz IS NULL OR begun_at < %(until)s)
  AND (%(since)s::timestamptz IS NULL OR GREATEST(deadline_at, alarm_at) > %(since)s)
ORDER BY request_id LIMIT %(limit)s
"""
# Fifty a second, so that nobody waits behind them who asks for something now.
_MISSING = """
INSERT INTO due (kind, subject, due_at, metadata)
SELECT 'clock', request_id, %s::timestamptz + row_number() OVER () * interval '20 milliseconds',
       '{"actor": "requests", "channel": "platform", "role": "service"}'
FROM request
WHERE service_version > 0 AND status NOT IN ('decided', 'withdrawn', 'closed')
  AND NOT EXISTS (SELECT FROM clock WHERE clock.request_id = request.request_id)
ON CONFLICT (kind, subject, detail) DO NOTHING
"""
_OF_SOME = "(authority = ANY(%(authorities)s) OR service_code = ANY(%(services)s))"


class Clocks:
    def __init__(self, terms: Terms, calendars: Calendars) -> None:
        self._terms = terms
        self._calendars = calendars

    def follow(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        """Writes the row where what this unit saved of the request changed its clock."""
        saved = {event.version for event in unit.saved if event.stream == request.id}
        if request.clock_version in saved:
            self.write(unit, request)

    def write(self, unit: UnitOfWork, request: ServiceRequest) -> bool:
        """False for an imported case, which has no clock."""
        if request.case is not None:
            return False
        terms = self._terms.of(unit, request.service_code, request.service_version)
        clock = request.clock(terms.time_limit_days)
        if clock is None:
            return False
        row = {
            "request_id": request.id,
            "authority": request.authority,
            "service_code": request.service_code,
            "channel": request.channel,
            "begun_at": clock.begun,
            "limit_days": clock.limit,
            "pauses": [_pause(pause) for pause in clock.pauses],
            "ended_at": clock.ended,
            "state": str(clock.state),
            "stage": len(request.escalations),
            "version": request.version,
        }
        unit.write(_WRITE, row | self._reckoned(unit, row, clock))
        return True

    def count_again(self, unit: UnitOfWork, affected: Affected, limit: int) -> UUID | None:
        """Counts at most `limit` clocks again; gives the last of them where there may be more."""
        whose = _OF_SOME if affected.authorities or affected.services else "true"
        wanted = {
            "authorities": list(affected.authorities),
            "services": list(affected.services),
            "since": affected.since and midnight(day_in_tehran(affected.since)),
            "until": affected.until,
            "after": affected.after,
            "limit": limit,
        }
        self._calendars.look_again()
        rows = unit.fetch(_AFFECTED.format(whose=whose), wanted)
        for row in rows:
            told = self._reckoned(unit, row, clock_from(row))
            if any(row[name] != value for name, value in told.items()):
                unit.write(
                    _AGAIN, {"request_id": row["request_id"], "version": row["version"]} | told
                )
        last: UUID | None = rows[-1]["request_id"] if len(rows) == limit else None
        return last

    def find_missing(self, unit: UnitOfWork) -> None:
        """Sets an alarm for every open request without a clock; it makes the clock."""
        unit.execute(_MISSING, (unit.now,))

    def _reckoned(
        self, unit: UnitOfWork, row: Mapping[str, Any], clock: StatutoryClock
    ) -> dict[str, Any]:
        days = self._calendars.of(unit, row["authority"], row["service_code"])
        spans = days.spans(row["channel"], unit.now)
        told = reckon(clock, days.calendar, spans, unit.now)
        alarm_at: datetime | None = None
        stage = stage_after(row["stage"])
        # Nobody is hurried while the person's answer is awaited, even where time had passed before.
        if stage is not None and clock.state is ClockState.RUNNING:
            more = reckon(clock, days.calendar, spans, unit.now, more=stage.after)
            alarm_at = more.deadline
        return {"deadline_at": told.deadline, "estimated": told.estimated, "alarm_at": alarm_at}


def _pause(pause: Pause) -> list[str | None]:
    return [to_wire(pause.since), to_wire(pause.until) if pause.until else None]


def clock_from(row: Mapping[str, Any]) -> StatutoryClock:
    """The clock that a row holds."""
    pauses: Sequence[Sequence[str]] = row["pauses"]
    return StatutoryClock(
        row["begun_at"],
        row["limit_days"],
        tuple(
            Pause(from_wire(since), from_wire(until) if until else None) for since, until in pauses
        ),
        row["ended_at"],
    )

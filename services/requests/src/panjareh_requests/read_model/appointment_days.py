"""What an authority sees of its places: which there are, and who is expected on a day; that look is on record."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from panjareh_common.calendar.working_days import midnight
from panjareh_common.event_store import EventLog
from panjareh_common.event_store.log import Cause
from panjareh_common.paging import from_cursor, page
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_requests.application.appointment_places import KEEPER
from panjareh_requests.application.ports import Looks
from panjareh_requests.domain.appointment_place import AppointmentPlace
from panjareh_requests.read_model.permitting import record_looks

_OF_AUTHORITY = """
SELECT place_id, version, authority, closed, plan FROM appointment_place
WHERE authority = %(authority)s AND (%(after)s::uuid IS NULL OR place_id > %(after)s::uuid)
ORDER BY place_id LIMIT %(limit)s
"""
_EXPECTED = """
SELECT seat.starts_at, seat.ends_at, seat.seat, seat.state, request.request_id, request.reference,
       request.service_code, request.status, request.applicant_id
FROM appointment_seat AS seat JOIN request USING (request_id)
WHERE seat.place_id = %s AND seat.starts_at >= %s AND seat.starts_at < %s AND seat.state <> 'held'
ORDER BY seat.starts_at, seat.seat
"""


def office_of(caller: Caller) -> str:
    """The authority of an officer or supervisor. Raises NotAllowed."""
    return caller.office(KEEPER if KEEPER in caller.roles else "officer")


class AppointmentDays:
    def __init__(self, log: EventLog, looks: Looks) -> None:
        self._log = log
        self._looks = looks

    def places(
        self, caller: Caller, cause: Cause, *, after: str | None, limit: int
    ) -> dict[str, Any]:
        """`{items, next}`, of the officer's own authority. Raises NotAllowed."""
        key = from_cursor(after, UUID)
        wanted = {
            "authority": office_of(caller),
            "after": key[0] if key else None,
            "limit": limit + 1,
        }
        with self._log.unit_of_work(cause) as unit:
            rows = [row.pop("plan") | row for row in unit.fetch(_OF_AUTHORITY, wanted)]
        return page(rows, limit, lambda row: (str(row["place_id"]),))

    def place(self, place_id: UUID, caller: Caller, cause: Cause) -> dict[str, Any]:
        """Raises NotAllowed, NotFound."""
        authority = office_of(caller)
        with self._log.unit_of_work(cause) as unit:
            place = unit.load(AppointmentPlace, place_id)
        if place.authority != authority:
            raise NotFound()
        closed = [{"day": day, "reason": why} for day, why in sorted(place.closed_days.items())]
        return place.plan | {
            "place_id": place.id,
            "version": place.version,
            "authority": place.authority,
            "closed": place.closed_because is not None,
            "closed_days": closed,
        }

    def expected(self, place_id: UUID, day: date, caller: Caller, cause: Cause) -> dict[str, Any]:
        """`{items}` of one day, in order. Raises NotAllowed, NotFound."""
        authority = office_of(caller)
        begins = midnight(day)
        ends = midnight(day + timedelta(days=1))
        with self._log.unit_of_work(cause) as unit:
            place = unit.load(AppointmentPlace, place_id)
            if place.authority != authority:
                raise NotFound()
            rows = unit.fetch(_EXPECTED, (place_id, begins, ends))
            seen = [(row["applicant_id"], row["request_id"]) for row in rows]
            record_looks(unit, self._looks, caller, seen)
            return {"items": rows}

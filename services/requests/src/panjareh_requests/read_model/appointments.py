"""What an applicant sees of their appointment: whether they are to come, where and when they can, and when they will."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from panjareh_common.calendar import day_in_tehran
from panjareh_common.clock import from_wire, to_wire
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.paging import from_cursor, page
from panjareh_common.reference import grouped
from panjareh_common.refusals import NotFound, Refusal
from panjareh_common.security import Caller
from panjareh_common.texts import moment_in_words, text
from panjareh_requests.application.ports import Looks, Terms
from panjareh_requests.application.ports_appointments import Calendar, calendar_of
from panjareh_requests.application.requests import terms_of
from panjareh_requests.domain.appointment_place import AppointmentPlace
from panjareh_requests.domain.appointments import LEAD, LOOKED_AHEAD, AppointmentTerms, Slot
from panjareh_requests.domain.refusals_appointments import (
    NoAppointmentHere,
    NoAppointmentsForService,
    NothingBooked,
)
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import RequestStatus, ServiceTerms
from panjareh_requests.read_model.permitting import permit
from panjareh_requests.read_model.sentences.telling import PACKAGE, in_language

_PLACES = """
SELECT place_id, plan FROM appointment_place
WHERE authority = %s AND services @> ARRAY[%s::text] AND NOT closed ORDER BY plan -> 'city' ->> 'fa', place_id
LIMIT 500
"""
_PLACE = "SELECT place_id, plan FROM appointment_place WHERE place_id = %s"
_TAKEN = """
SELECT starts_at, count(*) AS taken FROM appointment_seat
WHERE place_id = %s AND starts_at BETWEEN %s AND %s GROUP BY starts_at
"""
# Of the line for a place: who is in it longer, for some of the same days.
_AHEAD = """
SELECT count(*) AS ahead FROM appointment_waiting AS other JOIN appointment_waiting AS own
  ON own.request_id = %s AND other.place_id = own.place_id
  AND (other.joined_at, other.request_id) < (own.joined_at, own.request_id)
  AND daterange(other.from_day, other.until_day, '[]') && daterange(own.from_day, own.until_day, '[]')
"""
_TITLE = "Appointment: {service}"
_DETAILS = "Reference {reference}. Move it or give it back in the window, if you cannot come."


class MakesFile(Protocol):
    """An appointment as a calendar takes it in."""

    def __call__(self, request: ServiceRequest, *, title: str, where: str, details: str) -> str: ...


class AppointmentStory:
    """Reads for the applicant, who acts for them, or an officer of the authority and then on record."""

    def __init__(
        self, log: EventLog, looks: Looks, terms: Terms, days: Calendar, makes_file: MakesFile
    ) -> None:
        self._log = log
        self._looks = looks
        self._terms = terms
        self._days = days
        self._makes_file = makes_file

    def get(
        self, request_id: UUID, *, caller: Caller, cause: Cause, language: str
    ) -> dict[str, Any]:
        """Raises NotFound, and NoAppointmentsForService where the card knows none."""
        with self._log.unit_of_work(cause) as unit:
            request, terms = self._request(unit, request_id, caller)
            wanted = _appointment(terms)
            asked = request.status is RequestStatus.AWAITING_APPOINTMENT
            places = unit.fetch(_PLACES, (request.authority, request.service_code)) if asked else []
            return {
                "request_id": request.id,
                "status": str(request.status),
                "text": in_language(wanted.words, language),
                "note": (request.appointment_note or None) if asked else None,
                "minutes": wanted.minutes,
                "book_by": None if request.appointment_at else request.book_by,
                "booked": self._booked(unit, request, wanted, language),
                "kept_for_you": self._kept(unit, request, language),
                "line": self._line(unit, request),
                "missed": request.appointments_missed,
                "may_miss": wanted.times,
                "places": [told_place(row, language) for row in places],
                "may": list(_may(request, wanted, unit.now)),
            }

    def slots(
        self,
        request_id: UUID,
        *,
        place: UUID,
        from_day: date | None,
        after: str | None,
        limit: int,
        caller: Caller,
        cause: Cause,
    ) -> dict[str, Any]:
        """`{items, next}`: the times of a place from a day on, with how many seats are free; full ones too, because one
        can wait for those. Raises NotFound, NoAppointmentHere.
        """
        with self._log.unit_of_work(cause) as unit:
            request, terms = self._request(unit, request_id, caller)
            _appointment(terms)
            if request.status is not RequestStatus.AWAITING_APPOINTMENT:
                raise NoAppointmentHere()
            found = unit.load(AppointmentPlace, place)
            serves = found.serves
            if found.authority != request.authority or request.service_code not in serves.services:
                raise NotFound()
            cursor = from_cursor(after, from_wire)
            first = cursor[0] if cursor else None
            slots = list(self._from(unit, found, from_day, first, limit + 1))
            taken = _taken(unit, place, slots)
            rows = [
                {
                    "place_id": place,
                    "starts_at": slot.starts_at,
                    "ends_at": slot.ends_at,
                    "free": max(serves.capacity - taken.get(slot.starts_at, 0), 0),
                }
                for slot in slots
            ]
            return page(rows, limit, lambda row: (to_wire(row["starts_at"]),))

    def _from(
        self,
        unit: UnitOfWork,
        place: AppointmentPlace,
        from_day: date | None,
        after: datetime | None,
        most: int,
    ) -> Iterator[Slot]:
        today = day_in_tehran(unit.now)
        day = max([today, *([from_day] if from_day else [])])
        if after is not None:
            day = max(day, day_in_tehran(after))
        last = today + timedelta(days=LOOKED_AHEAD)
        calendar = calendar_of(unit, self._days, place)
        given = 0
        while day <= last and given < most:
            for slot in place.slots_on(day, calendar):
                late = slot.starts_at < unit.now + LEAD
                if late or (after is not None and slot.starts_at <= after) or given == most:
                    continue
                given += 1
                yield slot
            day += timedelta(days=1)

    def calendar_file(
        self, request_id: UUID, *, caller: Caller, cause: Cause, language: str
    ) -> dict[str, Any]:
        """Raises NotFound, NothingBooked."""
        with self._log.unit_of_work(cause) as unit:
            request, terms = self._request(unit, request_id, caller)
            if request.appointment_place is None:
                raise NothingBooked()
            place = _place_of(unit, request.appointment_place, language) or {}
            where = [place.get(name) or "" for name in ("name", "address", "city")]
            service = in_language(terms.name, language) or terms.code
            reference = grouped(request.reference)
            return {
                "text": self._makes_file(
                    request,
                    title=text(PACKAGE, _TITLE, language, service=service),
                    where="، ".join(filter(None, where)),
                    details=text(PACKAGE, _DETAILS, language, reference=reference),
                )
            }

    def _request(
        self, unit: UnitOfWork, request_id: UUID, caller: Caller
    ) -> tuple[ServiceRequest, ServiceTerms]:
        request = unit.load(ServiceRequest, request_id)
        permit(unit, self._looks, caller, request_id, vars(request))
        return request, terms_of(unit, request.service_code, request.service_version, self._terms)

    @staticmethod
    def _booked(
        unit: UnitOfWork, request: ServiceRequest, wanted: AppointmentTerms, language: str
    ) -> dict[str, Any] | None:
        if request.appointment_at is None or request.appointment_place is None:
            return None
        return {
            "place": _place_of(unit, request.appointment_place, language),
            "starts_at": request.appointment_at,
            "ends_at": request.appointment_ends,
            "text": moment_in_words(request.appointment_at, language),
            "move_until": request.appointment_at - timedelta(hours=wanted.move_until_hours),
        }

    @staticmethod
    def _kept(unit: UnitOfWork, request: ServiceRequest, language: str) -> dict[str, Any] | None:
        if request.kept_at is None or request.kept_place is None:
            return None
        return {
            "place": _place_of(unit, request.kept_place, language),
            "starts_at": request.kept_at,
            "ends_at": request.kept_ends,
            "text": moment_in_words(request.kept_at, language),
            "until": request.kept_until,
        }

    @staticmethod
    def _line(unit: UnitOfWork, request: ServiceRequest) -> dict[str, Any] | None:
        if request.line is None:
            return None
        place_id, from_day, until_day = request.line
        ahead = unit.fetch(_AHEAD, (request.id,))[0]["ahead"]
        return {
            "place_id": place_id,
            "from_day": from_day,
            "until_day": until_day,
            "ahead": ahead,
        }


def _appointment(terms: ServiceTerms) -> AppointmentTerms:
    if terms.appointment is None:
        raise NoAppointmentsForService()
    return terms.appointment


def _taken(unit: UnitOfWork, place_id: UUID, slots: list[Slot]) -> dict[datetime, int]:
    if not slots:
        return {}
    rows = unit.fetch(_TAKEN, (place_id, slots[0].starts_at, slots[-1].starts_at))
    return {row["starts_at"]: row["taken"] for row in rows}


def told_place(row: dict[str, Any], language: str) -> dict[str, Any]:
    """A place as somebody reads it who is to go there."""
    plan = row["plan"]
    texts = {name: in_language(plan[name], language) for name in ("name", "address", "city")}
    return {"place_id": row["place_id"]} | texts


def _place_of(unit: UnitOfWork, place_id: UUID, language: str) -> dict[str, Any] | None:
    rows = unit.fetch(_PLACE, (place_id,))
    return told_place(rows[0], language) if rows else None


def _may(request: ServiceRequest, wanted: AppointmentTerms, now: datetime) -> Iterator[str]:
    """What would not be refused now; whether it is possible is decided when it is asked."""

    def possible(what: Callable[[], None]) -> bool:
        try:
            what()
        except Refusal:
            return False
        return True

    if request.status is not RequestStatus.AWAITING_APPOINTMENT:
        return
    if possible(lambda: request.may_book(now)):
        yield from ("book", "wait")
    if possible(lambda: request.may_move(wanted, now)):
        yield from ("move", "give_back", "wait")
    if request.line is not None or request.kept_at is not None:
        yield "leave_line"

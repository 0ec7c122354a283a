"""What the clock process does about appointments: each wait has an end, and a time that became free goes down the line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from panjareh_common.calendar import WorkingCalendar, day_in_tehran
from panjareh_common.clock import from_wire, to_wire
from panjareh_common.due import Due
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_requests.application.handling import Handling, by_itself
from panjareh_requests.application.ports import Terms
from panjareh_requests.application.ports_appointments import Calendar, Seat, Seats, calendar_of
from panjareh_requests.application.requests import terms_of
from panjareh_requests.domain.appointment_place import AppointmentPlace
from panjareh_requests.domain.appointments import hold_until
from panjareh_requests.domain.service_request import ServiceRequest

KIND_CHOOSE, KIND_MARK, KIND_HOLD = "end_choosing_time", "end_marking_time", "end_hold"
KIND_PASS_ON, KIND_CHECK_PLACE = "pass_on_seat", "check_place"

_ONCE_MORE = timedelta(seconds=60)
_AT_ONCE = 200  # appointments called off in one go
_CLOSED = {
    "fa": "این محل در آن زمان باز نیست.",
    "en": "The place is not open at that time.",
}


def check_place(unit: UnitOfWork, place_id: UUID) -> None:
    """Whoever is expected when the place is no longer open is told; and once more, for who booked meanwhile."""
    unit.wait_until(unit.now, KIND_CHECK_PLACE, place_id)
    unit.wait_until(unit.now + _ONCE_MORE, KIND_CHECK_PLACE, place_id, "once more")


def seat_name(seat: Seat) -> str:
    """As the detail of a wait."""
    return f"{to_wire(seat.starts_at)} {seat.seat}"


class AppointmentWaits:
    """One method a wait."""

    def __init__(
        self, log: EventLog, handling: Handling, *, terms: Terms, seats: Seats, days: Calendar
    ) -> None:
        self._log = log
        self._handling = handling
        self._terms = terms
        self._seats = seats
        self._days = days

    def handlers(self) -> dict[str, Callable[[Due], None]]:
        return {
            KIND_CHOOSE: self.end_choosing,
            KIND_MARK: self.end_marking,
            KIND_HOLD: self.end_hold,
            KIND_PASS_ON: self.pass_on,
            KIND_CHECK_PLACE: self.check,
        }

    def end_choosing(self, due: Due) -> None:
        self._end(due, lambda request, now: request.lapse_offer(int(due.detail), now))

    def end_marking(self, due: Due) -> None:
        self._end(due, lambda request, now: request.lapse_marking(int(due.detail), now))

    def end_hold(self, due: Due) -> None:
        self._end(due, lambda request, now: request.end_hold(int(due.detail), now))

    def _end(self, due: Due, what: Callable[[ServiceRequest, datetime], bool]) -> None:
        def work(unit: UnitOfWork) -> None:
            request = unit.load(ServiceRequest, due.subject)
            if not what(request, unit.now):
                return  # this machine's clock went back: the wait comes due again when its hold ends
            self._handling.changed(unit, request)
            unit.done(due.kind, due.subject, due.detail)

        self._log.run(by_itself(due), work)

    def pass_on(self, due: Due) -> None:
        """A seat that was given back is kept for the first in line; where there is none it is for everybody."""
        at, number = due.detail.split(" ")
        seat = Seat(due.subject, from_wire(at), int(number))

        def work(unit: UnitOfWork) -> None:
            if not self._kept_for_somebody(unit, seat):
                self._seats.drop(unit, seat)
            unit.done(due.kind, due.subject, due.detail)

        self._log.run(by_itself(due), work)

    def _kept_for_somebody(self, unit: UnitOfWork, seat: Seat) -> bool:
        place = unit.load(AppointmentPlace, seat.place_id)
        slot = place.slot_at(seat.starts_at, calendar_of(unit, self._days, place))
        until = hold_until(slot, unit.now) if slot else None
        if slot is None or until is None:
            return False
        passed: list[UUID] = []
        while first := self._seats.first_in_line(unit, seat, passed):
            request = unit.load(ServiceRequest, first)
            if request.keep_for(seat.place_id, slot, until, unit.now):
                if self._seats.hand_over(unit, seat, request.id):
                    self._handling.changed(unit, request)
                return True
            passed.append(first)
        return False

    def check(self, due: Due) -> None:
        """Calls off what is booked for times that the place no longer offers: each in a commit of its own."""
        self._days.look_again()
        with self._log.unit_of_work(by_itself(due)) as unit:
            place = unit.load(AppointmentPlace, due.subject)
            calendar = calendar_of(unit, self._days, place)
            gone, more = self._no_longer_offered(unit, place, calendar)
        for at, request_id in gone:
            self._call_off(due, place, at, request_id)

        def work(unit: UnitOfWork) -> None:
            unit.done(due.kind, due.subject, due.detail)
            if more:
                unit.wait_until(unit.now, KIND_CHECK_PLACE, due.subject, f"{due.detail} and on")

        self._log.run(by_itself(due), work)

    def _no_longer_offered(
        self, unit: UnitOfWork, place: AppointmentPlace, calendar: WorkingCalendar
    ) -> tuple[list[tuple[datetime, UUID]], bool]:
        gone: list[tuple[datetime, UUID]] = []
        after: tuple[datetime, UUID] | None = None
        while page := self._seats.ahead(unit, place.id, unit.now, after, 1_000):
            for at, request_id in page:
                if place.slot_at(at, calendar) is None:
                    gone.append((at, request_id))
            if len(gone) > _AT_ONCE:
                return gone[:_AT_ONCE], True
            after = page[-1]
        return gone, False

    def _call_off(self, due: Due, place: AppointmentPlace, at: datetime, request_id: UUID) -> None:
        reason: Mapping[str, str] = place.why_closed(day_in_tehran(at)) or _CLOSED

        def work(unit: UnitOfWork) -> None:
            request = unit.load(ServiceRequest, request_id)
            terms = terms_of(unit, request.service_code, request.service_version, self._terms)
            if (request.kept_place, request.kept_at) == (place.id, at):
                request.leave_line(unit.now)
            if (request.appointment_place, request.appointment_at) == (place.id, at):
                assert terms.appointment is not None
                request.call_off("place", reason, terms.appointment, unit.now)
            self._handling.changed(unit, request)

        self._log.run(by_itself(due), work)

"""What people and officers do about appointments (R3): choosing a time, moving it, giving it back; offering, marking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_common.refusals import NotFound
from panjareh_requests.application.commands_appointments import (
    BookAppointment,
    CallOffAppointment,
    GiveBackAppointment,
    JoinLine,
    LeaveLine,
    MarkAppointment,
    OfferAppointment,
)
from panjareh_requests.application.going_on import go_on
from panjareh_requests.application.handling import Asked, Handling
from panjareh_requests.application.ports import Terms
from panjareh_requests.application.ports_appointments import Calendar, Seats, calendar_of
from panjareh_requests.application.requests import terms_of
from panjareh_requests.domain.appointment_place import AppointmentPlace
from panjareh_requests.domain.appointments import AppointmentTerms, Slot
from panjareh_requests.domain.refusals_appointments import (
    NoAppointmentsForService,
    SlotNotOffered,
    SlotTaken,
)
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import IN_REVIEW, ServiceTerms


class Appointments:
    """One method a command. Rows and waits follow what was decided, in its commit (ports_appointments.Seats)."""

    def __init__(self, handling: Handling, terms: Terms, seats: Seats, days: Calendar) -> None:
        self._handling = handling
        self._terms = terms
        self._seats = seats
        self._days = days

    def book(self, command: BookAppointment, asked: Asked) -> Answer:
        """Raises NotFound, AssuranceTooLow, NoAppointmentHere, BookingTooLate, AlreadyBooked, SlotNotOffered, SlotTaken."""

        def work(unit: UnitOfWork, request: ServiceRequest, terms: AppointmentTerms) -> None:
            request.may_book(unit.now)
            place, slot = self._slot(unit, request, command)
            self._take(unit, request, place, slot)
            request.book(place.id, slot, unit.now)

        return self._of_applicant("book_appointment", command, asked, work)

    def move(self, command: BookAppointment, asked: Asked) -> Answer:
        """Raises as `book`, NothingBooked, MovingTooLate, TooManyChanges."""

        def work(unit: UnitOfWork, request: ServiceRequest, terms: AppointmentTerms) -> None:
            request.may_move(terms, unit.now)
            place, slot = self._slot(unit, request, command)
            if (place.id, slot.starts_at) != (request.appointment_place, request.appointment_at):
                self._seats.give_back(unit, request.id)
                self._take(unit, request, place, slot)
            request.move(place.id, slot, terms, unit.now)

        return self._of_applicant("move_appointment", command, asked, work)

    def give_back(self, command: GiveBackAppointment, asked: Asked) -> Answer:
        """Raises NotFound, AssuranceTooLow, NoAppointmentHere, NothingBooked, MovingTooLate, TooManyChanges."""

        def work(unit: UnitOfWork, request: ServiceRequest, terms: AppointmentTerms) -> None:
            request.give_appointment_back(command.reason, terms, unit.now)

        return self._of_applicant("give_back_appointment", command, asked, work)

    def join_line(self, command: JoinLine, asked: Asked) -> Answer:
        """Raises NotFound, AssuranceTooLow, NoAppointmentHere, BookingTooLate, SlotNotOffered."""

        def work(unit: UnitOfWork, request: ServiceRequest, terms: AppointmentTerms) -> None:
            self._place(unit, request, command.place_id)
            request.join_line(command.place_id, command.from_day, command.until_day, unit.now)

        return self._of_applicant("join_waiting_list", command, asked, work)

    def leave_line(self, command: LeaveLine, asked: Asked) -> Answer:
        """Raises NotFound, AssuranceTooLow, NotWaiting."""

        def work(unit: UnitOfWork, request: ServiceRequest, terms: AppointmentTerms) -> None:
            request.leave_line(unit.now)

        return self._of_applicant("leave_waiting_list", command, asked, work)

    def offer(self, command: OfferAppointment, asked: Asked) -> Answer:
        """Raises NotFound, NotUnderReview, ReviewNotStarted, ReviewAlreadyStarted, NobodyToAsk, NoAppointmentsForService."""

        def work(unit: UnitOfWork, request: ServiceRequest) -> None:
            request.offer_by_officer(
                self._version(unit, request).appointment,
                officer_id=asked.caller.person,
                note=command.note,
                at=unit.now,
            )

        return self._of_office("offer_appointment", command, asked, work)

    def call_off(self, command: CallOffAppointment, asked: Asked) -> Answer:
        """Raises NotFound, NoAppointmentHere, NothingBooked, OwnRequest."""

        def work(unit: UnitOfWork, request: ServiceRequest) -> None:
            if command.for_good:
                request.take_offer_back(officer_id=asked.caller.person, at=unit.now)
                return
            reason = dict.fromkeys(("fa", "en"), command.reason.strip())
            request.call_off("officer", reason, self._appointment(unit, request), unit.now)

        return self._of_office("call_off_appointment", command, asked, work)

    def mark(self, command: MarkAppointment, asked: Asked) -> Answer:
        """Raises NotFound, NoAppointmentHere, NothingBooked, TooEarlyToMark, OwnRequest."""

        def work(unit: UnitOfWork, request: ServiceRequest) -> None:
            officer_id = asked.caller.person
            if not command.came:
                terms = self._appointment(unit, request)
                request.did_not_come(terms, officer_id=officer_id, at=unit.now)
                return
            request.came(officer_id=officer_id, at=unit.now)
            if request.status not in IN_REVIEW:
                go_on(unit, request, self._version(unit, request))

        return self._of_office("mark_appointment", command, asked, work)

    def _of_applicant(
        self,
        method: str,
        command: Any,
        asked: Asked,
        what: Callable[[UnitOfWork, ServiceRequest, AppointmentTerms], None],
    ) -> Answer:
        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_applicant(unit, command.request_id, asked.caller)
            terms = self._version(unit, request)
            asked.caller.need(terms.required_assurance)
            if terms.appointment is None:
                raise NoAppointmentsForService()
            what(unit, request, terms.appointment)
            return self._handling.changed(unit, request)

        return self._handling.once(asked, method, command.fingerprint(), work)

    def _of_office(
        self,
        method: str,
        command: Any,
        asked: Asked,
        what: Callable[[UnitOfWork, ServiceRequest], None],
    ) -> Answer:
        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_office(unit, command.request_id, asked.caller)
            what(unit, request)
            return self._handling.changed(unit, request)

        return self._handling.once(asked, method, command.fingerprint(), work)

    def _version(self, unit: UnitOfWork, request: ServiceRequest) -> ServiceTerms:
        return terms_of(unit, request.service_code, request.service_version, self._terms)

    def _appointment(self, unit: UnitOfWork, request: ServiceRequest) -> AppointmentTerms:
        terms = self._version(unit, request).appointment
        if terms is None:
            raise NoAppointmentsForService()
        return terms

    def _place(self, unit: UnitOfWork, request: ServiceRequest, place_id: UUID) -> AppointmentPlace:
        """A place that serves the service. Raises NotFound for any other."""
        place = unit.load(AppointmentPlace, place_id)
        serves = request.service_code in place.serves.services
        if place.authority != request.authority or not serves:
            raise NotFound()
        return place

    def _slot(
        self, unit: UnitOfWork, request: ServiceRequest, command: BookAppointment
    ) -> tuple[AppointmentPlace, Slot]:
        place = self._place(unit, request, command.place_id)
        slot = place.slot_at(command.starts_at, calendar_of(unit, self._days, place))
        if slot is None:
            raise SlotNotOffered()
        return place, slot

    def _take(
        self, unit: UnitOfWork, request: ServiceRequest, place: AppointmentPlace, slot: Slot
    ) -> None:
        capacity = place.serves.capacity
        if not self._seats.take(unit, place.id, slot, capacity, request.id):
            raise SlotTaken()

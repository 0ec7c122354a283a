"""Coming in person: a time is offered, chosen, moved, given back, kept or missed; nobody is refused for it silently."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from panjareh_common.calendar import day_in_tehran
from panjareh_requests.domain.appointments import (
    LEAD,
    MARKED_WITHIN,
    MOST_CHANGES,
    AppointmentTerms,
    Slot,
    WhenToCome,
    in_line_for,
)
from panjareh_requests.domain.refusals_appointments import (
    AlreadyBooked,
    BookingTooLate,
    MovingTooLate,
    NoAppointmentHere,
    NoAppointmentsForService,
    NothingBooked,
    NotWaiting,
    SlotNotOffered,
    TooEarlyToMark,
    TooManyChanges,
)
from panjareh_requests.domain.refusals_life import NobodyToAsk, OwnRequest
from panjareh_requests.domain.values import IN_REVIEW, RequestStatus

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest


class Appointing:
    """While a request waits for its applicant to come nobody decides; each wait has an end that is not a refusal."""

    def owes_appointment(self: ServiceRequest, terms: AppointmentTerms | None) -> bool:
        """The card has everybody come, and this applicant was not there yet."""
        if terms is None or terms.when is not WhenToCome.AFTER_SUBMISSION:
            return False
        return self.ready_to_decide and not self.appointment_kept

    def offer_by_card(self: ServiceRequest, terms: AppointmentTerms, at: datetime) -> None:
        if self.owes_appointment(terms):
            self._offer(terms, None, "", at)

    def offer_by_officer(
        self: ServiceRequest,
        terms: AppointmentTerms | None,
        *,
        officer_id: UUID,
        note: str,
        at: datetime,
    ) -> None:
        """Raises NotUnderReview, ReviewNotStarted, ReviewAlreadyStarted, NobodyToAsk, NoAppointmentsForService."""
        self.must_be_reviewed_by(officer_id)
        if self.applicant_id is None:
            raise NobodyToAsk()
        if terms is None:
            raise NoAppointmentsForService()
        self._offer(terms, officer_id, note.strip(), at)

    def _offer(
        self: ServiceRequest,
        terms: AppointmentTerms,
        officer_id: UUID | None,
        note: str,
        at: datetime,
    ) -> None:
        self.trigger_event(
            self.AppointmentOffered,
            timestamp=at,
            officer_id=officer_id,
            book_by=at + timedelta(days=terms.within_days),
            note=note,
        )

    def book(self: ServiceRequest, place_id: UUID, slot: Slot, at: datetime) -> None:
        """A seat of that time is taken already. Raises NoAppointmentHere, BookingTooLate, AlreadyBooked, SlotNotOffered."""
        self.may_book(at)
        self._must_lie_ahead(slot, at)
        self.trigger_event(
            self.AppointmentBooked,
            timestamp=at,
            place_id=place_id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
        )

    def may_book(self: ServiceRequest, at: datetime) -> None:
        """Raises NoAppointmentHere, BookingTooLate, AlreadyBooked."""
        if self.appointment_at is not None:
            raise AlreadyBooked()
        self._must_be_asked()
        if self.book_by is None or at > self.book_by:
            raise BookingTooLate()

    def move(
        self: ServiceRequest, place_id: UUID, slot: Slot, terms: AppointmentTerms, at: datetime
    ) -> None:
        """The same time again changes nothing. Raises as `may_move`, and SlotNotOffered."""
        self.may_move(terms, at)
        if (place_id, slot.starts_at) == (self.appointment_place, self.appointment_at):
            return
        self._must_lie_ahead(slot, at)
        self.trigger_event(
            self.AppointmentMoved,
            timestamp=at,
            place_id=place_id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            before=self.appointment_at,
        )

    def may_move(self: ServiceRequest, terms: AppointmentTerms, at: datetime) -> None:
        """Raises NoAppointmentHere, NothingBooked, MovingTooLate, TooManyChanges."""
        self._must_be_asked()
        if self.appointment_at is None:
            raise NothingBooked()
        if at > self.appointment_at - timedelta(hours=terms.move_until_hours):
            raise MovingTooLate(hours=terms.move_until_hours)
        if self.appointment_changes >= MOST_CHANGES:
            raise TooManyChanges(most=MOST_CHANGES)

    def give_appointment_back(
        self: ServiceRequest, reason: str, terms: AppointmentTerms, at: datetime
    ) -> None:
        """The applicant cannot come, and chooses again within the time there was, of which three days are left at
        least. Raises as `may_move`.
        """
        self.may_move(terms, at)
        book_by = max(self.book_by or at, at + timedelta(days=min(3, terms.within_days)))
        said = reason.strip()
        self._cancel("applicant", {"fa": said, "en": said} if said else {}, book_by, at)

    def call_off(
        self: ServiceRequest,
        by: str,
        reason: Mapping[str, str],
        terms: AppointmentTerms,
        at: datetime,
    ) -> None:
        """The authority cannot keep the appointment, so the whole time for choosing begins anew; nothing is counted
        against the applicant. `by` is officer or place. Raises NoAppointmentHere, NothingBooked.
        """
        self._must_be_asked()
        if self.appointment_at is None:
            raise NothingBooked()
        self._cancel(by, reason, at + timedelta(days=terms.within_days), at)

    def _cancel(
        self: ServiceRequest, by: str, reason: Mapping[str, str], book_by: datetime, at: datetime
    ) -> None:
        self.trigger_event(
            self.AppointmentCancelled,
            timestamp=at,
            cancelled_by=by,
            starts_at=self.appointment_at,
            book_by=book_by,
            reason=dict(reason),
        )

    def take_offer_back(self: ServiceRequest, *, officer_id: UUID, at: datetime) -> None:
        """An officer goes on without the applicant coming. Raises NoAppointmentHere, OwnRequest."""
        self._must_be_asked()
        if officer_id in self.person_ids:
            raise OwnRequest()
        self._lapse("taken_back", at)

    def came(self: ServiceRequest, *, officer_id: UUID, at: datetime) -> None:
        """Goes on where it was before. Raises NoAppointmentHere, NothingBooked, TooEarlyToMark, OwnRequest."""
        starts_at, _ = self._must_be_markable(officer_id)
        if day_in_tehran(at) < day_in_tehran(starts_at):
            raise TooEarlyToMark()
        back = self.appointment_from or RequestStatus.UNDER_REVIEW
        self.trigger_event(
            self.AppointmentKept, timestamp=at, officer_id=officer_id, status=str(back)
        )

    def did_not_come(
        self: ServiceRequest, terms: AppointmentTerms, *, officer_id: UUID, at: datetime
    ) -> None:
        """Another time may be chosen, but for the last one that the card allows to be missed: then officers go on.

        Raises NoAppointmentHere, NothingBooked, TooEarlyToMark, OwnRequest.
        """
        _, ends_at = self._must_be_markable(officer_id)
        if at < ends_at:
            raise TooEarlyToMark()
        last = self.appointments_missed + 1 >= terms.times
        self.trigger_event(
            self.AppointmentMissed,
            timestamp=at,
            officer_id=officer_id,
            starts_at=self.appointment_at,
            book_by=None if last else at + timedelta(days=terms.within_days),
            status=str(self._to_officers() if last else self.status),
        )

    def _must_be_markable(self: ServiceRequest, officer_id: UUID) -> tuple[datetime, datetime]:
        self._must_be_asked()
        if self.appointment_at is None or self.appointment_ends is None:
            raise NothingBooked()
        if officer_id in self.person_ids:
            raise OwnRequest()
        return self.appointment_at, self.appointment_ends

    def lapse_offer(self: ServiceRequest, offer: int, at: datetime) -> bool:
        """Officers go on once the time for choosing is over; False where it is not yet.

        Nothing happens where a time was chosen, or where the offer is another by now.
        """
        if offer != self.offer_version or self.book_by is None or self.appointment_at is not None:
            return True
        if at < self.book_by:
            return False
        self._lapse("not_booked", at)
        return True

    def lapse_marking(self: ServiceRequest, booking: int, at: datetime) -> bool:
        """Nobody said whether the applicant came, so the request goes on; False where there is still time."""
        if booking != self.booking_version or self.appointment_ends is None:
            return True
        if at < self.appointment_ends + MARKED_WITHIN:
            return False
        self._lapse("not_marked", at)
        return True

    def _lapse(self: ServiceRequest, because: str, at: datetime) -> None:
        self.trigger_event(
            self.AppointmentLapsed,
            timestamp=at,
            because=because,
            status=str(self._to_officers()),
        )

    def _to_officers(self: ServiceRequest) -> RequestStatus:
        """Where officers go on without an appointment: never back to where rules would ask for one again."""
        before = self.appointment_from
        return before if before in IN_REVIEW else RequestStatus.UNDER_REVIEW

    # In line for a time that somebody gives back

    def join_line(
        self: ServiceRequest, place_id: UUID, from_day: date, until_day: date, at: datetime
    ) -> None:
        """Joining again with other days begins at the end of the line. Raises NoAppointmentHere, BookingTooLate."""
        self._must_be_asked()
        if self.appointment_at is None:
            self.may_book(at)
        wanted = (place_id, from_day.isoformat(), until_day.isoformat())
        if self.line is not None and wanted == tuple(self.line):
            return
        self.trigger_event(
            self.WaitlistJoined,
            timestamp=at,
            place_id=place_id,
            from_day=wanted[1],
            until_day=wanted[2],
        )

    def leave_line(self: ServiceRequest, at: datetime) -> None:
        """And gives back the time that is kept, if there is one. Raises NotWaiting."""
        if self.line is None and self.kept_at is None:
            raise NotWaiting()
        self.trigger_event(self.WaitlistLeft, timestamp=at, because="applicant")

    def keep_for(
        self: ServiceRequest, place_id: UUID, slot: Slot, until: datetime, at: datetime
    ) -> bool:
        """A time became free, and this request is the first in line for it. False where it no longer is."""
        if self.kept_at is not None or slot.starts_at == self.appointment_at:
            return False
        if not in_line_for(self.line, place_id, slot.starts_at):
            return False
        if self.appointment_at is None and (self.book_by is None or at > self.book_by):
            return False
        self.trigger_event(
            self.SlotHeld,
            timestamp=at,
            place_id=place_id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            held_until=until,
        )
        return True

    def end_hold(self: ServiceRequest, hold: int, at: datetime) -> bool:
        """The time goes to the next in line, once it was kept long enough; False where it is not yet."""
        if hold != self.hold_version or self.kept_until is None:
            return True
        if at < self.kept_until:
            return False
        self.trigger_event(self.WaitlistLeft, timestamp=at, because="lapsed")
        return True

    def _must_be_asked(self: ServiceRequest) -> None:
        if self.status is not RequestStatus.AWAITING_APPOINTMENT:
            raise NoAppointmentHere()

    @staticmethod
    def _must_lie_ahead(slot: Slot, at: datetime) -> None:
        if slot.starts_at < at + LEAD:
            raise SlotNotOffered()

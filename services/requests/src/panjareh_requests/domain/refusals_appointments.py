"""How requests say no about appointments and the places they are kept at."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class NoAppointmentHere(Refusal):
    code = "no_appointment_here"
    message = (
        "This request does not ask you to come anywhere at the moment. You need not do anything."
    )


class AlreadyBooked(Refusal):
    code = "already_booked"
    message = "You have an appointment already. Move it if another time suits you better."


class NothingBooked(Refusal):
    code = "nothing_booked"
    message = "No appointment is booked in this request. Choose a time first."


class BookingTooLate(Refusal):
    code = "booking_too_late"
    message = "The time for choosing an appointment has passed. The officers go on with the request and write to you."


class SlotNotOffered(Refusal):
    code = "slot_not_offered"
    message = (
        "This place offers no appointment at that time. Look at the list of times and choose one."
    )


class SlotTaken(Refusal):
    code = "slot_taken"
    message = "The last place at that time has just been taken. Choose another one, or have yourself put on the waiting list."


class MovingTooLate(Refusal):
    code = "moving_too_late"
    message = (
        "An appointment can be moved or given back until {hours} hours before it begins. "
        "If you cannot come, write a message to the officers."
    )


class TooManyChanges(Refusal):
    code = "too_many_changes"
    message = (
        "You have changed this appointment {most} times, and it cannot be changed again. "
        "If you cannot come, write a message to the officers."
    )


class TooEarlyToMark(Refusal):
    code = "too_early_to_mark"
    message = "Who did not come can be said only after the appointment has ended; who came, from its day on."


class NotWaiting(Refusal):
    code = "not_in_line"
    message = "This request is on no waiting list and no time is kept for it."


class NoAppointmentsForService(Refusal):
    code = "no_appointments_for_service"
    message = "The card of this service says nothing about coming in person, so no appointment can be offered."


class PlaceClosed(Refusal):
    code = "place_closed"
    message = "This place was closed for good. Open a new one."


class PlaceChanged(Refusal):
    code = "place_changed"
    kind = Kind.OUTDATED
    message = "Somebody changed this place meanwhile; it has version {version} now. Look again and repeat if it is still right."

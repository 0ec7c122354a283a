"""Coming in person: times are chosen, moved, given back; offered and marked; and places are kept."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_requests.application import commands_appointments as commands
from panjareh_requests.application.appointing import Appointments
from panjareh_requests.application.appointment_places import AppointmentPlaces
from panjareh_requests.entrypoints.doors.asking import ANYONE, OFFICER, asked
from panjareh_requests.read_model.appointment_days import AppointmentDays
from panjareh_requests.read_model.appointments import AppointmentStory
from panjareh_requests.schemas import appointments as schemas
from panjareh_requests.schemas.requests import ChangedSchema, PageSchema, WhichRequestSchema


class AppointmentsDoor:
    appointments: Appointments = Provided("appointments")
    appointment_story: AppointmentStory = Provided("appointment_story")

    @rpc(WhichRequestSchema, gives=schemas.AppointmentSchema, callers=ANYONE)
    def get_appointment(self, query: dict[str, Any], call: Call) -> Any:
        return self.appointment_story.get(
            **query, caller=call.caller, cause=call.cause(), language=call.language
        )

    @rpc(schemas.ListSlotsSchema, gives=schemas.SlotPageSchema, callers=ANYONE)
    def list_slots(self, query: dict[str, Any], call: Call) -> Any:
        return self.appointment_story.slots(**query, caller=call.caller, cause=call.cause())

    @rpc(WhichRequestSchema, gives=schemas.CalendarFileSchema, callers=ANYONE)
    def get_calendar_file(self, query: dict[str, Any], call: Call) -> Any:
        return self.appointment_story.calendar_file(
            **query, caller=call.caller, cause=call.cause(), language=call.language
        )

    @rpc(schemas.BookAppointmentSchema, gives=ChangedSchema, callers=ANYONE)
    def book_appointment(self, command: commands.BookAppointment, call: Call) -> Any:
        return self.appointments.book(command, asked(call))

    @rpc(schemas.BookAppointmentSchema, gives=ChangedSchema, callers=ANYONE)
    def move_appointment(self, command: commands.BookAppointment, call: Call) -> Any:
        return self.appointments.move(command, asked(call))

    @rpc(schemas.GiveBackSchema, gives=ChangedSchema, callers=ANYONE)
    def give_back_appointment(self, command: commands.GiveBackAppointment, call: Call) -> Any:
        return self.appointments.give_back(command, asked(call))

    @rpc(schemas.JoinLineSchema, gives=ChangedSchema, callers=ANYONE)
    def join_waiting_list(self, command: commands.JoinLine, call: Call) -> Any:
        return self.appointments.join_line(command, asked(call))

    @rpc(schemas.LeaveLineSchema, gives=ChangedSchema, callers=ANYONE)
    def leave_waiting_list(self, command: commands.LeaveLine, call: Call) -> Any:
        return self.appointments.leave_line(command, asked(call))

    @rpc(schemas.OfferAppointmentSchema, gives=ChangedSchema, callers={OFFICER})
    def offer_appointment(self, command: commands.OfferAppointment, call: Call) -> Any:
        return self.appointments.offer(command, asked(call))

    @rpc(schemas.CallOffSchema, gives=ChangedSchema, callers={OFFICER})
    def call_off_appointment(self, command: commands.CallOffAppointment, call: Call) -> Any:
        return self.appointments.call_off(command, asked(call))

    @rpc(schemas.MarkAppointmentSchema, gives=ChangedSchema, callers={OFFICER})
    def mark_appointment(self, command: commands.MarkAppointment, call: Call) -> Any:
        return self.appointments.mark(command, asked(call))


class PlacesDoor:
    appointment_places: AppointmentPlaces = Provided("appointment_places")
    appointment_days: AppointmentDays = Provided("appointment_days")

    @rpc(PageSchema, gives=schemas.PlacePageSchema, callers={OFFICER})
    def list_appointment_places(self, query: dict[str, Any], call: Call) -> Any:
        return self.appointment_days.places(call.caller, call.cause(), **query)

    @rpc(schemas.WhichPlaceSchema, gives=schemas.PlaceSchema, callers={OFFICER})
    def get_appointment_place(self, query: dict[str, Any], call: Call) -> Any:
        return self.appointment_days.place(query["place_id"], call.caller, call.cause())

    @rpc(schemas.OpenPlaceSchema, gives=schemas.KeptPlaceSchema, callers={OFFICER})
    def open_appointment_place(self, command: commands.OpenPlace, call: Call) -> Any:
        return self.appointment_places.open(command, asked(call))

    @rpc(schemas.ChangePlaceSchema, gives=schemas.KeptPlaceSchema, callers={OFFICER})
    def change_appointment_place(self, command: commands.ChangePlace, call: Call) -> Any:
        return self.appointment_places.change(command, asked(call))

    @rpc(schemas.ClosePlaceSchema, gives=schemas.KeptPlaceSchema, callers={OFFICER})
    def close_appointment_place(self, command: commands.ClosePlace, call: Call) -> Any:
        return self.appointment_places.close(command, asked(call))

    @rpc(schemas.ClosePlaceDaySchema, gives=schemas.KeptPlaceSchema, callers={OFFICER})
    def close_appointment_day(self, command: commands.ClosePlace, call: Call) -> Any:
        return self.appointment_places.close(command, asked(call))

    @rpc(schemas.ReopenDaySchema, gives=schemas.KeptPlaceSchema, callers={OFFICER})
    def reopen_appointment_day(self, command: commands.ReopenDay, call: Call) -> Any:
        return self.appointment_places.reopen_day(command, asked(call))

    @rpc(schemas.DayOfPlaceSchema, gives=schemas.ExpectedListSchema, callers={OFFICER})
    def list_expected(self, query: dict[str, Any], call: Call) -> Any:
        return self.appointment_days.expected(caller=call.caller, cause=call.cause(), **query)

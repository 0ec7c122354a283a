"""Being seen in person, help at a counter, and what the civil registry reports."""

from __future__ import annotations

from typing import Any

from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind
from panjareh_identity.application.lives.appointments import KeepAppointment
from panjareh_identity.application.lives.assisting import BeginAssistance
from panjareh_identity.application.lives.deaths import ReportDeath, WithdrawDeath
from panjareh_identity.application.lives.places import OfferTimes, OpenPlace
from panjareh_identity.entrypoints.doors.lives import THEMSELF, asked
from panjareh_identity.entrypoints.doors.mandates import asking
from panjareh_identity.schemas import recovery
from panjareh_identity.schemas import visits as schemas
from panjareh_identity.schemas.base import NothingSchema
from panjareh_identity.schemas.signing_in import TokenSchema
from panjareh_identity.wiring_lives import Lives

OFFICER, AGENCY = CallerKind.OFFICER, CallerKind.AGENCY


class VisitsDoor:
    lives: Lives = Provided("lives")

    @rpc(NothingSchema, gives=schemas.PlacesSchema, callers={"gateway"})
    def list_places(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.lives.places.list()

    @rpc(schemas.WhichPlaceSchema, gives=schemas.TimesSchema, callers={"gateway"})
    def list_times(self, query: dict[str, Any], call: Call) -> Any:
        return self.lives.places.times(**query)

    @rpc(schemas.OpenPlaceSchema, gives=schemas.OpenedPlaceSchema, callers={OFFICER})
    def open_place(self, command: OpenPlace, call: Call) -> Any:
        return self.lives.places.open(command, asking(call))

    @rpc(schemas.OfferTimesSchema, gives=schemas.OfferedSchema, callers={OFFICER})
    def offer_times(self, command: OfferTimes, call: Call) -> Any:
        return self.lives.places.offer(command, asking(call))

    @rpc(schemas.BookSchema, gives=schemas.AppointmentSchema, callers=THEMSELF)
    def book_appointment(self, command: dict[str, Any], call: Call) -> Any:
        return self.lives.visits.book(**command, asked=asking(call))

    @rpc(recovery.RecoveryAppointmentSchema, gives=schemas.AppointmentSchema, callers={"gateway"})
    def book_recovery(self, command: dict[str, Any], call: Call) -> Any:
        return self.lives.visits.book_recovery(**command, cause=call.cause())

    @rpc(NothingSchema, gives=schemas.AppointmentsSchema, callers=THEMSELF)
    def list_appointments(self, nothing: dict[str, Any], call: Call) -> Any:
        return self.lives.visits.mine(**asked(call))

    @rpc(schemas.MoveSchema, gives=schemas.AppointmentSchema, callers=THEMSELF)
    def move_appointment(self, command: dict[str, Any], call: Call) -> Any:
        return self.lives.visits.move(**command, asked=asking(call))

    @rpc(schemas.WhichAppointmentSchema, gives=schemas.AppointmentSchema, callers=THEMSELF)
    def cancel_appointment(self, command: dict[str, Any], call: Call) -> Any:
        return self.lives.visits.cancel(**command, **asked(call))

    @rpc(schemas.AtPlaceSchema, gives=schemas.NamedAppointmentsSchema, callers={OFFICER})
    def list_visits(self, query: dict[str, Any], call: Call) -> Any:
        return self.lives.visits.at_place(**query, **asked(call))

    @rpc(schemas.KeepAppointmentSchema, gives=schemas.AppointmentSchema, callers={OFFICER})
    def keep_appointment(self, command: KeepAppointment, call: Call) -> Any:
        return self.lives.visits.keep(command, asking(call))

    @rpc(schemas.WhichAppointmentSchema, gives=schemas.AppointmentSchema, callers={OFFICER})
    def miss_appointment(self, command: dict[str, Any], call: Call) -> Any:
        return self.lives.visits.miss(**command, asked=asking(call))


class CounterDoor:
    lives: Lives = Provided("lives")

    @rpc(schemas.BeginAssistanceSchema, gives=schemas.BegunAssistanceSchema, callers={OFFICER})
    def begin_assistance(self, command: BeginAssistance, call: Call) -> Any:
        return self.lives.assisting.begin(command, asking(call))

    @rpc(schemas.ConfirmAssistanceSchema, gives=TokenSchema, callers={OFFICER})
    def confirm_assistance(self, command: dict[str, Any], call: Call) -> Any:
        return self.lives.assisting.confirm(**command, **asked(call))

    @rpc(schemas.WhichAssistanceSchema, gives=TokenSchema, callers={OFFICER})
    def renew_assistance(self, command: dict[str, Any], call: Call) -> Any:
        return self.lives.assisting.renew(**command, **asked(call))

    @rpc(schemas.WhichAssistanceSchema, gives=NothingSchema, callers=THEMSELF)
    def end_assistance(self, command: dict[str, Any], call: Call) -> Any:
        self.lives.assistance_ends.end(**command, **asked(call))
        return {}


class DeathsDoor:
    lives: Lives = Provided("lives")

    @rpc(
        recovery.ReportDeathSchema, gives=NothingSchema, callers={OFFICER, AGENCY}, any_client=True
    )
    def report_death(self, command: ReportDeath, call: Call) -> Any:
        self.lives.deaths.report(command, **asked(call), language=call.language)
        return {}

    @rpc(
        recovery.WithdrawDeathSchema,
        gives=NothingSchema,
        callers={OFFICER, AGENCY},
        any_client=True,
    )
    def withdraw_death(self, command: WithdrawDeath, call: Call) -> Any:
        self.lives.deaths.withdraw(command, **asked(call), language=call.language)
        return {}

"""What an authority's supervisors do about the places that people come to; and what follows for who is expected there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from panjareh_common.calendar.hours import HoursUnfit
from panjareh_common.calendar.working_days import midnight
from panjareh_common.event_store import UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_common.refusals import InvalidInput, NotFound
from panjareh_common.texts import text
from panjareh_requests.application.appointment_waits import check_place
from panjareh_requests.application.commands_appointments import (
    ChangePlace,
    ClosePlace,
    OpenPlace,
    ReopenDay,
)
from panjareh_requests.application.handling import Asked, Handling
from panjareh_requests.application.ports import Terms
from panjareh_requests.application.ports_appointments import PlaceRows
from panjareh_requests.domain.appointment_place import AppointmentPlace
from panjareh_requests.domain.appointments import overlapping, plan_from
from panjareh_requests.domain.refusals import UnknownService

KEEPER = "supervisor"

_HOURS = "The hours of a day end after they begin, and two spans of one day do not overlap."
_DAYS = "The last day comes after the first."
_NOT_YOURS = "Your authority has no service {code}."
_NO_APPOINTMENT = "The card of {code} says nothing about coming in person."
_TOO_SHORT = "An appointment for {code} takes {minutes} minutes, and the times here are shorter."


class AppointmentPlaces:
    """One method a command; all but `day_announced` are a supervisor's."""

    def __init__(self, handling: Handling, terms: Terms, rows: PlaceRows) -> None:
        self._handling = handling
        self._terms = terms
        self._rows = rows

    def open(self, command: OpenPlace, asked: Asked) -> Answer:
        """Raises NotAllowed, InvalidInput."""

        def work(unit: UnitOfWork) -> Answer:
            authority = asked.caller.office(KEEPER)
            self._check(unit, authority, command.plan, asked.language)
            place = AppointmentPlace.open(uuid4(), authority, command.plan, unit.now)
            return self._changed(unit, place)

        return self._handling.once(asked, "open_place", command.fingerprint(), work)

    def change(self, command: ChangePlace, asked: Asked) -> Answer:
        """Whoever has a time that is offered no longer is told and chooses again.

        Raises NotAllowed, NotFound, InvalidInput, PlaceClosed, PlaceChanged.
        """

        def what(unit: UnitOfWork, place: AppointmentPlace) -> None:
            self._check(unit, place.authority, command.plan, asked.language)
            place.change(command.plan, command.version, unit.now)

        return self._of_keeper("change_place", command, asked, what)

    def close(self, command: ClosePlace, asked: Asked) -> Answer:
        """For good, or a day. Raises NotAllowed, NotFound, PlaceClosed, PlaceChanged."""

        def what(unit: UnitOfWork, place: AppointmentPlace) -> None:
            if command.day is None:
                place.close(command.reason, command.version, unit.now)
            else:
                place.close_day(command.day, command.reason, command.version, unit.now)

        return self._of_keeper("close_place", command, asked, what)

    def reopen_day(self, command: ReopenDay, asked: Asked) -> Answer:
        """Raises NotAllowed, NotFound, PlaceClosed, PlaceChanged."""

        def what(unit: UnitOfWork, place: AppointmentPlace) -> None:
            place.reopen_day(command.day, command.version, unit.now)

        return self._of_keeper("reopen_place_day", command, asked, what)

    def day_announced(self, unit: UnitOfWork, scope: str, day: date) -> None:
        """A day that was closed or opened for an authority, or the country: who is expected on it is looked at."""
        begins: datetime = midnight(day)
        for place_id in self._rows.with_appointments(unit, scope, begins):
            check_place(unit, place_id)

    def _of_keeper(
        self,
        method: str,
        command: Any,
        asked: Asked,
        what: Callable[[UnitOfWork, AppointmentPlace], None],
    ) -> Answer:
        def work(unit: UnitOfWork) -> Answer:
            authority = asked.caller.office(KEEPER)
            place = unit.load(AppointmentPlace, command.place_id)
            if place.authority != authority:
                raise NotFound()
            what(unit, place)
            answer = self._changed(unit, place)
            check_place(unit, place.id)
            return answer

        return self._handling.once(asked, method, command.fingerprint(), work)

    def _changed(self, unit: UnitOfWork, place: AppointmentPlace) -> Answer:
        if unit.save(place):
            self._rows.write(unit, place)
        return {"place_id": str(place.id), "version": place.version}

    def _check(
        self, unit: UnitOfWork, authority: str, plan: Mapping[str, Any], language: str
    ) -> None:
        """Raises InvalidInput with every point that does not fit."""
        faults: list[tuple[str, str, dict[str, Any]]] = []
        try:
            read = plan_from(plan)
            if overlapping(read.hours):
                raise HoursUnfit(_HOURS)
        except HoursUnfit:
            faults.append(("/hours", _HOURS, {}))
        until = plan.get("until_day")
        if until is not None and until < plan["from_day"]:
            faults.append(("/until_day", _DAYS, {}))
        for number, code in enumerate(plan["services"]):
            if fault := self._unserved(unit, authority, code, plan["slot_minutes"]):
                faults.append((f"/services/{number}", *fault))
        if faults:
            raise InvalidInput(
                [
                    {
                        "pointer": at,
                        "detail": text("panjareh_requests", message, language, **places),
                    }
                    for at, message, places in faults
                ]
            )

    def _unserved(
        self, unit: UnitOfWork, authority: str, code: str, minutes: int
    ) -> tuple[str, dict[str, Any]] | None:
        """Why a place cannot serve a service; None where it can."""
        try:
            terms = self._terms.current(unit, code)
        except UnknownService:
            return _NOT_YOURS, {"code": code}
        if terms.authority != authority:
            return _NOT_YOURS, {"code": code}
        if terms.appointment is None:
            return _NO_APPOINTMENT, {"code": code}
        if terms.appointment.minutes > minutes:
            return _TOO_SHORT, {"code": code, "minutes": terms.appointment.minutes}
        return None

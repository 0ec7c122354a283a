"""Being seen in person: an appointment is booked, moved, cancelled, and kept or missed (I7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from panjareh_common.asking import Asking
from panjareh_common.clock import to_wire
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_identity.application.lives.places import proving_office
from panjareh_identity.application.lives.ports import Answer, Appointments, Places, Recoveries
from panjareh_identity.application.ports import Looks
from panjareh_identity.application.proofs import living
from panjareh_identity.domain.appointment import Appointment, AppointmentStatus, Purpose
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.place import Place

_COMPLETE_WITHIN = timedelta(days=1)  # after the appointment at which a recovery was proved


@dataclass(frozen=True)
class KeepAppointment:
    """`document`: kind and number of what the person showed."""

    appointment_id: UUID
    document: str = field(repr=False)


class Visits:
    """Appointments of people, and what officers say became of them."""

    def __init__(
        self,
        log: EventLog,
        *,
        places: Places,
        appointments: Appointments,
        recoveries: Recoveries,
        looks: Looks,
    ) -> None:
        self._log = log
        self._places = places
        self._appointments = appointments
        self._recoveries = recoveries
        self._looks = looks

    def book(self, place: str, starts_at: datetime, asked: Asking) -> Answer:
        """The appointment at which the person's identity is proved. A clerk may book it for whom they assist.

        Raises TimeTaken, AppointmentOpen.
        """

        person_id = asked.caller.beneficiary

        def work(unit: UnitOfWork) -> Answer:
            living(unit, person_id)
            return self._book(unit, person_id, place, starts_at)

        request = {"person": str(person_id), "place": place, "starts_at": to_wire(starts_at)}
        return asked.once(self._log, "book_appointment", request, work)

    def book_recovery(
        self, recovery_id: UUID, secret: str, place: str, starts_at: datetime, *, cause: Cause
    ) -> Answer:
        """For who lost every way to sign in: the secret of the recovery says who asks.

        Raises RecoveryOver, TimeTaken, AppointmentOpen.
        """

        def work(unit: UnitOfWork) -> Answer:
            recovery = self._recoveries.open(unit, recovery_id, secret)
            if recovery.person_id is None:
                # Of nobody's recovery nothing is booked, and whoever asks cannot tell.
                ends_at = self._places.take(unit, place, starts_at)
                self._places.give_back(unit, place, starts_at)
                return _shown(uuid4(), Purpose.RECOVERY, place, starts_at, ends_at)
            booked = self._book(unit, recovery.person_id, place, starts_at, recovery_id)
            self._recoveries.extend(unit, recovery_id, starts_at + _COMPLETE_WITHIN)
            return booked

        return self._log.run(cause, work)

    def move(self, appointment_id: UUID, place: str, starts_at: datetime, asked: Asking) -> Answer:
        """Raises NotFound, AppointmentOver, TimeTaken; the old time is given back only with the new one taken."""

        def work(unit: UnitOfWork) -> Answer:
            appointment = self._own(unit, appointment_id, asked.caller)
            before = appointment.place, appointment.starts_at
            ends_at = self._places.take(unit, place, starts_at)
            appointment.move(place, starts_at, ends_at, unit.now)
            self._places.give_back(unit, *before)
            return self._stored(unit, appointment)

        where = {"place": place, "starts_at": to_wire(starts_at)}
        request = where | {"appointment": str(appointment_id)}
        return asked.once(self._log, "move_appointment", request, work)

    def cancel(self, appointment_id: UUID, *, caller: Caller, cause: Cause) -> Answer:
        """Raises NotFound, AppointmentOver."""

        def work(unit: UnitOfWork) -> Answer:
            appointment = self._own(unit, appointment_id, caller)
            if appointment.status is AppointmentStatus.BOOKED:
                self._places.give_back(unit, appointment.place, appointment.starts_at)
            appointment.cancel(unit.now)
            return self._stored(unit, appointment)

        return self._log.run(cause, work)

    def mine(self, *, caller: Caller, cause: Cause) -> Answer:
        """`{items}`; what a clerk sees of whom they assist is on record."""
        person_id = caller.beneficiary

        def work(unit: UnitOfWork) -> Answer:
            if caller.assisting is not None:
                self._look(unit, person_id, person_id, caller, purpose="assistance")
            return {"items": self._appointments.of_person(unit, person_id)}

        return self._log.run(cause, work)

    def at_place(self, place: str, day: datetime, *, caller: Caller, cause: Cause) -> Answer:
        """`{items}` with names, for the officers of the place; each look is on record. Raises NotAllowed, NotFound."""
        authority = proving_office(caller)

        def work(unit: UnitOfWork) -> Answer:
            self._own_place(unit, place, authority)
            rows = self._appointments.at_place(unit, place, day)
            for row in rows:
                person_id = UUID(row.pop("person_id"))
                person = unit.load(Person, person_id)
                row["name"] = " ".join(filter(None, (person.given_name, person.family_name)))
                self._look(unit, person_id, UUID(row["appointment_id"]), caller)
            return {"items": rows}

        return self._log.run(cause, work)

    def keep(self, command: KeepAppointment, asked: Asking) -> Answer:
        """The officer has seen the person and their document: level 4, or a recovery proved.

        Raises NotAllowed, NotFound, AppointmentOver, AppointmentNotYet, NotYourself.
        """
        caller = asked.caller
        authority = proving_office(caller)

        def work(unit: UnitOfWork) -> Answer:
            appointment = unit.load(Appointment, command.appointment_id)
            self._own_place(unit, appointment.place, authority)
            person = living(unit, appointment.person)
            self._look(unit, person.id, appointment.id, caller)
            appointment.keep(caller.person, command.document, unit.now)
            if appointment.recovery is None:
                person.prove_in_person(authority, caller.person, appointment.id, unit.now)
                unit.save(person)
            else:
                # Not the account yet: whoever is signed in to it may be the one it was lost to.
                self._recoveries.prove(unit, appointment.recovery, Proofing.IN_PERSON)
            return self._stored(unit, appointment)

        request = {"appointment": str(command.appointment_id), "document": command.document}
        return asked.once(self._log, "keep_appointment", request, work)

    def miss(self, appointment_id: UUID, asked: Asking) -> Answer:
        """Nobody came. Raises as `keep`."""
        authority = proving_office(asked.caller)

        def work(unit: UnitOfWork) -> Answer:
            appointment = unit.load(Appointment, appointment_id)
            self._own_place(unit, appointment.place, authority)
            appointment.miss(asked.caller.person, unit.now)
            return self._stored(unit, appointment)

        request = {"appointment": str(appointment_id)}
        return asked.once(self._log, "miss_appointment", request, work)

    def leave(self, unit: UnitOfWork, person_id: UUID) -> None:
        """Cancels what a person who goes had booked; the rows go, what happened stays in the history."""
        for row in self._appointments.of_person(unit, person_id):
            if row["status"] == AppointmentStatus.BOOKED:
                appointment = unit.load(Appointment, UUID(row["appointment_id"]))
                self._places.give_back(unit, appointment.place, appointment.starts_at)
                appointment.cancel(unit.now)
                self._stored(unit, appointment)
        self._appointments.remove(unit, person_id)

    def held_about(self, unit: UnitOfWork, person_id: UUID) -> list[Answer]:
        return self._appointments.of_person(unit, person_id)

    def _book(
        self,
        unit: UnitOfWork,
        person_id: UUID,
        place: str,
        starts_at: datetime,
        recovery: UUID | None = None,
    ) -> Answer:
        ends_at = self._places.take(unit, place, starts_at)
        appointment = Appointment.book(
            appointment_id=uuid4(),
            person_id=person_id,
            purpose=Purpose.RECOVERY if recovery else Purpose.PROOFING,
            place=place,
            starts_at=starts_at,
            ends_at=ends_at,
            recovery=recovery,
            at=unit.now,
        )
        return self._stored(unit, appointment)

    def _stored(self, unit: UnitOfWork, appointment: Appointment) -> Answer:
        unit.save(appointment)
        self._appointments.write(unit, appointment)
        shown = _shown(
            appointment.id,
            appointment.purpose,
            appointment.place,
            appointment.starts_at,
            appointment.ends_at,
        )
        return shown | {"status": str(appointment.status)}

    @staticmethod
    def _own(unit: UnitOfWork, appointment_id: UUID, caller: Caller) -> Appointment:
        appointment = unit.load(Appointment, appointment_id)
        if appointment.person != caller.beneficiary:
            raise NotFound()
        return appointment

    @staticmethod
    def _own_place(unit: UnitOfWork, code: str, authority: str) -> None:
        if unit.load(Place, Place.id_of(code)).authority != authority:
            raise NotFound()

    def _look(
        self,
        unit: UnitOfWork,
        person_id: UUID,
        about: UUID,
        caller: Caller,
        purpose: str = "identity_proofing",
    ) -> None:
        self._looks.record(
            unit,
            person_id,
            reader=str(caller.person),
            role=str(caller.kind),
            purpose=purpose,
            about=about,
        )


def _shown(
    appointment_id: UUID, purpose: Purpose, place: str, starts_at: datetime, ends_at: datetime
) -> Answer:
    return {
        "appointment_id": str(appointment_id),
        "purpose": str(purpose),
        "place": place,
        "starts_at": to_wire(starts_at),
        "ends_at": to_wire(ends_at),
        "status": str(AppointmentStatus.BOOKED),
    }

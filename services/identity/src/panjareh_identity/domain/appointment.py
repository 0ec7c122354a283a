"""One visit in person, at a place and time that the platform set: booked, moved, cancelled, kept or missed (I7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PersonalAggregate, Sealed
from panjareh_identity.domain.persons_refusals import (
    AppointmentNotYet,
    AppointmentOver,
    NotYourself,
)

_EARLY = timedelta(minutes=15)  # whoever comes early may be seen early


class Purpose(StrEnum):
    PROOFING = "proofing"
    RECOVERY = "recovery"


class AppointmentStatus(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"
    KEPT = "kept"
    MISSED = "missed"


class Appointment(PersonalAggregate):
    TOPIC = "Appointment"

    class Event(Aggregate.Event):
        pass

    class Booked(Event, Aggregate.Created):
        """`recovery`: the way back into the account that is to be proved at it."""

        TOPIC = "Appointment.Booked"
        person: UUID
        purpose: str
        place: str
        starts_at: datetime
        ends_at: datetime
        recovery: UUID | None

    Created = Booked

    class Moved(Event):
        TOPIC = "Appointment.Moved"
        place: str
        starts_at: datetime
        ends_at: datetime

    class Cancelled(Event):
        TOPIC = "Appointment.Cancelled"

    class Kept(Event):
        """An officer saw the person; `document`: kind and number of what they showed."""

        TOPIC = "Appointment.Kept"
        officer: UUID
        document: Sealed[str]

    class Missed(Event):
        TOPIC = "Appointment.Missed"
        officer: UUID

    @classmethod
    def book(
        cls,
        *,
        appointment_id: UUID,
        person_id: UUID,
        purpose: Purpose,
        place: str,
        starts_at: datetime,
        ends_at: datetime,
        recovery: UUID | None,
        at: datetime,
    ) -> Appointment:
        return cls._create(
            cls.Booked,
            id=appointment_id,
            timestamp=at,
            person=person_id,
            purpose=str(purpose),
            place=place,
            starts_at=starts_at,
            ends_at=ends_at,
            recovery=recovery,
        )

    def move(self, place: str, starts_at: datetime, ends_at: datetime, at: datetime) -> None:
        """Raises AppointmentOver."""
        self._open()
        self.trigger_event(
            self.Moved, timestamp=at, place=place, starts_at=starts_at, ends_at=ends_at
        )

    def cancel(self, at: datetime) -> None:
        """Cancelling twice is cancelling once. Raises AppointmentOver for one kept or missed."""
        if self.status is not AppointmentStatus.CANCELLED:
            self._open()
            self.trigger_event(self.Cancelled, timestamp=at)

    def keep(self, officer: UUID, document: str, at: datetime) -> None:
        """Raises AppointmentOver, AppointmentNotYet, NotYourself."""
        self._begun(officer, at)
        self.trigger_event(self.Kept, timestamp=at, officer=officer, document=document)

    def miss(self, officer: UUID, at: datetime) -> None:
        """Raises AppointmentOver, AppointmentNotYet, NotYourself."""
        self._begun(officer, at)
        self.trigger_event(self.Missed, timestamp=at, officer=officer)

    def _begun(self, officer: UUID, at: datetime) -> None:
        self._open()
        if officer == self.person:
            raise NotYourself()
        if at < self.starts_at - _EARLY:
            raise AppointmentNotYet()

    def _open(self) -> None:
        if self.status is not AppointmentStatus.BOOKED:
            raise AppointmentOver()

    def __init__(
        self,
        *,
        person: UUID,
        purpose: str,
        place: str,
        starts_at: datetime,
        ends_at: datetime,
        recovery: UUID | None,
    ) -> None:
        self.person = person
        self.purpose = Purpose(purpose)
        self.place = place
        self.starts_at = starts_at
        self.ends_at = ends_at
        self.recovery = recovery
        self.status = AppointmentStatus.BOOKED

    @property
    def person_id(self) -> UUID:
        return self.person

    @event(Moved)
    def _moved(self, place: str, starts_at: datetime, ends_at: datetime) -> None:
        self.place, self.starts_at, self.ends_at = place, starts_at, ends_at

    @event(Cancelled)
    def _cancelled(self) -> None:
        self.status = AppointmentStatus.CANCELLED

    @event(Kept)
    def _kept(self) -> None:
        self.status = AppointmentStatus.KEPT

    @event(Missed)
    def _missed(self) -> None:
        self.status = AppointmentStatus.MISSED

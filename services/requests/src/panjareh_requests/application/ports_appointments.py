"""What appointments need of the database: seats that two never have at once, and who is in line for one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from panjareh_common.calendar import WorkingCalendar
from panjareh_common.event_store import UnitOfWork
from panjareh_requests.domain.appointment_place import AppointmentPlace
from panjareh_requests.domain.appointments import Slot
from panjareh_requests.domain.known_days import KnownDays
from panjareh_requests.domain.service_request import ServiceRequest


@dataclass(frozen=True)
class Seat:
    """One seat of a time at a place. Its name is the same for as long as it is on its way to another."""

    place_id: UUID
    starts_at: datetime
    seat: int

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Seat:
        return cls(row["place_id"], row["starts_at"], row["seat"])


class Seats(Protocol):
    """Each statement is done at once, in the unit's own transaction."""

    def take(
        self, unit: UnitOfWork, place_id: UUID, slot: Slot, capacity: int, request_id: UUID
    ) -> bool:
        """A seat that nobody has; the one that is kept for the request where that is at this time. False: none is left."""
        ...

    def give_back(self, unit: UnitOfWork, request_id: UUID) -> None:
        """The seat of the request's appointment; it goes to the first in line, where there is one."""
        ...

    def follow(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        """Brings seats, line and waits of a request to where its events say that they are."""
        ...

    def hand_over(self, unit: UnitOfWork, seat: Seat, request_id: UUID) -> bool:
        """False where it is no longer on its way to anybody."""
        ...

    def drop(self, unit: UnitOfWork, seat: Seat) -> None:
        """A seat on its way is for everybody again."""
        ...

    def first_in_line(
        self, unit: UnitOfWork, seat: Seat, but: Collection[UUID] = ()
    ) -> UUID | None:
        """Nobody else hands anything to that request until this unit ends."""
        ...

    def ahead(
        self,
        unit: UnitOfWork,
        place_id: UUID,
        now: datetime,
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[tuple[datetime, UUID]]:
        """Times from now on that requests have or that are kept for them, in order."""
        ...


class PlaceRows(Protocol):
    """The rows that answer where one can go; written in the commit of their events."""

    def write(self, unit: UnitOfWork, place: AppointmentPlace) -> None: ...

    def with_appointments(self, unit: UnitOfWork, scope: str, day: datetime) -> list[UUID]:
        """Places of an authority ('': of all) at which anybody is expected within a day from that moment."""
        ...


class Calendar(Protocol):
    def of(self, unit: UnitOfWork, authority: str, service_code: str) -> KnownDays: ...

    def look_again(self) -> None:
        """What is asked next is read anew."""
        ...


def calendar_of(unit: UnitOfWork, days: Calendar, place: AppointmentPlace) -> WorkingCalendar:
    """Holidays and announced days of the authority whose place it is; its own week is in its hours."""
    return days.of(unit, place.authority, "").calendar

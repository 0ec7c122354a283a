"""What the lives of accounts need from outside, by role."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_identity.domain.appointment import Appointment
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.values import NoRecord

Answer = dict[str, Any]
Reader = Callable[[UnitOfWork, UUID], Any]
"""One section of what is held about a person, as JSON would have it."""
LifeEnd = Callable[[UnitOfWork, UUID, str], Any]
"""What ends with a person's life, in the commit of the event: person, and why (`death`)."""


class ChangeProof(StrEnum):
    """What is given, besides a code to the new number, for a change of number."""

    OLD_NUMBER = "old_number"
    MOBILE_REGISTRY = "mobile_registry"
    IN_PERSON = "in_person"


@dataclass(frozen=True)
class ContactChange:
    """A new address or number that waits to be confirmed."""

    person_id: UUID
    channel: Channel
    to: str = field(repr=False)
    proof: str
    inquiry_id: UUID
    expires_at: datetime


class ContactChanges(Protocol):
    """At most one of a person's for each channel."""

    def keep(self, unit: UnitOfWork, change: ContactChange) -> None: ...

    def find(self, unit: UnitOfWork, person_id: UUID, channel: Channel) -> ContactChange | None:
        """None also for one whose time has passed."""
        ...

    def remove(self, unit: UnitOfWork, person_id: UUID, channel: Channel) -> None: ...


class WaitingMobiles(Protocol):
    def mobile_of(self, unit: UnitOfWork, person_id: UUID, inquiry_id: UUID) -> str | None:
        """The new number of a person about which this inquiry asks the mobile registry."""
        ...


class Exchange(Protocol):
    def ask(
        self, person_id: UUID, inquiry_id: UUID, *, evidence_type: str, purpose: str
    ) -> Mapping[str, Any] | NoRecord:
        """Raises RegistryUnavailable."""
        ...


@dataclass(frozen=True)
class OfferedTime:
    place: str
    starts_at: datetime
    ends_at: datetime
    free: int


class Places(Protocol):
    def add(
        self,
        unit: UnitOfWork,
        code: str,
        authority: str,
        name: Mapping[str, str],
        address: Mapping[str, str],
    ) -> None: ...

    def offer(
        self,
        unit: UnitOfWork,
        place: str,
        times: Sequence[tuple[datetime, datetime]],
        capacity: int,
    ) -> None:
        """A time that is offered already keeps its capacity."""
        ...

    def take(self, unit: UnitOfWork, place: str, starts_at: datetime) -> datetime:
        """Takes one of the seats; gives the end. Raises TimeTaken: full, past or never offered."""
        ...

    def give_back(self, unit: UnitOfWork, place: str, starts_at: datetime) -> None: ...

    def all(self) -> list[dict[str, Any]]: ...

    def free_times(self, place: str, after: datetime) -> list[OfferedTime]: ...


class Appointments(Protocol):
    def write(self, unit: UnitOfWork, appointment: Appointment) -> None:
        """Raises AppointmentOpen for a second one of a person's for the same purpose."""
        ...

    def of_person(self, unit: UnitOfWork, person_id: UUID) -> list[dict[str, Any]]: ...

    def at_place(self, unit: UnitOfWork, place: str, day: datetime) -> list[dict[str, Any]]: ...

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None: ...


@dataclass(frozen=True)
class Recovery:
    """One way back into an account. `proved` is the proofing that it has come to; 0 before the code."""

    recovery_id: UUID
    person_id: UUID | None
    channel: Channel
    proved: int
    expires_at: datetime

    @property
    def reached(self) -> Proofing | None:
        return Proofing(self.proved) if self.proved else None


class Recoveries(Protocol):
    def add(self, unit: UnitOfWork, recovery: Recovery, secret: str) -> None: ...

    def find(self, unit: UnitOfWork, recovery_id: UUID) -> Recovery | None:
        """An open one, locked."""
        ...

    def open(self, unit: UnitOfWork, recovery_id: UUID, secret: str) -> Recovery:
        """Locked. Raises RecoveryOver: unknown, over, or another secret."""
        ...

    def prove(self, unit: UnitOfWork, recovery_id: UUID, proved: Proofing) -> None: ...

    def extend(self, unit: UnitOfWork, recovery_id: UUID, expires_at: datetime) -> None: ...

    def complete(self, unit: UnitOfWork, recovery_id: UUID) -> None: ...

    def keep_code(self, unit: UnitOfWork, person_id: UUID, channel: Channel, code: str) -> bool:
        """False, and nothing kept, while three of the person's on that channel are still good."""
        ...

    def use_code(self, unit: UnitOfWork, person_id: UUID, channel: Channel, code: str) -> bool:
        """Whether it is one of the person's that was sent on that channel; used up by that."""
        ...


@dataclass(frozen=True)
class Helping:
    """A row of somebody being assisted."""

    assistance_id: UUID
    person_id: UUID | None
    clerk_id: UUID
    parent_sid: str
    authority: str


class Helpings(Protocol):
    def add(self, unit: UnitOfWork, helping: Helping, expires_at: datetime) -> None: ...

    def find(self, unit: UnitOfWork, assistance_id: UUID) -> Helping | None:
        """One that is not over, locked."""
        ...

    def confirm(self, unit: UnitOfWork, assistance_id: UUID, until: datetime) -> None: ...

    def end(self, unit: UnitOfWork, assistance_id: UUID) -> None: ...

    def under(self, unit: UnitOfWork, sids: Sequence[str]) -> list[Helping]:
        """Those that live by one of these sessions of clerks."""
        ...

    def of_person(self, unit: UnitOfWork, person_id: UUID) -> list[dict[str, Any]]: ...

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None: ...


class OpenRequests(Protocol):
    def of(self, person_id: UUID) -> list[str]:
        """The references of a person's requests that are open. Raises Unavailable."""
        ...

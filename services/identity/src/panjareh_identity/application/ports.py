"""What the use cases need from outside, by role."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.session import Session
from panjareh_identity.domain.values import RegistryAnswer


@dataclass(frozen=True)
class Credential:
    person_id: UUID
    password_hash: str = field(repr=False)


class Credentials(Protocol):
    """Who signs in with which national id; found by keyed hash, so the table names nobody."""

    def find(self, national_id: str) -> Credential | None: ...

    def add(self, unit: UnitOfWork, national_id: str, credential: Credential) -> bool:
        """False when the national id is registered already."""
        ...

    def hold(self, unit: UnitOfWork, person_id: UUID) -> bool:
        """Keeps the person from being erased until the unit has ended; False when they were before."""
        ...

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None:
        """Waits for who is signing in now; nobody can afterwards."""
        ...


class Passwords(Protocol):
    """Slow hashes. Both take their time on purpose."""

    def hash(self, password: str) -> str: ...

    def fits(self, password: str, password_hash: str | None) -> bool:
        """False for a wrong one; as slow, and False, where there is nothing to compare with."""
        ...


@dataclass(frozen=True)
class Limit:
    """`most` tries, then a wait. Its name is part of stored keys."""

    name: str
    most: int
    wait: timedelta


class Throttle(Protocol):
    """Slows down who guesses, for known and unknown subjects alike."""

    def take(self, limit: Limit, subject: str, now: datetime) -> None:
        """Counts a try before it is made, so that many at once count too. Raises TooManyTries."""
        ...

    def clear(self, limit: Limit, subject: str) -> None:
        """A try that was right ends the count."""
        ...


class Sessions(Protocol):
    def start(self, unit: UnitOfWork, session: Session, channel: str) -> None: ...

    def active(self, unit: UnitOfWork, sid: str | None, person_id: UUID) -> Session:
        """The person's session, locked. Raises NotSignedIn when it has ended or run out."""
        ...

    def change(self, unit: UnitOfWork, session: Session) -> None:
        """Stores how the person has signed in now."""
        ...

    def end(self, unit: UnitOfWork, sid: str | None, person_id: UUID) -> Session | None:
        """The session that this ends; None when there is none to end."""
        ...

    def remove(self, unit: UnitOfWork, person_id: UUID) -> list[Session]:
        """Takes every session of a person away. Gives those whose tokens may still be in use."""
        ...


class CodeVerdict(Enum):
    RIGHT = auto()
    WRONG = auto()
    GONE = auto()


class OneTimeCodes(Protocol):
    """One code a person, for one session; a new one takes the place of the old."""

    def keep(self, unit: UnitOfWork, session: Session, code: str) -> None: ...

    def use(self, unit: UnitOfWork, session: Session, code: str) -> tuple[CodeVerdict, int]:
        """Counts the try. Gives the verdict and how many tries are left; a right code is used up."""
        ...

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None: ...


@dataclass(frozen=True)
class Office:
    authority: str
    roles: tuple[str, ...]


class Officers(Protocol):
    """Who holds which office now, written in the commit of the appointment."""

    def write(self, unit: UnitOfWork, person: Person) -> None: ...

    def office_of(self, unit: UnitOfWork, person_id: UUID) -> Office | None: ...

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None: ...


class Erasures(Protocol):
    def erase(self, person_id: UUID) -> None:
        """Destroys the person's key in this service, for ever; erasing twice is erasing once."""
        ...


class CivilRegistry(Protocol):
    def ask(self, person_id: UUID, inquiry_id: UUID) -> RegistryAnswer:
        """What the registry holds about the person; asking the same inquiry twice gives the same answer.

        Raises RegistryUnavailable when no answer has come within some seconds.
        """
        ...


class TextMessages(Protocol):
    def send(self, mobile: str, text: str) -> None:
        """Raises MessageNotSent."""
        ...


class Looks(Protocol):
    """Records that somebody looks at a person's data, before it is served (design rule 9)."""

    def record(
        self,
        unit: UnitOfWork,
        person_id: UUID,
        *,
        reader: str,
        role: str,
        purpose: str,
        about: UUID,
    ) -> None: ...

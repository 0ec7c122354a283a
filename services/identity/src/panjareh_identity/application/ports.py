"""What the use cases need from outside, by role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.person import Person
from panjareh_identity.domain.session import Session
from panjareh_identity.domain.values import RegistryAnswer

Leaving = Callable[[UnitOfWork, UUID], None]
"""What a part takes away, in the commit in which a person is erased."""


TakeNote = Callable[[UnitOfWork, UUID, int], object]
"""Has a person take note of a version of the privacy statement. Raises StatementNotCurrent."""


@dataclass(frozen=True)
class Credential:
    """Without a password for somebody who is known here and has never signed up: a child, say."""

    person_id: UUID
    password_hash: str | None = field(repr=False)


class Credentials(Protocol):
    """Who signs in with which national id; found by keyed hash, so the table names nobody."""

    def find(self, national_id: str) -> Credential | None: ...

    def add(self, unit: UnitOfWork, national_id: str, credential: Credential) -> bool:
        """False when the national id is registered already."""
        ...

    def hold(self, unit: UnitOfWork, person_id: UUID) -> bool:
        """Keeps the person from being erased until the unit has ended; False when they were before."""
        ...

    def password_hash_of(self, unit: UnitOfWork, person_id: UUID) -> str | None: ...

    def set_password(self, unit: UnitOfWork, person_id: UUID, password_hash: str) -> None:
        """Raises NotFound for a person who cannot sign in any more."""
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

    def give_back(self, limit: Limit, subject: str) -> None:
        """One try that was right counts no more; the others go on counting."""
        ...


class Sessions(Protocol):
    """Rows of who is signed in. To end one, use `application.sessions.SessionEnds`, which tells everybody."""

    def start(self, unit: UnitOfWork, session: Session) -> None: ...

    def active(self, unit: UnitOfWork, sid: str | None, person_id: UUID) -> Session:
        """The person's session, locked, and seen now. Raises NotSignedIn when it has ended or run out."""
        ...

    def change(self, unit: UnitOfWork, session: Session) -> None:
        """Stores how and when the person has signed in now."""
        ...

    def of_person(self, unit: UnitOfWork, person_id: UUID) -> list[Session]:
        """Those that live, the one seen last first."""
        ...

    def end(self, unit: UnitOfWork, sid: str | None, person_id: UUID) -> Session | None:
        """The session that this ends; None when there is none to end."""
        ...

    def end_all(
        self, unit: UnitOfWork, person_id: UUID, *, keep: str | None = None
    ) -> list[Session]:
        """The sessions that this ends: all of a person's but the one of the sid `keep`."""
        ...

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None:
        """Takes away every row of a person's."""
        ...

    def sweep(self, now: datetime) -> int:
        """Takes away what has run out; how many rows that was."""
        ...


class CodeVerdict(Enum):
    RIGHT = auto()
    WRONG = auto()
    GONE = auto()


@dataclass(frozen=True)
class CodeFor:
    """Whose code, what for, and the one session, sign-in or the like in which it is good."""

    person_id: UUID
    purpose: str
    binding: str = field(repr=False)


class OneTimeCodes(Protocol):
    """One code a person and purpose; a new one takes the place of the old."""

    def keep(
        self, unit: UnitOfWork, wanted: CodeFor, code: str, channel: Channel = Channel.SMS
    ) -> None: ...

    def use(self, unit: UnitOfWork, wanted: CodeFor, code: str) -> tuple[CodeVerdict, int, Channel]:
        """Counts the try. Gives the verdict, how many tries are left, and the way the code was sent.

        A right code is used up.
        """
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

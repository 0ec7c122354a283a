"""What the administration needs from outside, by role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_identity.application.ports import Office
from panjareh_identity.domain.authority_onboarding import AuthorityOnboarding
from panjareh_identity.domain.office import OfficeChange
from panjareh_identity.domain.person import Person


class Staff(Protocol):
    """Who holds which office now."""

    def write(self, unit: UnitOfWork, person: Person) -> None:
        """The row of a person's office; away when they have none."""
        ...

    def office_of(self, unit: UnitOfWork, person_id: UUID) -> Office | None: ...

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None: ...

    def administrators(self, unit: UnitOfWork) -> frozenset[UUID]:
        """The platform's administrators; nobody else asks this before the unit has ended."""
        ...

    def of_authority(
        self, unit: UnitOfWork, authority: str, after: UUID | None, limit: int
    ) -> list[tuple[UUID, Office]]:
        """At most `limit`, in the order of person ids."""
        ...


@dataclass(frozen=True)
class AuthorityRow:
    code: str
    name: Mapping[str, str]
    status: str
    asked_by: UUID
    changed_at: datetime


class Authorities(Protocol):
    """Authorities that are on board, or were asked for."""

    def write(self, unit: UnitOfWork, onboarding: AuthorityOnboarding) -> None: ...

    def on_board(self, unit: UnitOfWork, code: str) -> bool: ...

    def all(self, unit: UnitOfWork) -> list[AuthorityRow]:
        """By code."""
        ...


class OfficeChanges(Protocol):
    """Which changes of roles wait for another person."""

    def write(self, unit: UnitOfWork, change: OfficeChange) -> None: ...

    def waiting_in(
        self, unit: UnitOfWork, authority: str, after: UUID | None, limit: int
    ) -> list[UUID]:
        """Ids of changes, at most `limit`, in their order."""
        ...

    def waiting_for(self, unit: UnitOfWork, officer: UUID) -> list[UUID]: ...

    def remove(self, unit: UnitOfWork, officer: UUID) -> None:
        """Takes away what waits about somebody."""
        ...


class StaffLooks(Protocol):
    """Records looks at persons by staff, before what was found is served (design rule 9)."""

    def record_staff(
        self,
        unit: UnitOfWork,
        seen: Sequence[tuple[UUID, UUID]],
        *,
        reader: str,
        authority: str,
        purpose: str,
    ) -> None:
        """`seen`: each person, and what the look was about."""
        ...


class Acts(Protocol):
    """The record of administrative acts, made from the log."""

    def page(
        self,
        unit: UnitOfWork,
        authority: str | None,
        kind: str | None,
        before: int | None,
        limit: int,
    ) -> list[dict[str, Any]]:
        """At most `limit`, the latest first; of None, of every authority."""
        ...

"""What mandates need from outside, by role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_identity.domain.mandate import Mandate
from panjareh_identity.domain.mandate_values import Acting, Company, MandateKind, Ward
from panjareh_identity.domain.session import Session
from panjareh_identity.domain.values import NoRecord


@dataclass(frozen=True)
class Page:
    """What of a list is wanted: `limit` rows after a cursor."""

    limit: int = 20
    after: str | None = None


class MandateRows(Protocol):
    """Mandates as lists show them, written in the commit of their events."""

    def write(self, unit: UnitOfWork, mandate: Mandate) -> None: ...

    def address(self, unit: UnitOfWork, mandate: Mandate, number: str) -> None:
        """Keeps who is asked, for as long as there is no answer."""
        ...

    def hold(self, unit: UnitOfWork, mandate_id: UUID) -> None:
        """Has whoever ends this mandate, or makes tokens under it, wait until the unit has ended."""
        ...

    def forget_number(self, unit: UnitOfWork, number: str) -> None:
        """Takes away that somebody is asked, who was erased."""
        ...

    def number(self, unit: UnitOfWork, mandate: Mandate) -> str | None:
        """The number of whoever is asked; None once that was answered."""
        ...

    def is_addressed(self, unit: UnitOfWork, mandate_id: UUID, number: str) -> bool: ...

    def unanswered(self, unit: UnitOfWork, asker_id: UUID) -> int:
        """How many mandates somebody waits for."""
        ...

    def of_person(
        self, unit: UnitOfWork, person_id: UUID, number: str | None, page: Page
    ) -> dict[str, Any]:
        """`{items, next}`, newest first: asked by the person, asked of them, in force and over."""
        ...

    def with_officers(self, unit: UnitOfWork, kind: MandateKind, page: Page) -> dict[str, Any]:
        """`{items, next}` of what waits for an authority's officers, oldest first."""
        ...

    def open_of(self, unit: UnitOfWork, person_id: UUID) -> list[UUID]:
        """The mandates, on either side, that are not over."""
        ...


class ActingSessions(Protocol):
    """Which tokens for others are out: each has a sid of its own."""

    def start(self, unit: UnitOfWork, acting: Acting, parent: Session) -> None: ...

    def end_of_mandate(self, unit: UnitOfWork, mandate_id: UUID) -> int:
        """Ends the tokens made under a mandate, everywhere; how many."""
        ...

    def end_under(self, unit: UnitOfWork, parent_sids: Sequence[str]) -> None:
        """Ends the tokens made from sessions that end."""
        ...

    def end(self, unit: UnitOfWork, sid: str) -> bool: ...

    def sweep(self, now: datetime) -> int:
        """Takes away rows whose tokens have run out; how many."""
        ...


class Registries(Protocol):
    """What registries say about somebody who wants to act for another. Raises RegistryUnavailable.

    Asking the same inquiry twice gives the same answer.
    """

    def wards_of(self, person_id: UUID, inquiry_id: UUID) -> list[Ward] | NoRecord: ...

    def companies_of(self, person_id: UUID, inquiry_id: UUID) -> list[Company] | NoRecord: ...

"""What the work of officers needs from outside, by role."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_requests.domain.service_request import ServiceRequest


class Lane(StrEnum):
    """Among which others a request has its turn."""

    FREE = "free"  # those that nobody reviews
    HELD = "held"  # those that the same officer reviews
    PROPOSED = "proposed"  # those in which a colleague proposed a decision


class Order(Protocol):
    """What waits for officers, in the order in which it has to be taken."""

    def ahead(
        self, unit: UnitOfWork, request: ServiceRequest, skill: str, officer_id: UUID, lane: Lane
    ) -> int:
        """How many that this officer could take stand ahead of it, in the same queue."""
        ...

    def take_first(
        self,
        unit: UnitOfWork,
        authority: str,
        officer_id: UUID,
        skills: Collection[str],
        but: Sequence[UUID],
    ) -> UUID | None:
        """The first that nobody reviews and nobody else is about to take; held until the unit ends."""
        ...

    def sort(self, unit: UnitOfWork, requests: Sequence[UUID]) -> list[UUID]:
        """The same, in order; what does not wait for officers comes last."""
        ...

    def held_by(
        self, unit: UnitOfWork, officer_id: UUID, authority: str, limit: int
    ) -> list[UUID]: ...


class Staff(Protocol):
    """Who works in an authority, what they can do, and to whom they are tied."""

    def skills_of(self, unit: UnitOfWork, authority: str, officer_id: UUID) -> frozenset[str]: ...

    def is_officer(self, unit: UnitOfWork, authority: str, officer_id: UUID) -> bool: ...

    def tied(self, unit: UnitOfWork, officer_id: UUID, persons: Collection[UUID]) -> bool:
        """Whether the officer acts for one of them, or one of them for the officer, by a mandate."""
        ...

    def set_skills(
        self,
        unit: UnitOfWork,
        authority: str,
        officer_id: UUID,
        skills: Collection[str],
        by: UUID,
    ) -> None: ...


class WorkTable(Protocol):
    """The rows of what waits, as the clock process puts them right."""

    def find_missing(self, unit: UnitOfWork) -> None: ...

"""What the use cases of campaigns need from outside, by role."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_requests.domain.campaign import CampaignTerms, Line, Ticket


@dataclass
class HeldLine:
    """The line of one campaign, held by one unit of work alone until its end; `free` are places to give."""

    id: UUID
    service_code: str
    line: Line
    free: list[int]
    looked_to: datetime
    counted_to: datetime
    lapsed: int = 0
    entered: int = 0
    known_free: tuple[int, ...] = ()  # as the database has them


class CampaignRows(Protocol):
    """Campaigns, tickets and claims in the database."""

    def hold(
        self, unit: UnitOfWork, service_code: str, terms: CampaignTerms, *, free: int
    ) -> HeldLine:
        """The line, begun where there is none, under the terms of now; with at most `free` free places."""
        ...

    def hold_known(self, unit: UnitOfWork, campaign_id: UUID) -> HeldLine | None:
        """The line under the terms that it had last, with all its free places. None where somebody holds it."""
        ...

    def save(self, unit: UnitOfWork, held: HeldLine, *, over: bool = False) -> None: ...

    def tickets_of(
        self, unit: UnitOfWork, campaign_id: UUID, persons: Collection[UUID]
    ) -> dict[UUID, Ticket]: ...

    def add(
        self, unit: UnitOfWork, campaign_id: UUID, drawn: Sequence[tuple[UUID, Ticket]]
    ) -> None: ...

    def end_lapsed(self, unit: UnitOfWork, held: HeldLine, now: datetime, limit: int) -> int:
        """Ends turns that passed unused, and frees their places; how many there were."""
        ...

    def take_back(self, unit: UnitOfWork, held: HeldLine, now: datetime, limit: int) -> int:
        """Ends numbers whose requests were withdrawn, and frees their places; how many there were."""
        ...

    def first_waiting(self, unit: UnitOfWork, campaign_id: UUID, limit: int) -> list[Ticket]: ...

    def give_turns(self, unit: UnitOfWork, campaign_id: UUID, moved: Sequence[Ticket]) -> None: ...

    def count_entered(self, unit: UnitOfWork, held: HeldLine, to: datetime) -> None: ...

    def claim(
        self, unit: UnitOfWork, campaign_id: UUID, ticket: Ticket, places: int | None, request: UUID
    ) -> None:
        """Taken into the commit; the commit fails when the number or the place was claimed meanwhile."""
        ...

    def give_back(self, unit: UnitOfWork, request_id: UUID) -> None:
        """Taken into the commit of a withdrawal."""
        ...

    def running(self) -> list[UUID]:
        """Campaigns that are not over."""
        ...

    def figures(self, campaign_id: UUID, now: datetime) -> Mapping[str, Any] | None: ...


class Door(Protocol):
    """Bounds how many are let in a second, over all processes."""

    def enter(self, campaign_id: UUID, rate: float, now: datetime) -> None:
        """Raises CampaignBusy."""
        ...


class CampaignCards(Protocol):
    """Our own copy of the published services, asked for its campaigns."""

    def campaigns(self) -> list[str]:
        """Codes of services any of whose versions was a campaign."""
        ...

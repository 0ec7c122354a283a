"""What the use cases need from outside, by role."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from panjareh_catalog.domain.known import Known
from panjareh_catalog.domain.life_event import LifeEvent
from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.domain.values import Card, Fault
from panjareh_common.event_store import UnitOfWork


class ServiceView(Protocol):
    """The rows that answer "which services are there?", written in the commit of their events."""

    def write(self, unit: UnitOfWork, service: PublicService) -> None: ...


class Knowledge(Protocol):
    def read(self, unit: UnitOfWork, *, alone: bool) -> Known:
        """What cards are checked against. `alone`: until the unit ends no other publication gets as far as this.

        Raises Unavailable when another one holds it up for long.
        """
        ...


class LifeEvents(Protocol):
    """The vocabulary of life events."""

    def all(self, unit: UnitOfWork) -> Sequence[LifeEvent]: ...

    def keep(self, unit: UnitOfWork, life_events: Sequence[LifeEvent]) -> list[tuple[str, bool]]:
        """Each code, and whether it is new or told otherwise."""
        ...


Shape = Callable[[Mapping[str, Any]], tuple[Card, list[Fault]]]
"""A card as it came, in the form in which it is stored, and what is wrong with its shape."""

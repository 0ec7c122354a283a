"""Days that were announced: closed for polluted air, an Eid that came a day later, a Friday that is worked.

They stand over the holidays that are computed (`panjareh_common.calendar`), for the whole country or for one
authority; whoever counts days hears of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.domain import Aggregate, event

from panjareh_catalog.domain.refusals_authorities import DayNotAnnounced, DayTooFar
from panjareh_common.calendar import day_in_tehran
from panjareh_common.event_store import PublicAggregate

NATION = ""
"""The scope of what holds for the whole country."""

_NEAREST, _FARTHEST = timedelta(days=400), timedelta(days=1500)


def almanac_id(scope: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"panjareh:almanac/{scope}")


class Almanac(PublicAggregate):
    """The announced days of the country, or of one authority."""

    TOPIC = "Almanac"

    class Event(Aggregate.Event):
        pass

    class Opened(Event, Aggregate.Created):
        TOPIC = "Almanac.Opened"
        scope: str

    Created = Opened

    class DayAnnounced(Event):
        """`day` is ISO 8601; `closed` False: worked, whatever was computed."""

        TOPIC = "Almanac.DayAnnounced"
        scope: str
        day: str
        closed: bool
        name: dict[str, str]

    class DayWithdrawn(Event):
        """What is computed holds again."""

        TOPIC = "Almanac.DayWithdrawn"
        scope: str
        day: str

    # Decisions

    @classmethod
    def open(cls, scope: str, at: datetime) -> Almanac:
        return cls._create(cls.Opened, id=almanac_id(scope), timestamp=at, scope=scope)

    def announce(self, day: date, closed: bool, name: Mapping[str, str], at: datetime) -> bool:
        """False when that was announced already. Raises DayTooFar for what is surely a typing error."""
        today = day_in_tehran(at)
        if not today - _NEAREST <= day <= today + _FARTHEST:
            raise DayTooFar(day=day.isoformat())
        if self.days.get(day.isoformat()) == (closed, dict(name)):
            return False
        self.trigger_event(
            self.DayAnnounced,
            timestamp=at,
            scope=self.scope,
            day=day.isoformat(),
            closed=closed,
            name=dict(name),
        )
        return True

    def withdraw(self, day: date, at: datetime) -> None:
        """Raises DayNotAnnounced."""
        if day.isoformat() not in self.days:
            raise DayNotAnnounced(day=day.isoformat())
        self.trigger_event(self.DayWithdrawn, timestamp=at, scope=self.scope, day=day.isoformat())

    # Memory

    def __init__(self, *, scope: str) -> None:
        self.scope = scope
        self.days: dict[str, tuple[bool, dict[str, str]]] = {}

    @event(DayAnnounced)
    def _day_announced(self, day: str, closed: bool, name: dict[str, str]) -> None:
        self.days[day] = (closed, name)

    @event(DayWithdrawn)
    def _day_withdrawn(self, day: str) -> None:
        self.days.pop(day, None)

"""What a card says about coming in person, and when a place can be come to. Nothing here reads a clock."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any
from uuid import UUID

from panjareh_common.calendar import WorkingCalendar, day_in_tehran
from panjareh_common.calendar.hours import Hours, read_hours, window_on

LEAD = timedelta(hours=1)
"""Nobody is let book later than this before a time begins."""
MARKED_WITHIN = timedelta(hours=24)
"""After its end, until whoever sits at the place has to say who came; then the request goes on without it."""
MOST_CHANGES = 5
"""How often somebody may move or give back their own appointment: a seat that is held is kept from others."""
HELD_FOR = timedelta(hours=12)
"""How long a time that became free is kept for the first in line."""
SHORTEST_HOLD = timedelta(hours=1)
CHOSEN_WITHIN_DAYS = 30
"""Of being asked to come a time has to be chosen, where the card says no other number."""
LOOKED_AHEAD = 120
"""Days for which times are offered."""


class WhenToCome(StrEnum):
    """Everybody, once the answers of the authorities are in; or whom an officer asks to."""

    AFTER_SUBMISSION = "after_submission"
    OFFICER_OFFERS = "officer_offers"


@dataclass(frozen=True)
class AppointmentTerms:
    """`minutes` it takes; `times` not come to after which officers go on without; `move_until_hours` before its
    beginning it may be moved or given back; `within_days` of being asked a time has to be chosen. `words` by language.
    """

    when: WhenToCome
    minutes: int
    times: int
    move_until_hours: int
    within_days: int
    words: Mapping[str, str]


@dataclass(frozen=True)
class Slot:
    """A time at which as many people can come as the place has seats."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Plan:
    """When a place is open to appointments, and for what. `until_day` None: for good."""

    hours: tuple[Hours, ...]
    slot_minutes: int
    capacity: int
    from_day: date
    until_day: date | None
    services: frozenset[str]

    def slots_on(
        self, day: date, calendar: WorkingCalendar, closed: Collection[str] = ()
    ) -> list[Slot]:
        """Of one day in Tehran, in order; none where the place or the country is closed."""
        if day < self.from_day or (self.until_day is not None and day > self.until_day):
            return []
        if day.isoformat() in closed:
            return []
        return sorted(self._of(day, calendar), key=lambda slot: slot.starts_at)

    def slot_at(
        self, at: datetime, calendar: WorkingCalendar, closed: Collection[str] = ()
    ) -> Slot | None:
        """The time that begins at a moment; None where none is offered."""
        slots = self.slots_on(day_in_tehran(at), calendar, closed)
        return next((slot for slot in slots if slot.starts_at == at), None)

    def _of(self, day: date, calendar: WorkingCalendar) -> Iterator[Slot]:
        length = timedelta(minutes=self.slot_minutes)
        for hours in self.hours:
            window = window_on(hours, calendar, day)
            if window is None:
                continue
            start, end = window
            while start + length <= end:
                yield Slot(start, start + length)
                start += length


def plan_from(kept: Mapping[str, Any]) -> Plan:
    """As a place's event keeps it. Raises HoursUnfit."""
    hours = (read_hours({"open": each}) for each in kept["hours"])
    until = kept.get("until_day")
    return Plan(
        hours=tuple(each for each in hours if each is not None),
        slot_minutes=kept["slot_minutes"],
        capacity=kept["capacity"],
        from_day=date.fromisoformat(kept["from_day"]),
        until_day=date.fromisoformat(until) if until else None,
        services=frozenset(kept["services"]),
    )


def overlapping(hours: Collection[Hours]) -> bool:
    """Whether two spans of hours of one day run into each other."""
    spans = sorted((day, each.opens, each.closes) for each in hours for day in each.days)
    pairs = pairwise(spans)
    return any(a[0] == b[0] and b[1] < a[2] for a, b in pairs)


def hold_until(slot: Slot, now: datetime) -> datetime | None:
    """Until when a time that became free is kept for one in line; None where that would be too short."""
    until = min(now + HELD_FOR, slot.starts_at - 2 * LEAD)
    return until if until - now >= SHORTEST_HOLD else None


def in_line_for(line: tuple[UUID, str, str] | None, place_id: UUID, starts_at: datetime) -> bool:
    """Whether a time is one of those that somebody is in line for."""
    if line is None or line[0] != place_id:
        return False
    return line[1] <= day_in_tehran(starts_at).isoformat() <= line[2]

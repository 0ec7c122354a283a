"""Counting working days, for limits that the law gives in them: nothing here reads a clock.

A limit of n working days that begins with an event does not count the day of the event, and ends with the
end of its n-th working day in Tehran. `WorkingCalendar` is made of the country's holidays, the weekly days
of rest of whoever has to act, and the days that were announced: a Thursday closed for polluted air, an Eid
that came a day later than computed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from panjareh_common.calendar.holidays import Holiday, holidays_of

TEHRAN = ZoneInfo("Asia/Tehran")
FRIDAY = frozenset({4})
"""The weekly day of rest of the country, as `date.weekday()` counts; an authority may have more of them."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class AnnouncedDay:
    """What was said of one day, over what was computed: closed, or open where it would not be.

    `name`: why, by language.
    """

    day: date
    closed: bool
    name: Mapping[str, str]


@dataclass(frozen=True)
class Deadline:
    """The first moment after a limit, in UTC. `estimated`: a holiday whose day is not sure yet may move it."""

    at: datetime
    estimated: bool


class WorkingCalendar:
    """Which days are worked, and how far it is from one to another.

    `rest_days`: weekly, by `date.weekday()`. Of two announcements of one day the later in order counts.
    Its methods raise ValueError for days whose holidays nobody knows (`holidays.FIRST_YEAR`, `LAST_YEAR`).
    """

    def __init__(
        self, rest_days: Collection[int] = FRIDAY, announced: Iterable[AnnouncedDay] = ()
    ) -> None:
        if len(set(rest_days)) >= len(WEEKDAYS):
            raise ValueError("a week without a working day has no limits")
        self._rest = frozenset(rest_days)
        self._announced = {each.day: each for each in announced}

    def holiday_on(self, day: date) -> Holiday | None:
        """Why a day is closed beside the weekly rest: announced, or a public holiday that was not withdrawn."""
        said = self._announced.get(day)
        if said is None:
            return holidays_of(day.year).get(day)
        return Holiday(day, said.name) if said.closed else None

    def is_working_day(self, day: date) -> bool:
        said = self._announced.get(day)
        if said is not None:
            return not said.closed
        return day.weekday() not in self._rest and day not in holidays_of(day.year)

    def is_estimated(self, day: date) -> bool:
        """Whether a lunar holiday falls on it that was neither confirmed nor announced: it may move by a day."""
        holiday = self.holiday_on(day)
        return holiday is not None and holiday.estimated

    def next_working_day(self, day: date) -> date:
        """The first working day after a day."""
        return next(later for later in self._days_after(day) if self.is_working_day(later))

    def add_working_days(self, start: date, days: int) -> date:
        """The day on which the `days`-th working day after `start` falls; `start` itself for none.

        Raises ValueError for fewer than none.
        """
        if days < 0:
            raise ValueError("working days are counted forward")
        day = start
        for _ in range(days):
            day = self.next_working_day(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days come after `start`, up to and with `end`; none where `end` is not later."""
        return sum(self.is_working_day(day) for day in _up_to(start, end))

    def deadline(self, begun: datetime, days: int) -> Deadline:
        """When a limit of working days that began at a moment has run out.

        Raises ValueError for a moment without its zone.
        """
        start = day_in_tehran(begun)
        last = self.add_working_days(start, days)
        # One that is expected a day before or after may yet come into it.
        estimated = any(self.is_estimated(day) for day in _up_to(start - _DAY, last + _DAY))
        return Deadline(midnight(last + _DAY), estimated)

    def _days_after(self, day: date) -> Iterator[date]:
        while True:
            day += _DAY
            yield day


def _up_to(start: date, end: date) -> Iterator[date]:
    """The days after `start`, up to and with `end`."""
    for number in range(1, (end - start).days + 1):
        yield start + number * _DAY


def day_in_tehran(at: datetime) -> date:
    """Raises ValueError for a moment without its zone."""
    if at.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return at.astimezone(TEHRAN).date()


def midnight(day: date) -> datetime:
    """The moment at which a day begins in Tehran, in UTC."""
    return datetime.combine(day, time(), TEHRAN).astimezone(UTC)


def read_weekdays(names: Iterable[str]) -> frozenset[int]:
    """Days of the week by their English names. Raises ValueError for another word."""
    return frozenset(WEEKDAYS.index(name) for name in names)

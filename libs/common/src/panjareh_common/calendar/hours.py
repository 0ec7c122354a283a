"""The hours of one channel of a public service: open now, and if not, when next (requirement C3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from panjareh_common.calendar.working_days import (
    TEHRAN,
    WorkingCalendar,
    day_in_tehran,
    midnight,
    read_weekdays,
)

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z")
_END_OF_DAY = "24:00"
_LOOKED_AHEAD = 60  # days; nothing that is offered every week is closed for longer


class HoursUnfit(ValueError):
    """The hours of a channel cannot be read; says why."""


@dataclass(frozen=True)
class Hours:
    """Open on some days of the week, from one time to another in Tehran; minutes after midnight.

    `always` is 24 × 7, holidays too. Else a public holiday closes, unless `on_holidays`.
    """

    days: frozenset[int]
    opens: int
    closes: int
    on_holidays: bool = False
    always: bool = False


ALWAYS = Hours(frozenset(range(7)), 0, 24 * 60, on_holidays=True, always=True)


def read_hours(channel: Mapping[str, Any]) -> Hours | None:
    """The hours of a channel as a card has them (`open`, `on_holidays`); None where only words tell them.

    `open` is "always" or `{days: [saturday, …], from: "08:00", to: "14:00"}`. Raises HoursUnfit.
    """
    said = channel.get("open")
    if said is None:
        return None
    if said == "always":
        return ALWAYS
    try:
        days = read_weekdays(said["days"])
        opens, closes = _minutes(said["from"]), _minutes(said["to"])
    except (KeyError, TypeError, ValueError) as cause:
        raise HoursUnfit('write "always", or days, from and to') from cause
    if not days:
        raise HoursUnfit("name at least one day of the week")
    if opens >= closes:
        raise HoursUnfit("the end comes after the beginning, on the same day")
    return Hours(days, opens, closes, bool(channel.get("on_holidays", False)))


def is_open(hours: Hours, calendar: WorkingCalendar, at: datetime) -> bool:
    """Raises ValueError for a moment without its zone."""
    if hours.always:
        return True
    window = window_on(hours, calendar, day_in_tehran(at))
    return window is not None and window[0] <= at < window[1]


def next_open(hours: Hours, calendar: WorkingCalendar, at: datetime) -> datetime | None:
    """The moment itself where it is open; else when it opens next, in UTC. None: not within two months.

    Raises ValueError for a moment without its zone.
    """
    if is_open(hours, calendar, at):
        return at.astimezone(UTC)
    today = day_in_tehran(at)
    for ahead in range(_LOOKED_AHEAD + 1):
        window = window_on(hours, calendar, today + timedelta(days=ahead))
        if window is not None and window[0] > at:
            return window[0]
    return None


def window_on(
    hours: Hours, calendar: WorkingCalendar, day: date
) -> tuple[datetime, datetime] | None:
    """From when to when it is open on a day. The days of the channel's own week count, not the weekly rest."""
    if day.weekday() not in hours.days:
        return None
    if not hours.on_holidays and calendar.holiday_on(day) is not None:
        return None
    return _moment(day, hours.opens), _moment(day, hours.closes)


def _moment(day: date, minutes: int) -> datetime:
    if minutes == 24 * 60:
        return midnight(day + timedelta(days=1))
    clock = time(minutes // 60, minutes % 60)
    return datetime.combine(day, clock, TEHRAN).astimezone(UTC)


def _minutes(text: Any) -> int:
    if text == _END_OF_DAY:
        return 24 * 60
    read = _CLOCK.match(text)
    if read is None:
        raise ValueError(text)
    return int(read[1]) * 60 + int(read[2])

"""The statutory clock of a request: which days count against the authority, which do not, and when its time is up.

Pure: the calendar, the outages and the moment are passed in. A day belongs to whoever has the request when the
day ends in Tehran. So a pause takes out as many days as it crossed midnights, however often it was interrupted,
and one that begins and ends on a day takes out none (docs/decisions/0033).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from panjareh_common.calendar import TEHRAN, WorkingCalendar, day_in_tehran
from panjareh_common.calendar.working_days import midnight

OFFICE_HOURS = (time(8), time(16))
"""In Tehran. A day of which outages took half of them is no day on which anybody could have worked."""

_DAY = timedelta(days=1)
_MOST_OF_A_DAY = timedelta(hours=4)
_PERSONS = frozenset({"awaiting_applicant", "awaiting_payment", "awaiting_appointment"})
_ENDED = frozenset({"decided", "withdrawn", "closed"})


class Turn(StrEnum):
    """Whose turn it is."""

    AUTHORITY = "authority"
    PERSON = "person"
    NOBODY = "nobody"


def turn_of(status: str) -> Turn:
    """By the status of a request. What nobody has thought of is the authority's to end."""
    if status in _ENDED:
        return Turn.NOBODY
    return Turn.PERSON if status in _PERSONS else Turn.AUTHORITY


class Why(StrEnum):
    """Why a day counts, or does not."""

    COUNTED = "counted"
    BEGINNING = "beginning"
    WEEKLY_REST = "weekly_rest"
    HOLIDAY = "holiday"
    PAUSED = "paused"
    OUTAGE = "outage"


@dataclass(frozen=True)
class Day:
    """One day in Tehran. `number`: the how-manieth counted one; `name` of a holiday, by language.

    `estimated`: a holiday that may still fall on the day before or after.
    """

    day: date
    why: Why
    number: int | None = None
    name: Mapping[str, str] | None = None
    estimated: bool = False


@dataclass(frozen=True)
class Pause:
    """From when to when it was the person's turn; `until` None: it still is."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class OutageSpan:
    """When what the request needs was, or will be, out of service. `ends_at` None: nobody knows yet."""

    starts_at: datetime
    ends_at: datetime | None


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    OVER = "over"


@dataclass(frozen=True)
class StatutoryClock:
    """A limit of `limit` working days that began at a moment. `ended`: when nothing was owed any more."""

    begun: datetime
    limit: int
    pauses: tuple[Pause, ...] = ()
    ended: datetime | None = None

    @property
    def state(self) -> ClockState:
        if self.ended is not None:
            return ClockState.OVER
        paused = bool(self.pauses) and self.pauses[-1].until is None
        return ClockState.PAUSED if paused else ClockState.RUNNING


@dataclass(frozen=True)
class Reckoning:
    """What a clock says at a moment. `deadline` is the first moment after the limit, None while it stands still.

    `days`: every day from that of the beginning to the last of the limit; of a clock that stands still to today,
    which is the person's unless they end the pause; of one that has ended to the day of its end. `counted` are
    those of them that count. `estimated`: a holiday whose day is not sure yet may move the deadline.
    """

    state: ClockState
    days: tuple[Day, ...]
    counted: int
    limit: int
    deadline: datetime | None
    estimated: bool

    @property
    def left(self) -> int:
        return max(self.limit - self.counted, 0)


def clock_of(turns: Sequence[tuple[datetime, Turn]], limit: int) -> StatutoryClock | None:
    """The clock that the changes of turn make, oldest first; None before the authority ever had its turn.

    What was decided or withdrawn and comes to the authority again has the whole limit anew.
    """
    clock: StatutoryClock | None = None
    for at, turn in turns:
        if clock is None or clock.ended is not None:
            if turn is Turn.NOBODY:
                continue
            clock = StatutoryClock(at, limit)
        clock = _turned(clock, at, turn)
    return clock


def _turned(clock: StatutoryClock, at: datetime, turn: Turn) -> StatutoryClock:
    pauses = clock.pauses
    paused = clock.state is ClockState.PAUSED
    if paused and turn is not Turn.PERSON:
        pauses = (*pauses[:-1], replace(pauses[-1], until=at))
    elif not paused and turn is Turn.PERSON:
        pauses = (*pauses, Pause(at, None))
    return replace(clock, pauses=pauses, ended=at if turn is Turn.NOBODY else None)


def reckon(
    clock: StatutoryClock,
    calendar: WorkingCalendar,
    outages: Iterable[OutageSpan],
    now: datetime,
    *,
    more: int = 0,
) -> Reckoning:
    """What the clock says at `now`, with `more` working days beyond its limit.

    An outage whose end nobody knows lasts until now. Raises ValueError where the holidays are not known.
    """
    today = day_in_tehran(now)
    still = clock.state is ClockState.PAUSED
    days: list[Day] = []
    counted = 0
    for day in _days_of(clock, calendar, _lost_days(outages, now)):
        if still and day.day > today:
            break
        if day.why is Why.COUNTED:
            counted += 1
            day = replace(day, number=counted)  # noqa: PLW2901
        days.append(day)
        if counted == clock.limit + more:
            break
    deadline, estimated = None, False
    if counted == clock.limit + more:
        deadline = midnight(days[-1].day + _DAY)
        estimated = _may_move(calendar, clock, today, days[-1].day)
    if clock.ended is not None:
        last = day_in_tehran(clock.ended)
        days = [day for day in days if day.day <= last]
        counted = sum(day.why is Why.COUNTED for day in days)
    return Reckoning(clock.state, tuple(days), counted, clock.limit + more, deadline, estimated)


def _days_of(
    clock: StatutoryClock, calendar: WorkingCalendar, lost: frozenset[date]
) -> Iterator[Day]:
    """Every day from the beginning on, without end; why it counts or not, and not yet its number."""
    start = day_in_tehran(clock.begun)
    paused = [_crossed(pause) for pause in clock.pauses]
    yield Day(start, Why.BEGINNING)
    day = start
    while True:
        day += _DAY
        holiday = calendar.holiday_on(day)
        if holiday is not None:
            yield Day(day, Why.HOLIDAY, name=holiday.name, estimated=holiday.estimated)
        elif not calendar.is_working_day(day):
            yield Day(day, Why.WEEKLY_REST)
        elif any(first <= day < after for first, after in paused):
            yield Day(day, Why.PAUSED)
        elif day in lost:
            yield Day(day, Why.OUTAGE)
        else:
            yield Day(day, Why.COUNTED)


def _crossed(pause: Pause) -> tuple[date, date]:
    """The first day whose end was the person's, and the first after it whose end was not."""
    after = date.max if pause.until is None else day_in_tehran(pause.until)
    return day_in_tehran(pause.since), after


def _lost_days(outages: Iterable[OutageSpan], now: datetime) -> frozenset[date]:
    """The days of which outages took half of the office hours, together."""
    taken: dict[date, timedelta] = {}
    reached: datetime | None = None  # so that two at once take an hour once
    for span in sorted(outages, key=lambda each: each.starts_at):
        start, end = span.starts_at, span.ends_at or now
        if reached is not None:
            start = max(start, reached)
        if end <= start:
            continue
        reached = end
        day, last = day_in_tehran(start), day_in_tehran(end)
        while day <= last:
            opens, closes = (datetime.combine(day, hour, TEHRAN) for hour in OFFICE_HOURS)
            both = min(end, closes) - max(start, opens)
            if both > timedelta():
                taken[day] = taken.get(day, timedelta()) + both
            day += _DAY
    return frozenset(day for day, hours in taken.items() if hours >= _MOST_OF_A_DAY)


def _may_move(calendar: WorkingCalendar, clock: StatutoryClock, today: date, last: date) -> bool:
    """Whether a holiday that is not sure lies ahead on the way, or a day beside it."""
    day = max(day_in_tehran(clock.begun), today)
    ahead = (day + number * _DAY for number in range((last - day).days + 2))
    return any(calendar.is_estimated(each) for each in ahead)

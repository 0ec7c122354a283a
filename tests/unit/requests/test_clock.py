"""The statutory clock: over ten years of calendar, whatever pauses and outages there are."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from panjareh_common.calendar import TEHRAN, AnnouncedDay, WorkingCalendar, day_in_tehran
from panjareh_common.calendar.working_days import midnight
from panjareh_requests.domain.clock import (
    ClockState,
    OutageSpan,
    Pause,
    Reckoning,
    StatutoryClock,
    Turn,
    Why,
    clock_of,
    reckon,
    turn_of,
)
from panjareh_requests.domain.values import RequestStatus

DAY = timedelta(days=1)
NAME = {"fa": "آلودگی هوا", "en": "Polluted air"}
COUNTRY = WorkingCalendar()
SATURDAY = date(2026, 6, 6)  # of a week without a holiday


def tehran(day: date, hour: int = 10, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), TEHRAN).astimezone(UTC)


def out(day: date, start: int, end: int) -> OutageSpan:
    return OutageSpan(tehran(day, start), tehran(day, end))


def numbers(told: Reckoning) -> list[int]:
    return [day.number for day in told.days if day.number is not None]


moments = st.datetimes(datetime(2024, 3, 20), datetime(2034, 3, 20)).map(
    lambda at: at.replace(tzinfo=UTC)
)
limits = st.integers(1, 60)
lengths = st.timedeltas(timedelta(minutes=1), timedelta(days=40))
gaps = st.lists(st.tuples(lengths, lengths), max_size=5)
calendars = st.builds(
    WorkingCalendar,
    st.sampled_from([{4}, {3, 4}, {5, 4}]),
    st.lists(
        st.builds(
            AnnouncedDay, st.dates(date(2024, 1, 1), date(2035, 1, 1)), st.booleans(), st.just(NAME)
        ),
        max_size=20,
    ),
)


def pauses_after(begun: datetime, parts: list[tuple[timedelta, timedelta]]) -> tuple[Pause, ...]:
    """Running for a while, then paused for a while, and so on."""
    pauses, at = [], begun
    for runs, pauses_for in parts:
        pauses.append(Pause(at + runs, at + runs + pauses_for))
        at += runs + pauses_for
    return tuple(pauses)


spans = st.lists(st.tuples(moments, lengths), max_size=5).map(
    lambda found: [OutageSpan(at, at + length) for at, length in found]
)


@given(moments, limits, gaps, spans, calendars)
@settings(max_examples=300, deadline=None)
def test_the_listed_days_add_up_to_the_deadline_whatever_pauses_and_outages(
    begun: datetime,
    limit: int,
    parts: list[tuple[timedelta, timedelta]],
    outages: list[OutageSpan],
    calendar: WorkingCalendar,
) -> None:
    clock = StatutoryClock(begun, limit, pauses_after(begun, parts))

    told = reckon(clock, calendar, outages, begun)

    assert numbers(told) == list(range(1, limit + 1))
    assert told.deadline == midnight(told.days[-1].day + DAY)
    assert told.days[-1].why is Why.COUNTED
    assert [day.day for day in told.days] == [
        day_in_tehran(begun) + number * DAY for number in range(len(told.days))
    ]
    counted_by_hand = sum(
        calendar.is_working_day(day.day)
        and not any(p.since < midnight(day.day + DAY) <= (p.until or begun) for p in clock.pauses)
        and day.why is not Why.OUTAGE
        for day in told.days[1:]
    )
    assert counted_by_hand == limit


@given(moments, limits, calendars)
@settings(max_examples=200, deadline=None)
def test_without_pause_and_outage_it_is_the_deadline_of_the_calendar(
    begun: datetime, limit: int, calendar: WorkingCalendar
) -> None:
    told = reckon(StatutoryClock(begun, limit), calendar, [], begun)

    assert told.deadline == calendar.deadline(begun, limit).at


@given(moments, limits, gaps, st.data())
@settings(max_examples=200, deadline=None)
def test_pausing_and_resuming_loses_and_gains_no_day(
    begun: datetime, limit: int, parts: list[tuple[timedelta, timedelta]], data: st.DataObject
) -> None:
    turns = [(begun, Turn.AUTHORITY)]
    for pause in pauses_after(begun, parts):
        assert pause.until is not None
        turns += [(pause.since, Turn.PERSON), (pause.until, Turn.AUTHORITY)]
    clock = clock_of(turns, limit)
    assert clock is not None and len(clock.pauses) == len(parts)

    # The person may answer and be asked again at once, and the authority ask and take it back within a day.
    interrupted = []
    for at, turn in turns:
        interrupted.append((at, turn))
        other = Turn.PERSON if turn is Turn.AUTHORITY else Turn.AUTHORITY
        if data.draw(st.booleans()):
            interrupted += [(at, other), (at, turn)]
    same = clock_of(interrupted, limit)
    assert same is not None
    told = reckon(clock, COUNTRY, [], begun)

    assert reckon(same, COUNTRY, [], begun) == told
    paused = sum(day.why is Why.PAUSED for day in told.days)
    without = reckon(StatutoryClock(begun, limit), COUNTRY, [], begun)
    assert without.deadline is not None and told.deadline is not None
    assert paused == COUNTRY.working_days_between(
        day_in_tehran(without.deadline) - DAY, day_in_tehran(told.deadline) - DAY
    )


@given(moments, limits, st.data())
@settings(max_examples=100, deadline=None)
def test_what_was_counted_stays_counted_while_time_goes_on(
    begun: datetime, limit: int, data: st.DataObject
) -> None:
    at = begun + data.draw(lengths)
    running = reckon(StatutoryClock(begun, limit), COUNTRY, [], begun)
    paused = reckon(StatutoryClock(begun, limit, (Pause(at, None),)), COUNTRY, [], at)

    told = {day.day: day for day in running.days}

    for day in paused.days:
        if day.day < day_in_tehran(at):
            assert day == told[day.day]


def test_a_limit_of_no_days_ends_with_the_day_on_which_it_began() -> None:
    told = reckon(StatutoryClock(tehran(SATURDAY), 0), COUNTRY, [], tehran(SATURDAY))

    assert told.deadline == midnight(SATURDAY + DAY)
    assert [day.why for day in told.days] == [Why.BEGINNING]


def test_a_pause_within_a_day_takes_out_no_day() -> None:
    begun = tehran(SATURDAY)
    pause = Pause(tehran(SATURDAY + DAY, 9), tehran(SATURDAY + DAY, 15))

    told = reckon(StatutoryClock(begun, 3, (pause,)), COUNTRY, [], begun)

    assert told.deadline == midnight(SATURDAY + 4 * DAY)


def test_a_pause_over_night_takes_out_the_day_on_which_it_began() -> None:
    begun = tehran(SATURDAY)
    pause = Pause(tehran(SATURDAY + DAY, 23, 59), tehran(SATURDAY + 2 * DAY, 0, 1))

    told = reckon(StatutoryClock(begun, 3, (pause,)), COUNTRY, [], begun)

    assert [day.why for day in told.days[:3]] == [Why.BEGINNING, Why.PAUSED, Why.COUNTED]
    assert told.deadline == midnight(SATURDAY + 5 * DAY)


def test_a_clock_that_stands_still_has_no_deadline_and_tells_what_is_left() -> None:
    begun = tehran(SATURDAY)
    clock = StatutoryClock(begun, 5, (Pause(tehran(SATURDAY + 2 * DAY), None),))

    told = reckon(clock, COUNTRY, [], tehran(SATURDAY + 4 * DAY))

    assert (told.state, told.deadline, told.counted, told.left) == (ClockState.PAUSED, None, 1, 4)
    assert [day.why for day in told.days[2:]] == [Why.PAUSED] * 3


def test_a_limit_that_passed_before_the_pause_has_passed() -> None:
    begun = tehran(SATURDAY)
    clock = StatutoryClock(begun, 1, (Pause(tehran(SATURDAY + 3 * DAY), None),))

    told = reckon(clock, COUNTRY, [], tehran(SATURDAY + 4 * DAY))

    assert told.deadline == midnight(SATURDAY + 2 * DAY)


def test_an_outage_of_half_the_office_hours_takes_out_the_day_and_a_shorter_one_does_not() -> None:
    begun = tehran(SATURDAY)
    clock = StatutoryClock(begun, 3)
    sunday = SATURDAY + DAY

    half = reckon(clock, COUNTRY, [out(sunday, 8, 12)], begun)
    less = reckon(clock, COUNTRY, [out(sunday, 9, 12)], begun)
    at_night = reckon(clock, COUNTRY, [OutageSpan(tehran(sunday, 16), tehran(sunday, 23))], begun)

    assert half.days[1].why is Why.OUTAGE
    assert half.deadline == midnight(SATURDAY + 5 * DAY)
    assert less.deadline == at_night.deadline == midnight(SATURDAY + 4 * DAY)


def test_two_outages_at_once_take_an_hour_once() -> None:
    begun = tehran(SATURDAY)
    both = [out(SATURDAY + DAY, 9, 12), out(SATURDAY + DAY, 10, 12)]
    together = [out(SATURDAY + DAY, 9, 12), out(SATURDAY + DAY, 11, 13)]

    assert reckon(StatutoryClock(begun, 1), COUNTRY, both, begun).days[1].why is Why.COUNTED
    assert reckon(StatutoryClock(begun, 1), COUNTRY, together, begun).days[1].why is Why.OUTAGE


def test_an_outage_without_end_lasts_until_now_and_takes_no_day_to_come() -> None:
    begun = tehran(SATURDAY)
    since = OutageSpan(tehran(SATURDAY + DAY, 8), None)
    clock = StatutoryClock(begun, 3)

    at_ten = reckon(clock, COUNTRY, [since], tehran(SATURDAY + DAY, 10))
    at_one = reckon(clock, COUNTRY, [since], tehran(SATURDAY + DAY, 13))

    assert at_ten.deadline == midnight(SATURDAY + 4 * DAY)
    assert at_one.deadline == midnight(SATURDAY + 5 * DAY)


def test_a_holiday_tells_its_name_and_whether_it_may_move() -> None:
    ashura = next(
        day for day in (date(2027, 6, 1) + n * DAY for n in range(40)) if COUNTRY.is_estimated(day)
    )
    begun = tehran(ashura - 3 * DAY)

    told = reckon(StatutoryClock(begun, 4), COUNTRY, [], begun)
    later = reckon(StatutoryClock(begun, 4), COUNTRY, [], begun + 5 * DAY)

    [holiday] = [day for day in told.days if day.day == ashura]
    assert holiday.why is Why.HOLIDAY and holiday.estimated
    assert holiday.name is not None and holiday.name["fa"]
    assert told.estimated
    assert not later.estimated


def test_an_announced_day_moves_the_deadline_in_both_directions() -> None:
    begun = tehran(SATURDAY)
    closed = WorkingCalendar(announced=[AnnouncedDay(SATURDAY + DAY, True, NAME)])
    worked = WorkingCalendar(announced=[AnnouncedDay(SATURDAY + 6 * DAY, False, NAME)])
    clock = StatutoryClock(begun, 6)

    plain, later, sooner = (
        reckon(clock, each, [], begun).deadline for each in (COUNTRY, closed, worked)
    )

    assert plain == midnight(SATURDAY + 8 * DAY)
    assert later == midnight(SATURDAY + 9 * DAY)
    assert sooner == midnight(SATURDAY + 7 * DAY)


def test_what_was_decided_keeps_its_deadline_and_lists_its_days_to_the_end() -> None:
    begun = tehran(SATURDAY)
    turns = [(begun, Turn.AUTHORITY), (tehran(SATURDAY + 2 * DAY), Turn.NOBODY)]
    clock = clock_of(turns, 5)
    assert clock is not None

    told = reckon(clock, COUNTRY, [], tehran(SATURDAY + 20 * DAY))

    assert (told.state, told.counted, len(told.days)) == (ClockState.OVER, 2, 3)
    assert told.deadline == midnight(SATURDAY + 6 * DAY)


def test_an_appeal_has_the_whole_limit_anew() -> None:
    appealed = tehran(SATURDAY + 30 * DAY)
    turns = [
        (tehran(SATURDAY), Turn.AUTHORITY),
        (tehran(SATURDAY + DAY), Turn.PERSON),
        (tehran(SATURDAY + 2 * DAY), Turn.AUTHORITY),
        (tehran(SATURDAY + 3 * DAY), Turn.NOBODY),
        (appealed, Turn.AUTHORITY),
    ]

    assert clock_of(turns, 5) == StatutoryClock(appealed, 5)


def test_what_never_began_has_no_clock() -> None:
    assert clock_of([], 5) is None


def test_every_status_has_somebody_whose_turn_it_is() -> None:
    turns = {status: turn_of(status) for status in RequestStatus}

    assert turns[RequestStatus.SUBMITTED] is Turn.AUTHORITY
    assert turns[RequestStatus.UNDER_REVIEW] is Turn.AUTHORITY
    assert turns[RequestStatus.DECIDED] is Turn.NOBODY
    assert turns[RequestStatus.CLOSED] is Turn.NOBODY
    assert all(turn is not Turn.AUTHORITY for s, turn in turns.items() if "awaiting" in s)


def test_the_days_of_a_later_stage_are_of_the_same_clock() -> None:
    begun = tehran(SATURDAY)
    pause = Pause(tehran(SATURDAY + 3 * DAY), tehran(SATURDAY + 4 * DAY))
    clock = StatutoryClock(begun, 2, (pause,))

    told = reckon(clock, COUNTRY, [], begun, more=1)

    assert told.deadline == midnight(SATURDAY + 5 * DAY)

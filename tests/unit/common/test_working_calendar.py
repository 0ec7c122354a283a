"""Working days and hours in Iran, over ten years, and against calendars that were printed."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from persiantools.jdatetime import JalaliDate

from panjareh_common.calendar import (
    ALWAYS,
    FRIDAY,
    TEHRAN,
    AnnouncedDay,
    Hours,
    HoursUnfit,
    WorkingCalendar,
    day_in_tehran,
    holidays_of,
    is_open,
    next_open,
    read_hours,
    read_weekdays,
)

ROOT = Path(__file__).parents[3]
NATIONAL = WorkingCalendar()
NAME = {"fa": "آلودگی هوا", "en": "Polluted air"}

# Written from the printed calendars of the years, month by month: day numbers of public holidays.
PRINTED = {
    1403: {
        1: (1, 2, 3, 4, 12, 13, 22, 23),
        2: (15,),
        3: (14, 15, 28),
        4: (5, 25, 26),
        6: (4, 12, 14, 22, 31),
        9: (15,),
        10: (25,),
        11: (9, 22, 26),
        12: (29, 30),
    },
    1404: {
        1: (1, 2, 3, 4, 11, 12, 13),
        2: (4,),
        3: (14, 15, 16, 24),
        4: (14, 15),
        5: (23, 31),
        6: (2, 10, 19),
        9: (3,),
        10: (13, 27),
        11: (15, 22),
    },
}
SOLAR = {(1, 1), (1, 2), (1, 3), (1, 4), (1, 12), (1, 13), (3, 14), (3, 15), (11, 22), (12, 29)}

days = st.dates(date(2024, 1, 1), date(2033, 12, 31))
counts = st.integers(0, 90)
rests = st.sets(st.integers(0, 6), max_size=3).map(frozenset)
announced = st.lists(st.builds(AnnouncedDay, days, st.booleans(), st.just(NAME)), max_size=30)
calendars = st.builds(WorkingCalendar, rests, announced)


@pytest.mark.parametrize("year", PRINTED)
def test_the_holidays_are_those_of_the_printed_calendar(year):
    printed = {
        JalaliDate(year, month, day).to_gregorian()
        for month, numbers in PRINTED[year].items()
        for day in numbers
    }
    # The last month of 1404 held days that were announced only in its course.
    last = JalaliDate(year, 11, 30).to_gregorian() if year == 1404 else max(printed)
    first = JalaliDate(year, 1, 1).to_gregorian()

    told = {
        day
        for gregorian in (first.year, first.year + 1)
        for day in holidays_of(gregorian)
        if first <= day <= last
    }

    assert told == {day for day in printed if day <= last}


@pytest.mark.parametrize("year", range(1403, 1413))
def test_solar_holidays_are_where_another_library_puts_them_and_are_certain(year):
    for month, day in SOLAR:
        holiday = holidays_of((at := JalaliDate(year, month, day).to_gregorian()).year).get(at)

        assert holiday is not None, (year, month, day)
        assert not holiday.estimated


def test_the_thirtieth_of_esfand_is_a_holiday_in_a_leap_year():
    assert JalaliDate(1403, 12, 30).to_gregorian() in holidays_of(2025)
    assert JalaliDate.is_leap(1408)
    assert JalaliDate(1408, 12, 30).to_gregorian() in holidays_of(2030)


def test_a_moon_that_nobody_has_seen_yet_is_marked():
    seen, computed = holidays_of(2025)[date(2025, 3, 31)], holidays_of(2030)[date(2030, 2, 5)]

    assert (seen.name["en"], seen.estimated) == ("Eid al-Fitr", False)
    assert (computed.name["en"], computed.estimated) == ("Eid al-Fitr", True)
    assert computed.name["fa"] == "عید سعید فطر"


def test_names_are_whole_in_both_languages_and_have_persian_digits():
    for year in range(2024, 2034):
        for holiday in holidays_of(year).values():
            assert "estimated" not in holiday.name["en"]
            assert "تخمینی" not in holiday.name["fa"]
            assert not any(digit in holiday.name["fa"] for digit in "0123456789")


def test_the_file_of_holidays_is_what_the_library_knows():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/generate_holidays.py", "--check"], check=False
    )

    assert done.returncode == 0, "run scripts/generate_holidays.py and look at the difference"


def test_no_process_loads_the_calendars_of_all_countries():
    look = (
        "import sys; from datetime import date; from panjareh_common.calendar import *;"
        "assert not WorkingCalendar().is_working_day(date(2026, 3, 21)); print('holidays' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_years_that_nobody_knows_are_refused():
    with pytest.raises(ValueError, match="not known"):
        holidays_of(2090)


def test_what_was_announced_stands_over_what_was_computed():
    eid, next_day = date(2030, 2, 5), date(2030, 2, 7)
    moved = WorkingCalendar(
        announced=[AnnouncedDay(eid, False, NAME), AnnouncedDay(next_day, True, NAME)]
    )

    assert not NATIONAL.is_working_day(eid)
    assert NATIONAL.is_working_day(next_day)
    assert moved.is_working_day(eid)
    assert not moved.is_working_day(next_day)
    assert moved.holiday_on(next_day).name == NAME
    assert not moved.is_estimated(eid)


def test_of_two_announcements_of_a_day_the_later_counts():
    day = date(2030, 5, 15)
    said = [AnnouncedDay(day, True, NAME), AnnouncedDay(day, False, NAME)]

    assert WorkingCalendar(announced=said).is_working_day(day)


def test_a_limit_begins_the_day_after_and_ends_with_a_day_in_tehran():
    # Wednesday 2025-06-11, 23:00 in Tehran; the 13th is a Friday, the 14th Eid al-Ghadir.
    begun = datetime(2025, 6, 11, 19, 30, tzinfo=UTC)

    assert NATIONAL.deadline(begun, 1).at == datetime(2025, 6, 12, 20, 30, tzinfo=UTC)
    assert NATIONAL.deadline(begun, 2).at == datetime(2025, 6, 15, 20, 30, tzinfo=UTC)
    assert not NATIONAL.deadline(begun, 2).estimated


def test_it_counts_from_the_day_it_is_in_tehran_and_not_in_greenwich():
    late = datetime(2025, 6, 9, 20, 45, tzinfo=UTC)  # 00:15 on the 10th, in Tehran

    assert day_in_tehran(late) == date(2025, 6, 10)
    assert NATIONAL.deadline(late, 1).at == datetime(2025, 6, 11, 20, 30, tzinfo=UTC)


def test_a_deadline_near_an_estimated_holiday_says_so_until_it_is_announced():
    begun = datetime(2030, 2, 3, 8, tzinfo=UTC)
    told = [AnnouncedDay(date(2030, 2, day), True, NAME) for day in (5, 6)]

    assert NATIONAL.deadline(begun, 1).estimated  # Eid is computed for the 5th, and may be the 4th
    assert not WorkingCalendar(announced=told).deadline(begun, 1).estimated
    assert not NATIONAL.deadline(datetime(2030, 4, 24, 8, tzinfo=UTC), 3).estimated


def test_an_authority_that_rests_on_two_days_has_longer_limits():
    begun = datetime(2025, 6, 16, 8, tzinfo=UTC)  # a Monday
    two = WorkingCalendar(read_weekdays(["thursday", "friday"]))

    assert two.deadline(begun, 5).at > NATIONAL.deadline(begun, 5).at


def test_a_week_without_a_working_day_is_refused():
    with pytest.raises(ValueError, match="working day"):
        WorkingCalendar(range(7))


def test_a_moment_without_its_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        NATIONAL.deadline(datetime(2025, 6, 16, 8), 5)


@given(calendar=calendars, start=days, count=counts)
@settings(max_examples=200, deadline=None)
def test_counting_there_and_back_agrees(calendar, start, count):
    end = calendar.add_working_days(start, count)

    assert calendar.working_days_between(start, end) == count
    assert end == start if count == 0 else calendar.is_working_day(end)


@given(calendar=calendars, start=days, one=counts, other=counts)
@settings(max_examples=100, deadline=None)
def test_a_limit_may_be_counted_in_two_parts(calendar, start, one, other):
    halfway = calendar.add_working_days(start, one)

    assert calendar.add_working_days(halfway, other) == calendar.add_working_days(
        start, one + other
    )


@given(start=days, later=st.integers(0, 30), count=counts)
@settings(max_examples=100, deadline=None)
def test_who_begins_later_never_ends_earlier(start, later, count):
    end = NATIONAL.add_working_days(start, count)

    assert NATIONAL.add_working_days(start + timedelta(days=later), count) >= end


@given(day=days)
@settings(max_examples=300, deadline=None)
def test_no_friday_and_no_holiday_is_worked(day):
    closed = day.weekday() in FRIDAY or NATIONAL.holiday_on(day) is not None

    assert NATIONAL.is_working_day(day) is not closed


# Hours


OFFICE = Hours(read_weekdays(["saturday", "sunday", "monday", "tuesday", "wednesday"]), 480, 840)
hours = st.builds(
    lambda days, opens, length, on_holidays: Hours(
        frozenset(days), opens, min(opens + length, 1440), on_holidays
    ),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(1, 1440),
    st.booleans(),
)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2033, 12, 1), timezones=st.just(UTC))


def tehran(*parts):
    return datetime(*parts, tzinfo=TEHRAN)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (tehran(2025, 6, 16, 9, 0), tehran(2025, 6, 16, 9, 0)),
        (tehran(2025, 6, 16, 7, 59), tehran(2025, 6, 16, 8, 0)),
        (tehran(2025, 6, 16, 14, 0), tehran(2025, 6, 17, 8, 0)),
        (tehran(2025, 6, 12, 9, 0), tehran(2025, 6, 15, 8, 0)),  # Thursday, Friday, Eid al-Ghadir
    ],
    ids=["open", "before", "just closed", "over a holiday"],
)
def test_when_it_opens_next(at, opens):
    assert next_open(OFFICE, NATIONAL, at) == opens
    assert is_open(OFFICE, NATIONAL, at) is (at == opens)


def test_always_is_also_on_holidays():
    nowruz = tehran(2026, 3, 21, 3, 0)

    assert is_open(ALWAYS, NATIONAL, nowruz)
    assert not is_open(OFFICE, NATIONAL, nowruz.replace(hour=9))


def test_a_counter_that_works_on_fridays_does_so_where_the_country_rests():
    on_friday = Hours(read_weekdays(["friday"]), 480, 840)

    assert is_open(on_friday, NATIONAL, tehran(2025, 6, 20, 9, 0))


def test_a_day_that_was_announced_closed_is_closed():
    smog = WorkingCalendar(announced=[AnnouncedDay(date(2025, 6, 16), True, NAME)])

    assert next_open(OFFICE, smog, tehran(2025, 6, 16, 9, 0)) == tehran(2025, 6, 17, 8, 0)


def test_what_never_opens_has_no_next_opening():
    days_closed = [
        AnnouncedDay(date(2025, 6, 1) + timedelta(days=n), True, NAME) for n in range(90)
    ]

    assert (
        next_open(OFFICE, WorkingCalendar(announced=days_closed), tehran(2025, 6, 1, 9, 0)) is None
    )


@given(hours=hours, calendar=calendars, at=moments)
@settings(max_examples=200, deadline=None)
def test_it_is_open_when_it_says_that_it_opens(hours, calendar, at):
    opens = next_open(hours, calendar, at)

    if opens is not None:
        assert opens >= at
        assert is_open(hours, calendar, opens)
        if opens > at:
            assert not is_open(hours, calendar, at)
            assert not is_open(hours, calendar, opens - timedelta(minutes=1))


def test_hours_are_read_as_a_card_has_them():
    channel = {"open": {"days": ["saturday", "sunday"], "from": "08:00", "to": "24:00"}}

    assert read_hours(channel) == Hours(frozenset({5, 6}), 480, 1440)
    assert read_hours(channel | {"on_holidays": True}).on_holidays
    assert read_hours({"open": "always"}) is ALWAYS
    assert read_hours({"open": None}) is None


@pytest.mark.parametrize(
    "said",
    [
        "sometimes",
        {"days": [], "from": "08:00", "to": "14:00"},
        {"days": ["someday"], "from": "08:00", "to": "14:00"},
        {"days": ["sunday"], "from": "14:00", "to": "08:00"},
        {"days": ["sunday"], "from": "8:00", "to": "14:00"},
        {"days": ["sunday"], "from": "08:00", "to": "25:00"},
        {"days": ["sunday"], "from": 8, "to": 14},
        {"days": ["sunday"]},
    ],
)
def test_hours_that_nobody_can_read_are_refused(said):
    with pytest.raises(HoursUnfit):
        read_hours({"open": said})

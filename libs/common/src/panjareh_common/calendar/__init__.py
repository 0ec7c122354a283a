"""Working days and opening hours in Iran: pure functions of the moment that is passed in."""

from panjareh_common.calendar.holidays import Holiday, holidays_of
from panjareh_common.calendar.hours import ALWAYS, Hours, HoursUnfit, is_open, next_open, read_hours
from panjareh_common.calendar.working_days import (
    FRIDAY,
    TEHRAN,
    WEEKDAYS,
    AnnouncedDay,
    Deadline,
    WorkingCalendar,
    day_in_tehran,
    read_weekdays,
)

__all__ = [
    "ALWAYS",
    "FRIDAY",
    "TEHRAN",
    "WEEKDAYS",
    "AnnouncedDay",
    "Deadline",
    "Holiday",
    "Hours",
    "HoursUnfit",
    "WorkingCalendar",
    "day_in_tehran",
    "holidays_of",
    "is_open",
    "next_open",
    "read_hours",
    "read_weekdays",
]

"""The two calendar functions of formulas. Years are those of the solar Hijri calendar, as the law counts them."""

from __future__ import annotations

from datetime import date

from persiantools.jdatetime import JalaliDate


def years_between(first: date, second: date) -> int:
    """Whole solar Hijri years from one day to another, negative where the second is the earlier one.

    Who was born on 30 Esfand completes a year on 1 Farvardin where Esfand has 29 days. Raises
    ValueError for a day that the calendar does not reach.
    """
    if second < first:
        return -years_between(second, first)
    begun, ended = (JalaliDate(day) for day in (first, second))  # type: ignore[no-untyped-call]
    before = (ended.month, ended.day) < (begun.month, begun.day)
    return int(ended.year - begun.year - before)


def days_between(first: date, second: date) -> int:
    """Days from one to another, negative where the second is the earlier one."""
    return (second - first).days

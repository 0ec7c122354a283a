"""The working calendars of authorities: their days of rest, and the days that were announced, in SQL."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from panjareh_catalog.domain.almanac import NATION, Almanac
from panjareh_common.calendar import (
    FRIDAY,
    AnnouncedDay,
    WorkingCalendar,
    day_in_tehran,
    holidays_of,
    read_weekdays,
)
from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork

_WRITE = """
INSERT INTO announced_day (scope, day, closed, name)
SELECT scope, day, closed, name FROM jsonb_populate_recordset(NULL::announced_day, %s)
ON CONFLICT (scope, day) DO UPDATE SET closed = excluded.closed, name = excluded.name
"""
_REMOVE = """
DELETE FROM announced_day USING jsonb_to_recordset(%s) AS known (scope text, days date[])
WHERE announced_day.scope = known.scope AND announced_day.day <> ALL (known.days)
"""
_KNOWS = "SELECT 1 FROM authority WHERE code = %s"
_REST = "SELECT rest_days FROM authority WHERE code = %s"
# The country's first: what an authority says of its own day stands over it.
_DAYS = """
SELECT scope, day, closed, name FROM announced_day
WHERE scope = ANY(%s) AND day BETWEEN %s AND %s ORDER BY scope <> '', day
"""
_BACK, _AHEAD = timedelta(days=400), timedelta(days=1500)


class PostgresDays:
    """The Days port in SQL."""

    def write(self, unit: UnitOfWork, almanac: Almanac) -> None:
        rows = [
            {"scope": almanac.scope, "day": day, "closed": closed, "name": name}
            for day, (closed, name) in almanac.days.items()
        ]
        unit.write(_REMOVE, {"scope": almanac.scope, "days": list(almanac.days)})
        unit.write(_WRITE, *rows)

    def knows(self, unit: UnitOfWork, authority: str) -> bool:
        return bool(unit.fetch(_KNOWS, (authority,)))


class Calendars:
    """Working calendars, as they are known now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, authority: str, now: datetime) -> WorkingCalendar:
        """An authority's; one that nobody knows rests as the country does."""
        today = day_in_tehran(now)
        with self._database.connection() as connection:
            row = connection.execute(_REST, (authority,)).fetchone()
            days = (today - _BACK, today + _AHEAD)
            said = connection.execute(_DAYS, ([NATION, authority], *days)).fetchall()
        rest = read_weekdays(row["rest_days"]) if row else FRIDAY
        announced = (AnnouncedDay(each["day"], each["closed"], each["name"]) for each in said)
        return WorkingCalendar(rest, announced)

    def holidays(self, year: int, authority: str | None, language: str) -> dict[str, Any]:
        """`{items}`: the closed and the announced days of one Gregorian year, which of them may still move."""
        scopes = [NATION, authority] if authority else [NATION]
        days = (date(year, 1, 1), date(year, 12, 31))
        with self._database.connection() as connection:
            said = connection.execute(_DAYS, (scopes, *days)).fetchall()
        known: dict[date, dict[str, Any]] = {
            day: _day(day, holiday.name, estimated=holiday.estimated)
            for day, holiday in holidays_of(year).items()
        }
        for each in said:
            known[each["day"]] = _day(
                each["day"], each["name"], closed=each["closed"], announced=True
            )
        items = [each | {"name": each["name"][language]} for _, each in sorted(known.items())]
        return {"items": items}


def _day(day: date, name: Any, *, closed: bool = True, **marks: bool) -> dict[str, Any]:
    about = {"day": day.isoformat(), "closed": closed, "name": name}
    return about | {"estimated": False, "announced": False} | marks

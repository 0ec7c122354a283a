"""Iran's public holidays, solar and lunar, in both languages; which of them are only estimated is said.

Solar holidays follow from the calendar. Lunar ones follow the moon as it is seen: of some the day was
confirmed, the others are computed and may turn out a day off. What was announced is laid over both by
`WorkingCalendar`. The days are those of the library `holidays`, written into a file by
scripts/generate_holidays.py, because no process should load the calendars of all countries for one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

FIRST_YEAR, LAST_YEAR = 1980, 2076
"""Gregorian years of which the solar and the lunar holidays are known."""

_FILE = Path(__file__).parent / "holidays.json"


@dataclass(frozen=True)
class Holiday:
    """One day on which the country rests. `estimated`: it rests on a moon that nobody has seen yet."""

    day: date
    name: Mapping[str, str]
    estimated: bool = False


@lru_cache(maxsize=128)
def holidays_of(year: int) -> Mapping[date, Holiday]:
    """The public holidays of one Gregorian year, by day. Raises ValueError outside FIRST_YEAR to LAST_YEAR."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"the holidays of {year} are not known; {FIRST_YEAR} to {LAST_YEAR} are")
    known = _known()
    found = {}
    for at, name, estimated in known["days"][str(year)]:
        day = date.fromisoformat(f"{year}-{at}")
        found[day] = Holiday(day, MappingProxyType(known["names"][name]), estimated)
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def _known() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return read

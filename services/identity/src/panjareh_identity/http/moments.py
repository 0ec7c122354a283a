"""A moment as its reader's calendar and clock say it, in Tehran: ۹ آذر ۱۴۰۵، ۱۴:۰۵ or 30 November 2026, 14:05."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from persiantools.digits import en_to_fa
from persiantools.jdatetime import JalaliDate

_TEHRAN = ZoneInfo("Asia/Tehran")


def moment(at: datetime, language: str) -> str:
    local = at.astimezone(_TEHRAN)
    if language != "fa":
        return format_datetime(local, "d MMMM y, HH:mm", locale="en")
    day = JalaliDate(local.date())  # type: ignore[no-untyped-call]
    return f"{en_to_fa(str(day.day))} {day.strftime('%B %Y', locale='fa')}، {en_to_fa(local.strftime('%H:%M'))}"

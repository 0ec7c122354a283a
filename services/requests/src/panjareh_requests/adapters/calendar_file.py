"""An appointment as a calendar takes it in (iCalendar, RFC 5545)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from icalendar import Alarm, Calendar, Event


@dataclass(frozen=True)
class Entry:
    """`sequence` grows each time it is moved, so that a calendar that has it moves it too."""

    request_id: UUID
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    title: str
    where: str
    details: str


def calendar_file(entry: Entry) -> str:
    calendar = Calendar()
    calendar.add("prodid", "-//Panjareh//Appointments//FA")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    event = Event()
    event.add("uid", f"appointment-{entry.request_id}")
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("dtstart", entry.starts_at)
    event.add("dtend", entry.ends_at)
    event.add("summary", entry.title)
    event.add("location", entry.where)
    event.add("description", entry.details)
    event.add("class", "PRIVATE")
    event.add("status", "CONFIRMED")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", entry.title)
    alarm.add("trigger", timedelta(days=-1))
    event.add_component(alarm)
    calendar.add_component(event)
    text: str = calendar.to_ical().decode()
    return text

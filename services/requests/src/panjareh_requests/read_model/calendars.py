"""Our own copy of announced days and outages, kept from the catalogue's events; and the days that follow from it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from panjareh_common.calendar import FRIDAY, AnnouncedDay, WorkingCalendar, read_weekdays
from panjareh_common.calendar.working_days import midnight
from panjareh_common.clock import from_wire
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.messaging import Message
from panjareh_requests.application.recounting import Affected, recount
from panjareh_requests.domain.known_days import KnownDays, KnownOutage

_KEEP_DAY = """
INSERT INTO announced_day (scope, day, closed, name, sequence)
SELECT scope, day, closed, name, sequence FROM jsonb_populate_recordset(NULL::announced_day, %s)
ON CONFLICT (scope, day) DO UPDATE SET
    closed = excluded.closed, name = excluded.name, sequence = excluded.sequence
WHERE announced_day.sequence < excluded.sequence
"""
_FIELDS = ("services", "authorities", "channels", "partial", "starts_at", "ends_at", "sequence")
# Whichever message of an outage comes first makes its row; its kind is told once, by its announcement.
_KEEP_OUTAGE = f"""
INSERT INTO outage (outage_id, kind, {", ".join(_FIELDS)})
SELECT outage_id, kind, {", ".join(_FIELDS)} FROM jsonb_populate_recordset(NULL::outage, %s)
ON CONFLICT (outage_id) DO UPDATE SET kind = COALESCE(outage.kind, excluded.kind), {
    ", ".join(
        f"{name} = CASE WHEN outage.sequence < excluded.sequence"
        f" THEN excluded.{name} ELSE outage.{name} END"
        for name in _FIELDS
    )
}
"""
_END_OUTAGE = """
INSERT INTO outage (outage_id, ended_at, withdrawn)
SELECT outage_id, ended_at, withdrawn FROM jsonb_populate_recordset(NULL::outage, %s)
ON CONFLICT (outage_id) DO UPDATE SET
    ended_at = COALESCE(excluded.ended_at, outage.ended_at),
    withdrawn = outage.withdrawn OR excluded.withdrawn
"""
_OUTAGE = "SELECT * FROM outage WHERE outage_id = %s"
_REST = "SELECT rest_days FROM authority WHERE code = %s"
# The country's first: what an authority says of its own day stands over it.
_DAYS = """
SELECT day, closed, name FROM announced_day
WHERE scope = ANY(%s) AND closed IS NOT NULL ORDER BY scope <> '', day
"""
_TOUCHING = """
SELECT kind, channels, starts_at, ends_at, ended_at FROM outage
WHERE (services @> ARRAY[%(service)s::text] OR authorities @> ARRAY[%(authority)s::text]
       OR (services = '{}' AND authorities = '{}'))
  AND NOT partial AND NOT withdrawn AND starts_at IS NOT NULL
ORDER BY starts_at
"""
_FRESH_SECONDS = 1.0  # far less than after which everybody is counted once more


class Calendars:
    """Keeps what is told, and tells the days of a service as they are known now."""

    def __init__(self, log: EventLog, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._monotonic = monotonic
        self._known: dict[tuple[str, str], tuple[float, KnownDays]] = {}
        self._when_a_day_changes: list[Callable[[UnitOfWork, str, date], None]] = []

    def when_a_day_changes(self, what: Callable[[UnitOfWork, str, date], None]) -> None:
        """In the commit that keeps it: `what(unit, scope, day)`."""
        self._when_a_day_changes.append(what)

    def of(self, unit: UnitOfWork, authority: str, service_code: str) -> KnownDays:
        """An authority that nobody told us of rests as the country does."""
        key, now = (authority, service_code), self._monotonic()
        held = self._known.get(key)
        if held is None or held[0] < now:
            found = _read(unit, authority, service_code)
            held = self._known[key] = (now + _FRESH_SECONDS, found)
        return held[1]

    def look_again(self) -> None:
        """What is asked next is read anew: because of what has changed somebody counts."""
        self._known.clear()

    def keep_day(self, message: Message, listener: str) -> None:
        """Takes a `day_announced.v1` or a `day_withdrawn.v1`, in any order."""
        row = day_row(message)
        scope, day = row["scope"], row["day"]

        def work(unit: UnitOfWork) -> None:
            if not unit.first_time(listener, message.id):
                return
            unit.write(_KEEP_DAY, row)
            until = midnight(day + timedelta(days=1))
            affected = Affected((scope,) if scope else (), since=midnight(day), until=until)
            recount(unit, message, affected)
            for what in self._when_a_day_changes:
                what(unit, scope, day)

        self._hear(message, work)

    def keep_outage(self, message: Message, listener: str) -> None:
        """Takes an `outage_announced.v1`, `outage_changed.v1`, `outage_ended.v1` or `outage_withdrawn.v1`."""

        def work(unit: UnitOfWork) -> None:
            if not unit.first_time(listener, message.id):
                return
            known = unit.fetch(_OUTAGE, (message.subject,))
            before = known[0] if known else None
            after = outage_row(message)
            unit.write(_KEEP_OUTAGE if "starts_at" in after else _END_OUTAGE, after)
            # Both what it touched until now and what it touches from now on; each only where it is told.
            for each in (before, after):
                if each is not None and each.get("starts_at") is not None:
                    recount(unit, message, _touched_by(each))

        self._hear(message, work)

    def _hear(self, message: Message, work: Callable[[UnitOfWork], None]) -> None:
        self._log.run(Cause("requests", "service", "platform", cause=message.id), work)


def _read(unit: UnitOfWork, authority: str, service_code: str) -> KnownDays:
    rest = unit.fetch(_REST, (authority,))
    said = unit.fetch(_DAYS, (["", authority],))
    outages = unit.fetch(_TOUCHING, {"authority": authority, "service": service_code})
    announced = (AnnouncedDay(each["day"], each["closed"], each["name"]) for each in said)
    weekly = read_weekdays(rest[0]["rest_days"]) if rest else FRIDAY
    return KnownDays(
        WorkingCalendar(weekly, announced),
        tuple(
            KnownOutage(frozenset(each["channels"]), each["starts_at"], _end_of(each))
            for each in outages
        ),
    )


def _end_of(outage: Mapping[str, Any]) -> datetime | None:
    """When it ended, or will: of an incident that goes on nobody knows, whatever was expected."""
    planned: datetime | None = outage["ends_at"] if outage["kind"] == "planned" else None
    ended: datetime | None = outage["ended_at"]
    return ended or planned


def day_row(message: Message) -> dict[str, Any]:
    """What is kept of a day; a withdrawn one has no `closed`."""
    data = message.data
    return {
        "scope": data["scope"],
        "day": date.fromisoformat(data["day"]),
        "closed": data.get("closed"),
        "name": data.get("name"),
        "sequence": message.sequence,
    }


def outage_row(message: Message) -> dict[str, Any]:
    row: dict[str, Any] = {"outage_id": message.subject}
    data = message.data
    if message.type in ("outage_ended.v1", "outage_withdrawn.v1"):
        ended_at = from_wire(data["ended_at"]) if "ended_at" in data else None
        return row | {"ended_at": ended_at, "withdrawn": message.type == "outage_withdrawn.v1"}
    return row | {
        "kind": data.get("kind"),
        "services": data["services"],
        "authorities": data["authorities"],
        "channels": data["channels"],
        "partial": data["partial"],
        "starts_at": from_wire(data["starts_at"]),
        "ends_at": from_wire(data["ends_at"]) if data["ends_at"] else None,
        "sequence": message.sequence,
    }


def _touched_by(outage: Mapping[str, Any]) -> Affected:
    """Clocks that ran while it was on; without an end that is sure, whatever runs on after its beginning."""
    return Affected(
        tuple(outage["authorities"]),
        tuple(outage["services"]),
        since=outage["starts_at"],
        until=outage["ends_at"] if outage["kind"] == "planned" else None,
    )

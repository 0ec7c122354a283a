"""Hours and measured availability of channels: what is probed, what came of it, and how it is told (C3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from panjareh_catalog.application.probing import Probe
from panjareh_catalog.domain.availability import (
    MEASURED_DAYS,
    WINDOW,
    WINDOW_CHANNELS,
    Watched,
    at_window,
    may_be_probed,
    share,
)
from panjareh_catalog.domain.card_formats import raised
from panjareh_catalog.domain.outage import LONGEST, Affected
from panjareh_catalog.domain.refusals import UnknownService
from panjareh_catalog.read_model.calendars import Calendars
from panjareh_catalog.read_model.outages import TOUCHES_SERVICE, in_language
from panjareh_common.calendar import (
    Hours,
    HoursUnfit,
    WorkingCalendar,
    day_in_tehran,
    is_open,
    next_open,
    read_hours,
)
from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork

# Only versions that were not looked at yet: the cost follows what was published, not what there is.
_UNSEEN = """
SELECT service.code, service.version, service.authority, service.card FROM public_service AS service
WHERE NOT EXISTS (
    SELECT FROM probed_service AS seen
    WHERE seen.service_code = service.code AND seen.version = service.version
) LIMIT 200
"""
_SEEN = """
INSERT INTO probed_service (service_code, version) VALUES (%s, %s)
ON CONFLICT (service_code) DO UPDATE SET version = excluded.version
"""
_DROP_CHANNELS = "DELETE FROM probed_channel WHERE service_code = %s"
_ADD_CHANNEL = """
INSERT INTO probed_channel (service_code, channel, address, authority) VALUES (%s, %s, %s, %s)
ON CONFLICT (service_code, channel) DO UPDATE SET
    address = excluded.address, authority = excluded.authority
"""
_ADD_ADDRESS = """
INSERT INTO probed_address (address, authority, next_at) VALUES (%s, %s, %s)
ON CONFLICT (address, authority) DO NOTHING
"""
_DROP_ADDRESSES = """
DELETE FROM probed_address WHERE outage_id IS NULL
  AND NOT EXISTS (
    SELECT FROM probed_channel AS channel
    WHERE (channel.address, channel.authority) = (probed_address.address, probed_address.authority))
"""
_TAKE = """
UPDATE probed_address SET next_at = %(until)s
FROM (SELECT address, authority FROM probed_address WHERE next_at <= %(now)s
      ORDER BY next_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS due
WHERE (probed_address.address, probed_address.authority) = (due.address, due.authority)
RETURNING probed_address.address, probed_address.authority, failures, successes, down_since, outage_id
"""
_HOSTS = "SELECT code, hosts FROM authority WHERE code = ANY(%s)"
_CHANNELS = """
SELECT service_code, channel FROM probed_channel AS channel
JOIN public_service ON code = service_code
WHERE address = %s AND channel.authority = %s AND standing = 'published' ORDER BY service_code, channel
"""
# The time guards against a statement that is sent twice when the server goes away meanwhile.
_COUNT = f"""
INSERT INTO availability_day (service_code, channel, day, asked, answered, excused, last_at)
SELECT channel.service_code, channel.channel, probe.day, (NOT planned.on_)::integer,
       (probe.answered AND NOT planned.on_)::integer, planned.on_::integer, probe.at
FROM jsonb_to_recordset(%s) AS probe (address text, authority text, day date, at timestamptz, answered boolean)
JOIN probed_channel AS channel USING (address, authority)
-- The window is no service: of planned outages only those of the whole platform are its own.
LEFT JOIN public_service AS service ON service.code = channel.service_code
CROSS JOIN LATERAL (SELECT EXISTS (
    SELECT FROM outage
    WHERE kind = 'planned' AND withdrawn_at IS NULL AND starts_at <= probe.at
      -- None is longer: what was over long ago is not gone through for every probe.
      AND starts_at >= probe.at - interval '{LONGEST.days} days'
      AND probe.at < COALESCE(ended_at, ends_at)
      AND (channels = '{{}}' OR channels @> ARRAY[channel.channel])
      AND {TOUCHES_SERVICE.format(service="service.code", authority="service.authority")}
)) AS planned (on_)
WHERE service.standing = 'published' OR channel.service_code = '{WINDOW}'
ON CONFLICT (service_code, channel, day) DO UPDATE SET
    asked = availability_day.asked + excluded.asked,
    answered = availability_day.answered + excluded.answered,
    excused = availability_day.excused + excluded.excused, last_at = excluded.last_at
WHERE availability_day.last_at < excluded.last_at
"""
_KEEP = """
UPDATE probed_address SET
    failures = known.failures, successes = known.successes, down_since = known.down_since,
    outage_id = known.outage_id, next_at = known.next_at
FROM jsonb_populate_recordset(NULL::probed_address, %s) AS known
WHERE (probed_address.address, probed_address.authority) = (known.address, known.authority)
"""
_FORGET = "DELETE FROM availability_day WHERE day < %s"
_SERVICE = "SELECT authority, card FROM public_service WHERE code = %s"
_MEASURED = """
SELECT service_code, channel, sum(asked) AS asked, sum(answered) AS answered, sum(excused) AS excused,
       min(day) AS since
FROM availability_day WHERE service_code = ANY(%s) AND day > %s GROUP BY service_code, channel
"""


class PostgresAvailability:
    """The Availability port in SQL. `window`: the page that is asked of the window; without it none is."""

    def __init__(self, database: Database, window: str = "") -> None:
        self._database = database
        self._window = window

    def refresh(self, now: datetime) -> None:
        with self._database.connection() as connection:
            rows = connection.execute(_UNSEEN).fetchall()
        for row in rows:
            self._take_over(row, now)
        if rows:
            with self._database.connection() as connection:
                connection.execute(_DROP_ADDRESSES)

    def _take_over(self, row: Mapping[str, Any], now: datetime) -> None:
        with self._database.transaction() as connection:
            connection.execute(_DROP_CHANNELS, (row["code"],))
            for channel in raised(row["card"])["channels"]:
                if address := channel.get("address"):
                    place = (address, row["authority"])
                    connection.execute(_ADD_CHANNEL, (row["code"], channel["channel"], *place))
                    connection.execute(_ADD_ADDRESS, (*place, now))
            connection.execute(_SEEN, (row["code"], row["version"]))

    def take(self, now: datetime, until: datetime, limit: int) -> tuple[Sequence[Probe], bool]:
        wanted = {"now": now, "until": until, "limit": limit}
        with self._database.connection() as connection:
            rows = connection.execute(_TAKE, wanted).fetchall()
            codes = list({row["authority"] for row in rows})
            hosts = {each["code"]: each["hosts"] for each in connection.execute(_HOSTS, (codes,))}
        # Looked at each time: operators may let a host in, or take it away, at any moment.
        asked = [(row, self._url(row["address"], hosts.get(row["authority"], ()))) for row in rows]
        return [_probe(row, url) for row, url in asked if url], len(rows) == limit

    def _url(self, address: str, hosts: Sequence[str]) -> str:
        """What is asked there; empty where that is not allowed."""
        if address == WINDOW:
            return self._window
        return address if may_be_probed(address, tuple(hosts)) else ""

    def affected(self, unit: UnitOfWork, watched: Watched) -> Affected | None:
        if watched.is_window:
            return Affected(channels=WINDOW_CHANNELS)
        rows = unit.fetch(_CHANNELS, (watched.address, watched.authority))
        services = dict.fromkeys(row["service_code"] for row in rows)
        channels = dict.fromkeys(row["channel"] for row in rows)
        return Affected(services=tuple(services), channels=tuple(channels)) if services else None

    def count(self, unit: UnitOfWork, watched: Watched, answered: bool) -> None:
        row = {"address": watched.address, "authority": watched.authority, "answered": answered}
        unit.write(_COUNT, row | {"day": day_in_tehran(unit.now), "at": unit.now})

    def keep(
        self, unit: UnitOfWork, watched: Watched, outage_id: UUID | None, next_at: datetime
    ) -> None:
        row = {
            "address": watched.address,
            "authority": watched.authority,
            "failures": watched.failures,
            "successes": watched.successes,
            "down_since": watched.down_since,
            "outage_id": outage_id,
            "next_at": next_at,
        }
        unit.write(_KEEP, row)

    def forget(self, before: datetime) -> None:
        with self._database.connection() as connection:
            connection.execute(_FORGET, (day_in_tehran(before),))


def _probe(row: Mapping[str, Any], url: str) -> Probe:
    names = ("address", "authority", "failures", "successes", "down_since")
    watched = Watched(
        **{name: row[name] for name in names}, in_incident=row["outage_id"] is not None
    )
    return Probe(watched, url, row["outage_id"])


class AvailabilityView:
    """Channels of one public service as a person needs them now: open or not, and how well they work."""

    def __init__(self, database: Database, calendars: Calendars) -> None:
        self._database = database
        self._calendars = calendars

    def of(self, service_code: str, *, now: datetime, language: str) -> dict[str, Any]:
        """`{code, as_of, channels}`. Raises UnknownService."""
        with self._database.connection() as connection:
            row = connection.execute(_SERVICE, (service_code,)).fetchone()
        if row is None:
            raise UnknownService(service_code=service_code)
        channels = raised(row["card"])["channels"]
        told = self.of_channels(
            service_code, row["authority"], channels, now=now, language=language
        )
        return {"code": service_code, "as_of": now, "channels": told}

    def of_channels(
        self,
        service_code: str,
        authority: str,
        channels: Sequence[Mapping[str, Any]],
        *,
        now: datetime,
        language: str,
    ) -> list[dict[str, Any]]:
        """Each channel of a card as it is now, see `channel_told`."""
        first = day_in_tehran(now - timedelta(days=MEASURED_DAYS))
        with self._database.connection() as connection:
            rows = connection.execute(_MEASURED, ([service_code, WINDOW], first)).fetchall()
        measured = {(row["service_code"], row["channel"]): row for row in rows}
        calendar = self._calendars.of(authority, now)
        return [
            channel_told(each, measured.get((place, each["channel"])), calendar, now, language)
            for each in channels
            for place in (WINDOW if at_window(each) else service_code,)
        ]


def channel_told(
    channel: Mapping[str, Any],
    counted: Mapping[str, Any] | None,
    calendar: WorkingCalendar,
    now: datetime,
    language: str,
) -> dict[str, Any]:
    """One channel: its hours, whether it is open, and what was promised beside what was measured."""
    hours = _hours(channel)
    today = calendar.holiday_on(day_in_tehran(now))
    closed = hours is not None and not is_open(hours, calendar, now)
    promised = channel.get("promised_availability")
    return {
        "channel": channel["channel"],
        "address": channel.get("address"),
        "hours": channel.get("open"),
        "on_holidays": bool(channel.get("on_holidays", False)),
        "open_now": None if hours is None else not closed,
        "opens_at": next_open(hours, calendar, now) if hours is not None and closed else None,
        "holiday_today": in_language(today.name, language) if today and closed else None,
        "promised_availability": None if promised is None else float(promised),
        "measured": _measured(counted, "window" if at_window(channel) else "channel"),
    }


def _hours(channel: Mapping[str, Any]) -> Hours | None:
    """None also for hours that an older check let through: better no answer than a wrong one."""
    try:
        return read_hours(channel)
    except HoursUnfit:
        return None


def _measured(counted: Mapping[str, Any] | None, of: str) -> dict[str, Any] | None:
    """None where nobody probes. `of`: whether the channel itself was asked, or the window that it is offered at."""
    if counted is None:
        return None
    asked, answered = int(counted["asked"]), int(counted["answered"])
    found = share(asked, answered)
    return {
        "of": of,
        "share": None if found is None else float(found),
        "asked": asked,
        "answered": answered,
        "during_planned_outages": int(counted["excused"]),
        "since": counted["since"].isoformat(),
    }

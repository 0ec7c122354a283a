"""How the platform is, in the shape of Australia's Consumer Data Standards: `discovery/status` and `/outages` (C3).

Names and conditions are theirs (docs/reference/outages.md): camel case, `explanation` wherever the status is
not OK, `detectionTime` only of what was not planned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from panjareh_catalog.domain.availability import WINDOW_CHANNELS
from panjareh_catalog.domain.outage import OutageKind, OutageState, PlatformStatus
from panjareh_catalog.read_model.outages import in_language
from panjareh_common.clock import to_wire
from panjareh_common.texts import text

_AND_OTHERS = "{explanation} And {count} more outages: see /api/v1/outages."

Row = Mapping[str, Any]


def status(rows: Sequence[Row], *, now: datetime, language: str, link: str) -> dict[str, Any]:
    """ResponseCommonDiscoveryStatus, from the outages that go on or are to come."""
    going = [row for row in rows if row["state"] == OutageState.UNDER_WAY]
    incidents = [row for row in going if row["kind"] == OutageKind.INCIDENT]
    word = _status(going, incidents)
    told: dict[str, Any] = {"status": str(word), "updateTime": to_wire(now)}
    if going:
        shown = sorted(incidents or going, key=_reach, reverse=True)
        told["explanation"] = _explanation(shown[0], len(going) - 1, language)
        told["updateTime"] = to_wire(max(max(r["changed_at"], r["starts_at"]) for r in going))
        ends = [row["ends_at"] for row in shown]
        if None not in ends:
            told["expectedResolutionTime"] = to_wire(max(ends))
    if incidents:
        told["detectionTime"] = to_wire(min(row["announced_at"] for row in incidents))
    return {"data": told, "links": {"self": link}, "meta": {}}


def outages(rows: Sequence[Row], *, language: str, link: str) -> dict[str, Any]:
    """ResponseDiscoveryOutagesList: the planned outages that go on or are to come."""
    planned = [row for row in rows if row["kind"] == OutageKind.PLANNED]
    told = [
        {
            "outageTime": to_wire(row["starts_at"]),
            "duration": iso_duration(row["ends_at"] - row["starts_at"]),
            "isPartial": _is_partial(row),
            "explanation": in_language(row["explanation"], language),
        }
        for row in planned
    ]
    return {"data": {"outages": told}, "links": {"self": link}, "meta": {}}


def iso_duration(length: timedelta) -> str:
    """ISO 8601, in days, hours, minutes and seconds: P1DT2H, PT90S is PT1M30S."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    clock = "".join(
        f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if count
    )
    if not days and not clock:
        return "PT0S"
    return f"P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}"


def _status(going: Sequence[Row], incidents: Sequence[Row]) -> PlatformStatus:
    """What is unexpected is told before what was announced, and the whole before a part."""
    if any(not _is_partial(row) for row in incidents):
        return PlatformStatus.UNAVAILABLE
    if incidents:
        return PlatformStatus.PARTIAL_FAILURE
    return PlatformStatus.SCHEDULED_OUTAGE if going else PlatformStatus.OK


def _is_partial(row: Row) -> bool:
    """Of the platform: whatever is out of service for some services, authorities or channels only.

    The channels of the window are not some: while none of them works, the platform does not.
    """
    some_channels = row["channels"] and not set(WINDOW_CHANNELS) <= set(row["channels"])
    return bool(row["partial"] or row["services"] or row["authorities"] or some_channels)


def _reach(row: Row) -> tuple[bool, int, int]:
    return not _is_partial(row), len(row["authorities"]), len(row["services"])


def _explanation(row: Row, others: int, language: str) -> str:
    said = in_language(row["explanation"], language)
    if not others:
        return said
    return text("panjareh_catalog", _AND_OTHERS, language, explanation=said, count=others)

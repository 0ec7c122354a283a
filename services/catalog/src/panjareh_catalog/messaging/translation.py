"""Which private events others may know of, and how much. All of the catalogue is public data."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.domain.almanac import Almanac
from panjareh_catalog.domain.authority import Authority
from panjareh_catalog.domain.outage import Outage
from panjareh_catalog.domain.public_service import PublicService
from panjareh_common.clock import to_wire
from panjareh_common.messaging.relay import Translation


def _authority(e: Authority.Registered | Authority.Changed) -> dict[str, Any]:
    told = ("name", "parent", "kind", "place", "rest_days", "sample")
    return {"code": e.code} | {name: e.told[name] for name in told}


def _outage(e: Outage.Announced | Outage.Changed) -> dict[str, Any]:
    return e.affected | {
        "starts_at": to_wire(e.starts_at),
        "ends_at": to_wire(e.ends_at) if e.ends_at else None,
        "partial": e.partial,
    }


PUBLISHED: dict[type, Translation] = {
    PublicService.Published: (
        "service_published.v1",
        lambda e: {"version": e.number, "card": e.card, "format": e.card.get("format", 1)},
    ),
    PublicService.Suspended: (
        "service_suspended.v1",
        lambda e: {
            "service_code": e.code,
            "reason": e.reason,
            "until": to_wire(e.until) if e.until else None,
        },
    ),
    PublicService.Resumed: ("service_resumed.v1", lambda e: {"service_code": e.code}),
    PublicService.Retired: (
        "service_retired.v1",
        lambda e: {"service_code": e.code, "reason": e.reason, "successor": e.successor},
    ),
    Authority.Registered: ("authority_changed.v1", _authority),
    Authority.Changed: ("authority_changed.v1", _authority),
    Almanac.DayAnnounced: (
        "day_announced.v1",
        lambda e: {"scope": e.scope, "day": e.day, "closed": e.closed, "name": dict(e.name)},
    ),
    Almanac.DayWithdrawn: (
        "day_withdrawn.v1",
        lambda e: {"scope": e.scope, "day": e.day},
    ),
    Outage.Announced: (
        "outage_announced.v1",
        lambda e: (
            _outage(e) | {"kind": e.kind, "said_by": e.said_by, "measured": e.source == "probes"}
        ),
    ),
    Outage.Changed: ("outage_changed.v1", _outage),
    Outage.Started: ("outage_started.v1", lambda e: {}),
    Outage.Ended: ("outage_ended.v1", lambda e: {"ended_at": to_wire(e.ended_at)}),
    Outage.Withdrawn: ("outage_withdrawn.v1", lambda e: {}),
}

"""Puts together what belongs to authorities, their days, and the outages and probes of their channels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from panjareh_catalog.adapters.atom import feed
from panjareh_catalog.adapters.http_probe import HttpProber
from panjareh_catalog.application.authorities import Connecting
from panjareh_catalog.application.days import AnnouncingDays
from panjareh_catalog.application.outages import Announcing
from panjareh_catalog.application.probing import Probing
from panjareh_catalog.read_model import discovery
from panjareh_catalog.read_model.authorities import AuthoritiesView, PostgresAuthorities
from panjareh_catalog.read_model.availability import AvailabilityView, PostgresAvailability
from panjareh_catalog.read_model.calendars import Calendars, PostgresDays
from panjareh_catalog.read_model.names import Names
from panjareh_catalog.read_model.outages import OutagesView, PostgresOutages
from panjareh_common.clock import to_wire
from panjareh_common.foundation import Foundation
from panjareh_common.rounds import Round
from panjareh_common.settings import WINDOW_BACKCHANNEL_URL

log = structlog.get_logger(__name__)
_HERE = "/api/v1"
# Answered out of the catalogue, through gateway and broker: who reads it can begin something.
_WINDOW_PAGE = f"{_HERE}/services?limit=1"
_IN_FEED = 50
_NOW = ("open_now", "holiday_today", "measured")
_PROBE_ROUND, _SWEEP_ROUND = timedelta(seconds=5), timedelta(hours=6)


@dataclass(frozen=True)
class AuthorityParts:
    connecting: Connecting
    days: AnnouncingDays
    view: AuthoritiesView
    calendars: Calendars


class Told:
    """What several views tell together."""

    def __init__(self, outages: OutagesView, availability: AvailabilityView, names: Names) -> None:
        self._outages = outages
        self._availability = availability
        self._names = names

    def availability(self, code: str, now: datetime, language: str) -> dict[str, Any]:
        """Raises UnknownService."""
        told = self._availability.of(code, now=now, language=language)
        return told | {"outages": self._outages.of_service(code, now=now, language=language)}

    def on_card(self, card: dict[str, Any], now: datetime, language: str) -> dict[str, Any]:
        """A card as it is told, with what its channels are like now: open or not, measured beside promised."""
        code, channels = card["code"], card["channel_hours"]
        looked = self._availability.of_channels(
            code, card["authority"]["code"], channels, now=now, language=language
        )
        return card | {
            "channel_hours": [
                channel
                | {name: told[name] for name in _NOW}
                | {"opens_at": _wire(told["opens_at"])}
                for channel, told in zip(channels, looked, strict=True)
            ]
        }

    def status(self, window: str, now: datetime, language: str) -> dict[str, Any]:
        link = f"{window}{_HERE}/discovery/status"
        return discovery.status(self._outages.open(now), now=now, language=language, link=link)

    def planned(self, window: str, now: datetime, language: str) -> dict[str, Any]:
        link = f"{window}{_HERE}/discovery/outages"
        return discovery.outages(self._outages.open(now), language=language, link=link)

    def feed(self, window: str, now: datetime, language: str) -> dict[str, Any]:
        rows = self._outages.changed(limit=_IN_FEED, now=now, language=language)
        codes = {code for row in rows for code in (*row["services"], *row["authorities"])}
        names = self._names.of(codes, language)
        return {"text": feed(rows, names, window=window, language=language)}


def _wire(at: datetime | None) -> str | None:
    return None if at is None else to_wire(at)


@dataclass(frozen=True)
class OutageParts:
    announcing: Announcing
    view: OutagesView
    told: Told


def wire_authorities(foundation: Foundation) -> AuthorityParts:
    log, database = foundation.log, foundation.database
    return AuthorityParts(
        connecting=Connecting(log, PostgresAuthorities()),
        days=AnnouncingDays(log, PostgresDays()),
        view=AuthoritiesView(database),
        calendars=Calendars(database),
    )


def wire_outages(foundation: Foundation, calendars: Calendars) -> OutageParts:
    database = foundation.database
    view = OutagesView(database)
    availability = AvailabilityView(database, calendars)
    return OutageParts(
        announcing=Announcing(foundation.log, PostgresOutages()),
        view=view,
        told=Told(view, availability, Names(database)),
    )


def probing_rounds(foundation: Foundation, seconds: float, window: str) -> list[Round]:
    """What the clock process does; nothing is probed where `seconds` is 0, nor the window without its address."""
    if not seconds:
        return []
    if not window:
        log.warning("window_not_measured", because=f"{WINDOW_BACKCHANNEL_URL.name} is not set")
    every = timedelta(seconds=seconds)
    page = f"{window}{_WINDOW_PAGE}" if window else ""
    probing = Probing(
        foundation.log,
        availability=PostgresAvailability(foundation.database, page),
        outages=PostgresOutages(),
        prober=HttpProber(),
        every=every,
    )
    return [
        Round("probes", min(_PROBE_ROUND, every), probing.round),
        Round("old_measurements", _SWEEP_ROUND, probing.sweep),
    ]

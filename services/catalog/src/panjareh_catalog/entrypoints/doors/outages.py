"""Outages: announced by authorities, read by all; and whether the channels of a service are open and work."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from panjareh_catalog.application.outages import AnnounceOutage
from panjareh_catalog.entrypoints.doors.finding import ANYONE
from panjareh_catalog.schemas import outages as schemas
from panjareh_catalog.wiring_authorities import OutageParts
from panjareh_common.asking import Asking
from panjareh_common.clock import utc_now
from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind

OFFICER = CallerKind.OFFICER


def _asked(call: Call) -> Asking:
    return Asking(call.caller, call.cause(), call.key, call.language)


class OutagesDoor:
    outage_parts: OutageParts = Provided("outage_parts")

    @rpc(schemas.ListOutagesSchema, gives=schemas.OutagesPageSchema, callers=ANYONE)
    def list_outages(self, query: dict[str, Any], call: Call) -> Any:
        return self.outage_parts.view.find(**query, now=utc_now(), language=call.language)

    @rpc(schemas.WhichOutageSchema, gives=schemas.OutageSchema, callers=ANYONE)
    def get_outage(self, query: dict[str, UUID], call: Call) -> Any:
        return self.outage_parts.view.get(**query, now=utc_now(), language=call.language)

    @rpc(schemas.AnnounceOutageSchema, gives=schemas.OutageStandingSchema, callers={OFFICER})
    def announce_outage(self, command: AnnounceOutage, call: Call) -> Any:
        return self.outage_parts.announcing.announce(command, _asked(call))

    @rpc(schemas.ChangeOutageSchema, gives=schemas.OutageStandingSchema, callers={OFFICER})
    def change_outage(self, command: dict[str, Any], call: Call) -> Any:
        return self.outage_parts.announcing.change(**command, asked=_asked(call))

    @rpc(schemas.WhichOutageSchema, gives=schemas.OutageStandingSchema, callers={OFFICER})
    def end_outage(self, command: dict[str, UUID], call: Call) -> Any:
        return self.outage_parts.announcing.end(**command, asked=_asked(call))

    @rpc(schemas.WithdrawOutageSchema, gives=schemas.OutageStandingSchema, callers={OFFICER})
    def withdraw_outage(self, command: dict[str, Any], call: Call) -> Any:
        return self.outage_parts.announcing.withdraw(**command, asked=_asked(call))

    @rpc(schemas.OfServiceSchema, gives=schemas.AvailabilitySchema, callers=ANYONE)
    def get_availability(self, query: dict[str, Any], call: Call) -> Any:
        return self.outage_parts.told.availability(query["code"], utc_now(), call.language)

    @rpc(schemas.InWindowSchema, gives=schemas.StatusSchema, callers=ANYONE)
    def get_status(self, query: dict[str, str], call: Call) -> Any:
        return self.outage_parts.told.status(query["window"], utc_now(), call.language)

    @rpc(schemas.InWindowSchema, gives=schemas.DiscoveryOutagesSchema, callers=ANYONE)
    def get_planned_outages(self, query: dict[str, str], call: Call) -> Any:
        return self.outage_parts.told.planned(query["window"], utc_now(), call.language)

    @rpc(schemas.InWindowSchema, gives=None, callers=ANYONE)
    def get_outages_feed(self, query: dict[str, str], call: Call) -> Any:
        return self.outage_parts.told.feed(query["window"], utc_now(), call.language)

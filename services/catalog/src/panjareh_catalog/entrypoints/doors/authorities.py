"""Authorities, how far they are with connecting, and the days on which nobody works."""

from __future__ import annotations

from typing import Any

from panjareh_catalog.application.authorities import RecordStep
from panjareh_catalog.application.days import SayDay
from panjareh_catalog.entrypoints.doors.finding import ANYONE
from panjareh_catalog.messaging.subscriptions import ONBOARDINGS
from panjareh_catalog.schemas import authorities as schemas
from panjareh_catalog.wiring_authorities import AuthorityParts
from panjareh_common.asking import Asking
from panjareh_common.calendar import day_in_tehran
from panjareh_common.clock import utc_now
from panjareh_common.messaging import Message
from panjareh_common.messaging.listening import listen
from panjareh_common.rpc.server import Call, Provided, rpc
from panjareh_common.security import CallerKind

OFFICER = CallerKind.OFFICER


def _asked(call: Call) -> Asking:
    return Asking(call.caller, call.cause(), call.key, call.language)


class AuthoritiesDoor:
    authority_parts: AuthorityParts = Provided("authority_parts")

    @rpc(schemas.ListAuthoritiesSchema, gives=schemas.AuthoritiesPageSchema, callers=ANYONE)
    def list_authorities(self, query: dict[str, Any], call: Call) -> Any:
        return self.authority_parts.view.find(**query, language=call.language)

    @rpc(schemas.WhichAuthoritySchema, gives=schemas.AuthorityTellingSchema, callers=ANYONE)
    def get_authority(self, query: dict[str, Any], call: Call) -> Any:
        today = day_in_tehran(utc_now())
        return self.authority_parts.view.get(**query, today=today, language=call.language)

    @rpc(schemas.BoardQuerySchema, gives=schemas.BoardSchema, callers=ANYONE)
    def get_connection_board(self, query: dict[str, Any], call: Call) -> Any:
        today = day_in_tehran(utc_now())
        return self.authority_parts.view.board(**query, today=today, language=call.language)

    @rpc(schemas.RecordStepSchema, gives=schemas.ConnectionSchema, callers={OFFICER})
    def record_step(self, command: RecordStep, call: Call) -> Any:
        return self.authority_parts.connecting.reach(command, _asked(call))

    @rpc(schemas.WithdrawStepSchema, gives=schemas.ConnectionSchema, callers={OFFICER})
    def withdraw_step(self, command: dict[str, Any], call: Call) -> Any:
        return self.authority_parts.connecting.withdraw(**command, asked=_asked(call))

    @rpc(schemas.HolidaysQuerySchema, gives=schemas.HolidaysSchema, callers=ANYONE)
    def list_holidays(self, query: dict[str, Any], call: Call) -> Any:
        return self.authority_parts.calendars.holidays(**query, language=call.language)

    @rpc(schemas.AnnounceDaySchema, gives=schemas.DaySaidSchema, callers={OFFICER})
    def announce_day(self, command: SayDay, call: Call) -> Any:
        return self.authority_parts.days.announce(command, _asked(call))

    @listen(ONBOARDINGS)
    def on_authority_onboarded(self, message: Message) -> None:
        self.authority_parts.connecting.came_on_board(message, ONBOARDINGS.name)

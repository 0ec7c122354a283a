"""Who is let through to a service that many ask for at once, decided before any work is done (decision 0042).

What the line looks like is asked of requests now and then, once for all who wait. Everything else a signed ticket
says, so that a hundred thousand who look again and again cost nobody behind the gateway anything.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import structlog

from panjareh_common.clock import from_wire, to_wire, utc_now
from panjareh_common.refusals import NotSignedIn, Refusal
from panjareh_common.rpc.wire import CallFailed
from panjareh_common.security import TokenVerifier
from panjareh_gateway.operations import Line
from panjareh_gateway.refusals_campaigns import (
    CampaignBusy,
    CampaignClosed,
    CampaignNotOpen,
    NoCampaign,
    TicketNeeded,
    TicketUnreadable,
    TurnNotCome,
)

log = structlog.get_logger(__name__)

TICKET_TYP = "panjareh-ticket+jws"
_FRESH_SECONDS = 2.0
_TURNS_OF_RATE = 0.9  # as requests gives them
_MEASURED_SECONDS = 10
_SOONEST, _LATEST, _ON_THE_LIST = 2, 60, 60  # seconds after which somebody may look again
_SUBMITS = 128  # in flight from one gateway; whoever is beyond comes back, and keeps their place
_DRAWS = 2048
_SPREAD = 4
_EARLY = timedelta(milliseconds=500)  # clocks of machines differ

Answer = dict[str, Any]
Ask = Callable[[str], Awaitable[Any]]
"""Calls a method of requests with what was asked."""


class Admission:
    """Answers operations that have a `line`: lets through, sends away, or says how it stands."""

    def __init__(
        self,
        figures: Callable[[], Awaitable[Answer]],
        verifier: TokenVerifier | None,
        *,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`figures` asks requests for its campaigns."""
        self._figures = figures
        self._verifier = verifier
        self._clock = clock
        self._monotonic = monotonic
        self._chance = chance
        self._known: dict[str, Answer] = {}
        self._fresh_until = -1.0
        self._asking = asyncio.Lock()
        self._in_flight = {Line.SUBMIT: 0, Line.DRAW: 0}

    async def serve(
        self, line: Line, payload: Mapping[str, Any], ticket: str | None, ask: Ask
    ) -> Any:
        """The answer of requests, or of the gateway alone. Raises what stands in refusals_campaigns, and what `ask` does."""
        code = payload["service_code"]
        campaign = (await self._campaigns()).get(code)
        if line is Line.LOOK:
            if campaign is None:
                raise NoCampaign(service_code=code)
            return self._standing(campaign, self._claims(campaign, ticket) if ticket else None)
        if campaign is None:
            return await ask("submit" if line is Line.SUBMIT else "draw_ticket")
        if line is Line.DRAW:
            self._must_be_open(campaign)
            return await self._on_lane(line, _DRAWS, lambda: ask("draw_ticket"))
        self._must_have_turn(campaign, ticket)
        return await self._on_lane(line, _SUBMITS, lambda: ask("submit_in_campaign"))

    async def _on_lane(self, line: Line, most: int, go: Callable[[], Awaitable[Any]]) -> Any:
        if self._in_flight[line] >= most:
            raise CampaignBusy(retry_after=1 + ceil(_SPREAD * self._chance()))
        self._in_flight[line] += 1
        try:
            return await go()
        finally:
            self._in_flight[line] -= 1

    async def _campaigns(self) -> dict[str, Answer]:
        """As requests told them last; while it does not answer, what is known goes on being told."""
        if self._monotonic() < self._fresh_until:
            return self._known
        if self._asking.locked() and self._fresh_until >= 0:
            return self._known
        async with self._asking:
            if self._monotonic() >= self._fresh_until:
                try:
                    told = await self._figures()
                    self._known = {each["service_code"]: each for each in told["items"]}
                except (Refusal, CallFailed) as cause:
                    log.warning("campaigns_unknown", because=type(cause).__name__)
                self._fresh_until = self._monotonic() + _FRESH_SECONDS
        return self._known

    def _must_be_open(self, campaign: Answer) -> None:
        now, opens = self._clock(), from_wire(campaign["opens_at"])
        named = {"service_code": campaign["service_code"]}
        if now < opens - _EARLY:
            seconds = ceil((opens - now).total_seconds())
            raise CampaignNotOpen(**named, opens_at=campaign["opens_at"], retry_after=seconds)
        if now >= from_wire(campaign["closes_at"]):
            raise CampaignClosed(**named, closed_at=campaign["closes_at"])

    def _must_have_turn(self, campaign: Answer, ticket: str | None) -> None:
        named = {"service_code": campaign["service_code"]}
        if not ticket:
            now = self._clock()
            if now < from_wire(campaign["opens_at"]) or now >= from_wire(campaign["closes_at"]):
                self._must_be_open(campaign)
            raise TicketNeeded(**named)
        claims = self._claims(campaign, ticket)
        if claims["turn_at"] is None:
            if claims["number"] > campaign["called"]:
                raise TurnNotCome(**named, retry_after=_ON_THE_LIST)
            return  # moved up since it was signed; requests knows
        left = from_wire(claims["turn_at"]) - self._clock()
        if left > _EARLY:
            raise TurnNotCome(**named, retry_after=ceil(left.total_seconds()))

    def _claims(self, campaign: Answer, ticket: str) -> Answer:
        """What a ticket of this very campaign says. Raises TicketUnreadable."""
        try:
            if self._verifier is None:
                raise NotSignedIn()
            issuer, claims = self._verifier.claims(ticket, TICKET_TYP)
        except NotSignedIn as cause:
            raise TicketUnreadable(service_code=campaign["service_code"]) from cause
        meant = (claims.get("service"), claims.get("opens_at"))
        if issuer != "requests" or meant != (campaign["service_code"], campaign["opens_at"]):
            raise TicketUnreadable(service_code=campaign["service_code"])
        return claims

    def _standing(self, campaign: Answer, claims: Answer | None) -> Answer:
        """How the line stands, and where in it the holder of a ticket does."""
        now, capacity = self._clock(), campaign["capacity"]
        opens, closes = from_wire(campaign["opens_at"]), from_wire(campaign["closes_at"])
        state = "not_open" if now < opens else "closed" if now >= closes else "open"
        told = {name: campaign[name] for name in _TOLD}
        told["state"] = state
        told["places_left"] = None if capacity is None else max(0, capacity - campaign["placed"])
        told["measured_rate"] = round(campaign["entered_of_late"] / _MEASURED_SECONDS, 2)
        following = campaign["next_turn_at"]
        turn_at = max(now, opens, from_wire(following) if following else now)
        told["next_turn_at"] = to_wire(turn_at) if turn_at < closes else None
        told["retry_after"] = min(_LATEST, max(_SOONEST, ceil((opens - now).total_seconds())))
        told["yours"] = None
        if claims is not None:
            told["yours"], told["retry_after"] = self._yours(campaign, claims, now)
        return told

    def _yours(self, campaign: Answer, claims: Answer, now: datetime) -> tuple[Answer, int]:
        number = claims["number"]
        yours: Answer = {"number": number, "ahead": 0, "place_on_list": None, "from": None}
        yours |= {"to": None, "until": claims["until"]}
        if claims["turn_at"] is None:
            if number <= campaign["called"]:
                return yours | {"state": "moved_up"}, 1
            place = number - campaign["called"]
            return yours | {"state": "on_list", "ahead": place - 1, "place_on_list": place}, (
                _ON_THE_LIST
            )
        turn_at, until = from_wire(claims["turn_at"]), from_wire(claims["until"])
        if now >= until:
            return yours | {"state": "passed"}, _ON_THE_LIST
        left = max(0.0, (turn_at - now).total_seconds())
        by_time = ceil(left * campaign["rate"] * _TURNS_OF_RATE)
        yours["ahead"] = min(by_time, max(0, number - campaign["served"] - 1))
        # If everybody whose turn has come and who is not through comes at the same moment as you do.
        behind = campaign["served"] - campaign["entered"] - campaign["lapsed"]
        latest = max(turn_at, now) + timedelta(seconds=max(0, behind) / campaign["rate"])
        yours |= {"from": to_wire(turn_at), "to": to_wire(latest)}
        if not left:
            return yours | {"state": "your_turn"}, _SOONEST
        again = min(_LATEST, max(_SOONEST, ceil(left / 4)))
        return yours | {"state": "waiting"}, min(again, ceil(left))


_TOLD = (
    "service_code",
    "opens_at",
    "closes_at",
    "rate",
    "capacity",
    "turn_minutes",
    "drawn",
    "served",
    "entered",
    "waiting",
    "lapsed",
)

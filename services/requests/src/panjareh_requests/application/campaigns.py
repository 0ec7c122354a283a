"""Campaigns: drawing numbers for many at once, letting in whose turn it is, and moving up (R7, decision 0042)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from panjareh_common.clock import to_wire
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_common.refusals import Refusal
from panjareh_common.security import Caller
from panjareh_requests.application.handling import SELF
from panjareh_requests.application.ports import Terms
from panjareh_requests.application.ports_campaigns import (
    CampaignCards,
    CampaignRows,
    Door,
    HeldLine,
)
from panjareh_requests.domain.campaign import CampaignTerms, Ticket, must_hold
from panjareh_requests.domain.refusals_campaigns import NoCampaign
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import RequestStatus, ServiceTerms

log = structlog.get_logger(__name__)

SignTicket = Callable[[dict[str, Any]], str]

_AT_ONCE = 1_000  # turns that are ended, or given, in one transaction
_SETTLED = timedelta(seconds=10)  # after which a claim that was begun is there or will never be


@dataclass(frozen=True)
class Drawing:
    """Somebody who asks for a number."""

    service_code: str
    caller: Caller
    language: str


class Campaigns:
    """One method for each thing that is done with the line of a campaign."""

    def __init__(
        self,
        event_log: EventLog,
        *,
        terms: Terms,
        cards: CampaignCards,
        rows: CampaignRows,
        door: Door,
        sign: SignTicket,
    ) -> None:
        self._log = event_log
        self._terms = terms
        self._cards = cards
        self._rows = rows
        self._door = door
        self._sign = sign

    def draw(self, drawings: Sequence[Drawing]) -> list[Answer | Refusal]:
        """A number for each, the one that they have or the next; those of one campaign in one transaction.

        For each, or instead: UnknownService, ServiceSuspended …, NoCampaign, CampaignNotOpen, CampaignClosed,
        LineTooLong, AssuranceTooLow, MandateTooNarrow.
        """
        answers: dict[int, Answer | Refusal] = {}
        by_service: dict[str, list[int]] = defaultdict(list)
        for at, drawing in enumerate(drawings):
            by_service[drawing.service_code].append(at)
        for code, places in by_service.items():
            asked = {at: drawings[at] for at in places}
            try:
                answers |= self._log.run(SELF, lambda unit, c=code, a=asked: self._draw(unit, c, a))  # type: ignore[misc]
            except Refusal as refusal:
                answers |= dict.fromkeys(places, refusal)
        return [answers[at] for at in range(len(drawings))]

    def take(self, unit: UnitOfWork, terms: ServiceTerms, owner_id: UUID, request_id: UUID) -> None:
        """Uses the turn of whoever asks for a service, in the commit of their request; where it is no campaign, nothing.

        Raises TicketNeeded, TurnNotCome, TicketLapsed, AlreadySignedUp, CampaignBusy, CampaignNotOpen, CampaignClosed.
        """
        campaign = terms.campaign
        if campaign is None:
            return
        campaign_id = campaign.id_of(terms.code)
        held = self._rows.tickets_of(unit, campaign_id, [owner_id]).get(owner_id)
        ticket = must_hold(held, campaign, terms.code, unit.now)
        self._door.enter(campaign_id, campaign.rate, unit.now)
        places = None if ticket.place is None else max(campaign.capacity or 0, ticket.place)
        self._rows.claim(unit, campaign_id, ticket, places, request_id)

    def follow(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        """Gives the place of a request that is withdrawn, by whatever way, to whoever waits."""
        if request.status is RequestStatus.WITHDRAWN:
            self._rows.give_back(unit, request.id)

    def move_up(self, now: datetime) -> int:
        """Ends turns that passed unused, and gives places that became free to those who wait; how many moved."""
        moved = 0
        for campaign_id in self._rows.running():
            again = True
            while again:
                count, again = self._log.run(
                    SELF,
                    lambda unit, one=campaign_id: self._move_up(unit, one, now),  # type: ignore[misc]
                )
                moved += count
        return moved

    def told(self) -> Answer:
        """Every campaign that is not over, with figures that all may see; the gateway asks now and then."""
        now = self._log.clock()
        with self._log.unit_of_work(SELF) as unit:
            current = [self._terms.current(unit, code) for code in self._cards.campaigns()]
        told = []
        for terms in current:
            campaign = terms.campaign
            if campaign is not None and now < campaign.over_at:
                found = self._rows.figures(campaign.id_of(terms.code), now)
                told.append(_told(terms.code, campaign, found or {}))
        return {"items": told, "as_of": to_wire(now)}

    def _draw(
        self, unit: UnitOfWork, code: str, asked: Mapping[int, Drawing]
    ) -> dict[int, Answer | Refusal]:
        now, terms = unit.now, self._terms.current(unit, code)
        campaign = terms.campaign
        if campaign is None:
            raise NoCampaign(service_code=code)
        campaign.must_be_open(code, now)
        answers: dict[int, Answer | Refusal] = {}
        wanted: dict[int, UUID] = {}
        for at, drawing in asked.items():
            try:
                wanted[at] = self._may_draw(unit, terms, drawing)
            except Refusal as refusal:
                answers[at] = refusal
        if not wanted:
            return answers
        held = self._rows.hold(unit, code, campaign, free=len(wanted))
        known = self._rows.tickets_of(unit, held.id, set(wanted.values()))
        if any(ticket.lapsed(now) for ticket in known.values()):
            # Their turns are over whether or not somebody has looked yet.
            while self._rows.end_lapsed(unit, held, now, _AT_ONCE) == _AT_ONCE:
                pass
            known = self._rows.tickets_of(unit, held.id, set(wanted.values()))
        drawn: list[tuple[UUID, Ticket]] = []
        for at, person in wanted.items():
            try:
                if person not in known:
                    known[person] = held.line.draw(now, held.free)
                    drawn.append((person, known[person]))
                answers[at] = self._drawn(code, campaign, person, known[person])
            except Refusal as refusal:
                answers[at] = refusal
        self._rows.add(unit, held.id, drawn)
        self._rows.save(unit, held)
        return answers

    def _may_draw(self, unit: UnitOfWork, terms: ServiceTerms, drawing: Drawing) -> UUID:
        standing = self._terms.standing(unit, terms.code)
        standing.must_take_requests(terms.code, drawing.language)
        drawing.caller.may_act_for(terms.code)
        drawing.caller.need(terms.required_assurance)
        return drawing.caller.beneficiary

    def _drawn(self, code: str, campaign: CampaignTerms, person: UUID, ticket: Ticket) -> Answer:
        told = {
            "number": ticket.number,
            "drawn_at": to_wire(ticket.drawn_at),
            "turn_at": to_wire(ticket.turn_at) if ticket.turn_at else None,
            "until": to_wire(ticket.until) if ticket.until else None,
        }
        claims = {"service": code, "opens_at": to_wire(campaign.opens_at), "sub": str(person)}
        return told | {"used": ticket.used, "ticket": self._sign(claims | told)}

    def _move_up(self, unit: UnitOfWork, campaign_id: UUID, now: datetime) -> tuple[int, bool]:
        held = self._rows.hold_known(unit, campaign_id)
        if held is None:
            return 0, False
        ended = self._rows.end_lapsed(unit, held, now, _AT_ONCE)
        back = self._rows.take_back(unit, held, now, _AT_ONCE)
        moved = self._give_turns(unit, held, now)
        self._rows.count_entered(unit, held, now - _SETTLED)
        over = now >= held.line.terms.over_at + _SETTLED
        self._rows.save(unit, held, over=over and ended + back + moved == 0)
        if ended or back or moved:
            figures = {"lapsed": ended, "given_back": back, "moved": moved}
            log.info("campaign_moved_up", service_code=held.service_code, **figures)
        return moved, max(ended, back, moved) == _AT_ONCE

    def _give_turns(self, unit: UnitOfWork, held: HeldLine, now: datetime) -> int:
        if not held.line.waiting:
            return 0
        waiting = self._rows.first_waiting(unit, held.id, _AT_ONCE)
        moved = held.line.move_up(waiting, held.free, now)
        if moved:
            self._rows.give_turns(unit, held.id, moved)
        return len(moved)


def _told(code: str, campaign: CampaignTerms, found: Mapping[str, Any]) -> Answer:
    placed = found.get("placed", 0)
    capacity = campaign.capacity
    next_turn_at = found.get("next_turn_at")
    return {
        "service_code": code,
        "opens_at": to_wire(campaign.opens_at),
        "closes_at": to_wire(campaign.closes_at),
        "rate": campaign.rate,
        "capacity": capacity,
        "turn_minutes": campaign.turn_minutes,
        "drawn": found.get("drawn", 0),
        "called": found.get("called", 0),
        "served": found.get("served") or 0,
        "waiting": found.get("waiting", 0),
        "placed": placed,
        "lapsed": found.get("lapsed", 0),
        "entered": found.get("entered", 0),
        "entered_of_late": found.get("entered_of_late", 0),
        "next_turn_at": to_wire(next_turn_at) if next_turn_at else None,
    }

"""A campaign: a service that many people ask for at once, in a window of time, one after another (R7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import NAMESPACE_URL, UUID, uuid5

from panjareh_requests.domain.refusals_campaigns import (
    AlreadySignedUp,
    CampaignClosed,
    CampaignNotOpen,
    LineTooLong,
    TicketLapsed,
    TicketNeeded,
    TurnNotCome,
)

TURN_MINUTES = 15
"""For using a turn, where the card says no other number."""
TURNS_OF_RATE = 0.9
"""Turns come a little slower than the door lets people in, so that whoever comes late in their turn finds room."""
LIST_SECONDS = 60
"""After which somebody on the waiting list may ask again."""


@dataclass(frozen=True)
class CampaignTerms:
    """`rate` is how many people a second may be let in, `capacity` how many places there are; None: no end of them."""

    opens_at: datetime
    closes_at: datetime
    rate: float
    capacity: int | None = None
    turn_minutes: int = TURN_MINUTES

    def id_of(self, service_code: str) -> UUID:
        """Another opening is another campaign; what else a new version of the card changes is the same one."""
        return uuid5(NAMESPACE_URL, f"panjareh:campaign/{service_code}/{self.opens_at.timestamp()}")

    @property
    def over_at(self) -> datetime:
        """After it nobody has a turn left."""
        return self.closes_at + timedelta(minutes=self.turn_minutes)

    def must_be_open(self, service_code: str, now: datetime) -> None:
        """Raises CampaignNotOpen, CampaignClosed."""
        if now < self.opens_at:
            raise CampaignNotOpen(
                service_code=service_code,
                opens_at=self.opens_at.isoformat(),
                retry_after=ceil((self.opens_at - now).total_seconds()),
            )
        if now >= self.closes_at:
            raise CampaignClosed(service_code=service_code, closed_at=self.closes_at.isoformat())


@dataclass(frozen=True)
class Ticket:
    """One person's place in the line, for good. A ticket without a turn stands on the waiting list."""

    number: int
    drawn_at: datetime
    place: int | None
    turn_at: datetime | None
    until: datetime | None
    used: bool = False

    def lapsed(self, now: datetime) -> bool:
        return not self.used and self.until is not None and now >= self.until

    def must_be_its_turn(self, service_code: str, now: datetime) -> None:
        """Raises AlreadySignedUp, TurnNotCome, TicketLapsed."""
        if self.used:
            raise AlreadySignedUp(service_code=service_code)
        if self.turn_at is None:
            raise TurnNotCome(service_code=service_code, retry_after=LIST_SECONDS)
        if now < self.turn_at:
            seconds = ceil((self.turn_at - now).total_seconds())
            raise TurnNotCome(service_code=service_code, retry_after=seconds)
        if self.lapsed(now):
            raise TicketLapsed(service_code=service_code)


@dataclass
class Line:
    """Where the line of one campaign stands. Whoever holds it alone may draw from it and let it move up.

    `drawn` is the last number, `placed` the last place that was given, `waiting` how many stand on the
    waiting list, `called` the last number that got a turn. Turns are spaced, and each is fixed when it is
    given: nobody's gets worse, and however many come, no more than the rate are let in.
    """

    terms: CampaignTerms
    drawn: int = 0
    placed: int = 0
    waiting: int = 0
    called: int = 0
    next_turn_at: datetime | None = None

    def draw(self, now: datetime, free: list[int]) -> Ticket:
        """The next ticket. `free` are places that were given back; one is taken out of it.

        Raises LineTooLong where no turn is left before the end.
        """
        place = self._place(free) if self.waiting == 0 else None
        if self.terms.capacity is not None and place is None:
            self.drawn += 1
            self.waiting += 1
            return Ticket(self.drawn, now, None, None, None)
        turn_at = self._turn(now)
        if turn_at is None:
            if place is not None:
                free.insert(0, place)
            raise LineTooLong(closes_at=self.terms.closes_at.isoformat())
        self.drawn += 1
        return self._called(Ticket(self.drawn, now, place, turn_at, self._until(turn_at)))

    def move_up(self, waiting: list[Ticket], free: list[int], now: datetime) -> list[Ticket]:
        """Those of the waiting list, in their order, who get a place and a turn now."""
        moved = []
        for ticket in waiting:
            place = self._place(free)
            turn_at = self._turn(now) if place is not None else None
            if turn_at is None:
                if place is not None:
                    free.insert(0, place)
                break
            self.waiting -= 1
            until = self._until(turn_at)
            moved.append(
                self._called(Ticket(ticket.number, ticket.drawn_at, place, turn_at, until))
            )
        return moved

    def _place(self, free: list[int]) -> int | None:
        if self.terms.capacity is None:
            return None
        while free:
            place = free.pop(0)
            if place <= self.terms.capacity:  # a newer version of the card may have fewer
                return place
        if self.placed < self.terms.capacity:
            self.placed += 1
            return self.placed
        return None

    def _turn(self, now: datetime) -> datetime | None:
        turn_at = max(now, self.terms.opens_at, self.next_turn_at or now)
        if turn_at >= self.terms.closes_at:
            return None
        self.next_turn_at = turn_at + timedelta(seconds=1 / (self.terms.rate * TURNS_OF_RATE))
        return turn_at

    def _until(self, turn_at: datetime) -> datetime:
        return turn_at + timedelta(minutes=self.terms.turn_minutes)

    def _called(self, ticket: Ticket) -> Ticket:
        self.called = max(self.called, ticket.number)
        return ticket


def must_hold(
    ticket: Ticket | None, terms: CampaignTerms, service_code: str, now: datetime
) -> Ticket:
    """The ticket of somebody whose turn it is. Raises what Ticket and CampaignTerms do, and TicketNeeded."""
    if ticket is None:
        terms.must_be_open(service_code, now)
        raise TicketNeeded(service_code=service_code)
    ticket.must_be_its_turn(service_code, now)
    return ticket
